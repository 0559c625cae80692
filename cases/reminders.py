"""Mail to people who did not come back: a stopped upload, a question of ours, an unread result.

The waits are a decision of ours, pending review (docs/clinical-content.md, timers). Each is one
mail at most; when the sweep was away for long, only the latest is owed, not all at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from cases import lifecycle, notifications
from cases.models import Case, CaseEvent, Notification, Upload
from cases.models.upload import UploadState

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reason to write again, and how long after it began each mail goes out."""

    template: str
    waits: tuple[timedelta, ...]
    #: Cases to which it applies, with `since`: when the waiting began.
    cases: QuerySet[Any]


def reminders() -> Iterator[Reminder]:
    """Yield every reminder there is."""
    everybody = Case.objects.filter(patient__is_active=True)
    of_case = {"case": OuterRef("pk")}
    stopped = Upload.objects.filter(
        **of_case, state=UploadState.OPEN, bundles__landed_at__isnull=False
    )
    yield Reminder(
        "upload_stopped",
        (DAY,),  # given up after three days: cases/arrivals.py
        everybody.filter(status__in=lifecycle.EDITABLE).annotate(
            since=_latest(stopped, "last_progress_at")
        ),
    )
    sent_back = CaseEvent.objects.filter(**of_case, name="return_to_patient")
    yield Reminder(
        "answer_awaited",
        (2 * DAY, 7 * DAY, 12 * DAY),
        everybody.filter(status=lifecycle.RETURNED).annotate(since=_latest(sent_back, "at")),
    )
    yield Reminder(
        "result_unread",
        (DAY, 3 * DAY, 7 * DAY),  # then it stands among the calls: cases/selectors/calls.py
        everybody.filter(status=lifecycle.REPORTED, result_opened_at=None).annotate(
            since=F("reported_at")
        ),
    )


def _latest(rows: QuerySet[Any], column: str) -> Subquery:
    return Subquery(rows.order_by(f"-{column}").values(column)[:1])


def owe_due() -> int:
    """Owe every reminder that is due now; return how many cases there were."""
    now = timezone.now()
    return sum(_owe_due(reminder, now) for reminder in reminders())


def _owe_due(reminder: Reminder, now: datetime) -> int:
    count = 0
    ends = [*reminder.waits[1:], None]
    for wait, end in zip(reminder.waits, ends, strict=True):
        due = reminder.cases.filter(since__lte=now - wait)
        if end is not None:
            due = due.filter(since__gt=now - end)
        for case in due.filter(~_written(reminder.template, wait)).select_related("patient"):
            occasion = f"{case.since:%Y%m%dT%H%M%S}+{wait // timedelta(hours=1)}h"
            notifications.owe(case, reminder.template, case.patient, occasion=occasion)
            count += 1
    return count


def _written(template: str, wait: timedelta) -> Exists:
    """Say whether this mail was owed since the wait was over."""
    return Exists(
        Notification.objects.filter(
            case=OuterRef("pk"), template=template, created_at__gte=OuterRef("since") + wait
        )
    )
