"""Accounts that are made for somebody, as the commands for staff and the demo do."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Role, User


@transaction.atomic
def create_account(
    *, email: str, role: Role, full_name: str = "", password: str | None = None
) -> User:
    """Create an account whose address counts as confirmed: whoever asks for it knows it.

    Without a password the person sets one by the link of "I have forgotten my password".
    """
    user = User.objects.create_user(email, password, full_name=full_name, role=role)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
