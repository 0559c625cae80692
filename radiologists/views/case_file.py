"""One case for the coordinator: what happened, what was found, what to do about it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases import access, report_symptoms
from cases.lifecycle import READY, REPORTED, RETURNED, TRANSITIONS, IllegalTransitionError, may
from cases.models import Case, Study
from cases.reasons import reason_for
from cases.report_context import intake_of, shown_studies, symptoms
from cases.selectors import calls, duplicates, held_pictures, quarantine, worklists
from cases.selectors.receipts import receipt_of
from cases.services import assignments, requests
from radiologists import explain, selectors, services
from radiologists.forms import FirstReportForm, ReasonForm
from radiologists.views.queue import is_with_a_reader
from radiologists.views.roles import coordinator_only, user_of


@coordinator_only
@require_GET
def case_file(request: HttpRequest, code: str) -> HttpResponse:
    """Show one case in full."""
    case = access.case_for(request.user, code)
    access.record_reading(user_of(request), case, "case")
    return render(request, "radiologists/case_file.html", _context(case, request))


def _context(case: Case, request: HttpRequest) -> dict[str, object]:
    candidates = selectors.candidates()
    names = explain.names_of(candidates)
    if case.status == READY:
        proposals = services.proposals_for([case])
    else:
        proposals = selectors.latest_proposals([case])
    intake = intake_of(case)
    return {
        "case": case,
        "row": worklists.rows([case])[0],
        "intake": intake,
        "symptoms": report_symptoms.lines(symptoms(intake)),
        "events": case.events.select_related("actor"),
        "readings": case.access_records.select_related("user"),
        "mails": case.notifications.select_related("recipient").order_by("created_at"),
        "studies": [_study_lines(study) for study in shown_studies(case)],
        "reason": reason_for(case.reason_code) if case.reason_code else None,
        "proposal": explain.explain(proposals[case.pk], names) if case.pk in proposals else None,
        "readers": candidates,
        "may": {name: may(user_of(request), name, case) for name in TRANSITIONS},
        "is_to_be_called": calls.is_to_be_called(case),
        "is_mail_lost": calls.is_mail_lost(case),
        "asked_for_call": case.events.filter(name="call_requested").exists(),
        "pictures_wait": held_pictures.waits(case),
        "stopped": quarantine.stopped(case),
        "same_pictures": duplicates.requests_with_the_same_pictures(case),
        "is_with_a_reader": is_with_a_reader(case),
        "first_report_form": FirstReportForm(initial={"text": intake.first_report_text}),
        "reports": access.visible_reports(user_of(request), case),
    }


def _study_lines(study: Study) -> dict[str, object]:
    """Return what the page shows of the current study or of its prior."""
    series = list(study.series.all())
    return {
        "study": study,
        "series": series,
        "frames": sum(one.frame_count for one in series),
        "findings": study.findings.order_by("pk"),
        "receipt": receipt_of(study) if study.receipt else None,
    }


def _release(case: Case, request: HttpRequest, reason: str) -> None:
    assignments.release(case=case, by=user_of(request), reason=reason)


def _requeue(case: Case, request: HttpRequest, reason: str) -> None:
    assignments.requeue(case=case, by=user_of(request), reason=reason)


def _return(case: Case, request: HttpRequest, reason: str) -> None:
    assignments.return_to_patient(
        case=case, by=user_of(request), reason=reason, reason_code="COORDINATOR"
    )


def _set_aside(case: Case, request: HttpRequest, reason: str) -> None:
    assignments.set_aside(case=case, by=user_of(request), reason=reason)


def _take_back(case: Case, request: HttpRequest, reason: str) -> None:
    assignments.decline(case=case, by=user_of(request), reason=reason)


#: Last part of the address -> what the button does.
ACTIONS: dict[str, Callable[[Case, HttpRequest, str], None]] = {
    "release": _release,
    "requeue": _requeue,
    "return": _return,
    "set-aside": _set_aside,
    "take-back": _take_back,
}


@coordinator_only
@require_POST
def decide(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Do one of the actions, with a reason."""
    if action not in ACTIONS:
        raise Http404
    case = access.case_for(request.user, code)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a reason: it stays with the case."))
        return redirect("radiologists:case_file", code)
    try:
        ACTIONS[action](case, request, form.cleaned_data["reason"])
    except (IllegalTransitionError, assignments.NoFilesError):
        messages.error(request, _("The case has moved on since; nothing was changed."))
    except assignments.PicturesWaitError:
        messages.error(request, _("First decide about the pictures in which something is printed."))
    except assignments.FilesWaitError:
        messages.error(request, _("First decide about the files that were stopped."))
    else:
        messages.success(request, _("Done."))
    return redirect("radiologists:case_file", code)


@coordinator_only
@require_POST
def called(request: HttpRequest, code: str) -> HttpResponse:
    """Note that the patient was called; the case leaves the list of calls."""
    case = access.case_for(request.user, code)
    if case.status not in {REPORTED, RETURNED}:
        raise Http404
    requests.note_call(case=case, by=user_of(request))
    messages.success(request, _("Noted: the patient was called."))
    return redirect("radiologists:case_file", code)


@coordinator_only
@require_POST
def copy_first_report(request: HttpRequest, code: str) -> HttpResponse:
    """Store the words of the first report, so that a reader can compare without the name."""
    case = access.case_for(request.user, code)
    form = FirstReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Copy the findings and the impression."))
    elif services.copy_first_report(case=case, by=user_of(request), text=form.cleaned_data["text"]):
        messages.success(request, _("Stored."))
    else:
        messages.error(request, _("The report is signed; nothing was changed."))
    return redirect("radiologists:case_file", code)
