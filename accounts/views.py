"""The page on which people look after their own account."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import check_for_language
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language


@login_required
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    return render(
        request, "account/profile.html", {"has_second_factor": is_mfa_enabled(request.user)}
    )


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language of the pages, and of the mails to whoever is signed in."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and check_for_language(language):
        request.user.language = language[:5]
        request.user.save(update_fields=["language"])
    return set_language(request)
