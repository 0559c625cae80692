"""The red-flag questions and what an answer does to the case.

Source: clinical design table E2. The questions follow BMJ Best Practice (cauda equina syndrome)
and the variants of the ACR's "Low Back Pain" criteria; classes and actions are design values,
pending radiologist review (docs/clinical-content.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.models.case import Priority

if TYPE_CHECKING:
    from django.utils.functional import Promise


class FlagClass(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    PRIORITY = "priority"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class RedFlag:
    """One question. `tag` is what triage and the radiologist see."""

    code: str
    question: "str | Promise"
    flag_class: FlagClass
    tag: str


RED_FLAGS: tuple[RedFlag, ...] = (
    RedFlag(
        "RF1",
        _("New trouble passing or feeling urine, or leaking urine, in the last 2 weeks"),
        FlagClass.EMERGENCY,
        "cauda_equina",
    ),
    RedFlag("RF2", _("New loss of control of your bowels"), FlagClass.EMERGENCY, "cauda_equina"),
    RedFlag(
        "RF3",
        _("Numbness between your legs, around the genitals or around the back passage"),
        FlagClass.EMERGENCY,
        "cauda_equina",
    ),
    RedFlag(
        "RF4",
        _("New weakness in both legs, or a foot that drops and gets worse over hours or days"),
        FlagClass.EMERGENCY,
        "cauda_equina",
    ),
    RedFlag(
        "RF5",
        _(
            "A new change in sexual feeling together with one of the above, "
            "or with pain in both legs"
        ),
        FlagClass.EMERGENCY,
        "cauda_equina",
    ),
    RedFlag(
        "RF6",
        _(
            "Fever or shivers with new strong back pain, an infection of the blood or a "
            "procedure on the spine not long ago, drugs by needle, or a weak immune system"
        ),
        FlagClass.URGENT,
        "infection",
    ),
    RedFlag(
        "RF7",
        _(
            "Cancer now or in the past with new back pain, weight loss without a reason, "
            "or pain at night that nothing eases"
        ),
        FlagClass.URGENT,
        "malignancy",
    ),
    RedFlag(
        "RF8",
        _(
            "A bad fall or accident; or a light one with weak bones, age over 70 "
            "or long use of steroids"
        ),
        FlagClass.URGENT,
        "fracture",
    ),
    RedFlag(
        "RF9",
        _("Weakness in one leg that has been getting worse over weeks"),
        FlagClass.PRIORITY,
        "motor",
    ),
    RedFlag(
        "RF10",
        _("I am under 18, I am pregnant, or I am in hospital now"),
        FlagClass.REVIEW,
        "review",
    ),
)
BY_CODE = {flag.code: flag for flag in RED_FLAGS}

_PRIORITY_OF = {
    FlagClass.EMERGENCY: Priority.STAT,
    FlagClass.URGENT: Priority.URGENT,
    FlagClass.PRIORITY: Priority.PRIORITY,
    FlagClass.REVIEW: Priority.ROUTINE,
}
_ORDER = [Priority.STAT, Priority.URGENT, Priority.PRIORITY, Priority.ROUTINE]


def classes(codes: Iterable[str]) -> set[FlagClass]:
    """Return the classes of the answers; unknown codes are passed over."""
    return {BY_CODE[code].flag_class for code in codes if code in BY_CODE}


def is_emergency(codes: Iterable[str]) -> bool:
    return FlagClass.EMERGENCY in classes(codes)


def priority_for(codes: Iterable[str]) -> Priority:
    """Return the most pressing priority that the answers ask for."""
    found = [_PRIORITY_OF[flag_class] for flag_class in classes(codes)]
    return min(found, key=_ORDER.index, default=Priority.ROUTINE)
