"""`manage.py createcoordinator`: an account for somebody who assigns the cases."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.models import Role
from radiologists.management.people import add_person_arguments, make_person


class Command(BaseCommand):
    help = "Make the account of a coordinator."

    def add_arguments(self, parser: CommandParser) -> None:
        add_person_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        make_person(self, Role.COORDINATOR, options)
