"""The confusion table: what the checks say about each kind of generated study."""

import json
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from imaging.__main__ import main
from imaging.assembly import assemble
from imaging.errors import Code
from imaging.headers import InstanceHeader, read_headers
from imaging.persons import Demographics
from imaging.study import Verdict
from imaging.synthetic.faults import setting
from imaging.validation import check
from tests.dicom import (
    CATALOGUE,
    FAULTS,
    REGIONS,
    STUDY_DATE,
    TODAY,
    VENDORS,
    Subject,
    build_study,
    examine,
)

STANDARD = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX")
COMPLETE, LIMITS = Verdict.COMPLETE, Verdict.READABLE_WITH_LIMITS
INCOMPLETE, UNSURE = Verdict.INCOMPLETE, Verdict.UNSURE


def without(*labels: str) -> tuple[str, ...]:
    return tuple(label for label in STANDARD if label not in labels)


SEQUENCES: list[tuple[str, tuple[str, ...], Verdict, set[str]]] = [
    ("everything", STANDARD, COMPLETE, set()),
    ("no localizer", without("LOC"), COMPLETE, set()),
    ("no T1 SAG", without("T1 SAG"), LIMITS, {"MISSING-SAG-T1"}),
    ("no T2 SAG", without("T2 SAG"), INCOMPLETE, {"MISSING-SAG-T2"}),
    ("no STIR", without("STIR SAG"), LIMITS, {"MISSING-SAG-FS"}),
    ("no T2 AX", without("T2 AX"), INCOMPLETE, {"MISSING-AX-T2"}),
    ("no T1 AX", without("T1 AX"), COMPLETE, {"MISSING-AX-T1"}),
    ("only a localizer", ("LOC",), INCOMPLETE, {"MISSING-SAG-T2", "MISSING-AX-T2"}),
    ("only sagittal", ("T1 SAG", "T2 SAG", "STIR SAG"), INCOMPLETE, {"MISSING-AX-T2"}),
    ("coronal instead", (*without("T2 SAG"), "T2 COR"), INCOMPLETE, {"MISSING-SAG-T2"}),
    ("T2 with fat saturation", (*without("STIR SAG"), "T2 FS SAG"), COMPLETE, set()),
    (
        "BACPAC minimum",
        (*without("STIR SAG", "T2 SAG"), "T2 FS SAG"),
        COMPLETE,
        {"SAG-T2-ONLY-FS"},
    ),
    ("Dixon water", (*without("STIR SAG"), "T2 DIXON WATER SAG"), COMPLETE, set()),
    (
        "Dixon fat is no T2",
        (*without("T2 SAG"), "T2 DIXON FAT SAG"),
        INCOMPLETE,
        {"MISSING-SAG-T2"},
    ),
    ("STIR is no T2", without("T2 SAG", "T1 AX"), INCOMPLETE, {"MISSING-SAG-T2"}),
    ("PD is no T2", (*without("T2 SAG"), "PD SAG"), INCOMPLETE, {"MISSING-SAG-T2"}),
    ("PD with fat saturation", (*without("STIR SAG"), "PD FS SAG"), COMPLETE, set()),
    ("diffusion is no T2", (*without("T2 SAG"), "DWI SAG"), INCOMPLETE, {"MISSING-SAG-T2"}),
    ("gradient echo is no T2", (*without("T2 AX"), "GRE AX"), INCOMPLETE, {"MISSING-AX-T2"}),
    ("blocks along the discs", (*without("T2 AX"), "T2 AX BLOCKS"), COMPLETE, set()),
    ("contrast agent beside", (*STANDARD, "T1 FS SAG +C", "T1 FS AX +C"), COMPLETE, set()),
    ("T1 only with contrast", (*without("T1 SAG"), "T1 SAG +C"), COMPLETE, set()),
    ("3D instead of axial", (*without("T2 AX"), "T2 3D SAG"), LIMITS, {"AX-T2-FROM-3D"}),
    ("nothing at all", (), Verdict.NO_IMAGES, {"NO-MR-IMAGES"}),
]


@pytest.fixture(scope="module", params=VENDORS)
def classic(request, tmp_path_factory) -> list[InstanceHeader]:
    """Every series of the catalogue; its number is its place there."""
    folder = tmp_path_factory.mktemp(request.param)
    built = build_study(folder, request.param, size="tiny", series=CATALOGUE, study_date=STUDY_DATE)
    return [read_headers(path) for path in built.paths]


