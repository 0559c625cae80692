"""Whole studies with seeded identifiers, three vendors: what must be gone and what must hold."""

import contextlib
import io
import json

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from imaging import __main__
from tests.dicom import SEEDS, VENDORS, build_study
from tests.imaging import scoring

SERIES = ["LOC", "T2 SAG", "T1 SAG"]
WAYS = [
    *[(vendor, ExplicitVRLittleEndian, False) for vendor in VENDORS],
    ("ge", ImplicitVRLittleEndian, False),
    ("philips", RLELossless, False),
    ("siemens", ExplicitVRLittleEndian, True),
    ("philips", ImplicitVRLittleEndian, True),
]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: "-".join(map(str, way)))
def study(request, tmp_path_factory):
    """Build, clean with the command, and return source, output and the printed JSON."""
    vendor, syntax, enhanced = request.param
    folder = tmp_path_factory.mktemp("study")
    built = build_study(
        folder / "source", vendor, series=SERIES, transfer_syntax=syntax, enhanced=enhanced,
        identifiers=True,
    )  # fmt: skip
    arguments = ["deidentify", str(built.folder), str(folder / "clean"), "--case-code", "CASE-12"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert __main__.main([*arguments, "--json"]) == 0
    return built.folder, folder / "clean", json.loads(printed.getvalue())


def test_the_seeds_were_there(study):
    assert len(scoring.identifiers_left(study[0], SEEDS)) > 40


def test_every_instance_is_written(study):
    source, clean, result = study
    assert result["refused"] == []
    assert len(result["written"]) == len(scoring.dicom_files(source))
    assert len(scoring.dicom_files(clean)) == len(result["written"])


def test_no_identifier_is_left_in_any_byte(study):
    assert scoring.identifiers_left(study[1], SEEDS) == []


def test_no_reference_is_broken(study):
    broken_before, _ = scoring.references_broken(study[0])
    broken, whole = scoring.references_broken(study[1])
    assert broken <= broken_before
    assert whole == scoring.references_broken(study[0])[1]
    assert scoring.uids_differ_from_meta(study[1]) == 0


def test_no_pixel_is_changed(study):
    assert scoring.pixel_hashes(study[1]) == scoring.pixel_hashes(study[0])


def test_at_least_24_of_26_reading_attributes_are_kept(study):
    kept = scoring.reading_attributes_kept(study[0], study[1])
    assert set(scoring.READING_ATTRIBUTES) - set(kept) <= {"ProtocolName", "StudyDate"}


def test_the_validators_find_nothing_new(study):
    source, clean, result = study
    sample = result["written"][:: max(1, len(result["written"]) // 6)]
    before = scoring.validator_errors(source / one["file"] for one in sample)
    after = scoring.validator_errors(clean / one["path"] for one in sample)
    assert set(after) - set(before) == set()
    entities = scoring.entity_differences(clean)
    assert set(entities) - set(scoring.entity_differences(source)) == set()
