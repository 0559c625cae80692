"""Background entry points. Arguments are ids and counts; the database says what is to be done.

A message is only a hint: when the broker is away or flushed, the sweep finds the same work in
the rows within PORTAL_SWEEP_SECONDS.
"""

import logging
import traceback
from pathlib import Path

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cases import (
    arrivals,
    held_pictures,
    notifications,
    pipeline,
    preparation,
    recovery,
    reminders,
)
from cases.models import Heartbeat
from cases.storage import StorageUnavailableError

logger = logging.getLogger(__name__)

#: After how many seconds a case goes on whose store did not answer; the sweep takes over then.
AWAY_SECONDS = (3, 15)


def hint(task: "Task[..., None]", *ids: int | str) -> None:
    """Send `task` when the transaction commits; a silent broker does not fail the request."""
    transaction.on_commit(lambda: task.delay(*ids), robust=True)


def where(error: BaseException) -> str:
    """Name an error by its class and the last line of ours, without its text."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "site-packages" not in frame.filename:
            place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"{type(error).__name__} at {place}"


@shared_task
def process_case(case_id: int, times_away: int = 0) -> None:
    """Process one submitted case; whatever stops it, the case goes back into the queue."""
    try:
        pipeline.process(case_id)
    except StorageUnavailableError:
        logger.warning("case %s: storage is away, postponed", case_id)
        recovery.postpone(case_id)
        if times_away < len(AWAY_SECONDS):
            again = (case_id, times_away + 1)
            process_case.apply_async(again, countdown=AWAY_SECONDS[times_away])
    except Exception as error:
        # The text may quote DICOM values: the class and the line are enough to find the fault.
        logger.error("case %s: stopped by %s", case_id, where(error))  # noqa: TRY400 - no values
        recovery.give_back(case_id)
    send_owed_mail.delay()


@shared_task
def prepare_bundle(bundle_id: int) -> None:
    """Prepare a landed bundle; when that fails it is tried again, and in the end done without."""
    try:
        preparation.prepare(bundle_id)
    except StorageUnavailableError:
        logger.warning("bundle %s: storage is away, postponed", bundle_id)
    except Exception as error:
        logger.error("bundle %s: stopped by %s", bundle_id, where(error))  # noqa: TRY400 - no values


@shared_task
def send_owed_mail() -> None:
    """Send every mail that is owed."""
    for notification_id in recovery.owed_notifications():
        notifications.deliver(notification_id)


@shared_task
def sweep() -> None:
    """Find what was lost: cases without a worker, reading without a tab, mail unsent or due."""
    recovery.take_back_dead_runs()
    recovery.lapse_lost_readings()
    for case_id in recovery.cases_to_send_again():
        process_case.delay(case_id)
    reminders.owe_due()
    send_owed_mail.delay()
    arrivals.sweep()
    for bundle_id in preparation.bundles_to_send_again():
        prepare_bundle.apply_async((bundle_id,), expires=settings.SWEEP_SECONDS)
    held_pictures.clear_drawings()


@shared_task(ignore_result=True, expires=settings.HEARTBEAT_SECONDS * 2)
def beat_heart() -> None:
    """Prove that messages are consumed."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
