"""The rules one by one where the matrix of whole studies does not reach, and their page."""

import ast
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest

from imaging import (
    assembly,
    bodypart,
    checks_page,
    comparison,
    holding,
    persons,
    printed_text,
    protocol,
    rules,
    stacks,
    technique,
    text_detector,
    thresholds,
    validation,
    values,
)
from imaging import headers as headers_module
from imaging.assembly import assemble
from imaging.headers import FramePlace, read_headers
from imaging.persons import Demographics, History, count_people, name_parts
from imaging.study import Identity, IngestResult, Verdict
from imaging.validation import RULES, check
from tests.dicom import STUDY_DATE, TODAY, build_study

ROOT = Path(__file__).parents[2]
AXIAL_T2, AXIAL_T1 = 5, 6


@pytest.fixture(scope="module")
def headers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    built = build_study(folder, size="tiny", study_date=STUDY_DATE)
    return [read_headers(path) for path in built.paths]


def codes(headers, *, today: date = TODAY, expected: Demographics | None = None) -> list[str]:
    return [one.code for one in check(assemble(headers), expected, today)[1]]


def with_raster(headers, label_number: int, **values):
    return [
        replace(one, raster=replace(one.raster, **values))
        if one.series_number == label_number
        else one
        for one in headers
    ]


def spread(headers, number: int, factor: float):
    """Move the slices of a series apart."""
    moved = []
    for one in headers:
        place = one.frames[0]
        if one.series_number == number and place.position is not None:
            x, y, z = place.position
            one = replace(one, frames=(FramePlace(place.orientation, (x * factor, y, z)),))  # noqa: PLW2901
        moved.append(one)
    return moved


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"thickness_mm": 4.0}, []),
        ({"thickness_mm": 4.4}, ["THICK"]),
        ({"thickness_mm": 5.0}, ["THICK"]),
        ({"thickness_mm": 5.1}, ["VERY-THICK"]),
        ({"thickness_mm": None}, []),
        ({"thickness_mm": 3.0}, ["WIDE-GAP"]),
        ({"thickness_mm": 2.0}, ["VERY-WIDE-GAP"]),
        ({"pixel_mm": (0.9, 0.9)}, []),
        ({"pixel_mm": (0.8, 1.2)}, ["COARSE"]),
        ({"pixel_mm": (1.4, 1.4)}, ["VERY-COARSE"]),
        ({"pixel_mm": None}, []),
        ({"lossy": True}, ["LOSSY"]),
        ({"lossy": True, "lossy_ratio": 8.0}, ["LOSSY"]),
        ({"lossy": True, "lossy_ratio": 12.0}, ["VERY-LOSSY"]),
    ],
)
def test_technical_limits_of_a_sagittal_series(headers, values, expected):
    assert codes(with_raster(headers, 3, **values)) == expected


def test_the_gap_is_measured_from_positions_and_not_from_the_header(headers):
    assert codes(with_raster(headers, 3, spacing_mm=9.0)) == []
    assert codes(spread(headers, 3, 1.3)) == ["VERY-WIDE-GAP"]


def axial_series(headers, slices: int, *, times: int = 1, apart: float = 0.0):
    """Leave `slices` of the axial T2 series, `times` over, each `apart` mm below the last."""
    axial = [one for one in headers if one.series_number == AXIAL_T2]
    axial = sorted(axial, key=lambda one: one.frames[0].position[2])[:slices]
    others = [one for one in headers if one.series_number != AXIAL_T2]
    for time in range(times):
        for one in axial:
            place = one.frames[0]
            x, y, z = place.position
            moved = FramePlace(place.orientation, (x, y, z - time * apart))
            others.append(
                replace(
                    one,
                    frames=(moved,),
                    series_instance_uid=f"{one.series_instance_uid}.{time}",
                    sop_instance_uid=f"{one.sop_instance_uid}.{time}",
                    series_number=AXIAL_T2 + 100 * time,
                )
            )
    return others


@pytest.mark.parametrize(
    ("slices", "times", "apart", "reach"),
    [
        (6, 1, 0.0, 30),
        (6, 2, 0.0, 30),  # the same discs twice, with and without fat
        (6, 2, 15.6, 46),  # half over each other
        (6, 2, 40.0, 61),  # apart: what lies between is not covered
        (10, 2, 0.0, 51),
        (10, 2, 60.0, None),
    ],
)
def test_axial_slices_that_overlap_are_counted_once(headers, slices, times, apart, reach):
    changed = assemble(axial_series(headers, slices, times=times, apart=apart))
    found = {one.code: one.params for one in check(changed, None, TODAY)[1]}
    assert found.get("AX-COVERAGE", {}).get("reach") == reach


