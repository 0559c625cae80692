"""What a radiologist does with a report: open, save, lock, sign, add to it."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from cases import notifications, report_checks
from cases.lifecycle import ASSIGNED, READING, IllegalTransitionError, advance, note
from cases.models import Addendum, Case, Report
from cases.report_context import comparison_of, questions_of, signed_context
from cases.report_template import VERSION, Content, empty_content, fingerprint
from cases.services import claims

if TYPE_CHECKING:
    from django.db.models import QuerySet


class RevisionConflictError(Exception):
    """The draft was saved elsewhere since. `current` is how it stands there."""

    def __init__(self, current: Report) -> None:
        super().__init__("the draft was changed elsewhere")
        self.current = current


class ReportIncompleteError(Exception):
    """The report cannot be signed yet. `problems` says what is missing."""

    def __init__(self, problems: list[report_checks.Problem]) -> None:
        super().__init__("the report is not complete")
        self.problems = problems


@transaction.atomic
def start_reading(*, case: Case, by: User) -> Report:
    """Return the reader's draft; an assigned case becomes one that is being read.

    Raises
    ------
    cases.lifecycle.IllegalTransitionError
        When the case is neither assigned nor being read.
    """
    begins = case.status == ASSIGNED
    if begins:
        advance(case, "start_reading", by=by, only_if={"assignee": by})
    elif case.status != READING or case.assignee_id != by.pk:
        raise IllegalTransitionError(f"cannot read case {case.pk}")
    report, is_new = Report.objects.get_or_create(case=case, author=by, defaults=_beginning(case))
    if begins or is_new:
        claims.begin(report)
    return report


def draft_to_be(*, case: Case, by: User) -> Report:
    """Return the draft that `start_reading` would return; nothing is written."""
    found = Report.objects.filter(case=case, author=by, signed_at=None).first()
    report = found or Report(case=case, author=by, **_beginning(case))
    report.case = case
    return report


def _beginning(case: Case) -> dict[str, Any]:
    content = empty_content(questions_of(case)) | {"comparison": comparison_of(case)}
    return {"template_version": VERSION, "content": content}


def save_draft(*, report: Report, by: User, content: Content, revision: int) -> Report:
    """Store the draft if nobody saved it since `revision`, and return it with its new one.

    Raises
    ------
    RevisionConflictError
        When it was saved elsewhere since, or is no longer open to this reader.
    """
    saved = _draft(report, by, revision).update(
        content=content, revision=F("revision") + 1, updated_at=timezone.now()
    )
    report.refresh_from_db()
    if not saved:
        raise RevisionConflictError(report)
    return report


def _draft(report: Report, by: User, revision: int) -> "QuerySet[Report]":
    """Return the one row that may be written, if it still may."""
    return Report.objects.filter(
        pk=report.pk,
        author=by,
        revision=revision,
        signed_at__isnull=True,
        case__status=READING,
        case__assignee=by,
    )


@transaction.atomic
def lock_blind_read(*, report: Report, by: User, revision: int) -> Report:
    """Keep what was seen without the first report; from now on the first report is shown.

    Raises
    ------
    RevisionConflictError
        When the draft was saved elsewhere since, or is locked already.
    """
    locked = (
        _draft(report, by, revision)
        .filter(blind_locked_at__isnull=True)
        .update(blind_locked_at=timezone.now(), blind_content=F("content"))
    )
    report.refresh_from_db()
    if not locked:
        raise RevisionConflictError(report)
    note(report.case, "lock_blind_read", by=by)
    return report


@transaction.atomic
def sign_report(*, report: Report, by: User, revision: int, credentials: str) -> Report:
    """Sign exactly the revision that was shown; of two callers one signs.

    Raises
    ------
    RevisionConflictError
        When the draft was saved or signed since, or is no longer open to this reader.
    ReportIncompleteError
        When a check that blocks is not met.
    """
    draft = _draft(report, by, revision).select_for_update(of=("self",)).first()
    if draft is None:
        report.refresh_from_db()
        raise RevisionConflictError(report)
    problems = report_checks.blocking(report_checks.problems(draft))
    if problems:
        raise ReportIncompleteError(problems)
    draft.content |= {"signed": signed_context(draft, credentials)}
    draft.content_sha256 = fingerprint(draft.content)
    draft.signed_at = draft.updated_at = timezone.now()
    draft.save(update_fields=["content", "content_sha256", "signed_at", "updated_at"])
    case = draft.case
    advance(case, "report", by=by, only_if={"assignee": by})
    notifications.owe(case, "result_ready", case.patient, occasion=f"report-{draft.pk}")
    return draft


@transaction.atomic
def add_addendum(*, report: Report, by: User, text: str, plain_text: str) -> Addendum:
    """Add a dated text to a signed report; neither changes after that.

    Raises
    ------
    ValueError
        When the report is not signed, not theirs, or a text is empty.
    """
    if report.signed_at is None or report.author_id != by.pk or not (text and plain_text):
        raise ValueError("an addendum needs a signed report of one's own, and both texts")
    addendum = Addendum.objects.create(report=report, author=by, text=text, plain_text=plain_text)
    note(report.case, "addendum", by=by)
    case = report.case
    notifications.owe(case, "result_ready", case.patient, occasion=f"addendum-{addendum.pk}")
    return addendum
