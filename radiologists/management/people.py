"""What the commands that make an account for somebody share."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.models import Role, User
from accounts.services import create_account


def add_person_arguments(parser: CommandParser) -> None:
    parser.add_argument("email")
    parser.add_argument("--name", required=True, help="full name, as it stands on a report")


def make_person(command: BaseCommand, role: Role, options: dict[str, Any]) -> User:
    """Make the account and say how its owner gets in.

    Raises
    ------
    CommandError
        For an address that is none, or that has an account already.
    """
    email = options["email"].strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError("This is no e-mail address.") from error
    if User.objects.filter(email__iexact=email).exists():
        raise CommandError("There is an account with this address already.")
    user = create_account(email=email, role=role, full_name=options["name"].strip())
    command.stdout.write(
        f"Made {role.label.lower()} {user.pk}. They set a password by “I have forgotten my "
        "password”, and an authenticator app when they first sign in."
    )
    return user
