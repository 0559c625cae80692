"""MSK or neuro: the hard rules of the table, then its score. Pure functions of the answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from cases.history import history_of
from cases.models import Intake
from cases.models.intake import BackOrLeg, Duration, Onset, WalkLimit
from cases.red_flags import BY_CODE as RED_FLAGS
from cases.red_flags import is_emergency
from imaging.persons import History
from radiologists.triage_table import (
    DECISIVE,
    EITHER,
    EVIDENCE_BY_CODE,
    HARD_RULES,
    MSK,
    NEURO,
    SPORT,
    TOPICS,
)

_BELOW_KNEE = ("lower_leg", "calf", "shin", "foot")
_HIP = ("buttock", "groin", "hip")
_YES = "yes"
#: The form asks "sitting or leaning forward" as one.
_SITTING = {"sitting", "leaning_forward"}


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the table says about a case: the choice, by which rule or score, and why."""

    choice: str
    rule: str
    neuro: int
    msk: int
    reasons: tuple[str, ...]
    competence: str = ""


@dataclass(frozen=True, slots=True)
class Signs:
    """The answers in the terms of the table."""

    intake: Intake

    @property
    def words(self) -> str:
        told = [self.intake.main_question, *self.intake.extra_questions]
        return " ".join([*told, self.intake.treatments]).lower()

    def asks(self, topic: str) -> bool:
        return self._mentions(TOPICS[topic])

    def _mentions(self, beginnings: tuple[str, ...]) -> bool:
        return any(re.search(rf"\b{re.escape(word)}", self.words) for word in beginnings)

    @property
    def is_athlete(self) -> bool:
        age = self.intake.age_years
        return age is not None and age < 30 and self._mentions(SPORT)

    def flag(self, tag: str) -> bool:
        return any(
            RED_FLAGS[code].tag == tag for code in self.intake.red_flags if code in RED_FLAGS
        )

    def has(self, condition: str) -> bool:
        return bool(self.intake.conditions.get(condition) == _YES)

    @property
    def is_neurological(self) -> bool:
        intake = self.intake
        return bool(intake.weak_regions or intake.numb_regions) or self.flag("motor")

    def hurts(self, places: tuple[str, ...]) -> bool:
        return any(region.startswith(places) for region in self.intake.pain_regions)

    @property
    def has_leg_symptoms(self) -> bool:
        return self.intake.back_or_leg in _LEG or self.hurts(_BELOW_KNEE) or self.is_neurological

    @property
    def was_operated(self) -> bool:
        return History.OPERATED in history_of(self.intake)

    @property
    def is_inflammatory(self) -> bool:
        intake = self.intake
        young = intake.age_years is not None and intake.age_years < 45
        long = intake.duration in {Duration.MONTHS_3_TO_12, Duration.OVER_A_YEAR}
        stiff = "morning_stiffness" in intake.worse_with and "exercise" in intake.better_with
        return young and long and stiff


_LEG = (BackOrLeg.LEG_ONLY, BackOrLeg.MOSTLY_LEG)
_BACK = (BackOrLeg.BACK_ONLY, BackOrLeg.MOSTLY_BACK)


def _infection(signs: Signs) -> bool:
    return History.INFECTION in history_of(signs.intake)


def _tumour(signs: Signs) -> bool:
    return History.TUMOUR in history_of(signs.intake)


_HARD: dict[str, Callable[[Signs], bool]] = {
    "T1": lambda s: is_emergency(s.intake.red_flags) or s.asks("intradural"),
    "T2": lambda s: s.asks("myelopathy"),
    "T3": lambda s: s.is_inflammatory or s.asks("inflammatory"),
    "T4": lambda s: s.asks("bone") or s.is_athlete,
    "T5a": lambda s: _infection(s) and (s.is_neurological or s.asks("epidural")),
    "T5b": _infection,
    "T6a": lambda s: _tumour(s) and s.is_neurological,
    "T6b": _tumour,
    "T7a": lambda s: s.was_operated and s.has_leg_symptoms and not s.asks("hardware"),
    "T7b": lambda s: s.was_operated and s.asks("hardware"),
    "T8a": lambda s: s.asks("wants_neuro"),
    "T8b": lambda s: s.asks("wants_msk"),
}


def _facet(signs: Signs) -> bool:
    worse = {"standing", "arching_back"} & set(signs.intake.worse_with)
    better = bool(_SITTING & set(signs.intake.better_with))
    return bool(worse) and better and not signs.hurts(_BELOW_KNEE)


def _claudication(signs: Signs) -> bool:
    better = bool(_SITTING & set(signs.intake.better_with))
    return better and signs.intake.walk_limit == WalkLimit.UNDER_200_M


def _bone(signs: Signs) -> bool:
    hurt = signs.intake.onset == Onset.FALL or signs.flag("fracture") or signs.has("osteoporosis")
    return hurt and not signs.is_neurological


_SCORE: dict[str, Callable[[Signs], bool]] = {
    "leg": lambda s: s.intake.back_or_leg in _LEG,
    "dermatome": lambda s: s.hurts(_BELOW_KNEE) and bool(s.intake.numb_regions),
    "weakness": lambda s: bool(s.intake.weak_regions),
    "claudication": _claudication,
    "coughing": lambda s: "coughing" in s.intake.worse_with,
    "surgery_advised": lambda s: "surgery_advised" in s.intake.reasons,
    "first_msk": lambda s: s.intake.first_reader_subspecialty == MSK,
    "back": lambda s: s.intake.back_or_leg in _BACK,
    "facet": _facet,
    "hip": lambda s: bool(s.intake.pain_regions) and s.intake.pain_regions[0].startswith(_HIP),
    "bone": _bone,
    "alignment": lambda s: s.asks("alignment"),
    "first_neuro": lambda s: s.intake.first_reader_subspecialty == NEURO,
}


def assess(intake: Intake) -> Assessment:
    """Return what the table says; the score is given also when a hard rule decided."""
    signs = Signs(intake)
    reasons = tuple(code for code in EVIDENCE_BY_CODE if _SCORE[code](signs))
    neuro = sum(EVIDENCE_BY_CODE[code].neuro for code in reasons)
    msk = sum(EVIDENCE_BY_CODE[code].msk for code in reasons)
    for rule in HARD_RULES:
        if _HARD[rule.code](signs):
            return Assessment(rule.choice, rule.code, neuro, msk, reasons, rule.competence)
    choice = EITHER
    if abs(neuro - msk) >= DECISIVE:
        choice = NEURO if neuro > msk else MSK
    return Assessment(choice, "", neuro, msk, reasons)