@pytest.mark.parametrize(
    ("tesla", "expected"),
    [(3.0, []), (1.0, []), (0.7, ["LOW-FIELD"]), (0.3, ["VERY-LOW-FIELD"]), (None, [])],
)
def test_field_strength(headers, tesla, expected):
    assert codes([replace(one, field_strength_t=tesla) for one in headers]) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, []),
        (364, []),
        (366, ["STUDY-OLD"]),
        (729, ["STUDY-OLD"]),
        (732, ["STUDY-TOO-OLD"]),
        (-1, []),
        (-3, ["STUDY-DATE-FUTURE"]),
    ],
)
def test_the_age_of_the_study(headers, days, expected):
    today = date(2026, 11, 5) + timedelta(days=days)
    assert codes(headers, today=today) == expected
    warned = [one for one in check(assemble(headers), None, today)[1] if one.level == "warn"]
    assert [one.code for one in warned] == expected  # the reader is told of each


@pytest.mark.parametrize(
    ("number", "slices", "expected"),
    [
        (3, 11, []),
        (3, 10, ["NARROW-SAG"]),
        (3, 8, ["NARROW-SAG"]),
        (3, 7, ["FEW-SAG-SLICES"]),
        (2, 7, ["NARROW-SAG"]),
        (4, 7, []),
    ],
)
def test_a_sagittal_series_needs_enough_slices(headers, number, slices, expected):
    fewer = [
        one
        for one in headers
        if one.series_number != number or (one.instance_number or 0) <= slices
    ]
    assert codes(fewer) == expected


def test_a_picture_lost_from_a_double_series_is_missed(headers):
    second = [
        replace(one, sop_instance_uid=f"{one.sop_instance_uid}.2", instance_number=number + 11)
        for one in headers
        if one.series_number == 3 and (number := one.instance_number) is not None
    ]
    assert codes([*headers, *second]) == []
    assert codes([*headers, *second[:4], *second[5:]]) == ["SLICE-MISSING"]
    assert codes([*headers, *second[:7]]) == []  # numbered without a break: stopped early


def test_a_birthday_counts_from_its_day_on(headers):
    expected = Demographics(age=45)
    assert codes(headers, today=date(2027, 2, 13), expected=expected) == []
    assert codes(headers, today=date(2027, 2, 14), expected=expected) == ["AGE-DIFFERS"]


def with_contrast(headers, number: int):
    return [
        replace(one, physics=replace(one.physics, contrast=True))
        if one.series_number == number
        else one
        for one in headers
    ]


@pytest.mark.parametrize("history", [*History, *combinations(History, 2)])
def test_contrast_is_wanted_after_what_the_form_says(headers, history):
    told = frozenset([history] if isinstance(history, History) else history)
    form = Demographics(history=told)
    verdict, (found,) = check(assemble(headers), form, TODAY)
    assert (verdict, found.code, found.level) == (Verdict.COMPLETE, "CONTRAST-WANTED", "info")
    assert all(validation.WANTED_AFTER[one] in found.message for one in told)
    assert codes(with_contrast(headers, 2), expected=form) == []
    assert codes(with_contrast(headers, 1), expected=form) == ["CONTRAST-WANTED"]  # a localizer
    assert codes(headers) == codes(headers, expected=Demographics(45, "F")) == []


@pytest.mark.parametrize(
    ("history", "code", "verdict"),
    [
        (set(), "MISSING-AX-T1", Verdict.COMPLETE),
        ({History.INFECTION, History.TUMOUR}, "MISSING-AX-T1", Verdict.COMPLETE),
        ({History.OPERATED}, "AX-T1-WANTED", Verdict.READABLE_WITH_LIMITS),
    ],
)
def test_an_axial_t1_is_wanted_after_an_operation(headers, history, code, verdict):
    without = [one for one in headers if one.series_number != AXIAL_T1]
    form = Demographics(history=frozenset(history))
    found, findings = check(assemble(without), form, TODAY)
    assert found is verdict
    assert [one.code for one in findings if "AX-T1" in one.code] == [code]


def test_of_an_older_examination_no_contrast_is_wanted(headers):
    form = Demographics(history=frozenset(History))
    (study,) = assemble(headers)
    assert validation.judge_prior(study, form, TODAY) == ()


