"""`manage.py seed_demo`: the demo's accounts and cases; safe to run again."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.models import Case
from portal.demo import accounts, seeding
from portal.health import UnhealthyError, look_at_tables


class Command(BaseCommand):
    help = "Make the demo accounts and, once, the demo cases (needs a running worker)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the accounts as JSON")
        parser.add_argument("--no-cases", action="store_true", help="make the accounts only")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not a demo (PORTAL_DEMO is not set).")
        try:
            look_at_tables()
        except UnhealthyError as error:
            raise CommandError(str(error)) from None
        made = accounts.make_accounts()
        if not options["no_cases"] and not Case.objects.exists():
            seeding.seed_cases(say=self.stderr.write)
        plain = accounts.as_plain(made)
        if options["json"]:
            self.stdout.write(json.dumps({"accounts": plain}))
            return
        for account in plain:
            self.stdout.write("  ".join(account.values()))
