"""Forms of the account pages: allauth's own, with our labels."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as account
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils.translation import gettext as _

from accounts.passwords import least_for

if TYPE_CHECKING:
    from django import forms

    from accounts.models import User


def new_password_hint(user: "User | None") -> str:
    least = least_for(user)
    return _("At least %(least)d characters. Three or four words are easy to remember.") % {
        "least": least
    }


def relabel(form: "forms.Form", name: str, label: Any, help_text: Any = "") -> None:
    """Name a field beside its box, not inside it."""
    field = form.fields[name]
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)


class PatientSignupForm(account.SignupForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "email", _("E-mail address"), _("We write to it when something happens."))
        relabel(
            self,
            "password1",
            _("Password"),
            new_password_hint(None),
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


class ChangePasswordForm(account.ChangePasswordForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "oldpassword", _("Your password now"))
        relabel(self, "password1", _("New password"), new_password_hint(self.user))
        relabel(self, "password2", _("New password, once more"))


class ResetPasswordKeyForm(account.ResetPasswordKeyForm):  # type: ignore[misc] # no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "password1", _("New password"), new_password_hint(self.user))
        relabel(self, "password2", _("New password, once more"))


class AddEmailForm(account.AddEmailForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "email", _("E-mail address"))


class SecondStepForm(AuthenticateForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "code", _("Six figures or a recovery code"))


class ConfirmSecondStepForm(ReauthenticateForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "code", _("Six figures or a recovery code"))


class SetUpSecondStepForm(ActivateTOTPForm):  # type: ignore[misc] # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, "code", _("The six figures"))
