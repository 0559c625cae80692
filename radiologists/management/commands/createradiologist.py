"""`manage.py createradiologist`: an account with a profile; the person sets their own password."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Role
from cases.models import Subspecialty
from radiologists.management.people import add_person_arguments, make_person
from radiologists.models import Radiologist


def words(text: str) -> list[str]:
    """Return a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


class Command(BaseCommand):
    help = "Make the account of a radiologist, with subspecialty and licences."

    def add_arguments(self, parser: CommandParser) -> None:
        add_person_arguments(parser)
        parser.add_argument("--subspecialty", required=True, choices=Subspecialty.values)
        parser.add_argument("--licensed-in", default="", help="country codes: DE,AT,CH")
        parser.add_argument("--languages", default="", help="language codes: de,en")
        parser.add_argument("--competences", default="", help="spine_infection,spine_tumour")
        parser.add_argument("--institution", default="")
        parser.add_argument("--credentials", default="", help="printed below the signature")
        parser.add_argument("--daily-cap", type=int, default=10)

    def handle(self, *args: Any, **options: Any) -> None:
        countries = [code.upper() for code in words(options["licensed_in"])]
        if not countries or any(len(code) != 2 for code in countries):
            raise CommandError("--licensed-in needs country codes of two letters, such as DE,AT.")
        user = make_person(self, Role.RADIOLOGIST, options)
        Radiologist.objects.create(
            user=user,
            subspecialty=options["subspecialty"],
            licensed_in=countries,
            languages=words(options["languages"]),
            competences=words(options["competences"]),
            institution=options["institution"],
            credentials=options["credentials"],
            daily_cap=options["daily_cap"],
        )
