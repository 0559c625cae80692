"""Find work in the rows that nobody is doing: the part of the pipeline that trusts no message."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Role, User
from cases import notifications
from cases.lifecycle import PROCESSING, READING, SUBMITTED, IllegalTransitionError, advance
from cases.models import Case, Notification, Report
from cases.models.notification import NotificationState

logger = logging.getLogger(__name__)

#: A mail claimed for so long belongs to a worker that died: it may have gone out.
SENDING_IS_LOST_AFTER = timedelta(minutes=10)


def take_back_dead_runs() -> int:
    """Put cases whose worker's lease ran out back into the queue; return how many."""
    dead = Case.objects.filter(status=PROCESSING, lease_expires_at__lt=timezone.now())
    return sum(_requeue(case) for case in dead)


def give_back(case_id: int) -> None:
    """Put one case back after its run stopped with an error of ours."""
    case = Case.objects.filter(pk=case_id, status=PROCESSING).first()
    if case is not None:
        _requeue(case)


def postpone(case_id: int) -> None:
    """Put one case back because S3 was away; that costs it no attempt, only a minute."""
    case = Case.objects.filter(pk=case_id, status=PROCESSING).first()
    if case is not None:
        _try_advance(case, "requeue", queued_at=timezone.now(), attempts=F("attempts") - 1)


def _requeue(case: Case) -> bool:
    """Send a case round again; after too many attempts fail it where operators see it."""
    if case.attempts < settings.PROCESSING_MAX_ATTEMPTS:
        return _try_advance(case, "requeue", queued_at=None)
    failed = _try_advance(case, "fail", reason="UNEXPECTED", reason_code="UNEXPECTED")
    if failed:
        _tell_coordinators(case)
    return failed


def _try_advance(case: Case, name: str, *, reason: str = "", **changes: object) -> bool:
    """Advance the case if its run is still the one we looked at."""
    token: dict[str, object] = {"claim_token": case.claim_token}
    try:
        advance(case, name, by=None, reason=reason, only_if=token, **changes)
    except IllegalTransitionError:
        return False
    logger.warning("case %s: run taken back after attempt %s", case.pk, case.attempts)
    return True


def _tell_coordinators(case: Case) -> None:
    for coordinator in User.objects.filter(role=Role.COORDINATOR, is_active=True):
        notifications.owe(
            case, "needs_coordinator", coordinator, occasion=f"failed-{case.submitted_at}"
        )


def lapse_lost_readings() -> int:
    """Give back the claim on cases whose reader's tab is gone; the draft stays. Return how many."""
    lost = timezone.now() - timedelta(seconds=settings.READING_LAPSE_SECONDS)
    gone = Report.objects.filter(
        case__status=READING, author=F("case__assignee"), signed_at=None, seen_at__lt=lost
    )
    return sum(_lapse(report_id, lost) for report_id in gone.values_list("pk", flat=True))


@transaction.atomic
def _lapse(report_id: UUID, lost: datetime) -> bool:
    """Give one back, unless its tab came back in the meantime: the row is locked first."""
    rows = Report.objects.select_for_update(of=("self",)).select_related("case")
    report = rows.filter(pk=report_id, signed_at=None, seen_at__lt=lost).first()
    if report is None:
        return False
    try:
        advance(report.case, "lapse_reading", by=None, only_if={"assignee": report.author_id})
    except IllegalTransitionError:
        return False
    return True


def cases_to_send_again() -> list[int]:
    """Return submitted cases whose message seems lost, and note that they were sent again."""
    late = timezone.now() - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = Case.objects.filter(Q(queued_at=None) | Q(queued_at__lt=late), status=SUBMITTED)
    ids = list(waiting.values_list("pk", flat=True))
    Case.objects.filter(pk__in=ids).update(queued_at=timezone.now())
    return ids


def owed_notifications() -> list[int]:
    """Return the ids of mails to send; those of dead workers become undeliverable, visibly."""
    now = timezone.now()
    lost = now - SENDING_IS_LOST_AFTER
    Notification.objects.filter(state=NotificationState.SENDING, tried_at__lt=lost).update(
        state=NotificationState.UNDELIVERABLE
    )
    owed = Notification.objects.filter(state=NotificationState.OWED, due_at__lte=now)
    return list(owed.order_by("pk").values_list("pk", flat=True)[:200])
