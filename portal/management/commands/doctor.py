"""`manage.py doctor`: look at every part; green, or what to do."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, WARNING, run_checks
from django.core.management.base import BaseCommand, CommandParser

from imaging.text_detector import is_installed
from portal.health import EVERYTHING, Finding, examine
from portal.upload_store import look_at_uploads


class Command(BaseCommand):
    help = "Look at settings, database, broker, buckets, worker, mail and viewer."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        parts = EVERYTHING | {"uploads": look_at_uploads}
        findings = [look_at_settings(), *examine(parts), look_at_ocr()]
        if options["json"]:
            content = {found.name: {"ok": found.ok, "text": found.text} for found in findings}
            self.stdout.write(json.dumps(content, indent=1))
        else:
            for found in findings:
                self.print_finding(found)
        if not all(found.ok for found in findings):
            sys.exit(1)

    def print_finding(self, found: Finding) -> None:
        style = self.style.SUCCESS if found.ok else self.style.ERROR
        mark = style("ok    " if found.ok else "FAILED")
        self.stdout.write(f"{mark}  {found.name:<9} {found.text}")


def look_at_settings() -> Finding:
    """Run Django's own checks; those for deployment only where it is one."""
    messages = run_checks(include_deployment_checks=settings.SECURE_SITE)
    level = WARNING if settings.SECURE_SITE else ERROR
    wrong = [message for message in messages if message.level >= level]
    if wrong:
        return Finding("settings", ok=False, text="; ".join(str(message) for message in wrong))
    kind = "a deployment" if settings.SECURE_SITE else "this machine only"
    return Finding("settings", ok=True, text=f"pass the checks for {kind}")


def look_at_ocr() -> Finding:
    """Say whether text in pictures is searched; without it the portal works, with headers alone."""
    if is_installed():
        return Finding("ocr", ok=True, text="is installed: pictures are searched for text")
    text = "is not installed: only headers tell of text in pictures (requirements-ocr.txt)"
    return Finding("ocr", ok=True, text=text)