@pytest.fixture(scope="module", params=VENDORS)
def enhanced(request, tmp_path_factory) -> list[InstanceHeader]:
    """The usual series as Enhanced MR, numbered as in the catalogue."""
    folder = tmp_path_factory.mktemp(request.param)
    built = build_study(
        folder, request.param, enhanced=True, series=STANDARD, study_date=STUDY_DATE
    )
    return [read_headers(path) for path in built.paths]


def judged(headers: list[InstanceHeader], series: tuple[str, ...]) -> tuple[Verdict, set[str]]:
    numbers = {list(CATALOGUE).index(label) + 1 for label in series}
    verdict, findings = check(
        assemble(one for one in headers if one.series_number in numbers), None, TODAY
    )
    return verdict, {one.code for one in findings}


def test_every_series_of_the_catalogue_gets_its_own_label(classic):
    found = {series.number: series.label for series in assemble(classic)[0].series}
    wanted = [label.replace(" BLOCKS", "") for label in CATALOGUE]
    assert [found[number] for number in range(1, len(wanted) + 1)] == wanted


@pytest.mark.parametrize(
    ("case", "series", "verdict", "codes"), SEQUENCES, ids=[row[0] for row in SEQUENCES]
)
def test_each_set_of_sequences_gets_its_verdict(classic, case, series, verdict, codes):
    found, found_codes = judged(classic, series)
    assert found is verdict, case
    assert codes <= found_codes


@pytest.mark.parametrize(
    ("case", "series", "verdict", "codes"), SEQUENCES[:9], ids=[row[0] for row in SEQUENCES[:9]]
)
def test_enhanced_mr_is_judged_like_classic(enhanced, case, series, verdict, codes):
    found, found_codes = judged(enhanced, series)
    assert found is verdict, case
    assert codes <= found_codes


REGION_NAMES = {"brain": "HEAD"}
EXPECTED_FAULTS: dict[str, tuple[Verdict, set[str]]] = {
    "gap-of-one": (LIMITS, {"SLICE-MISSING"}),
    "gap-of-three": (INCOMPLETE, {"SLICES-MISSING"}),
    "axial-gap": (INCOMPLETE, {"SLICES-MISSING"}),
    "few-slices": (INCOMPLETE, {"FEW-SAG-SLICES"}),
    "narrow": (LIMITS, {"NARROW-SAG"}),
    "short-axial": (LIMITS, {"AX-COVERAGE"}),
    "twice": (COMPLETE, {"DUPLICATE"}),
    "conflict": (INCOMPLETE, {"CONFLICT"}),
    "two-patients": (Verdict.SEVERAL_PATIENTS, {"SEVERAL-PATIENTS"}),
    "two-studies": (Verdict.SEVERAL_STUDIES, {"STUDIES-UNORDERED"}),
    "shuffled": (COMPLETE, set()),
    "burned-in-flag": (COMPLETE, set()),  # the OCR's and the header rule's matter, not ours
    "burned-in-text": (COMPLETE, set()),
    "no-body-part": (UNSURE, {"BODY-UNPROVEN"}),
    "knee-code": (COMPLETE, set()),  # the words of study and series outweigh the code
    "no-study-date": (COMPLETE, {"STUDY-DATE-MISSING"}),
    "impossible-dates": (COMPLETE, set()),
    "no-geometry": (LIMITS, {"NO-GEOMETRY"}),
    "thick": (LIMITS, {"VERY-THICK"}),
    "low-field": (LIMITS, {"VERY-LOW-FIELD"}),
    "gauss": (COMPLETE, set()),
    "old": (LIMITS, {"STUDY-TOO-OLD"}),
    "no-times": (COMPLETE, set()),
    "wrong-name": (UNSURE, {"SEQUENCE-UNSURE"}),
}


