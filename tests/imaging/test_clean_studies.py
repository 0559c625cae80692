"""Whole studies with seeded identifiers, three vendors: what must be gone and what must hold."""

import contextlib
import io
import json

import pydicom
import pytest
from pydicom.datadict import tag_for_keyword
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from imaging import __main__
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.policy import POLICY, load_document
from imaging.synthetic.raw import replaced
from tests.dicom import FOREIGN_SEEDS, SEEDS, VENDORS, build_study, one_file
from tests.imaging import scoring


def tag_text(keyword: str) -> str:
    tag = tag_for_keyword(keyword) or 0
    return f"{tag >> 16:04x},{tag & 0xFFFF:04x}"


#: New warnings that stay, with the reasons in the policy.
ACCEPTED = {
    f"Warning - </{one['attribute']}({tag_text(one['attribute'])})> - {one['says']}"
    for one in load_document()["warning"]
}
#: Attributes without which dciodvfy objects, and with which it does not, whatever their value.
TYPE_2 = (
    "PatientSex", "SeriesNumber", "Manufacturer", "InstanceNumber", "SliceThickness", "ScanOptions",
    "MRAcquisitionType", "EchoTime", "EchoTrainLength",
)  # fmt: skip
SERIES = ["LOC", "T2 SAG", "T1 SAG"]
WAYS = [
    *[(vendor, ExplicitVRLittleEndian, False, "ISO_IR 100") for vendor in VENDORS],
    ("ge", ImplicitVRLittleEndian, False, "ISO_IR 101"),
    ("philips", RLELossless, False, "ISO_IR 144"),
    ("siemens", ExplicitVRLittleEndian, True, "ISO_IR 192"),
    ("philips", ImplicitVRLittleEndian, True, "ISO_IR 144"),
    ("ge", ExplicitVRLittleEndian, False, "ISO_IR 192"),
]


@pytest.fixture(scope="module", params=WAYS, ids=lambda way: "-".join(map(str, way)))
def study(request, tmp_path_factory):
    """Build, clean with the command, and return source, output and the printed JSON."""
    vendor, syntax, enhanced, character_set = request.param
    folder = tmp_path_factory.mktemp("study")
    built = build_study(
        folder / "source", vendor, series=SERIES, transfer_syntax=syntax, enhanced=enhanced,
        identifiers=True, character_set=character_set,
    )  # fmt: skip
    arguments = ["deidentify", str(built.folder), str(folder / "clean"), "--case-code", "CASE-12"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert __main__.main([*arguments, "--json"]) == 0
    return built.folder, folder / "clean", json.loads(printed.getvalue())


@pytest.fixture(scope="module")
def seeds(study, request):
    """Return every seed of the study: those of ASCII, and those of its character set."""
    character_set = pydicom.dcmread(scoring.dicom_files(study[0])[0]).SpecificCharacterSet
    return [*SEEDS, *FOREIGN_SEEDS[character_set]]


def test_the_seeds_were_there(study, seeds):
    found = scoring.identifiers_left(study[0], seeds)
    assert len(found) > 40
    assert set(seeds) - set(SEEDS) <= set(found)


def test_every_instance_is_written(study):
    source, clean, result = study
    assert result["refused"] == []
    assert len(result["written"]) == len(scoring.dicom_files(source))
    assert len(scoring.dicom_files(clean)) == len(result["written"])


def test_no_identifier_is_left_in_any_byte(study, seeds):
    assert scoring.identifiers_left(study[1], seeds) == []


@pytest.mark.parametrize("character_set", FOREIGN_SEEDS)
@pytest.mark.parametrize("element", [0x10, 0x11, 0x12, 0x13])
def test_the_search_finds_a_name_in_bytes_alone(tmp_path, character_set, element):
    """UTF-16 of either order, zlib and raw deflate, each without the other."""
    path = one_file(tmp_path, identifiers=True, character_set=character_set)
    whole = pydicom.dcmread(path)
    alone = pydicom.Dataset()
    alone.file_meta = whole.file_meta
    alone.SOPClassUID, alone.SOPInstanceUID = whole.SOPClassUID, whole.SOPInstanceUID
    value = whole[0x0011, 0x1000 + element].value
    alone.private_block(0x0011, "BYTES", create=True).add_new(element, "OB", value)
    alone.save_as(path, enforce_file_format=True)
    names = FOREIGN_SEEDS[character_set]
    assert scoring.identifiers_left(tmp_path, names) == sorted(names)


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


def test_the_validators_find_nothing_new_but_what_the_policy_accepts(study):
    source, clean, result = study
    sample = result["written"][:: max(1, len(result["written"]) // 6)]
    before = scoring.validator_findings(source / one["file"] for one in sample)
    after = scoring.validator_findings(clean / one["path"] for one in sample)
    assert set(after) - set(before) == ACCEPTED
    entities = scoring.entity_differences(clean)
    assert set(entities) - set(scoring.entity_differences(source)) == set()


def test_what_does_not_pass_leaves_no_hole_that_a_validator_finds(tmp_path):
    """A Type 2 attribute with a bad value stays in the file, without one."""
    data = one_file(tmp_path, identifiers=True).read_bytes()
    for keyword in TYPE_2:
        rule = next(rule for _, rule in POLICY.rules() if rule.keyword == keyword)
        data = replaced(data, rule.tag, rule.vr, b"not it! ")
    source, clean = tmp_path / "source", tmp_path / "clean"
    source.write_bytes(data)
    result = deidentify_instance(source, clean, DeidentifyContext("CASE-12", b"k" * 32))
    new = set(scoring.validator_errors([clean])) - set(scoring.validator_errors([source]))
    assert new == set()
    assert {pydicom.dcmread(clean)[keyword].is_empty for keyword in TYPE_2} == {True}
    assert {tag_for_keyword(keyword) for keyword in TYPE_2} <= set(result.tally.removed)
