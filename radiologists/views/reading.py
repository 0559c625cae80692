"""The reading room: open a case, save the draft, lock, sign, add, give back."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.csp import content_security_policy
from cases import access, report_checks, report_marks, report_papers
from cases.lifecycle import ASSIGNED, READING, REPORTED, IllegalTransitionError
from cases.models import Case, Report
from cases.report_context import (
    current_study,
    has_first_report,
    intake_of,
    limits_of,
    notes_of,
    prior_study,
    questions_of,
    symptoms,
)
from cases.report_readability import grade
from cases.report_symptoms import lines
from cases.report_template import Content, content_from_form, normal_row
from cases.report_text import proposals
from cases.selectors import worklists
from cases.services import assignments, reports
from radiologists import report_form, words
from radiologists.forms import ReasonForm
from radiologists.views.roles import radiologist_only, user_of
from radiologists.views.worklist import pane_context, profile_of
from radiologists.word_diff import word_diff

if TYPE_CHECKING:
    from collections.abc import Callable


def draft_of(request: HttpRequest, code: str) -> Report:
    """Return the reader's open draft of a case that is theirs, or raise 404."""
    case = access.case_for(request.user, code)
    report = access.visible_reports(user_of(request), case).filter(signed_at=None).first()
    if report is None or case.status != READING:
        raise Http404
    report.case = case
    return report


@content_security_policy(frame_src=("'self'",))  # the viewer
@radiologist_only
@require_GET
def read(request: HttpRequest, code: str) -> HttpResponse:
    """Show the images beside the report; a case not begun yet asks to begin."""
    case = access.case_for(request.user, code)
    reader = user_of(request)
    access.record_reading(reader, case, "case")
    if case.status == REPORTED:
        return redirect("radiologists:report", code)
    if case.status == ASSIGNED:
        row = worklists.rows([case], reader=reader)[0]
        context = {"selected": row, "case": case} | pane_context(case)
        return render(request, "radiologists/read_start.html", context)
    report = reports.start_reading(case=case, by=reader)
    return render(request, "radiologists/read.html", reading_context(report))


