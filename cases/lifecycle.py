"""The life of a case: every status, every legal transition, who may make it.

This is the only module that writes ``Case.status``. The table below is the
specification; the CHECK constraints, the PostgreSQL trigger, the diagram in
``docs/lifecycle.md`` and ``tests/cases/test_lifecycle.py`` are derived from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from cases.models import Case, CaseEvent


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Sent")
    PROCESSING = "processing", _("Checking images")
    RETURNED = "returned", _("Needs the patient")
    HELD = "held", _("Needs a coordinator")
    FAILED = "failed", _("Stopped by a fault")
    READY = "ready", _("Awaiting assignment")
    ASSIGNED = "assigned", _("Assigned")
    READING = "reading", _("Being read")
    REPORTED = "reported", _("Report available")
    WITHDRAWN = "withdrawn", _("Withdrawn")


DRAFT, SUBMITTED, PROCESSING = Status.DRAFT, Status.SUBMITTED, Status.PROCESSING
RETURNED, HELD, FAILED = Status.RETURNED, Status.HELD, Status.FAILED
READY, ASSIGNED, READING = Status.READY, Status.ASSIGNED, Status.READING
REPORTED, WITHDRAWN = Status.REPORTED, Status.WITHDRAWN

TERMINAL = frozenset({REPORTED, WITHDRAWN})
OPEN = frozenset(Status) - TERMINAL
#: The patient may change the request.
EDITABLE = frozenset({DRAFT, RETURNED})

PATIENT, RADIOLOGIST, COORDINATOR, SYSTEM = "patient", "radiologist", "coordinator", "system"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table: from where, to where, who, and what it writes."""

    sources: frozenset[Status]
    target: Status
    actors: frozenset[str]
    stamps: str = ""
    clears: tuple[str, ...] = ()
    needs_reason: bool = False


def _row(
    sources: set[Status] | frozenset[Status],
    target: Status,
    actors: set[str],
    *,
    stamps: str = "",
    clears: tuple[str, ...] = (),
    needs_reason: bool = False,
) -> Transition:
    return Transition(frozenset(sources), target, frozenset(actors), stamps, clears, needs_reason)


CLAIM = ("claim_token", "lease_expires_at")

# fmt: off
TRANSITIONS = {
    "submit":            _row({DRAFT, RETURNED}, SUBMITTED, {PATIENT}, stamps="submitted_at"),
    "start_processing":  _row({SUBMITTED}, PROCESSING, {SYSTEM}, stamps="processing_started_at"),
    "requeue":           _row({PROCESSING, FAILED, HELD}, SUBMITTED, {SYSTEM, COORDINATOR}, clears=CLAIM),
    "accept_study":      _row({PROCESSING}, READY, {SYSTEM}, stamps="ready_at", clears=CLAIM),
    "hold":              _row({PROCESSING}, HELD, {SYSTEM}, clears=CLAIM, needs_reason=True),
    "release":           _row({HELD}, READY, {COORDINATOR}, stamps="ready_at", needs_reason=True),
    "return_to_patient": _row({PROCESSING, HELD, READY, ASSIGNED, READING}, RETURNED, {SYSTEM, COORDINATOR, RADIOLOGIST}, clears=("assignee", "ready_at", *CLAIM), needs_reason=True),
    "fail":              _row({PROCESSING}, FAILED, {SYSTEM}, clears=CLAIM, needs_reason=True),
    "assign":            _row({READY, ASSIGNED, READING}, ASSIGNED, {COORDINATOR}, stamps="assigned_at"),
    "decline":           _row({ASSIGNED, READING}, READY, {RADIOLOGIST, COORDINATOR}, clears=("assignee",), needs_reason=True),
    "start_reading":     _row({ASSIGNED}, READING, {RADIOLOGIST}, stamps="reading_started_at"),
    "lapse_reading":     _row({READING}, ASSIGNED, {SYSTEM}),
    "report":            _row({READING}, REPORTED, {RADIOLOGIST}, stamps="reported_at"),
    "withdraw":          _row(OPEN, WITHDRAWN, {PATIENT, COORDINATOR, SYSTEM}, clears=("assignee", *CLAIM), needs_reason=True),
}
# fmt: on

