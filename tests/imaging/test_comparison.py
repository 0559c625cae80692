"""An older examination comes along: which one is read, and what becomes of the other."""

from dataclasses import replace
from typing import Any

import pydicom
import pytest

from imaging import prepared
from imaging.comparison import PRIORS_MAX
from imaging.display import pack_instance
from imaging.errors import Code
from imaging.ingest import IngestOptions
from imaging.study import Level, Verdict
from imaging.synthetic.build import build_study
from imaging.synthetic.faults import FAULTS, REGIONS, setting
from imaging.synthetic.subject import Subject
from tests.imaging.test_ingest import OPTIONS, codes, ingest, tree

NEW, OLD = "20261105", "20250901"
#: From the first of September 2025 to the fifth of November 2026.
MONTHS = 14
ANOTHER = Subject(name="MUSTER^ERIKA", patient_id="77-41", birth_date="19510203")


@pytest.fixture
def disc(tmp_path):
    """Return a function that puts examinations into one flat folder of renamed files."""

    def fill(*examinations: dict[str, Any]):
        folder = tmp_path / "disc"
        folder.mkdir()
        for number, switches in enumerate(examinations):
            given = {"size": "tiny", "seed": f"seed-{number}", "study_date": NEW} | switches
            built = build_study(tmp_path / f"study-{number}", **given)
            for path in built.paths:
                path.rename(folder / f"{number}-{path.name}")
        return folder

    return fill


def without_sizes(series):
    """Leave out what the longer Study Description changes."""
    return [
        replace(one, instances=tuple(replace(item, size=0) for item in one.instances))
        for one in series
    ]


def told(result):
    return {found.code for found in result.findings}


def test_the_newer_is_read_and_the_older_lies_beside_it(disc, tmp_path):
    result = ingest(disc({"study_date": OLD}, {"study_date": NEW}), tmp_path / "out")
    assert result.verdict is Verdict.COMPLETE
    assert {one.source[0] for series in result.series for one in series.instances} == {"1"}
    assert {one.source[0] for series in result.prior.series for one in series.instances} == {"0"}
    assert result.prior.months == MONTHS
    assert "PRIOR" in told(result)
    folders = {path.name for path in (tmp_path / "out").iterdir()}
    assert folders == {"result.json", "prior", *(f"s{one.ordinal:02d}" for one in result.series)}
    inside = {path.name for path in (tmp_path / "out" / "prior").iterdir()}
    assert inside == {f"s{one.ordinal:02d}" for one in result.prior.series}


def test_the_prior_is_made_like_any_study(disc, tmp_path):
    """Alone in an upload, the same files with the same key give the same images."""
    both = ingest(disc({"study_date": NEW}, {"study_date": OLD}), tmp_path / "both")
    alone = tmp_path / "alone"
    alone.mkdir()
    for path in (tmp_path / "disc").glob("1-*"):
        (alone / path.name).write_bytes(path.read_bytes())
    once = ingest(alone, tmp_path / "once")
    assert without_sizes(both.prior.series) == without_sizes(once.series)
    assert both.prior.receipt == once.receipt


def test_the_study_description_of_the_prior_says_so(disc, tmp_path):
    result = ingest(disc({"study_date": NEW}, {"study_date": OLD}), tmp_path / "out")
    current = pydicom.dcmread(tmp_path / "out" / "s01" / "i0001.dcm")
    prior = pydicom.dcmread(tmp_path / "out" / "prior" / "s01" / "i0001.dcm")
    assert current.StudyDescription == "MRI lumbar spine"
    assert prior.StudyDescription == f"MRI lumbar spine (prior, about {MONTHS} months earlier)"
    assert current.PatientID == prior.PatientID == OPTIONS.case_code
    assert current.StudyInstanceUID == result.study.study_instance_uid
    assert prior.StudyInstanceUID == result.prior.study.study_instance_uid


def test_no_date_and_no_name_of_either_lies_in_the_tree(disc, tmp_path):
    result = ingest(disc({"study_date": NEW}, {"study_date": OLD}), tmp_path / "out")
    everything = b"".join(tree(tmp_path / "out").values())
    for value in (NEW, OLD, "2026-11-05", "2025-09-01", result.identity.patient_name):
        assert value.encode() not in everything


