"""What was drawn on the images, with its geometry, so that a viewer can draw it again.

It comes from the viewer (static/viewer/drawings.js) in a hidden field of the form, as JSON, and
is kept with the draft. Only numbers, identifiers and what the reader typed are taken; what is not
well formed is left out, as everywhere in a form.
"""

import re
from collections.abc import Iterator
from typing import Any

from cases.report_marks import (
    Row,
    is_number,
    is_position,
    is_slice,
    is_uid,
    one_line,
    parsed,
)

#: The measuring tools of the toolbar (static/viewer/toolbar.js), with the points of each drawing.
POINTS = {
    "Length": 2,
    "Bidirectional": 4,
    "Angle": 3,
    "CobbAngle": 4,
    "ArrowAnnotate": 2,
    "EllipticalROI": 4,
    "CircleROI": 2,
    "RectangleROI": 4,
    "Probe": 1,
}
MOST_DRAWINGS = 200
LARGEST = 1e6  # an area of one square metre, in mm²
UNITS = ("", "mm", "°", "mm²")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def drawings_from(text: str) -> list[Row]:
    """Return the drawings of a posted text, each once, the latest last.

    A row has `uid`, the slice (`series`, `sop`, `frame`), what was read (`text`, `value`, `unit`,
    `level`), `settled` when the report needs nothing more of it, and `drawing`: `tool`, `label`,
    `reference` (Frame of Reference UID), `points` in mm (LPS, DICOM PS3.3 C.7.6.2.1.1), the view's
    unit vectors `normal` and `up`, and `box`, where the words were moved to, or None.
    """
    given = parsed(text)
    rows = list(_drawings(given if isinstance(given, list) else []))
    return rows[-MOST_DRAWINGS:]


def _drawings(given: list[Any]) -> Iterator[Row]:
    seen = set()
    for one in given:
        shape = _shape(one.get("drawing")) if isinstance(one, dict) else None
        if shape is None or not _is_read(one) or one["uid"] in seen:
            continue
        seen.add(one["uid"])
        yield {
            "uid": one["uid"],
            "series": one["series"],
            "sop": one["sop"],
            "frame": one["frame"],
            "text": one_line(one.get("text")),
            "value": None if one.get("value") is None else float(one["value"]),
            "unit": one["unit"],
            "level": one_line(one.get("level"))[:8],
            "settled": one.get("settled") is True,
            "drawing": shape,
        }


def _is_read(one: Row) -> bool:
    uid = one.get("uid")
    value = one.get("value")
    value_fits_unit = is_number(value, LARGEST) if one.get("unit") else value is None
    return (
        isinstance(uid, str)
        and _UUID.fullmatch(uid) is not None
        and one.get("unit") in UNITS
        and value_fits_unit
        and is_slice(one)
    )


def _shape(given: Any) -> Row | None:
    if not isinstance(given, dict):
        return None
    tool, points, box = given.get("tool"), given.get("points"), given.get("box")
    well_formed = (
        isinstance(tool, str)
        and isinstance(points, list)
        and len(points) == POINTS.get(tool)
        and all(map(is_position, [*points, given.get("normal"), given.get("up")]))
        and (box is None or is_position(box))
        and is_uid(given.get("reference"))
    )
    if not well_formed:
        return None
    return {
        "tool": tool,
        "label": one_line(given.get("label")),
        "reference": given["reference"],
        "points": [_floats(point) for point in points or []],
        "normal": _floats(given["normal"]),
        "up": _floats(given["up"]),
        "box": None if box is None else _floats(box),
    }


def _floats(position: list[Any]) -> list[float]:
    """Not rounded: the value that is read again must be the same."""
    return [float(value) for value in position]
