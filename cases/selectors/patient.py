"""What the patient's pages show: the list, the timeline, who opened the case."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role
from cases.lifecycle import (
    ASSIGNED,
    FAILED,
    HELD,
    PROCESSING,
    READING,
    READY,
    REPORTED,
    RETURNED,
    SUBMITTED,
)
from cases.models import AccessRecord, Case, Study, StudyRole
from cases.models.upload import UploadState
from cases.patient_words import STATUS_WORDS, StatusWords
from cases.report_context import prior_study

if TYPE_CHECKING:
    from accounts.models import User

DONE, NOW, TODO = "done", "now", "todo"


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One line of "my requests"."""

    case: Case
    words: StatusWords
    question: str


def requests_of(patient: "User") -> list[RequestLine]:
    """Return the patient's requests, those that wait for the patient first."""
    cases = Case.objects.filter(patient=patient).select_related("intake")
    lines = [
        RequestLine(case, STATUS_WORDS[case.status], case.intake.main_question) for case in cases
    ]
    return sorted(lines, key=lambda line: not _waits_for_patient(line.case))


def _waits_for_patient(case: Case) -> bool:
    return case.status == RETURNED or (case.status == REPORTED and case.result_opened_at is None)


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """The pictures in numbers."""

    label: str
    sets: int
    pictures: int
    #: How much earlier an older examination was made that came along; "" without one.
    compared_with: str = ""

    @property
    def words(self) -> str:
        words = _("%(pictures)s in %(sets)s") % {
            "pictures": ngettext("%(n)s picture", "%(n)s pictures", self.pictures)
            % {"n": self.pictures},
            "sets": ngettext("%(n)s set", "%(n)s sets", self.sets) % {"n": self.sets},
        }
        if not self.compared_with:
            return words
        return _("%(pictures)s, and an older examination (%(interval)s)") % {
            "pictures": words,
            "interval": self.compared_with,
        }


def sent_pictures(case: Case) -> StudyFacts | None:
    """Return what arrived of a request that no worker has looked at yet, as the browser saw it."""
    uploads = case.uploads.filter(state=UploadState.COMPLETE)
    summaries = [upload.summary | {"files": upload.instance_count} for upload in uploads]
    if not summaries:
        return None
    return StudyFacts(
        label="",
        sets=sum(int(summary.get("series", 0)) for summary in summaries),
        pictures=sum(int(summary.get("pictures", summary["files"])) for summary in summaries),
    )


def study_facts(case: Case) -> StudyFacts | None:
    study = (
        Study.objects.filter(case=case, role=StudyRole.CURRENT)
        .annotate(sets=Count("series"), pictures=Sum("series__frame_count"))
        .first()
    )
    if study is None:
        return None
    prior = prior_study(case)
    return StudyFacts(
        label=str(study.details.get("label", "")),
        sets=study.sets,
        pictures=study.pictures or 0,
        compared_with=prior.interval if prior else "",
    )


@dataclass(frozen=True, slots=True)
class Stage:
    """One stop of the timeline; `state` is done, now or todo."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""
    expected: datetime | None = None


def timeline(case: Case) -> list[Stage]:
    """Return the way of a sent request, from sent to ready, with where it stands."""
    return [
        _sent(case),
        *_first_report(case),
        _checked(case),
        _chosen(case),
        _read(case),
        _ready(case),
    ]


def _state(case: Case, *, now: set[str], done: bool) -> str:
    if case.status in now:
        return NOW
    return DONE if done else TODO


def _sent(case: Case) -> Stage:
    return Stage(
        _("Request sent"),
        DONE,
        case.submitted_at,
        _("You told us your question and gave your consent."),
    )


def _checked(case: Case) -> Stage:
    now: set[str] = {SUBMITTED, PROCESSING, HELD, FAILED, RETURNED}
    state = _state(case, now=now, done=case.ready_at is not None)
    if state != DONE:
        titles: dict[str, str] = {
            RETURNED: _("Pictures sent back to you"),
            HELD: _("A person checks the pictures"),
        }
        title = titles.get(case.status, _("Checking the pictures"))
        return Stage(title, state, case.processing_started_at)
    facts = study_facts(case)
    text = _("They open correctly. We took your name out of them.")
    if facts:
        text = _("We received %(facts)s.") % {"facts": facts.words} + " " + text
    return Stage(_("Pictures received"), state, case.ready_at, text)


def _first_report(case: Case) -> list[Stage]:
    if not case.intake.has_first_report:
        return []
    text = _("The radiologist sees it only after reading the pictures without it.")
    return [Stage(_("First report received"), DONE, case.submitted_at, text)]


def _chosen(case: Case) -> Stage:
    done = case.assigned_at is not None and case.status in {ASSIGNED, READING, REPORTED}
    state = _state(case, now={READY}, done=done)
    text = _("A coordinator chooses somebody who fits your question.") if state == NOW else ""
    return Stage(_("Radiologist chosen"), state, case.assigned_at if done else None, text)


def _read(case: Case) -> Stage:
    done = case.status == REPORTED
    state = _state(case, now={ASSIGNED, READING}, done=done)
    if case.status == ASSIGNED:
        return Stage(_("Waiting for the radiologist to start"), state, case.assigned_at)
    title = _("Radiologist read your scan") if done else _("Radiologist reads your scan")
    text = _("A spine specialist is looking at your pictures.") if state == NOW else ""
    return Stage(title, state, case.reading_started_at if state != TODO else None, text)


def _ready(case: Case) -> Stage:
    if case.status == REPORTED:
        return Stage(
            _("Your report is ready"),
            DONE,
            case.reported_at,
            _("It is signed and does not change."),
        )
    return Stage(
        _("Your report is ready"),
        TODO,
        expected=case.due_at if case.is_open else None,
        text=_("We write you an e-mail. It contains no medical details."),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """Somebody opened a part of the case."""

    who: str
    role: str
    what: str
    at: datetime


def readings_of(case: Case) -> list[Reading]:
    """Return who opened what, the newest first; the patient's own looks are left out."""
    what = {
        "case": _("your request"),
        "images": _("your pictures"),
        "case_ahead": _("your request, loaded by the computer before it was looked at"),
        "images_ahead": _("your pictures, loaded by the computer before they were looked at"),
        "first_report": _("your first report"),
        "held_pictures": _("pictures in which something is printed"),
        "report": _("your result"),
        "identity": _("your name and how to reach you"),
    }
    records = (
        AccessRecord.objects.filter(case=case).exclude(Q(user=case.patient)).select_related("user")
    )
    roles: dict[str, object] = dict(Role.choices)
    return [
        Reading(
            who=record.user.full_name or _("Somebody of our team"),
            role=str(roles.get(record.user.role, "")),
            what=what.get(record.what, record.what),
            at=record.at,
        )
        for record in records
    ]


def message_of(case: Case) -> str:
    """Return what a person wrote when they sent the case back; a worker writes only codes."""
    if case.status != RETURNED:
        return ""
    event = case.events.filter(name="return_to_patient").order_by("-at", "-pk").first()
    if event is None or event.actor_id is None or event.reason == case.reason_code:
        return ""
    return event.reason
