"""What a report takes from the images: where the levels lie, and what was measured on which slice.

Both come from the viewer through hidden fields of the form, as JSON. What is not well formed is
left out, as everywhere in a form; positions are millimetres in the patient's coordinates (LPS,
DICOM PS3.3 C.7.6.2.1.1) of one frame of reference, so they hold for every series of it.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from django.utils.translation import gettext as _

from cases.report_data.global_fields import GLOBAL_FIELDS
from cases.report_data.level_details import COMMENT
from cases.report_data.level_fields import LEVEL_FIELDS
from cases.report_data.model import Field, Kind

Row = dict[str, Any]

VERTEBRAE = ("T12", "L1", "L2", "L3", "L4", "L5", "L6", "S1")
MOST_POINTS, MOST_MEASUREMENTS = 2 * len(VERTEBRAE), 60
FARTHEST_MM = 10_000
TEXT_LENGTH = 200
_UID = re.compile(r"[0-9.]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

#: Units that a viewer measures in; a field with one of them takes such a value.
UNITS = ("mm", "°", "mm²")
_FITTING = tuple(field for field in LEVEL_FIELDS if field.kind is Kind.NUMBER and field.unit)
_FITTING_WHOLE = tuple(field for field in GLOBAL_FIELDS if field.kind is Kind.NUMBER and field.unit)


def fields_for_measurements() -> list[Row]:
    """Return the fields that a measured value can go to; the remark takes any, as words."""
    return [
        *[_fit(field, field.code, of_level=True) for field in _FITTING],
        *[_fit(field, f"whole.{field.code}", of_level=False) for field in _FITTING_WHOLE],
        _fit(COMMENT, COMMENT.code, of_level=True),
    ]


def _fit(field: Field, name: str, *, of_level: bool) -> Row:
    return {"name": name, "label": field.label, "unit": field.unit, "of_level": of_level}


_FIELDS = {fit["name"]: fit for fit in fields_for_measurements()}


def numbering_from(text: str) -> Row:
    """Return `{"frame": UID, "points": [{"name", "at": [x, y, z]}]}` of a posted text."""
    given = parsed(text)
    if not isinstance(given, dict) or not is_uid(given.get("frame")):
        return no_numbering()
    points = list(_points(given.get("points")))[:MOST_POINTS]
    return {"frame": given["frame"], "points": points} if points else no_numbering()


def no_numbering() -> Row:
    return {"frame": "", "points": []}


def _points(given: Any) -> Iterator[Row]:
    seen = set()
    for point in given if isinstance(given, list) else []:
        if not isinstance(point, dict):
            continue
        name, at = point.get("name"), point.get("at")
        if _names_a_place(name) and name not in seen and is_position(at):
            seen.add(name)
            yield {"name": name, "at": [round(float(value), 1) for value in at]}


def _names_a_place(name: Any) -> bool:
    """Say whether it is a vertebra ("L4") or a disc between two of them ("L4-L5", "L4-S1")."""
    parts = name.split("-") if isinstance(name, str) else []
    return 1 <= len(parts) <= 2 and all(part in VERTEBRAE for part in parts)


def is_position(at: Any) -> TypeGuard[list[float]]:
    return isinstance(at, list) and len(at) == 3 and all(map(is_number, at))


def is_number(value: Any, below: float = FARTHEST_MM) -> bool:
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return is_plain and math.isfinite(value) and abs(value) < below


def is_uid(value: Any) -> bool:
    return isinstance(value, str) and _UID.fullmatch(value) is not None


def is_slice(one: Row) -> bool:
    """Say whether a row names a slice: series, instance and frame, counted from 1."""
    frame = one.get("frame")
    is_frame = isinstance(frame, int) and not isinstance(frame, bool) and 1 <= frame < 100_000
    return is_frame and is_uid(one.get("series")) and is_uid(one.get("sop"))


def one_line(given: Any) -> str:
    return _CONTROL.sub("", given)[:TEXT_LENGTH] if isinstance(given, str) else ""


def measurements_from(text: str, levels: tuple[str, ...]) -> list[Row]:
    """Return the measurements that went into fields: level, field, value, unit, words, slice."""
    given = parsed(text)
    rows = given if isinstance(given, list) else []
    return [row for row in (_measurement(one, levels) for one in rows) if row][:MOST_MEASUREMENTS]


def _measurement(one: Any, levels: tuple[str, ...]) -> Row | None:
    if not isinstance(one, dict):
        return None
    fit = _FIELDS.get(str(one.get("field")))
    level = one.get("level") if fit and fit["of_level"] else ""
    well_formed = (
        fit is not None
        and (level in levels or not fit["of_level"])
        and one.get("unit") in UNITS
        and is_number(one.get("value"))
        and is_slice(one)
    )
    if fit is None or not well_formed:
        return None
    return {
        "level": level,
        "field": fit["name"],
        "value": round(float(one["value"]), 1),
        "unit": one["unit"],
        "text": one_line(one.get("text")),
        "series": one["series"],
        "sop": one["sop"],
        "frame": one["frame"],
    }


def parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def unknown_places(content: Row, levels: tuple[str, ...]) -> list[str]:
    """Return the labels on the images that the table of levels does not know."""
    known = {*levels, *(vertebra for level in levels for vertebra in level.split("-"))}
    points = content.get("numbering", no_numbering())["points"]
    return [point["name"] for point in points if point["name"] not in known]


def numbering_statement(content: Row) -> str:
    """Return the sentence that a report with labels on its images carries, or nothing."""
    points = content.get("numbering", no_numbering())["points"]
    if not points:
        return ""
    names = sorted((point["name"] for point in points), key=_from_above)
    said = {"first": names[0], "last": names[-1]}
    return _("Level numbering set by the reader on the images, %(first)s to %(last)s.") % said


def _from_above(name: str) -> tuple[int, int]:
    first, _dash, second = name.partition("-")
    return VERTEBRAE.index(first), VERTEBRAE.index(second) if second else -1
