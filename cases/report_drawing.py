"""Where on the drawing of the spine (static/img/spine.svg) a finding is marked."""

from dataclasses import dataclass

from cases.report_plain import told_levels
from cases.report_template import Content

#: Behind each disc, in the units of the drawing (460 by 560).
_PLACES = {
    "L1-L2": (219, 91),
    "L2-L3": (202, 165),
    "L3-L4": (197, 238),
    "L4-L5": (206, 311),
    "L5-S1": (226, 386),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One circle; `is_main` when it may explain the complaint."""

    level: str
    x: int
    y: int
    is_main: bool


def spots(content: Content) -> list[Spot]:
    """Return what to mark; nothing when this spine has another number of bones than the drawing."""
    told = told_levels(content)
    if content["whole"]["lumbar_count"] != "5" or not told:
        return []
    return [
        Spot(level, *_PLACES[level], is_main) for level, is_main in told.items() if level in _PLACES
    ]
