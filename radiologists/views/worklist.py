"""The radiologist's worklist, its preview pane, and when they take cases."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from cases import access
from cases.lifecycle import ASSIGNED, READING
from cases.models import Case
from cases.report_context import (
    current_study,
    has_first_report,
    intake_of,
    limits_of,
    notes_of,
    prior_study,
)
from cases.selectors import worklists
from cases.services import reports
from radiologists import selectors, words
from radiologists.forms import AvailabilityForm, WorklistFilterForm
from radiologists.models import Radiologist
from radiologists.services import save_availability
from radiologists.views.roles import radiologist_only, user_of
from radiologists.views.speculation import drawn_ahead
from radiologists.views.tabs import tabs_of

THUMBNAILS = 3


@radiologist_only
@require_GET
def worklist(request: HttpRequest) -> HttpResponse:
    """Show the reader's cases of a tab, the most pressing first, with one in the pane."""
    reader = user_of(request)
    form = WorklistFilterForm(request.GET)
    chosen = form.chosen()
    found = worklists.filtered(
        worklists.reader_cases(reader),
        shown=worklists.READER_TABS[chosen["tab"]],
        query=chosen["q"],
        priority=chosen["priority"],
    )
    page = Paginator(found, worklists.PAGE).get_page(request.GET.get("page"))
    rows = worklists.rows(page.object_list, reader=reader)
    next_case = worklists.next_case(reader)
    wanted = request.GET.get("case", "")
    selected = next((row for row in rows if row.case.code == wanted), rows[0] if rows else None)
    context = {
        "form": form,
        "chosen": chosen,
        "page": page,
        "rows": rows,
        "tabs": tabs_of(reader, chosen),
        "drawn_at": timezone.now().timestamp(),
        "selected": selected,
        "next_case": next_case,
        "keys": words.KEYS,
        "overdue": sum(1 for row in rows if row.clock and row.clock.is_late),
    }
    if selected:
        context |= pane_context(selected.case)
    response = render(request, "radiologists/worklist.html", context)
    return drawn_ahead(response, next_case)


def pane_context(case: Case) -> dict[str, object]:
    """Return what the preview pane shows of a case."""
    study = current_study(case)
    series = [one for one in study.series.all() if not one.is_localizer] if study else []
    thumbnails = [
        {"series": one.ordinal, "number": max(1, (one.frame_count + 1) // 2), "label": one.label}
        for one in series[:THUMBNAILS]
    ]
    return {
        "thumbnails": thumbnails,
        "more_series": max(0, len(series) - THUMBNAILS),
        "limits": limits_of(study),
        "notes": notes_of(study),
        "study": study,
        "prior": prior_study(case),
        "pane_intake": intake_of(case),
        "has_first_report": has_first_report(case),
        "is_readable": case.status in {ASSIGNED, READING},
    }


@radiologist_only
@require_GET
def preview(request: HttpRequest, code: str) -> HttpResponse:
    """Return the pane of one case, for the page that is open."""
    case = access.case_for(request.user, code)
    row = worklists.rows([case], reader=user_of(request))[0]
    context = {"selected": row} | pane_context(case)
    return render(request, "radiologists/components/pane.html", context)


@radiologist_only
@require_POST
def open_next(request: HttpRequest) -> HttpResponse:
    """Open the most pressing case other than the one the reader comes from."""
    reader = user_of(request)
    case = worklists.next_case(reader, after=request.POST.get("after", ""))
    if case is None:
        messages.info(request, _("There is no other case waiting for you."))
        return redirect("radiologists:worklist")
    reports.start_reading(case=case, by=reader)
    return redirect("radiologists:read", case.code)


def profile_of(user: User) -> Radiologist:
    """Return the reader's profile, an empty one where nobody made it yet."""
    return selectors.profile_of(user) or Radiologist(user=user)


@radiologist_only
@require_http_methods(["GET", "POST"])
def availability(request: HttpRequest) -> HttpResponse:
    """Let a radiologist say when and how much they read."""
    reader = profile_of(user_of(request))
    form = AvailabilityForm(request.POST or None, instance=reader)
    if request.method == "POST" and reader.pk and form.is_valid():
        save_availability(reader=reader, **form.cleaned_data)
        messages.success(request, _("Stored."))
        return redirect("radiologists:availability")
    return render(request, "radiologists/availability.html", {"form": form, "reader": reader})
