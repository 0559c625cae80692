"""A signed report: look at it, print it, add to it."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import Role
from cases import access, report_papers, report_pdf
from cases.models import Report
from cases.selectors import worklists
from cases.services import reports
from radiologists.forms import AddendumForm
from radiologists.views.roles import radiologist_only, user_of
from radiologists.views.speculation import drawn_ahead

STAFF = (Role.RADIOLOGIST, Role.COORDINATOR)


def signed_of(request: HttpRequest, code: str) -> Report:
    """Return the signed report of a case that is open to this reader or the coordinator."""
    case = access.case_for(request.user, code)
    user = user_of(request)
    report = access.visible_reports(user, case).exclude(signed_at=None).first()
    if report is None or user.role not in STAFF:
        raise Http404
    report.case = case
    return report


@radiologist_only
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, code: str) -> HttpResponse:
    """Show the signed report and take an addendum."""
    signed = signed_of(request, code)
    form = AddendumForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reports.add_addendum(report=signed, by=user_of(request), **form.cleaned_data)
        messages.success(request, _("The addendum is signed. The patient is told."))
        return redirect("radiologists:report", code)
    next_case = worklists.next_case(user_of(request), after=code)
    context = {
        "case": signed.case,
        "report": signed,
        "papers": report_papers.papers(signed),
        "form": form,
        "next_case": next_case,
    }
    return drawn_ahead(render(request, "radiologists/report.html", context), next_case)


@require_GET
def pdf(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Return one of the two papers, for the reader and the coordinator."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if kind not in {"clinician", "patient"}:
        raise Http404
    signed = signed_of(request, code)
    access.record_reading(user_of(request), signed.case, "report")
    made = report_pdf.render(signed, kind="patient" if kind == "patient" else "clinician")
    headers = {"Content-Disposition": f'inline; filename="{code}-{kind}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
