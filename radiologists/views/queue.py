"""The coordinator's queue: what waits, who should read it, one case in full."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from cases import access
from cases.lifecycle import ASSIGNED, READING, READY, IllegalTransitionError
from cases.models import Case
from cases.selectors import worklists
from cases.services import assignments
from radiologists import explain, selectors, services
from radiologists.forms import QueueFilterForm
from radiologists.views.roles import coordinator_only, user_of

TAB_NAMES = {
    "open": gettext_noop("Open"),
    "unassigned": gettext_noop("Unassigned"),
    "assigned": gettext_noop("With a radiologist"),
    "held": gettext_noop("Held"),
    "returned": gettext_noop("With the patient"),
    "failed": gettext_noop("Failed"),
    "call": gettext_noop("To call"),
    "reported": gettext_noop("Reported"),
    "withdrawn": gettext_noop("Withdrawn"),
}


@coordinator_only
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show the figures of the day and the cases of a tab, the most overdue first."""
    form = QueueFilterForm(request.GET)
    chosen = form.chosen()
    found = worklists.filtered(
        worklists.with_lost_mail(worklists.queue_cases()).select_related("patient"),
        shown=worklists.QUEUE_TABS[chosen["tab"]],
        query=chosen["q"],
        priority=chosen["priority"],
    )
    page = Paginator(found, worklists.PAGE).get_page(request.GET.get("page"))
    cases = list(page.object_list)
    proposals = services.proposals_for(cases)
    candidates = selectors.candidates()
    names = explain.names_of(candidates)
    context = {
        "form": form,
        "chosen": chosen,
        "tabs": _tabs(chosen["tab"]),
        "page": page,
        "lines": [
            (row, explain.explain(proposals[row.case.pk], names))
            if row.case.pk in proposals
            else (row, None)
            for row in worklists.rows(cases)
        ],
        "tiles": worklists.tiles(),
        "readers": candidates,
        "now": timezone.now(),
        "undo": request.GET.get("assigned", ""),
    }
    return render(request, "radiologists/queue.html", context)


def _tabs(current: str) -> list[dict[str, Any]]:
    counts = worklists.tab_counts(worklists.queue_cases(), worklists.QUEUE_TABS)
    return [
        {"code": code, "name": _(name), "count": counts[code], "is_current": code == current}
        for code, name in TAB_NAMES.items()
    ]


@coordinator_only
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Confirm proposals or assign to somebody named, for one case or for several."""
    single = request.POST.get("confirm", "")
    codes = [single] if single else request.POST.getlist("cases")
    if not codes:
        messages.warning(request, _("Choose at least one case."))
    done = [code for code in codes if _assign_one(request, code, is_confirmed=bool(single))]
    if done:
        text = ngettext("%(count)s case assigned.", "%(count)s cases assigned.", len(done))
        messages.success(request, text % {"count": len(done)})
    back = request.POST.get("back", "")
    query = {"assigned": ",".join(done)} if done else {}
    if back == "case" and len(codes) == 1:
        return redirect("radiologists:case_file", codes[0])
    tab = request.POST.get("tab", "")
    return redirect(f"{reverse('radiologists:queue')}?{urlencode(query | {'tab': tab})}")


def _assign_one(request: HttpRequest, code: str, *, is_confirmed: bool) -> bool:
    """Assign one case; whatever stands in the way becomes a message."""
    case = access.case_for(request.user, code)
    by = user_of(request)
    try:
        if is_confirmed or request.POST.get("action") == "confirm":
            _confirm(case, by)
        else:
            reader = _reader(request.POST.get("to", ""))
            assignments.assign(case=case, to=reader, by=by, reason="chosen by the coordinator")
    except services.NoLongerFreeError as refused:
        why = explain.obstacle_words(refused.obstacles)
        text = _("%(code)s was not assigned: %(why)s.")
        messages.error(request, text % {"code": code, "why": why})
    except assignments.NotAReaderError:
        messages.error(request, _("Choose a radiologist."))
    except (assignments.AlreadyTheirsError, IllegalTransitionError):
        text = _("%(code)s was not assigned: it is not waiting for that radiologist any more.")
        messages.error(request, text % {"code": code})
    else:
        return True
    return False


def _confirm(case: Case, by: User) -> None:
    if case.status != READY:
        raise IllegalTransitionError
    services.confirm(proposal=services.proposals_for([case])[case.pk], by=by)


def _reader(pk: str) -> User:
    for candidate in selectors.candidates():
        if str(candidate.radiologist.pk) == pk:
            return candidate.radiologist.user
    raise assignments.NotAReaderError


@coordinator_only
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take assignments of the last minutes back."""
    done = 0
    for code in request.POST.get("cases", "").split(","):
        case = access.case_for(request.user, code)
        done += services.undo_assignment(case=case, by=user_of(request))
    if done:
        messages.success(request, _("Taken back."))
    else:
        messages.error(request, _("Nothing was taken back: it is too late for that."))
    return redirect("radiologists:queue")


@coordinator_only
@require_POST
def propose_again(request: HttpRequest, code: str) -> HttpResponse:
    case = access.case_for(request.user, code)
    if case.status == READY:
        services.propose(case)
    return redirect("radiologists:case_file", code)


def is_with_a_reader(case: Case) -> bool:
    return case.status in {ASSIGNED, READING}
