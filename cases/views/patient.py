"""The patient's own pages: my requests, one request, withdraw, who opened it."""

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from cases import access, lifecycle
from cases.finding_words import missing_of
from cases.forms.pages import TASKS, pages_of
from cases.lifecycle import DRAFT, PROCESSING, RETURNED, SUBMITTED, WITHDRAWN
from cases.patient_words import PROGRESS_WORDS, STATUS_WORDS
from cases.reasons import reason_for
from cases.selectors import patient as selectors
from cases.services import requests

if TYPE_CHECKING:
    from accounts.models import User
    from cases.models import Case

#: htmx stops polling when it gets this status.
STOP_POLLING = 286
#: While the case is here the page asks again by itself.
MOVING = frozenset({SUBMITTED, PROCESSING})
#: Mails link to the case; whoever is not its patient goes on to their own page of it.
WORK_PAGES = {Role.RADIOLOGIST: "radiologists:read", Role.COORDINATOR: "radiologists:case_file"}


def patient_of(request: HttpRequest) -> "User":
    return cast("User", request.user)


@login_required
@require_GET
def my_requests(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.user.role != Role.PATIENT:
        return redirect("home")
    lines = selectors.requests_of(patient_of(request))
    return render(request, "cases/requests.html", {"lines": lines})


@login_required
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Say what is needed, and open a request when the patient goes on."""
    if patient_of(request).role != Role.PATIENT:
        return redirect("home")
    if request.method == "POST":
        case = requests.create_request(patient=patient_of(request))
        return redirect("cases:page", case.code, "safety")
    return render(request, "cases/start.html")


@login_required
@require_GET
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show the task list of an unsent request, or the timeline of a sent one."""
    case = access.case_for(request.user, code)
    if case.patient_id != request.user.pk:
        return redirect(WORK_PAGES[Role(patient_of(request).role)], case.code)
    if case.status == DRAFT:
        return render(request, "cases/tasks.html", tasks_context(case))
    return render(request, "cases/timeline.html", timeline_context(case))


def tasks_context(case: "Case") -> dict[str, object]:
    missing = set(requests.missing_steps(case))
    tasks = [
        {
            "step": step,
            "title": TASKS[step],
            "page": pages_of(step)[0].slug if pages_of(step) else "",
            "is_done": step not in missing,
        }
        for step in requests.STEPS
    ]
    return {
        "case": case,
        "tasks": tasks,
        "next_task": next((task for task in tasks if not task["is_done"]), None),
        "done": len(tasks) - len(missing),
        "is_complete": not missing,
        "consent_missing": "consent" in missing,
    }


def timeline_context(case: "Case") -> dict[str, object]:
    reason = reason_for(case.reason_code) if case.reason_code else None
    context: dict[str, object] = {
        "case": case,
        "words": STATUS_WORDS[case.status],
        "reason": reason,
        "message": selectors.message_of(case),
        "stages": selectors.timeline(case) if case.status != WITHDRAWN else [],
        "facts": selectors.study_facts(case),
        "progress": PROGRESS_WORDS.get(case.progress_step, ""),
        "is_moving": case.status in MOVING,
        "may_withdraw": lifecycle.may(case.patient, "withdraw", case),
    }
    if case.status == RETURNED:
        context |= tasks_context(case) | {"missing": missing_of(case)}
    return context


@login_required
@require_GET
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the timeline's polling; tell it to stop when the case has come to rest."""
    case = access.own_case(request.user, code)
    context = timeline_context(case) | {
        "is_answer": True,
        "is_news": request.GET.get("seen") != f"{case.status}-{case.progress_step}",
    }
    response = render(request, "cases/components/timeline.html", context)
    if not context["is_moving"]:
        response.status_code = STOP_POLLING
    return response


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    case = access.own_case(request.user, code)
    if request.method == "POST":
        try:
            requests.withdraw(
                case=case, by=patient_of(request), reason=request.POST.get("reason", "")[:200]
            )
        except lifecycle.IllegalTransitionError:
            messages.error(request, _("This request cannot be withdrawn any more."))
        else:
            messages.success(request, _("You have withdrawn the request."))
        return redirect("cases:detail", case.code)
    if not lifecycle.may(patient_of(request), "withdraw", case):
        return redirect("cases:detail", case.code)
    return render(request, "cases/withdraw.html", {"case": case})


@login_required
@require_GET
def readings(request: HttpRequest, code: str) -> HttpResponse:
    case = access.own_case(request.user, code)
    context = {"case": case, "readings": selectors.readings_of(case)}
    return render(request, "cases/readings.html", context)


@login_required
@require_GET
def images(request: HttpRequest, code: str) -> HttpResponse:
    """Show the patient their own pictures."""
    case = access.own_case(request.user, code)
    context = {"case": case, "facts": selectors.study_facts(case)}
    return render(request, "cases/images.html", context)


@login_required
@require_GET
def sent(request: HttpRequest, code: str) -> HttpResponse:
    case = access.own_case(request.user, code)
    if case.is_editable:
        return redirect("cases:detail", case.code)
    return render(request, "cases/sent.html", {"case": case})


@login_required
@require_POST
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Take back a request that was never sent."""
    case = access.own_case(request.user, code)
    if case.status == DRAFT:
        requests.withdraw(case=case, by=patient_of(request), reason="discarded")
        messages.success(request, _("The draft is gone."))
    return redirect("cases:requests")
