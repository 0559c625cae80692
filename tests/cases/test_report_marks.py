"""Level labels and measurements as the form's hidden fields carry them."""

import json

import pytest
from django.http import QueryDict

from cases.report_marks import measurements_from, no_numbering, numbering_from, numbering_statement
from cases.report_template import content_from_form, levels

POINT = {"name": "L4", "at": [1.04, -2, 30]}
LEVELS = ("L4-L5", "L5-S1")
MEASURED = {
    "level": "L4-L5", "field": "size_mm", "value": 8.25, "unit": "mm", "text": "Length 8.25 mm",
    "series": "2.25.1", "sop": "2.25.2", "frame": 1,
}  # fmt: skip


def numbering(**changes):
    return numbering_from(json.dumps({"frame": "2.25.7", "points": [POINT]} | changes))


def test_labels_are_kept_in_tenths_of_a_millimetre():
    assert numbering() == {"frame": "2.25.7", "points": [{"name": "L4", "at": [1.0, -2.0, 30.0]}]}
    assert numbering(points=[POINT | {"name": "L4-S1"}])["points"][0]["name"] == "L4-S1"


@pytest.mark.parametrize(
    "changes",
    [
        {"frame": "../etc"},
        {"frame": 7},
        {"points": "L4"},
        {"points": [POINT | {"name": "C7"}]},
        {"points": [POINT | {"name": "L4-L5-S1"}]},
        {"points": [POINT | {"at": [1, 2]}]},
        {"points": [POINT | {"at": [1, 2, True]}]},
        {"points": [POINT | {"at": [1, 2, 1e9]}]},
        {"points": [None]},
    ],
)
def test_a_label_that_is_none_is_left_out(changes):
    assert numbering(**changes) == no_numbering()


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"', "[" * 100_000])
def test_what_is_no_json_is_no_label_and_no_measurement(text):
    assert numbering_from(text) == no_numbering()
    assert measurements_from(text, LEVELS) == []


def test_a_measurement_keeps_its_slice():
    (kept,) = measurements_from(json.dumps([MEASURED]), LEVELS)
    assert kept == MEASURED | {"value": 8.2}
    cobb = MEASURED | {"level": "L4-L5", "field": "whole.cobb", "unit": "°"}
    (kept,) = measurements_from(json.dumps([cobb]), LEVELS)
    assert kept["level"] == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "L1-L2"},
        {"field": "canal"},
        {"unit": "inch"},
        {"value": "8"},
        {"value": None},
        {"sop": "x"},
        {"series": ""},
        {"frame": 0},
        {"frame": "1"},
    ],
)
def test_a_measurement_that_is_none_is_left_out(changes):
    assert measurements_from(json.dumps([MEASURED | changes]), LEVELS) == []


def test_the_report_says_who_set_the_numbering():
    data = QueryDict(mutable=True)
    assert numbering_statement(content_from_form(data, ())) == ""
    points = [{"name": name, "at": [0, 0, 0]} for name in ("S1", "L4", "L5")]
    data["numbering"] = json.dumps({"frame": "2.25.7", "points": points})
    content = content_from_form(data, ())
    assert "set by the reader on the images, L4 to S1" in numbering_statement(content)
    assert numbering_statement({}) == ""  # a report of an older template
    assert levels(content)[-1] == "L5-S1"
