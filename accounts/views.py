"""The page on which people look after their own account."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET


@login_required
@require_GET
def profile(request: HttpRequest) -> HttpResponse:
    return render(
        request, "account/profile.html", {"has_second_factor": is_mfa_enabled(request.user)}
    )
