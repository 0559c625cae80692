"""Who may read a case, who was passed over and why; then the least loaded, the longest idle."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cases.models import Case, Intake
from radiologists.models import Radiologist
from radiologists.triage import Assessment
from radiologists.triage_table import EITHER


@dataclass(frozen=True, slots=True)
class Candidate:
    """A radiologist with the load of this moment."""

    radiologist: Radiologist
    open_cases: int
    today: int
    last_assigned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the case asks of its reader."""

    case: Case
    intake: Intake
    assessment: Assessment
    declined_by: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    chosen: Candidate | None
    #: (radiologist, code of the reason) for everybody else.
    skipped: tuple[tuple[Candidate, str], ...]


def _other_subspecialty(candidate: Candidate, wanted: Wanted) -> bool:
    choice = wanted.assessment.choice
    return choice not in {EITHER, candidate.radiologist.subspecialty}


def _not_licensed(candidate: Candidate, wanted: Wanted) -> bool:
    return wanted.intake.country not in candidate.radiologist.licensed_in


def _was_first_reader(candidate: Candidate, wanted: Wanted) -> bool:
    named = wanted.intake.first_reader.lower()
    surname = candidate.radiologist.user.full_name.lower().split()[-1:]
    institution = candidate.radiologist.institution.lower()
    return bool(named) and any(word and word in named for word in (*surname, institution))


def _at_cap(candidate: Candidate, _wanted: Wanted) -> bool:
    return candidate.today >= candidate.radiologist.daily_cap


def _is_away(candidate: Candidate, _wanted: Wanted) -> bool:
    return not is_available(candidate.radiologist)


def is_available(radiologist: Radiologist) -> bool:
    """Say whether they take cases today."""
    until = radiologist.away_until
    away = until is not None and until >= timezone.localdate()
    return radiologist.is_available and radiologist.user.is_active and not away


def _other_language(candidate: Candidate, wanted: Wanted) -> bool:
    """Say whether they lack the language; an empty list says nothing, so it excludes nobody."""
    known = candidate.radiologist.languages
    return bool(known) and wanted.case.patient.language not in known


def _lacks_competence(candidate: Candidate, wanted: Wanted) -> bool:
    needed = wanted.assessment.competence
    return bool(needed) and needed not in candidate.radiologist.competences


def _declined(candidate: Candidate, wanted: Wanted) -> bool:
    return candidate.radiologist.user_id in wanted.declined_by


#: Code -> who is passed over, in the order in which it is asked.
FILTERS: dict[str, Callable[[Candidate, Wanted], bool]] = {
    "subspecialty": _other_subspecialty,
    "licence": _not_licensed,
    "first_reader": _was_first_reader,
    "away": _is_away,
    "cap": _at_cap,
    "language": _other_language,
    "competence": _lacks_competence,
    "declined": _declined,
}


def obstacles(candidate: Candidate, wanted: Wanted) -> list[str]:
    """Return the codes of all that speaks against this reader."""
    return [code for code, applies in FILTERS.items() if applies(candidate, wanted)]


def match(candidates: Iterable[Candidate], wanted: Wanted) -> Match:
    """Return the reader to propose and, for everybody else, the first reason why not."""
    free, skipped = [], []
    for candidate in candidates:
        reasons = obstacles(candidate, wanted)
        if reasons:
            skipped.append((candidate, reasons[0]))
        else:
            free.append(candidate)
    free.sort(key=_order)
    skipped.extend((candidate, "load") for candidate in free[1:])
    return Match(free[0] if free else None, tuple(skipped))


def _order(candidate: Candidate) -> tuple[int, float, int]:
    """Least loaded first, then longest idle; somebody who never had a case is idlest."""
    idle = candidate.last_assigned_at.timestamp() if candidate.last_assigned_at else 0.0
    return candidate.open_cases, idle, candidate.radiologist.pk