PEOPLE = [
    ((("A^B", "1", "1980-01-01", "F"), ("A^B", "1", "1980-01-01", "F")), 1),
    ((("A^B", "1", "1980-01-01", "F"), ("a b", "2", "1980-01-01", None)), 1),
    ((("A^B", "1", None, None), ("A^B^^DR", "1", None, None)), 1),
    ((("A^B", "1", None, None), ("A^B", "2", None, None)), 2),
    ((("A^B", "1", "1980-01-01", None), ("A^B", "1", "1981-01-01", None)), 2),
    ((("A^B", "1", "1980-01-01", None), ("C^D", "1", "1980-01-01", None)), 2),
    ((("A^B", "1", "1980-01-01", "F"), ("A^B", "1", "1980-01-01", "M")), 2),
    ((("", "1", None, None), ("A^B", "1", None, None)), 1),
    ((("", "", None, None), ("A^B", "1", None, None)), 1),
    ((("", "1", None, None), ("", "2", None, None)), 2),
    ((("A^B", "1", None, None), ("", "", None, None), ("C^D", "2", None, None)), 2),
]


@pytest.mark.parametrize(("people", "count"), PEOPLE)
def test_people_are_told_apart(people, count):
    identities = [Identity(name, number, birth, sex) for name, number, birth, sex in people]
    assert count_people(identities) == count
    assert count_people(reversed(identities)) == count


def test_a_name_is_compared_without_accents_titles_or_order():
    assert name_parts("Müller^Änne") == name_parts("MULLER ANNE")
    assert name_parts("Yamada^Tarou=山田^太郎") == {"yamada", "tarou"}


def test_the_order_of_files_changes_nothing(headers):
    studies = assemble(headers)
    again = assemble(reversed(headers))
    assert [one.instances for one in studies] == [one.instances for one in again]


def test_instances_come_in_geometric_order(headers):
    for series in assemble(headers)[0].series:
        places = [one.frames[0].position for one in series.instances]
        if not series.kind.is_localizer:
            axis = ["SAG", "COR", "AX"].index(series.kind.plane.value)
            along = [place[axis] * (-1 if axis == 2 else 1) for place in places if place]
            assert along == sorted(along)


def test_every_rule_is_listed():
    named = {name for name in vars(validation) if name.startswith("check_")}
    assert {rule.__name__ for rule in RULES} == named
    named = {name for name in vars(technique) if name.startswith("check_")}
    assert {rule.__name__ for rule in technique.LIMITS} == named


def test_every_finding_of_the_catalogue_has_an_english_text_that_can_be_filled():
    params = dict.fromkeys(
        [
            "patients",
            "studies",
            "priors",
            "count",
            "region",
            "why",
            "words",
            "label",
            "number",
            "needed",
            "slices",
            "least",
            "wanted",
            "reach",
            "missing",
            "found",
            "limit",
            "months",
            "years",
        ],
        7,
    )
    for code, rule in rules.CATALOGUE.items():
        assert rule.code == code
        assert rule.text.format(**params).endswith((".", "needed."))


def test_every_verdict_but_complete_has_its_place_in_the_order():
    assert {*rules.PRECEDENCE, Verdict.COMPLETE} == set(Verdict)


def test_every_threshold_has_a_source():
    assert len(thresholds.THRESHOLDS) > 30
    for one in thresholds.THRESHOLDS.values():
        assert getattr(thresholds, one.name) == one
        assert "pending" in one.source
        assert one.meaning


CHECKS = (
    assembly, bodypart, comparison, headers_module, holding, persons, printed_text, protocol,
    stacks, technique, text_detector, validation, values,
)  # fmt: skip


@pytest.mark.parametrize("module", CHECKS, ids=lambda module: module.__name__)
def test_no_check_compares_with_a_number_that_has_no_name(module):
    nodes = list(ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))))
    indices = {node.slice for node in nodes if isinstance(node, ast.Subscript)}
    bare = [
        ast.unparse(node)
        for node in nodes
        if isinstance(node, ast.Compare)
        and any(isinstance(one, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for one in node.ops)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Constant)
        and isinstance(inner.value, (int, float))
        and inner.value not in (0, 1)
        and inner not in indices
    ]
    assert bare == []


def test_the_page_is_the_one_that_the_code_prints():
    assert (ROOT / "docs" / "study-checks.md").read_text() == checks_page.page()


def test_a_result_survives_its_json(headers):
    verdict, findings = check(assemble(headers), None, TODAY)
    result = IngestResult(verdict, (), None, (), findings, Identity("A^B"), {"removed": 3})
    assert IngestResult.from_json(result.to_json()) == result
    with pytest.raises(ValueError, match="unknown fields"):
        IngestResult.from_json(result.to_json().replace('"verdict"', '"other"'))