@pytest.mark.parametrize(
    ("examinations", "verdict", "code"),
    [
        ([{}, {}], Verdict.SEVERAL_STUDIES, "STUDIES-UNORDERED"),
        ([{}, {"edit": FAULTS["no-study-date"]}], Verdict.SEVERAL_STUDIES, "STUDIES-UNORDERED"),
        ([{"edit": FAULTS["no-study-date"]}] * 2, Verdict.SEVERAL_STUDIES, "STUDIES-UNORDERED"),
        ([{}, {"study_date": OLD, "patient": ANOTHER}], Verdict.SEVERAL_PATIENTS,
         "SEVERAL-PATIENTS"),
        ([{}, {"study_date": OLD} | REGIONS["knee"]], Verdict.SEVERAL_STUDIES,
         "STUDIES-OTHER-BODY"),
        ([{"study_date": OLD}, REGIONS["knee"]], Verdict.SEVERAL_STUDIES, "STUDIES-OTHER-BODY"),
        ([{}, {"study_date": OLD}, {"study_date": "20240101"}], Verdict.SEVERAL_STUDIES,
         "SEVERAL-STUDIES"),
    ],
    ids=["same day", "one without a date", "none with a date", "another person", "an older knee",
         "a newer knee", "three"],
)  # fmt: skip
def test_what_cannot_go_together_gets_nothing_made(disc, tmp_path, examinations, verdict, code):
    result = ingest(disc(*examinations), tmp_path / "out")
    assert (result.verdict, result.series, result.prior) == (verdict, (), None)
    assert code in told(result)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.json"}


def test_a_prior_with_nothing_but_one_series_changes_no_verdict(disc, tmp_path):
    alone = {"study_date": OLD, "series": ["T1 SAG"]}
    result = ingest(disc({}, alone), tmp_path / "out")
    assert result.verdict is Verdict.COMPLETE
    found = {one.code: one.level for one in result.prior.findings}
    assert found["MISSING-SAG-T2"] is found["MISSING-AX-T2"] is Level.FAIL
    assert not found.keys() & {"STUDY-OLD", "STUDY-TOO-OLD"}


def test_an_incomplete_newer_study_is_not_saved_by_a_complete_older_one(disc, tmp_path):
    source = disc({"series": ["T1 SAG"]}, {"study_date": OLD})
    assert ingest(source, tmp_path / "out").verdict is Verdict.INCOMPLETE


def test_an_older_study_of_an_unproven_part_comes_along(disc, tmp_path):
    unnamed = {"study_date": OLD, "edit": FAULTS["no-body-part"]}
    result = ingest(disc({}, unnamed), tmp_path / "out")
    assert result.verdict is Verdict.COMPLETE
    assert "BODY-UNPROVEN" in {one.code for one in result.prior.findings}


def test_a_prior_of_another_sex_than_the_form_says_is_told(disc, tmp_path):
    """Two headers without names pass for one person; the form still tells them apart."""
    nameless = setting(PatientName="", PatientID="", PatientBirthDate="", PatientSex="")
    source = disc({"edit": nameless}, {"study_date": OLD})
    options = IngestOptions("SR-ABC234", b"k" * 32, patient_sex="M")
    result = ingest(source, tmp_path / "out", options)
    assert "SEX-DIFFERS" in {one.code for one in result.prior.findings}
    assert "SEX-DIFFERS" not in told(result)


def test_a_newer_study_that_is_lost_wholly_is_not_replaced_by_the_older(
    disc, tmp_path, monkeypatch
):
    source = disc({"series": ["LOC"]}, {"study_date": OLD, "series": ["LOC"]})
    real = pack_instance

    def pack(path, pack):
        if path.name.startswith("0-"):
            raise MemoryError
        return real(path, pack)

    monkeypatch.setattr(prepared, "pack_instance", pack)
    result = ingest(source, tmp_path / "out")
    assert set(codes(result).values()) == {Code.OK, Code.LIMIT}
    assert (result.verdict, result.series, result.prior) == (Verdict.NO_IMAGES, (), None)


def test_the_limit_is_one_older_examination():
    assert PRIORS_MAX == 1
