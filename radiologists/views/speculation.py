"""Tell a browser which page comes next, so that it draws it ahead of time.

It is told by the header Speculation-Rules and the JSON that this names
(https://html.spec.whatwg.org/multipage/speculative-loading.html). One that does not know it goes
from page to page as ever.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from cases import access
from cases.models import Case
from radiologists.views.roles import radiologist_only

RULES_TYPE = "application/speculationrules+json"


def drawn_ahead(response: HttpResponse, case: Case | None) -> HttpResponse:
    """Ask the browser to draw the page of `case` ahead, if there is one."""
    if case is not None:
        response["Speculation-Rules"] = f'"{reverse("radiologists:ahead", args=[case.code])}"'
    return response


@radiologist_only
@require_GET
def rules(request: HttpRequest, code: str) -> HttpResponse:
    """Return the rules by which a browser draws the page of this case at once."""
    case = access.case_for(request.user, code)
    url = reverse("radiologists:open", args=[case.code])
    rules = {"prerender": [{"urls": [url], "eagerness": "immediate"}]}
    return JsonResponse(rules, content_type=RULES_TYPE)
