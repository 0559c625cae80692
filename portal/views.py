"""Pages that anybody may read, and the door that leads each role to its own start page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from accounts.models import Role
from portal.glossary import ENTRIES

#: Where each role's work begins.
START_PAGES = {
    Role.PATIENT: "cases:requests",
    Role.RADIOLOGIST: "radiologists:worklist",
    Role.COORDINATOR: "radiologists:queue",
    Role.OPERATOR: "admin:index",
}


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/landing.html")


@require_GET
def check(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/check.html")


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/help.html")


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/glossary.html", {"entries": ENTRIES})


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Send a signed-in person to where their work begins."""
    if not request.user.is_authenticated:
        return redirect("landing")
    try:
        return redirect(reverse(START_PAGES[Role(request.user.role)]))
    except NoReverseMatch:
        return redirect("profile")
