"""Drawings with their geometry, as the form's hidden field carries them."""

import json

import pytest
from django.http import QueryDict

from cases.report_drawings import MOST_DRAWINGS, POINTS, drawings_from
from cases.report_template import canonical, content_from_form

UID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SHAPE = {
    "tool": "Length", "label": "", "reference": "2.25.7",
    "points": [[0.1, -2.0, 30.123456789012345], [1, 2, 3]],
    "normal": [1.0, 0.0, 0.0], "up": [0.0, 0.0, 1.0], "box": None,
}  # fmt: skip
DRAWN = {
    "uid": UID, "text": "Length 8.25 mm", "value": 8.25, "unit": "mm", "level": "L4-L5",
    "series": "2.25.1", "sop": "2.25.2", "frame": 1, "settled": True, "drawing": SHAPE,
}  # fmt: skip


def kept(**changes):
    return drawings_from(json.dumps([DRAWN | changes]))


def test_a_drawing_is_kept_to_the_last_digit():
    assert kept() == [DRAWN]


def test_a_large_area_and_a_drawing_without_a_value_are_kept():
    assert kept(value=31_415.9, unit="mm²")[0]["value"] == 31_415.9
    assert kept(value=None, unit="")[0]["value"] is None


@pytest.mark.parametrize("tool", POINTS)
def test_each_tool_has_its_number_of_points(tool):
    right = {"tool": tool, "points": [[0, 0, 0]] * POINTS[tool]}
    assert kept(drawing=SHAPE | right)
    assert not kept(drawing=SHAPE | right | {"points": [[0, 0, 0]] * (POINTS[tool] + 1)})


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "x"},
        {"uid": None},
        {"value": "8"},
        {"value": float("nan")},
        {"value": 1e9},
        {"value": None},
        {"value": 8.25, "unit": ""},
        {"unit": "inch"},
        {"series": "../x"},
        {"sop": 7},
        {"frame": 0},
        {"frame": True},
        {"drawing": None},
        {"drawing": [SHAPE]},
        {"drawing": SHAPE | {"tool": "Crosshairs"}},
        {"drawing": SHAPE | {"tool": ["Length"]}},
        {"drawing": SHAPE | {"points": "00"}},
        {"drawing": SHAPE | {"points": [[0, 0, 0]]}},
        {"drawing": SHAPE | {"points": [[0, 0, 0], [0, 0, "0"]]}},
        {"drawing": SHAPE | {"points": [[0, 0, 0], [0, 0, 1e5]]}},
        {"drawing": SHAPE | {"points": [[0, 0, 0], [0, 0]]}},
        {"drawing": SHAPE | {"normal": []}},
        {"drawing": SHAPE | {"up": None}},
        {"drawing": SHAPE | {"box": [1]}},
        {"drawing": SHAPE | {"reference": "x"}},
    ],
)
def test_a_drawing_that_is_none_is_left_out(changes):
    assert kept(**changes) == []


def test_nothing_that_the_reader_did_not_draw_or_type_is_kept():
    more = {"patient": "Doe", "drawing": SHAPE | {"station": "MR1", "label": "Here\x00\n" * 200}}
    (row,) = kept(**more, text=["x"], level="L4-L5 and more")
    assert row.keys() == DRAWN.keys()
    assert row["drawing"].keys() == SHAPE.keys()
    assert row["drawing"]["label"] == ("Here" * 50)
    assert (row["text"], row["level"]) == ("", "L4-L5 an")


def test_the_latest_are_kept_each_once():
    rows = [DRAWN | {"uid": UID[:-4] + f"{number:04x}"} for number in range(MOST_DRAWINGS + 5)]
    found = drawings_from(json.dumps([*rows, rows[-1]]))
    assert found == rows[5:]


@pytest.mark.parametrize("text", ["", "{}", "[", "[[]]", "[" * 100_000])
def test_what_is_no_list_is_no_drawing(text):
    assert drawings_from(text) == []


def test_a_draft_carries_them_and_can_be_signed():
    data = QueryDict(mutable=True)
    data["drawings"] = json.dumps([DRAWN])
    content = content_from_form(data, ())
    assert content["drawings"] == [DRAWN]
    assert canonical(content) == canonical(json.loads(json.dumps(content)))
