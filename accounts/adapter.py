"""Where django-allauth asks us."""

import time
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import STAFF_ROLES

if TYPE_CHECKING:
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Anybody may sign up, as a patient; staff are invited by a command."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
    }

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Let somebody who has just signed in set up the second factor without typing it again."""
        if app == "allauth.mfa" and _signed_in_just_now(context.request):
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Second factors: sealed in the database, and not to be given up by staff."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _("People who work here cannot switch this off."),
        "incorrect_code": _("This code is not right. Wait for the next one and type it again."),
        "unverified_email": _(
            "First confirm your e-mail address: open the link in the message we sent you."
        ),
    }

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return authenticator.user.role not in STAFF_ROLES


def _signed_in_just_now(request: "HttpRequest") -> bool:
    records = get_authentication_records(request, request.user)
    newest = max((record["at"] for record in records), default=0.0)
    return bool(time.time() - newest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
