"""Staff see nothing before they have a second factor, and nobody stays signed in for ever."""

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from accounts.models import STAFF_ROLES

if TYPE_CHECKING:
    from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

#: What staff may open on the way to a second factor.
OPEN_NAMES = frozenset(
    {
        "account_confirm_email",
        "account_email",
        "account_logout",
        "account_reauthenticate",
        "javascript-catalog",
        "mfa_activate_totp",
        "mfa_reauthenticate",
        "set_language",
        "healthz",
        "readyz",
    }
)


class SecondFactorMiddleware:
    """Send staff without an authenticator app to the page that sets one up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._must_set_up(request):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _must_set_up(self, request: HttpRequest) -> bool:
        user = request.user
        if not user.is_authenticated or user.role not in STAFF_ROLES:
            return False
        if request.session.get("second_factor") == user.pk or _is_open(request.path_info):
            return False
        if has_totp(user):
            # Staff cannot remove it (accounts/adapter.py), so once seen is enough.
            request.session["second_factor"] = user.pk
            return False
        return True


def has_totp(user: "User") -> bool:
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
    return bool(found.exists())


def _is_open(path: str) -> bool:
    try:
        return resolve(path).url_name in OPEN_NAMES
    except Resolver404:
        return False


IDLE_SECONDS_STAFF = 15 * 60
IDLE_SECONDS_PATIENT = 30 * 60
#: How exact "last seen" is: one write to the session in this time.
STEP_SECONDS = 30
#: Polling says so with this header and does not count as somebody being there.
BACKGROUND_HEADER = "X-Background"


class SessionClockMiddleware:
    """Sign out who was away too long; the session's own age ends it after 12 hours."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._tick(request)
        return self.get_response(request)

    def _tick(self, request: HttpRequest) -> None:
        now = int(time.time())
        seen = cast("int", request.session.get("seen_at", now))
        staff = request.user.is_authenticated and request.user.role in STAFF_ROLES
        if now - seen > (IDLE_SECONDS_STAFF if staff else IDLE_SECONDS_PATIENT):
            logout(request)
            messages.info(request, _("You were signed out because nothing happened for a while."))
        elif "seen_at" not in request.session or (
            BACKGROUND_HEADER not in request.headers and now - seen >= STEP_SECONDS
        ):
            request.session["seen_at"] = now


class SessionListMiddleware:
    """Keep the list of sessions; once a minute is enough, a viewer asks for hundreds of frames."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and request.user.is_authenticated:
            digest = hashlib.sha256(key.encode()).hexdigest()
            if cache.add(f"session-listed-{digest}", 1, timeout=60):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)
