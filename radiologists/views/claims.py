"""The heartbeat of the reading page: whether this tab holds the claim on the case."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from cases import access
from cases.lifecycle import ASSIGNED, REPORTED, IllegalTransitionError
from cases.models import Case
from cases.selectors import worklists
from cases.services import claims, reports
from radiologists.views.roles import radiologist_only, user_of

HERE, ELSEWHERE, RESUMED, SIGNED = "here", "elsewhere", "resumed", "signed"


@radiologist_only
@require_POST
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Hold, take over or let go of the claim; answers with `{"state", "seen_at", "clock"}`.

    A reader whose claim lapsed and who comes back goes on if the case still lies with them.
    """
    tab = _tab(request)
    case = access.case_for(request.user, code)
    if case.status == REPORTED:
        return JsonResponse({"state": SIGNED, "seen_at": ""})
    was_given_back = case.status == ASSIGNED
    if was_given_back and "leave" in request.POST:
        return HttpResponse(status=204)
    try:
        report = reports.start_reading(case=case, by=user_of(request))
    except IllegalTransitionError:
        raise Http404 from None
    if "leave" in request.POST:
        claims.leave(report=report, tab=tab)
        return HttpResponse(status=204)
    found = claims.hold(report=report, tab=tab, take="take" in request.POST)
    state = ELSEWHERE if not found.is_here else RESUMED if was_given_back else HERE
    seen_at = timezone.localtime(found.seen_at).strftime("%H:%M:%S")
    return JsonResponse({"state": state, "seen_at": seen_at, "clock": _clock(case)})


def _clock(case: Case) -> str:
    """Return the time left as the page draws it: it would stand still otherwise."""
    left = worklists.time_left(case, timezone.now())
    return render_to_string("radiologists/components/progress.html", {"clock": left})


def _tab(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("tab", ""))
    except ValueError:
        raise Http404 from None