@radiologist_only
@require_POST
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin to read an assigned case."""
    case = access.case_for(request.user, code)
    try:
        reports.start_reading(case=case, by=user_of(request))
    except IllegalTransitionError:
        messages.info(request, _("This case is not open for reading."))
    return redirect("radiologists:read", code)


def reading_context(report: Report) -> dict[str, Any]:
    """Return what the reading room shows; the draft need not be stored yet."""
    case, content = report.case, report.content
    study, intake = current_study(case), intake_of(case)
    is_compared = has_first_report(case) and report.blind_locked_at is not None
    context: dict[str, Any] = {
        "case": case,
        "row": worklists.rows([case])[0],
        "report": report,
        "content": content,
        "intake": intake,
        "symptoms": lines(symptoms(intake)),
        "limits": limits_of(study),
        "notes": notes_of(study),
        "prior": prior_study(case),
        "columns": report_form.columns(),
        "level_rows": report_form.level_rows(content, is_compared=is_compared),
        "whole": report_form.whole_controls(content),
        "definitions": report_form.definitions(),
        "impression": report_form.impression_lines(content),
        "communication": report_form.communication_lines(content),
        "scales": report_form.scales(content),
        "has_first_report": has_first_report(case),
        "is_compared": is_compared,
        "marks": report_form.marks(content),
        "page_data": {
            "normal": normal_row(),
            "state": _state(report),
            "words": words.DRAFT,
            "fits": report_marks.fields_for_measurements(),
        },
        "claim_words": words.CLAIM,
        "keys": words.KEYS,
    }
    if is_compared:
        ours = "\n".join(item["text"] for item in content["impression"])
        context["first_report"] = intake.first_report_text
        context["diff"] = word_diff(intake.first_report_text, ours)
    return context


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M:%S")


def _state(report: Report) -> dict[str, Any]:
    """Return what the page needs after each save: texts that the rows propose, and the checks."""
    case = report.case
    content: Content = report.content
    language = case.patient.language
    proposed = proposals(content, age=intake_of(case).age_years)
    with translation.override(language):
        proposed["plain"] = proposals(content, age=intake_of(case).age_years)["plain"]
    found = report_checks.problems(report)
    return {
        "revision": report.revision,
        "saved_at": _clock(report.updated_at) if report.revision else "",
        "proposals": proposed,
        "grade": round(grade(content["plain"]["text"], language)),
        "problems": [
            {"severity": p.severity.value, "text": p.text, "control": p.control.replace(".", "-")}
            for p in found
        ],
    }


@radiologist_only
@require_POST
def save(request: HttpRequest, code: str) -> HttpResponse:
    """Store the draft; answer with its revision, or with both versions of what differs."""
    report = draft_of(request, code)
    content = content_from_form(request.POST, questions_of(report.case))
    try:
        reports.save_draft(
            report=report,
            by=user_of(request),
            content=content,
            revision=_revision(request),
        )
    except reports.RevisionConflictError as conflict:
        current = conflict.current
        differ = report_form.differences(content, current.content)
        answer = {"revision": current.revision, "saved_at": _clock(current.updated_at)}
        return JsonResponse(answer | {"differences": differ}, status=409)
    return JsonResponse(_state(report))


def _revision(request: HttpRequest) -> int:
    given = request.POST.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


@radiologist_only
@require_POST
def lock(request: HttpRequest, code: str) -> HttpResponse:
    """Lock the blind read and show the first report."""
    report = draft_of(request, code)
    if not has_first_report(report.case):
        raise Http404
    try:
        reports.lock_blind_read(report=report, by=user_of(request), revision=_revision(request))
    except reports.RevisionConflictError:
        messages.error(request, _("The draft was saved elsewhere; look at it again, then lock."))
    else:
        access.record_reading(user_of(request), report.case, "first_report")
    return redirect("radiologists:read", code)


@radiologist_only
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, code: str) -> HttpResponse:
    """Show exactly what will be signed; sign it when asked, after a second look at who asks."""
    report = draft_of(request, code)
    if request.method == "POST":
        return _sign_after_confirming(request, code)
    found = report_checks.problems(report)
    credentials = profile_of(user_of(request)).credentials
    context = {
        "case": report.case,
        "report": report,
        "blocking": report_checks.blocking(found),
        "warnings": [p for p in found if p.severity is report_checks.Severity.WARN],
        "papers": report_papers.preview(report, credentials),
        "claim_words": words.CLAIM,
    }
    return render(request, "radiologists/sign.html", context)


def _sign(request: HttpRequest, code: str) -> HttpResponse:
    report = draft_of(request, code)
    reader = user_of(request)
    try:
        reports.sign_report(
            report=report,
            by=reader,
            revision=_revision(request),
            credentials=profile_of(reader).credentials,
        )
    except reports.RevisionConflictError:
        messages.error(
            request, _("The draft changed since you looked at it. Look again, then sign.")
        )
        return redirect("radiologists:sign", code)
    except reports.ReportIncompleteError:
        return redirect("radiologists:sign", code)
    messages.success(request, _("Signed. The patient is told that the result is there."))
    return redirect("radiologists:report", code)


#: Asks who is there again, unless they said so within the last minutes, then goes on.
_sign_after_confirming = cast(
    "Callable[[HttpRequest, str], HttpResponse]", reauthentication_required(_sign)
)


@radiologist_only
@require_POST
def give_back(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Decline a case, or ask the patient for something, with a reason."""
    case = access.case_for(request.user, code)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a reason: the coordinator needs it."))
        return redirect("radiologists:read", code)
    try:
        _give_back(case, request, action, form.cleaned_data["reason"])
    except IllegalTransitionError:
        messages.error(request, _("The case has moved on since; nothing was changed."))
    else:
        messages.success(request, _("Case %(code)s was given back.") % {"code": code})
    return redirect("radiologists:worklist")


def _give_back(case: Case, request: HttpRequest, action: str, reason: str) -> None:
    if action == "decline":
        assignments.decline(case=case, by=user_of(request), reason=reason)
    else:
        assignments.return_to_patient(
            case=case, by=user_of(request), reason=reason, reason_code="RADIOLOGIST"
        )
