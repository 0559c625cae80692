"""What a patient does with a request: open it, answer, agree, send, withdraw, read the result."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Role, User
from cases import consents, notifications, red_flags, tasks
from cases.lifecycle import advance, note
from cases.models import Case, CaseSecret, Consent, Intake, Priority, Report
from cases.models.upload import UploadState
from cases.selectors.calls import is_to_be_called


class NotReadyError(Exception):
    """The request cannot be sent yet. `missing` names the steps, in the order of the pages."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("the request is not complete")
        self.missing = missing


class NotEditableError(Exception):
    """The request was sent already and cannot be changed now."""


#: The steps of a request, in the order of the pages; each is a page of its own. Consent comes
#: before the images: no byte is sent before the patient has agreed.
STEPS = (
    "safety",
    "consent",
    "question",
    "pain",
    "history",
    "about",
    "first-report",
    "upload",
)


@transaction.atomic
def create_request(*, patient: User) -> Case:
    """Open a new, empty request."""
    case = Case.objects.create(patient=patient)
    Intake.objects.create(case=case)
    CaseSecret.objects.create(case=case)
    note(case, "created", by=patient)
    return case


@transaction.atomic
def save_answers(*, case: Case, step: str, answers: dict[str, object]) -> Intake:
    """Store the answers of one page and tick the step off.

    Raises
    ------
    NotEditableError
        When the request was sent already.
    ValueError
        For an answer that the intake does not have.
    """
    _lock_editable(case)
    intake = Intake.objects.select_for_update().get(case=case)
    for name, value in answers.items():
        if not hasattr(intake, name):
            raise ValueError("no such answer")
        setattr(intake, name, value)
    if step not in intake.steps_done:
        intake.steps_done = [*intake.steps_done, step]
    intake.save(update_fields=[*answers, "steps_done", "updated_at"])
    case.intake = intake
    return intake


@transaction.atomic
def save_page(
    *, case: Case, page: str, step: str, pages: Iterable[str], answers: dict[str, object]
) -> Intake:
    """Store one page of a step; the step is done when all its `pages` are."""
    intake = save_answers(case=case, step=page, answers=answers)
    if step not in intake.steps_done and set(pages) <= set(intake.steps_done):
        intake = save_answers(case=case, step=step, answers={})
    return intake


@transaction.atomic
def answer_red_flags(*, case: Case, by: User, codes: list[str], assessed: bool = False) -> bool:
    """Store the red-flag answers; return whether the patient may go on.

    After an emergency answer the step stays open until the patient says that somebody has
    examined them (`assessed`). Both are written into the history.
    """
    emergency = red_flags.is_emergency(codes)
    answers: dict[str, object] = {"red_flags": codes, "red_flag_override": emergency and assessed}
    if not emergency or assessed:
        save_answers(case=case, step="safety", answers=answers)
        if emergency:
            note(case, "emergency_assessed", by=by)
        return True
    intake = save_answers(case=case, step="safety", answers=answers)
    intake.steps_done = [step for step in intake.steps_done if step != "safety"]
    intake.save(update_fields=["steps_done"])
    note(case, "emergency_shown", by=by)
    return False


@transaction.atomic
def give_consent(*, case: Case, codes: Iterable[str]) -> None:
    """Store what the patient agreed to, with the version of the text; saying it twice is fine."""
    _lock_editable(case)
    known = [code for code in codes if code in consents.CODES]
    for code in known:
        Consent.objects.get_or_create(case=case, code=code, text_version=consents.TEXT_VERSION)
    if set(known) == consents.CODES:
        save_answers(case=case, step="consent", answers={})


def _lock_editable(case: Case) -> None:
    if not Case.objects.select_for_update().get(pk=case.pk).is_editable:
        raise NotEditableError


def missing_steps(case: Case) -> list[str]:
    """Return the steps that are still open, in the order of the pages."""
    done = set(case.intake.steps_done) - {"upload", "consent"}
    if has_images(case):
        done.add("upload")
    agreed = case.consents.filter(text_version=consents.TEXT_VERSION)
    if set(agreed.values_list("code", flat=True)) >= consents.CODES:
        done.add("consent")
    return [step for step in STEPS if step not in done]


def has_consented(case: Case) -> bool:
    """Say whether the patient has agreed to everything in its present version."""
    agreed = case.consents.filter(text_version=consents.TEXT_VERSION)
    return set(agreed.values_list("code", flat=True)) >= consents.CODES


def has_images(case: Case) -> bool:
    return case.uploads.filter(state=UploadState.COMPLETE).exists()


@transaction.atomic
def submit(*, case: Case, by: User) -> Case:
    """Send the request; the row is the order, the message to the worker only a hint.

    Raises
    ------
    NotReadyError
        When a step is missing.
    cases.lifecycle.IllegalTransitionError
        When it was sent already.
    """
    missing = missing_steps(case)
    if missing:
        raise NotReadyError(missing)
    now = timezone.now()
    priority = red_flags.priority_for(case.intake.red_flags)
    advance(
        case,
        "submit",
        by=by,
        attempts=0,
        queued_at=now,
        reason_code="",
        priority=priority,
        due_at=now + timedelta(hours=settings.TURNAROUND_HOURS[priority]),
    )
    notifications.owe(case, "request_sent", by, occasion=f"sent-{case.events.count()}")
    if priority == Priority.STAT:
        _alert_coordinators(case, occasion=f"stat-{case.events.count()}")
    tasks.hint(tasks.process_case, case.pk)
    return case


def _alert_coordinators(case: Case, *, occasion: str) -> None:
    for coordinator in User.objects.filter(role=Role.COORDINATOR, is_active=True):
        notifications.owe(case, "needs_coordinator", coordinator, occasion=occasion)


@transaction.atomic
def withdraw(*, case: Case, by: User, reason: str) -> Case:
    """Take the request back; whoever works on it finds the claim gone."""
    advance(case, "withdraw", by=by, reason=reason or "-")
    return case


@transaction.atomic
def open_result(*, case: Case, by: User) -> Report:
    """Return the signed report and note the first time the patient opens it."""
    report = Report.objects.select_related("author").get(case=case, signed_at__isnull=False)
    first = Case.objects.filter(pk=case.pk, result_opened_at=None)
    if first.update(result_opened_at=timezone.now()):
        note(case, "result_opened", by=by)
    return report


@transaction.atomic
def ask_for_call(*, case: Case, by: User) -> None:
    """Write down, once, that the patient wants to be called before opening the result."""
    if case.events.filter(name="call_requested").exists():
        return
    note(case, "call_requested", by=by)
    _alert_coordinators(case, occasion="call")


@transaction.atomic
def note_call(*, case: Case, by: User) -> None:
    """Write down, once, that a coordinator has spoken with a patient who was to be called."""
    Case.objects.select_for_update().get(pk=case.pk)  # of two clicks one is written
    if is_to_be_called(case):
        note(case, "patient_called", by=by)
