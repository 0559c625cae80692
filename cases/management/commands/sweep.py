"""`manage.py sweep`: do now what beat does each half minute."""

from typing import Any

from django.core.management.base import BaseCommand

from cases import tasks


class Command(BaseCommand):
    help = "Take back cases of dead workers, send lost work again, send mail that is owed."

    def handle(self, *args: Any, **options: Any) -> None:
        tasks.sweep()
        self.stdout.write("swept")
