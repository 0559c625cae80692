"""How long a password must be: longer when nothing else protects the account."""

from typing import TYPE_CHECKING

from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from accounts.models import User

ALONE = 15
WITH_SECOND_FACTOR = 8


class LengthValidator:
    """15 characters, or 8 where a second step guards the sign-in. No rules of composition."""

    def validate(self, password: str, user: "User | None" = None) -> None:
        if len(password) < (least := least_for(user)):
            raise ValidationError(
                _("Use at least %(least)d characters. Three or four words are easy to remember."),
                code="password_too_short",
                params={"least": least},
            )

    def get_help_text(self) -> str:
        return _("At least %(least)d characters. Three or four words are easy to remember.") % {
            "least": ALONE
        }


def least_for(user: "User | None") -> int:
    """Return how many characters this user's password needs."""
    guarded = user is not None and user.pk is not None and is_mfa_enabled(user)
    return WITH_SECOND_FACTOR if guarded else ALONE
