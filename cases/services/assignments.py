"""Who reads a case: assign, take back, decline, return, and decide about a held one."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from cases import notifications, tasks
from cases.lifecycle import ASSIGNED, READING, advance, note
from cases.models import Case
from cases.selectors import held_pictures, quarantine


class NotAReaderError(Exception):
    """Only an active radiologist can be given a case."""


class PicturesWaitError(Exception):
    """A picture is held in which something seems to be printed: somebody decides about it first."""


class FilesWaitError(Exception):
    """Our safety check keeps files back: somebody sets them aside first, or returns the case."""


class NoFilesError(Exception):
    """No file waits to be set aside: somebody was faster."""


class AlreadyTheirsError(Exception):
    """The case lies with this radiologist already."""


@transaction.atomic
def assign(*, case: Case, to: User, by: User, reason: str = "") -> Case:
    """Give the case to a radiologist, also one that lies with somebody else.

    Raises
    ------
    NotAReaderError
        When `to` is no active radiologist.
    AlreadyTheirsError
        When it lies with them already.
    cases.lifecycle.IllegalTransitionError
        When the case is not open to assignment.
    """
    if to.role != Role.RADIOLOGIST or not to.is_active:
        raise NotAReaderError
    if case.assignee_id == to.pk and case.status in {ASSIGNED, READING}:
        raise AlreadyTheirsError
    advance(case, "assign", by=by, reason=reason, assignee=to, reading_started_at=None)
    notifications.owe(case, "assigned", to, occasion=f"assigned-{case.events.count()}")
    return case


@transaction.atomic
def decline(*, case: Case, by: User, reason: str) -> Case:
    """Give the case back to the queue, with the reason why.

    Raises
    ------
    ValueError
        When there is no reason.
    cases.lifecycle.IllegalTransitionError
        When a radiologist gives back what is not theirs, or it is no longer open.
    """
    return advance(case, "decline", by=by, reason=reason, only_if=_theirs(by))


@transaction.atomic
def return_to_patient(*, case: Case, by: User, reason: str, reason_code: str) -> Case:
    """Send the case back to the patient; `reason_code` is what they are told."""
    advance(
        case,
        "return_to_patient",
        by=by,
        reason=reason,
        only_if=_theirs(by),
        reason_code=reason_code,
    )
    notifications.owe(case, "returned", case.patient, occasion=f"returned-{case.events.count()}")
    return case


def _theirs(by: User) -> dict[str, object]:
    """Return the condition that a radiologist acts on a case of their own only."""
    return {"assignee": by} if by.role == Role.RADIOLOGIST else {}


@transaction.atomic
def release(*, case: Case, by: User, reason: str) -> Case:
    """Let a held case go on to be read.

    Raises
    ------
    PicturesWaitError
        When a picture waits for a decision: the study would go on without it.
    FilesWaitError
        When files wait in quarantine: without them there may be no whole study.
    cases.lifecycle.IllegalTransitionError
        When the case is not held any more.
    """
    if held_pictures.waits(case):
        raise PicturesWaitError
    if quarantine.stopped(case):
        raise FilesWaitError
    return advance(case, "release", by=by, reason=reason, reason_code="")


@transaction.atomic
def requeue(*, case: Case, by: User, reason: str) -> Case:
    """Have the images checked once more."""
    advance(
        case, "requeue", by=by, reason=reason, reason_code="", attempts=0, queued_at=timezone.now()
    )
    tasks.hint(tasks.process_case, case.pk)
    return case


@transaction.atomic
def set_aside(*, case: Case, by: User, reason: str) -> Case:
    """Leave the files out that wait in quarantine, and have the rest checked once more.

    Raises
    ------
    NoFilesError
        When none waits.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    codes = ", ".join(f"{one.files} {one.code}" for one in quarantine.stopped(case))
    if not codes:
        raise NoFilesError
    quarantine.stopped_files(case).update(outcome=quarantine.SET_ASIDE)
    note(case, "files_set_aside", by=by, reason=codes)
    return requeue(case=case, by=by, reason=reason)