@pytest.fixture
def made(tmp_path, capsys):
    """Make a study with switches of the command, and return what the shell says of it."""

    def run(*switches: str) -> dict[str, Any]:
        call_command("make_study", tmp_path, "--size", "tiny", *switches, stdout=StringIO())
        main(["inspect", str(tmp_path), "--json"])
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    return run


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_gets_its_verdict(made, fault):
    verdict, codes = EXPECTED_FAULTS[fault]
    found = made("--fault", fault)
    assert found["verdict"] == verdict
    assert codes <= {one["code"] for one in found["findings"]}


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_another_body_part_is_returned_with_its_words(made, region):
    found = made("--region", region, "--series", "T2 SAG", "T2 AX")
    assert found["verdict"] == Verdict.NOT_LUMBAR_MR
    assert found["studies"][0]["body_part"] == REGION_NAMES.get(region, region.upper())
    assert found["findings"][0]["code"] == "BODY-CONTRARY"
    assert found["findings"][0]["params"]["words"]


@pytest.mark.parametrize(
    ("age", "sex", "codes"),
    [
        (46, "F", set()),
        (47, "F", set()),
        (45, None, set()),
        (48, "F", {"AGE-DIFFERS"}),
        (30, "M", {"AGE-DIFFERS", "SEX-DIFFERS"}),
        (None, "M", {"SEX-DIFFERS"}),
        (None, "O", set()),
    ],
)
def test_the_form_is_compared_with_the_header(tmp_path, age, sex, codes):
    found = examine(tmp_path, Demographics(age, sex), series=["T2 SAG"])
    assert found.verdict is INCOMPLETE  # demographics leave the verdict alone
    assert {one.code for one in found.findings if "DIFFERS" in one.code} == codes


@pytest.mark.parametrize(
    ("header", "expected", "differs"),
    [
        ({"PatientBirthDate": ""}, Demographics(46), False),
        ({"PatientBirthDate": "", "PatientAge": "020Y"}, Demographics(46), True),
        ({"PatientBirthDate": "", "PatientAge": ""}, Demographics(46), False),
        ({"PatientBirthDate": "00010101", "PatientAge": "046Y"}, Demographics(46), False),
        ({"PatientSex": ""}, Demographics(None, "M"), False),
        ({"PatientSex": None}, Demographics(None, "M"), False),
    ],
)
def test_an_absent_or_empty_birth_date_or_sex_proves_nothing(tmp_path, header, expected, differs):
    found = examine(tmp_path, expected, series=["T2 SAG"], edit=setting(**header))
    assert any("DIFFERS" in one.code for one in found.findings) is differs


@pytest.mark.parametrize("vendor", VENDORS)
def test_seeded_identifiers_hide_no_sequence(tmp_path, vendor):
    found = examine(tmp_path, vendor=vendor, identifiers=True, series=["T2 SAG", "T1 AX"])
    codes = {one.code for one in found.findings}
    assert codes == {"MISSING-SAG-T1", "MISSING-SAG-FS", "MISSING-AX-T2", "STUDY-TOO-OLD"}


def test_a_finding_never_holds_an_identifier(tmp_path):
    found = examine(tmp_path, identifiers=True, series=["T2 SAG"], edit=FAULTS["two-patients"])
    text = repr(found.findings).casefold()
    assert not [name for name in ("kowalski", "zbigniew", "other^ben", "8830417") if name in text]


def test_two_uploads_of_one_disc_are_one_study_with_duplicates(tmp_path):
    again: dict[str, Any] = {"size": "tiny", "study_date": STUDY_DATE, "series": ["T2 SAG"]}
    build_study(tmp_path / "study" / "copy", **again)
    found = examine(tmp_path, series=["T2 SAG"])
    assert found.findings[0].code == "DUPLICATE"
    assert found.findings[0].params == {"count": 11}
    assert Counter(one.code for one in found.files)[Code.OK] == 22


def test_a_name_written_in_two_ways_is_one_patient(tmp_path):
    def respell(instances):
        for index, one in enumerate(instances):
            one.dataset.PatientName = ("Müller^Änne", "MULLER^ANNE^^DR", "müller änne")[index % 3]
        return instances

    assert examine(tmp_path, series=["T2 SAG"], edit=respell).patients == 1


def test_twins_are_two_patients(tmp_path):
    twin = Subject(name="Example^Eva", patient_id="SYN-2026-0118")
    folder = tmp_path / "study" / "twin"
    build_study(folder, size="tiny", series=["T1 AX"], seed="twin", patient=twin)
    assert examine(tmp_path, series=["T2 SAG"]).patients == 2
