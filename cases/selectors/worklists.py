"""What is waiting: for one radiologist, and for the coordinator. Each list is a few queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from cases.lifecycle import (
    ASSIGNED,
    DRAFT,
    FAILED,
    HELD,
    PROCESSING,
    READING,
    READY,
    REPORTED,
    RETURNED,
    SUBMITTED,
    WITHDRAWN,
    Status,
)
from cases.models import Case, Intake, Report, Study, StudyRole
from cases.report_context import intake_of
from cases.report_symptoms import flags
from cases.selectors.calls import MAIL_IS_LOST, TO_CALL

SOON = 0.75
PAGE = 50
RECENT = timedelta(days=30)

Tabs = dict[str, Q]


def _in(*statuses: Status) -> Q:
    return Q(status__in=statuses)


#: A case that fell back to "assigned" when its reader's tab was lost keeps what was written.
_HAS_DRAFT = Exists(
    Report.objects.filter(
        case=OuterRef("pk"), author=OuterRef("assignee"), signed_at=None, revision__gt=0
    )
)
#: Tab of the radiologist's worklist -> the cases it shows.
READER_TABS: Tabs = {
    "mine": _in(ASSIGNED, READING),
    "drafts": _in(READING) | _in(ASSIGNED) & Q(_HAS_DRAFT),
    "reported": _in(REPORTED),
}
#: Tab of the coordinator's queue -> the cases it shows.
QUEUE_TABS: Tabs = {
    "open": _in(SUBMITTED, PROCESSING, HELD, FAILED, READY, ASSIGNED, READING, RETURNED),
    "unassigned": _in(READY),
    "assigned": _in(ASSIGNED, READING),
    "held": _in(HELD),
    "returned": _in(RETURNED),
    "failed": _in(FAILED),
    "call": TO_CALL,
    "reported": _in(REPORTED),
    "withdrawn": _in(WITHDRAWN),
}
#: The clock runs while it is our turn; a returned case waits for the patient.
_ON_THE_CLOCK = (SUBMITTED, PROCESSING, HELD, FAILED, READY, ASSIGNED, READING)


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How much of the promised time is gone; `minutes` is negative when it is over."""

    minutes: int
    used: float

    @property
    def is_late(self) -> bool:
        return self.minutes < 0

    @property
    def is_soon(self) -> bool:
        return not self.is_late and self.used >= SOON

    @property
    def percent(self) -> int:
        return round(100 * min(1.0, max(0.0, self.used)))


