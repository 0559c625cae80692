"""Whether the headers name one person, and the one of the form.

Compared are normalised names, birth dates and patient numbers; nothing of them leaves this module
but counts and differences.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from imaging.assembly import Study
from imaging.study import Identity
from imaging.words import folded

_DAYS_PER_YEAR = 365.2425


class History(StrEnum):
    """What the patient's form may say that asks for further series (clinical design table E5)."""

    OPERATED = "operated"
    INFECTION = "infection"
    TUMOUR = "tumour"


@dataclass(frozen=True, slots=True)
class Demographics:
    """What the patient's form says.

    Attributes
    ----------
    age : int or None
        Years.
    sex : "F", "M", "O" or None
    history : frozenset of History
        Only what was said: nothing proves that the rest did not happen.
    """

    age: int | None = None
    sex: str | None = None
    history: frozenset[History] = frozenset()


def count_people(identities: Iterable[Identity]) -> int:
    """Return how many different people the headers name; empty fields never part two."""
    groups: list[Identity] = []
    for identity in dict.fromkeys(identities):
        merged = identity
        for group in [group for group in groups if _same_person(group, merged)]:
            groups.remove(group)
            merged = _merged(group, merged)
        groups.append(merged)
    return len(groups)


def _same_person(a: Identity, b: Identity) -> bool:
    """Tell whether two headers can be of one person.

    A different birth date or a name with no part in common parts two people. With names that agree
    a different number is another hospital's; without names the number decides.
    """
    if a.birth_date and b.birth_date and a.birth_date != b.birth_date:
        return False
    if a.sex in {"F", "M"} and b.sex in {"F", "M"} and a.sex != b.sex:
        return False
    names = name_parts(a.patient_name), name_parts(b.patient_name)
    if all(names):
        shorter, longer = sorted(names, key=len)
        known_birth = a.birth_date and b.birth_date
        return shorter <= longer and bool(known_birth or _same_number(a, b))
    return _same_number(a, b)


def _same_number(a: Identity, b: Identity) -> bool:
    numbers = folded(a.patient_id), folded(b.patient_id)
    return not all(numbers) or numbers[0] == numbers[1]


def _merged(a: Identity, b: Identity) -> Identity:
    longer = max(a.patient_name, b.patient_name, key=lambda name: len(name_parts(name)))
    return Identity(
        patient_name=longer,
        patient_id=a.patient_id or b.patient_id,
        birth_date=a.birth_date or b.birth_date,
        sex=a.sex or b.sex,
    )


def name_parts(name: str) -> frozenset[str]:
    """Return the folded words of a person name's first component group."""
    return frozenset(folded(name.partition("=")[0]).replace("+", " ").split())


def age_difference(study: Study, expected: Demographics, today: date) -> int | None:
    """Return how many years the header's age is off the form's, 0 within the same year of life.

    None when either is unknown. The header's age is taken from the birth date, else from
    PatientAge and the time since the study.
    """
    found = _age_today(study, today)
    if found is None or expected.age is None:
        return None
    return round(abs(int(found) - expected.age))


def _age_today(study: Study, today: date) -> float | None:
    for one in study.instances:
        if one.identity.birth_date:
            return _years(date.fromisoformat(one.identity.birth_date), today)
    for one in study.instances:
        if one.patient_age is not None:
            taken = study.date
            since = _years(date.fromisoformat(taken), today) if taken else 0.0
            return one.patient_age + max(0.0, since)
    return None


def _years(since: date, until: date) -> float:
    """Return full years by the calendar plus a part, so that a birthday counts from its day on."""
    full = until.year - since.year - ((until.month, until.day) < (since.month, since.day))
    rest = (until - since).days / _DAYS_PER_YEAR - full
    return full + min(max(rest, 0.0), 0.999)


def sex_differs(study: Study, expected: Demographics) -> bool:
    """Tell whether header and form name different sexes; O and empty never differ."""
    found = {one.identity.sex for one in study.instances} & {"F", "M"}
    return expected.sex in {"F", "M"} and bool(found) and expected.sex not in found
