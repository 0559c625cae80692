"""What we ask at sign-up beside e-mail and password.

A module of its own: django-allauth imports it while its own forms are still being made.
"""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import User


class SignupForm(forms.Form):
    """What we ask beside e-mail and password; allauth puts its own fields into this one."""

    full_name = forms.CharField(
        label=_("Your name"),
        help_text=_("Only you and our coordinator see it. The radiologist does not."),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("full_name", "email", "password1")

    def signup(self, request: "HttpRequest", user: "User") -> None:  # noqa: ARG002 - allauth's
        user.full_name = self.cleaned_data["full_name"]
        user.language = (get_language() or "en")[:2]
        user.save(update_fields=["full_name", "language"])
