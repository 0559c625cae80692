"""Forms of the account pages: allauth's own, with our labels."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from django.utils.translation import gettext_lazy as _

from accounts.passwords import ALONE

if TYPE_CHECKING:
    from django import forms


class PatientSignupForm(account.SignupForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "email", _("E-mail address"), _("We write to it when something happens."))
        relabel(
            self,
            "password1",
            _("Password"),
            _("At least %(least)d characters. Three or four words are easy to remember.")
            % {"least": ALONE},
        )


class LoginForm(account.LoginForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "login", _("E-mail address"))
        relabel(self, "password", _("Password"))


class ResetPasswordForm(account.ResetPasswordForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "email", _("E-mail address"))


def relabel(form: "forms.Form", name: str, label: Any, help_text: Any = "") -> None:
    """Name a field beside its box, not inside it."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
