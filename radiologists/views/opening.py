"""Open a case by looking at it: its page may be drawn before, and nothing counts until it is seen.

Getting the page changes nothing, so that a browser may do it ahead (speculation.py). Its own script
says when somebody sees it, and from then on the case is being read.
"""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.csp import content_security_policy
from cases import access
from cases.lifecycle import ASSIGNED, READING, IllegalTransitionError
from cases.report_context import shown_studies
from cases.services import reports
from radiologists.views.reading import reading_context
from radiologists.views.roles import radiologist_only, user_of

#: Sec-Fetch-Site of a page that is not ours; one drawn ahead says "none", as a typed address does.
ELSEWHERE = frozenset({"cross-site", "same-site"})


@content_security_policy(frame_src=("'self'",))  # the viewer
@radiologist_only
@require_GET
def open_case(request: HttpRequest, code: str) -> HttpResponse:
    """Show the reading room of a case that is opened as soon as somebody sees the page."""
    case = access.case_for(request.user, code)
    # A link on somebody else's page must not make a radiologist begin to read.
    is_led_here = request.headers.get("Sec-Fetch-Site") in ELSEWHERE
    if case.status not in {ASSIGNED, READING} or is_led_here:
        return redirect("radiologists:read", code)
    access.record_request(request, case, "case")
    report = reports.draft_to_be(case=case, by=user_of(request))
    return render(request, "radiologists/read.html", reading_context(report) | {"opens": True})


@radiologist_only
@require_POST
def seen(request: HttpRequest, code: str) -> JsonResponse:
    """Begin to read a case whose page is seen now; answer with the revision of the draft."""
    case, reader = access.case_for(request.user, code), user_of(request)
    try:
        report = reports.start_reading(case=case, by=reader)
    except IllegalTransitionError:
        raise Http404 from None
    access.record_reading(reader, case, "case")
    if shown_studies(case):
        access.record_reading(reader, case, "images")
    return JsonResponse({"revision": report.revision})
