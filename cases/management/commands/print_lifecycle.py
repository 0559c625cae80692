"""`manage.py print_lifecycle > docs/lifecycle.md`."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from cases.lifecycle_doc import render


class Command(BaseCommand):
    help = "Print docs/lifecycle.md from the table of transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en"):
            self.stdout.write(render(), ending="")
