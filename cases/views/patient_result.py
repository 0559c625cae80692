"""The patient's result: before it opens, in plain words, in full, and on paper."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import access, report_papers, report_pdf
from cases.lifecycle import REPORTED
from cases.report_drawing import spots
from cases.report_text import plain_result
from cases.services import requests
from cases.views.patient import patient_of

if TYPE_CHECKING:
    from cases.models import Case, Report

#: Agreement -> how the first box of the result is coloured, and its heading.
AGREEMENT_TONES = {
    "confirmed": "ok",
    "refined": "ok",
    "partly_different": "warn",
    "importantly_different": "warn",
}


def agreement_heading(code: str) -> str:
    headings = {
        "confirmed": _("We agree with your first report"),
        "refined": _("We agree, and can say more"),
        "partly_different": _("Some points are different"),
        "importantly_different": _("An important point is different"),
    }
    return headings.get(code, _("There was no first report to compare"))


@login_required
@require_http_methods(["GET", "POST"])
def result(request: HttpRequest, code: str) -> HttpResponse:
    """Ask how the patient wants to read it, then show it in plain words."""
    case = access.own_case(request.user, code)
    if case.status != REPORTED:
        return redirect("cases:detail", case.code)
    if request.method == "POST":
        return choose(request, case)
    if case.result_opened_at is None:
        asked = case.events.filter(name="call_requested").exists()
        return render(request, "cases/before_result.html", {"case": case, "call_asked": asked})
    report = requests.open_result(case=case, by=patient_of(request))
    plain = plain_result(report)
    context = {
        "case": case,
        "result": plain,
        "spots": spots(report.content),
        "tone": AGREEMENT_TONES.get(plain.agreement, "plain"),
        "agreement_heading": agreement_heading(plain.agreement),
    }
    return render(request, "cases/result.html", context)


def choose(request: HttpRequest, case: "Case") -> HttpResponse:
    if request.POST.get("choice") == "call":
        requests.ask_for_call(case=case, by=patient_of(request))
        messages.success(request, _("We call you before you open it. You can also read it now."))
        return redirect("cases:detail", case.code)
    requests.open_result(case=case, by=patient_of(request))
    return redirect("cases:result", case.code)


def opened_report(request: HttpRequest, code: str) -> "Report":
    """Return the signed report of one's own case once it was opened, or raise 404."""
    case = access.own_case(request.user, code)
    report = access.visible_reports(patient_of(request), case).first()
    if report is None:
        raise Http404
    return report


@login_required
@require_GET
def full_report(request: HttpRequest, code: str) -> HttpResponse:
    """Show the medical report, section by section as on the doctor's paper."""
    report = opened_report(request, code)
    paper = report_papers.clinician_paper(report)
    sections = [
        (section.title, [part for part in section.parts if part["type"] != "pictures"])
        for section in paper.sections
    ]
    context = {
        "case": report.case,
        "paper": paper,
        "sections": [(title, parts) for title, parts in sections if parts],
    }
    return render(request, "cases/full_report.html", context)


@login_required
@require_GET
def report_paper(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Return one of the two papers as PDF."""
    if kind not in {"patient", "clinician"}:
        raise Http404
    report = opened_report(request, code)
    paper = report_pdf.render(report, kind="patient" if kind == "patient" else "clinician")
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{report.case.code}-{kind}.pdf"'
    return response
