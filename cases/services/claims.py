"""Who is reading: the one tab that has a draft open, told by its heartbeat.

A tab asks for the claim when it opens and again every half minute. Of two tabs of the same reader
one holds it; the other says so and may take it over. A tab that falls silent loses the claim
(cases/recovery.py); the draft stays, and whoever comes back goes on if the case is still theirs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from cases.models import Report
from cases.models.report import OPEN_FOR


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether the asking tab holds the draft, and when the holder was last seen."""

    is_here: bool
    seen_at: datetime


def begin(report: Report) -> None:
    """Note that reading begins now, in a tab that has still to say its number."""
    Report.objects.filter(pk=report.pk, signed_at=None).update(open_in=None, seen_at=timezone.now())


def hold(*, report: Report, tab: UUID, take: bool = False) -> Claim:
    """Give the draft to `tab` if it is free, its own, or to be taken over; say who holds it."""
    now = timezone.now()
    free = Q(open_in=None) | Q(open_in=tab) | Q(seen_at__lt=now - OPEN_FOR) | Q(seen_at=None)
    draft = Report.objects.filter(pk=report.pk, signed_at=None)
    wanted = draft if take else draft.filter(free)
    if wanted.update(open_in=tab, seen_at=now):
        return Claim(is_here=True, seen_at=now)
    report.refresh_from_db(fields=["seen_at"])
    return Claim(is_here=False, seen_at=report.seen_at or now)


def leave(*, report: Report, tab: UUID) -> None:
    """Let go of the draft as the tab closes; the next one to open it takes it without asking."""
    Report.objects.filter(pk=report.pk, open_in=tab, signed_at=None).update(open_in=None)
