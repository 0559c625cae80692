"""The question pages of a request, check your answers, and sending."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases import access, lifecycle, storage
from cases.first_look import first_look
from cases.forms import pages
from cases.forms.first_report import FirstReportForm
from cases.forms.intake import AssessedForm, ConsentForm, PageForm, SafetyForm
from cases.forms.pages import BY_SLUG, TASKS, Page
from cases.selectors.answers import answers_of
from cases.selectors.patient import sent_pictures
from cases.services import first_reports, requests
from cases.views.patient import patient_of

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from cases.models import Case


def editable_case(request: HttpRequest, code: str) -> "Case | None":
    """Return the patient's case while it may be changed, or None when it was sent."""
    case = access.own_case(request.user, code)
    return case if case.is_editable else None


@login_required
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, code: str, slug: str) -> HttpResponse:
    """Ask one thing, keep the answer, go to the next page."""
    case = editable_case(request, code)
    asked = BY_SLUG.get(slug)
    if asked is None:
        raise Http404
    if case is None:
        return redirect("cases:detail", code)
    form = form_for(asked, case, request)
    if request.method == "POST" and form.is_valid():
        try:
            return keep(case, asked, form, request)
        except requests.NotEditableError:
            return redirect("cases:detail", code)
        except storage.StorageUnavailableError:
            form.add_error(None, _("The file could not be stored just now. Please try again."))
    return render(request, asked.template, page_context(case, asked, form, request))


def form_for(asked: Page, case: "Case", request: HttpRequest) -> PageForm:
    if request.method == "POST":
        return asked.form(request.POST, request.FILES, intake=case.intake)
    return asked.form(intake=case.intake)


def page_context(case: "Case", asked: Page, form: PageForm, request: HttpRequest) -> dict[str, Any]:
    before = pages.page_before(asked)
    back = reverse("cases:detail", args=[case.code])
    if wants_check(request):
        back = reverse("cases:check", args=[case.code])
    elif before is not None:
        back = reverse("cases:page", args=[case.code, before.slug])
    return {
        "case": case,
        "page": asked,
        "form": form,
        "back": back,
        "number": pages.PAGES.index(asked) + 1,
        "count": len(pages.PAGES),
        "wants_check": wants_check(request),
    }


def wants_check(request: HttpRequest) -> bool:
    """Say whether the patient came from "check your answers" and goes back there."""
    return request.GET.get("then") == "check"


def keep(case: "Case", asked: Page, form: PageForm, request: HttpRequest) -> HttpResponse:
    """Store the answers of a page and lead on."""
    by = patient_of(request)
    if isinstance(form, SafetyForm):
        codes = form.cleaned_data["red_flags"]
        assessed = case.intake.red_flag_override and set(codes) <= set(case.intake.red_flags)
        may_go_on = requests.answer_red_flags(case=case, by=by, codes=codes, assessed=assessed)
        if not may_go_on:
            return redirect("cases:emergency", case.code)
    elif isinstance(form, ConsentForm):
        requests.give_consent(case=case, codes=form.cleaned_data)
    else:
        if isinstance(form, FirstReportForm) and form.new_file:
            kind = FirstReportForm.kind_of(form.new_file) or ""
            first_reports.store(case=case, content=form.new_file.read(), kind=kind)
        requests.save_page(
            case=case,
            page=asked.slug,
            step=asked.step,
            pages=[one.slug for one in pages.pages_of(asked.step)],
            answers=form.answers(),
        )
    return lead_on(case, asked, request)


def lead_on(case: "Case", asked: Page, request: HttpRequest) -> HttpResponse:
    if wants_check(request):
        return redirect("cases:check", case.code)
    if request.POST.get("later"):
        return redirect("cases:detail", case.code)
    following = pages.page_after(asked)
    if following is not None:
        return redirect("cases:page", case.code, following.slug)
    if requests.has_images(case):
        return redirect("cases:check", case.code)
    return redirect("cases:upload", case.code)


@login_required
@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest, code: str) -> HttpResponse:
    """Stop: send the patient to help, and go on only after an examination."""
    case = editable_case(request, code)
    if case is None:
        return redirect("cases:detail", code)
    form = AssessedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        requests.answer_red_flags(
            case=case, by=patient_of(request), codes=case.intake.red_flags, assessed=True
        )
        return redirect("cases:page", case.code, "consent")
    return render(request, "cases/emergency.html", {"case": case, "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Show every answer with a way to change it, and send the request."""
    case = editable_case(request, code)
    if case is None:
        return redirect("cases:sent", code)
    missing = requests.missing_steps(case)
    if request.method == "POST":
        try:
            requests.submit(case=case, by=patient_of(request))
        except requests.NotReadyError as error:
            missing = error.missing
            messages.error(request, _("Something is still missing. It is marked below."))
        except lifecycle.IllegalTransitionError:
            return redirect("cases:sent", case.code)
        else:
            return redirect("cases:sent", case.code)
    context = {
        "case": case,
        "answers": answers_of(case.intake),
        "missing": [(step, TASKS[step], first_page(step)) for step in missing],
        "has_images": requests.has_images(case),
        "pictures": sent_pictures(case),
        "look": first_look(case),
    }
    return render(request, "cases/check.html", context)


def first_page(step: str) -> str:
    """Return where a step starts; the upload has a page of its own."""
    return next((page.slug for page in pages.pages_of(step)), "")


@login_required
def first_report_file(request: HttpRequest, code: str) -> "HttpResponseBase":
    """Hand the file with the first report to its owner or to a coordinator."""
    case = access.case_for(request.user, code)
    if not access.may_open_first_report_file(patient_of(request), case):
        raise Http404
    try:
        name, content_type, content = first_reports.stream(case)
    except storage.ObjectMissingError:
        raise Http404 from None
    access.record_reading(patient_of(request), case, "first_report")
    # Saved, never shown: what a stranger's file holds must not run on our origin.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=content_type, headers=headers)