def time_left(case: Case, now: datetime) -> TimeLeft | None:
    """Return the clock of an open case, or None where no time was promised."""
    if case.due_at is None or case.status not in _ON_THE_CLOCK:
        return None
    left = case.due_at - now
    whole = case.due_at - (case.submitted_at or case.created_at)
    used = 1 - left / whole if whole > timedelta(0) else 1.0
    return TimeLeft(minutes=int(left.total_seconds() // 60), used=used)


@dataclass(frozen=True, slots=True)
class StudyFacts:
    label: str = ""
    field_strength_t: float | None = None
    series: int = 0
    frames: int = 0
    verdict: str = ""
    #: An older study came along.
    has_prior: bool = False


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who is reading a case, and whether a tab of theirs has it open at this moment."""

    reader: str
    seen_at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. It holds no name and no address of the patient."""

    case: Case
    intake: Intake
    study: StudyFacts
    clock: TimeLeft | None
    flags: list[str]
    draft_saved_at: datetime | None = None
    sitting: Sitting | None = None


def reader_cases(reader: User) -> QuerySet[Case]:
    return Case.objects.filter(assignee=reader)


def tab_counts(cases: QuerySet[Case], tabs: Tabs) -> dict[str, int]:
    """Return how many cases each tab holds, in one query."""
    counted: dict[str, Any] = {
        f"in_{tab}": Count("pk", filter=shown) for tab, shown in tabs.items()
    }
    found = cases.aggregate(**counted)
    return {tab: found[f"in_{tab}"] for tab in tabs}


def matching(shown: Q, *, query: str = "", priority: str = "") -> Q:
    """Return what is asked of a case: the tab's own condition, the search and the priority."""
    asked = shown
    if query:
        asked &= Q(code__icontains=query) | Q(intake__main_question__icontains=query)
    if priority:
        asked &= Q(priority=priority)
    return asked


def filtered(
    cases: QuerySet[Case], *, shown: Q, query: str = "", priority: str = ""
) -> QuerySet[Case]:
    """Return the cases of a tab that match the search, the most overdue first."""
    found = cases.filter(matching(shown, query=query, priority=priority))
    found = found.select_related("intake", "assignee")
    if shown == _in(REPORTED):
        return found.order_by("-reported_at", "pk")
    return found.order_by(F("due_at").asc(nulls_last=True), "pk")


def rows(cases: Iterable[Case], *, reader: User | None = None) -> list[Row]:
    """Return the lines of a page of cases: two queries more, however many lines."""
    shown = list(cases)
    now = timezone.now()
    studies = _study_facts(shown)
    drafts = _drafts(shown)
    return [
        Row(
            case=case,
            intake=intake_of(case),
            study=studies.get(case.pk, StudyFacts()),
            clock=time_left(case, now),
            flags=flags(intake_of(case).red_flags),
            draft_saved_at=_saved_at(drafts.get(case.pk), reader),
            sitting=_sitting(case, drafts.get(case.pk)),
        )
        for case in shown
    ]


def _study_facts(cases: list[Case]) -> dict[int, StudyFacts]:
    found = (
        Study.objects.filter(case__in=cases, role=StudyRole.CURRENT)
        .annotate(
            series_count=Count("series"),
            frames=Sum("series__frame_count"),
            has_prior=Exists(Study.objects.filter(case=OuterRef("case"), role=StudyRole.PRIOR)),
        )
        .values_list("case_id", "details", "series_count", "frames", "verdict", "has_prior")
    )
    return {
        case: StudyFacts(
            label=details.get("label", ""),
            field_strength_t=details.get("field_strength_t"),
            series=series,
            frames=frames or 0,
            verdict=verdict,
            has_prior=has_prior,
        )
        for case, details, series, frames, verdict, has_prior in found
    }


def _drafts(cases: list[Case]) -> dict[int, Report]:
    """Return the open draft of each case's present reader."""
    drafts = Report.objects.filter(
        case__in=cases, author=F("case__assignee"), signed_at__isnull=True
    ).select_related("author")
    return {draft.case_id: draft for draft in drafts.defer("content", "blind_content")}


def _saved_at(draft: Report | None, reader: User | None) -> datetime | None:
    if draft is None or draft.revision == 0 or draft.author_id != getattr(reader, "pk", None):
        return None
    return draft.updated_at


def _sitting(case: Case, draft: Report | None) -> Sitting | None:
    if case.status != READING or draft is None or draft.seen_at is None:
        return None
    return Sitting(draft.author.full_name, draft.seen_at, is_open=draft.is_open_somewhere)


def next_case(reader: User, *, after: str = "") -> Case | None:
    """Return the reader's most pressing open case, other than the one they come from."""
    return filtered(reader_cases(reader), shown=READER_TABS["mine"]).exclude(code=after).first()


def given_since(reader: User, moment: datetime) -> int:
    """Return how many of the reader's open cases were given to them after `moment`."""
    mine = reader_cases(reader).filter(READER_TABS["mine"])
    return mine.filter(assigned_at__gt=moment).count()


def queue_cases() -> QuerySet[Case]:
    """Return every case that was sent."""
    return Case.objects.exclude(status=DRAFT)


def with_lost_mail(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Have each case say whether a mail for which the patient must act was lost."""
    return cases.annotate(is_mail_lost=MAIL_IS_LOST)


@dataclass(frozen=True, slots=True)
class Tiles:
    """The day in figures."""

    open: int
    unassigned: int
    overdue: int
    sent_today: int
    oldest_unassigned_at: datetime | None
    median_turnaround: timedelta | None
    on_time_percent: int | None


class Median(Aggregate):
    """PostgreSQL's percentile_cont at one half."""

    name = "median"
    output_field = DurationField()
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def tiles() -> Tiles:
    """Return the figures over the queue, in one query."""
    now = timezone.now()
    recent = Q(status=REPORTED, reported_at__gte=now - RECENT, submitted_at__isnull=False)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    found = queue_cases().aggregate(
        open=Count("pk", filter=QUEUE_TABS["open"]),
        unassigned=Count("pk", filter=Q(status=READY)),
        overdue=Count("pk", filter=Q(status__in=_ON_THE_CLOCK, due_at__lt=Now())),
        sent_today=Count("pk", filter=Q(submitted_at__gte=midnight)),
        median=Median(F("reported_at") - F("submitted_at"), filter=recent),
        reported=Count("pk", filter=recent),
        on_time=Count("pk", filter=recent & Q(reported_at__lte=F("due_at"))),
    )
    oldest = Case.objects.filter(status=READY).order_by("ready_at").first()
    reported = found["reported"]
    return Tiles(
        open=found["open"],
        unassigned=found["unassigned"],
        overdue=found["overdue"],
        sent_today=found["sent_today"],
        oldest_unassigned_at=oldest.ready_at if oldest else None,
        median_turnaround=found["median"],
        on_time_percent=round(100 * found["on_time"] / reported) if reported else None,
    )