#: Column -> the statuses in which it must be filled.
REQUIRED = {
    "submitted_at": frozenset(Status) - {DRAFT, WITHDRAWN},
    "ready_at": frozenset({READY, ASSIGNED, READING, REPORTED}),
    "assignee": frozenset({ASSIGNED, READING, REPORTED}),
    "reported_at": frozenset({REPORTED}),
    "claim_token": frozenset({PROCESSING}),
}
#: Column -> the statuses in which it must be empty.
FORBIDDEN = {
    "assignee": frozenset(Status) - {ASSIGNED, READING, REPORTED},
    "reported_at": frozenset(Status) - {REPORTED},
    "claim_token": frozenset(Status) - {PROCESSING},
}


class IllegalTransitionError(Exception):
    """The case is not in a status from which the transition may be made."""


class ActorNotAllowedError(Exception):
    """The actor's role may not make the transition."""


def advance(
    case: "Case",
    name: str,
    *,
    by: "User | None",
    reason: str = "",
    only_if: dict[str, object] | None = None,
    **changes: object,
) -> "Case":
    """Make the transition `name` on `case`, or raise and change nothing.

    Safe to call twice: the row is claimed by a conditional UPDATE, so of two callers exactly
    one succeeds and the other gets `IllegalTransitionError`. `by` is None for a worker.
    `only_if` adds conditions to the UPDATE, such as the claim token of the run.
    """
    transition = TRANSITIONS[name]
    role = by.role if by else SYSTEM
    if role not in transition.actors:
        raise ActorNotAllowedError(f"{role} may not {name}")
    if transition.needs_reason and not reason:
        raise ValueError(f"{name} needs a reason")
    if transition.stamps:
        changes[transition.stamps] = timezone.now()
    changes |= dict.fromkeys(transition.clears)
    with transaction.atomic():
        claimed = (
            type(case)
            .objects.filter(pk=case.pk, status__in=transition.sources, **(only_if or {}))
            .update(previous_status=F("status"), status=transition.target, **changes)
        )
        if not claimed:
            raise IllegalTransitionError(f"cannot {name} case {case.pk}")
        case.refresh_from_db()
        case.events.create(
            name=name,
            status_before=case.previous_status,
            status_after=case.status,
            actor=by,
            reason=reason,
        )
    return case


def note(case: "Case", name: str, *, by: "User | None", reason: str = "") -> "CaseEvent":
    """Write down something that happened to `case` without a change of status."""
    return case.events.create(
        name=name, status_before=case.status, status_after=case.status, actor=by, reason=reason
    )


def may(user: "User", name: str, case: "Case") -> bool:
    """Say whether the transition is open to this user now, for showing a button."""
    transition = TRANSITIONS[name]
    return user.role in transition.actors and case.status in transition.sources


def legal_pairs() -> Iterator[tuple[str, str]]:
    """Yield every (previous status, status) a row may hold."""
    yield "", DRAFT.value
    for transition in TRANSITIONS.values():
        for source in sorted(transition.sources):
            yield source.value, transition.target.value


def constraints() -> list[models.BaseConstraint]:
    """Return the CHECK constraints that mirror the table in the database."""
    pairs = Q()
    for previous, current in sorted(set(legal_pairs())):
        pairs |= Q(previous_status=previous, status=current)
    rules: list[models.BaseConstraint] = [
        models.CheckConstraint(condition=pairs, name="case_transition_is_legal")
    ]
    for word, table, is_null in (("set", REQUIRED, False), ("empty", FORBIDDEN, True)):
        for column, statuses in table.items():
            elsewhere = ~Q(status__in=sorted(statuses))
            holds = Q(**{f"{column}__isnull": is_null})
            name = f"case_{column}_is_{word}"
            rules.append(models.CheckConstraint(condition=elsewhere | holds, name=name))
    return rules


def trigger_sql() -> str:
    """Return the PostgreSQL trigger that refuses any UPDATE not in the table."""
    pairs = sorted({(before, after) for before, after in legal_pairs() if before})
    rows = ", ".join(f"('{before}', '{after}')" for before, after in pairs)
    return f"""
    CREATE OR REPLACE FUNCTION case_status_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (NEW.status, NEW.previous_status) <> (OLD.status, OLD.previous_status)
         AND (NEW.previous_status <> OLD.status
              OR (OLD.status, NEW.status) NOT IN (VALUES {rows})) THEN
        RAISE EXCEPTION 'illegal case transition % -> %', OLD.status, NEW.status
          USING ERRCODE = 'check_violation', CONSTRAINT = 'case_transition_is_legal';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER case_status_guard BEFORE UPDATE ON cases_case
      FOR EACH ROW EXECUTE FUNCTION case_status_guard();
    """
