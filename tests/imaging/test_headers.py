"""Every attribute that is read from a header: absent, empty, filled, and filled with nonsense."""

import time

import pydicom
import pytest
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
)

from imaging.assembly import assemble
from imaging.errors import Code, ImagingError
from imaging.headers import InstanceHeader, read_headers
from imaging.synthetic.compress import LOSSY
from imaging.synthetic.faults import setting
from imaging.synthetic.file_faults import good_file
from tests.dicom import COMPRESSED, FILE_FAULTS, build_study, one_file

READ = {
    "SeriesNumber": lambda one: one.series_number,
    "InstanceNumber": lambda one: one.instance_number,
    "Modality": lambda one: one.modality or None,
    "Manufacturer": lambda one: one.manufacturer or None,
    "ManufacturerModelName": lambda one: one.model or None,
    "MagneticFieldStrength": lambda one: one.field_strength_t,
    "PatientName": lambda one: one.identity.patient_name or None,
    "PatientID": lambda one: one.identity.patient_id or None,
    "PatientBirthDate": lambda one: one.identity.birth_date,
    "PatientSex": lambda one: one.identity.sex,
    "PatientAge": lambda one: one.patient_age,
    "InstitutionName": lambda one: one.identity.institution or None,
    "BodyPartExamined": lambda one: one.descriptions.body_part or None,
    "StudyDescription": lambda one: one.descriptions.study or None,
    "SeriesDescription": lambda one: one.descriptions.series or None,
    "ProtocolName": lambda one: one.descriptions.protocol or None,
    "ImageType": lambda one: one.physics.image_type or None,
    "ScanningSequence": lambda one: one.physics.scanning_sequence or None,
    "SequenceVariant": lambda one: one.physics.sequence_variant or None,
    "MRAcquisitionType": lambda one: one.physics.acquisition or None,
    "RepetitionTime": lambda one: one.physics.repetition_ms,
    "EchoTime": lambda one: one.physics.echo_ms,
    "FlipAngle": lambda one: one.physics.flip_degrees,
    "SliceThickness": lambda one: one.raster.thickness_mm,
    "SpacingBetweenSlices": lambda one: one.raster.spacing_mm,
    "PixelSpacing": lambda one: one.raster.pixel_mm,
    "ImageOrientationPatient": lambda one: one.frames[0].orientation,
    "ImagePositionPatient": lambda one: one.frames[0].position,
}
EMPTY: dict[str, object] = {
    keyword: [] if keyword in {"ImageType", "ScanningSequence", "PixelSpacing"} else ""
    for keyword in READ
}


def read(folder, **values) -> InstanceHeader:
    def change(instances):
        return setting(**values)(instances[:1])

    return read_headers(one_file(folder, size="tiny", edit=change))


def test_every_attribute_is_read_when_filled(tmp_path):
    one = read(tmp_path)
    assert [keyword for keyword, get in READ.items() if get(one) is None] == []


def test_every_attribute_may_be_absent(tmp_path):
    one = read(tmp_path, **dict.fromkeys(READ))
    assert [keyword for keyword, get in READ.items() if get(one) is not None] == []


def test_every_attribute_may_be_empty(tmp_path):
    one = read(tmp_path, **EMPTY)
    assert [keyword for keyword, get in READ.items() if get(one) is not None] == []


@pytest.mark.parametrize(
    ("values", "keyword"),
    [
        ({"PatientBirthDate": "19801345"}, "PatientBirthDate"),
        ({"PatientBirthDate": "00010101"}, "PatientBirthDate"),
        ({"PatientBirthDate": "14.02.80"}, "PatientBirthDate"),
        ({"PatientAge": "forty"}, "PatientAge"),
        ({"PatientAge": "Y"}, "PatientAge"),
        ({"PatientSex": "W"}, "PatientSex"),
        ({"PixelSpacing": ["0", "0"]}, "PixelSpacing"),
        ({"PixelSpacing": ["0.5"]}, "PixelSpacing"),
        ({"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]}, "ImageOrientationPatient"),
        ({"ImageOrientationPatient": ["0"] * 6}, "ImageOrientationPatient"),
        ({"ImagePositionPatient": ["1", "2"]}, "ImagePositionPatient"),
        ({"SliceThickness": "0"}, "SliceThickness"),
    ],
)
def test_nonsense_is_read_as_nothing(tmp_path, values, keyword):
    assert READ[keyword](read(tmp_path, **values)) is None


@pytest.mark.parametrize("text", [b"NaN", b"inf", b"1e99", b"4,5", b"abc", b"\xff\xfe"])
def test_a_number_that_is_none_is_read_as_nothing(tmp_path, text):
    path = one_file(tmp_path, size="tiny", edit=lambda some: setting(EchoTime="98765.43")(some[:1]))
    path.write_bytes(path.read_bytes().replace(b"98765.43", text.ljust(8), 1))
    assert read_headers(path).physics.echo_ms is None


def test_gauss_is_turned_into_tesla_and_a_negative_spacing_around(tmp_path):
    one = read(tmp_path, MagneticFieldStrength="15000", SpacingBetweenSlices="-4.4")
    assert one.field_strength_t == 1.5
    assert one.raster.spacing_mm == 4.4


@pytest.mark.parametrize(
    ("character_set", "name"),
    [
        ("ISO_IR 100", "Müller^Änne"),
        ("ISO_IR 101", "Król^Żaneta"),
        ("ISO_IR 144", "Гражданин^Иван"),
        ("ISO_IR 192", "山田^太郎"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
    ],
)
def test_names_are_read_in_their_character_set(tmp_path, character_set, name):
    one = read(tmp_path, SpecificCharacterSet=character_set, PatientName=name)
    assert one.identity.patient_name == name


def test_an_unknown_character_set_is_read_as_latin(tmp_path):
    path = one_file(tmp_path, size="tiny")
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 192", b"ISO_IR 999"))
    assert read_headers(path).identity.patient_name == "Example^Ana"


def test_no_agent_is_no_contrast(tmp_path):
    assert not read(tmp_path / "a", ContrastBolusAgent="NONE").physics.contrast
    assert not read(tmp_path / "b", ContrastBolusAgent="").physics.contrast
    assert read(tmp_path / "c", ContrastBolusAgent="Gadovist 7,5 ml").physics.contrast


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_a_lossy_codec_is_lossy_whatever_the_header_says(tmp_path, syntax):
    """Of JPEG that holds always; JPEG-LS near-lossless, JPEG 2000 and HTJ2K can be lossless."""
    path = one_file(tmp_path, transfer_syntax=syntax)
    assert read_headers(path).raster.lossy is (syntax in LOSSY)
    dataset = pydicom.dcmread(path)
    dataset.pop("LossyImageCompression", None)
    dataset.save_as(path)
    assert read_headers(path).raster.lossy is (syntax in (JPEGBaseline8Bit, JPEGExtended12Bit))


def test_the_identity_does_not_show_itself(tmp_path):
    one = read(tmp_path)
    assert "Example" not in repr(one.identity)
    assert "Example" not in repr(one)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_functional_groups_tell_what_a_classic_header_tells(tmp_path, syntax):
    kinds = {"series": ["STIR SAG"], "transfer_syntax": syntax}
    classic = [read_headers(path) for path in build_study(tmp_path / "c", **kinds).paths]
    (enhanced,) = build_study(tmp_path / "e", enhanced=True, **kinds).paths
    found = read_headers(enhanced)
    assert found.frames == tuple(one.frames[0] for one in classic)
    assert found.raster == classic[0].raster
    for name in ("repetition_ms", "echo_ms", "inversion_ms"):
        assert getattr(found.physics, name) == getattr(classic[0].physics, name)


def test_a_bad_file_raises_its_code(tmp_path):
    good, path, codes = good_file(), tmp_path / "bad", {}
    at_gate = {kind: fault for kind, fault in FILE_FAULTS.items() if not fault.later}
    for kind, fault in at_gate.items():
        path.write_bytes(fault.spoil(good))
        codes[kind] = Code.OK
        try:
            read_headers(path)
        except ImagingError as error:
            codes[kind] = error.code
    assert codes == {kind: fault.code for kind, fault in at_gate.items()}


def test_an_enhanced_image_without_frame_groups_has_one_place(tmp_path):
    def strip(instances):
        for one in instances:
            del one.dataset.PerFrameFunctionalGroupsSequence
            del one.dataset.SharedFunctionalGroupsSequence
        return instances

    (path,) = build_study(tmp_path, series=["T2 SAG"], enhanced=True, edit=strip).paths
    assert len(read_headers(path).frames) == 1


def test_two_hundred_headers_are_read_and_put_together_in_a_quarter_second(tmp_path):
    """The goal is 0.25 CPU-seconds; the bound leaves room for a busy machine."""
    studies = [build_study(tmp_path / seed, size="tiny", seed=seed) for seed in "abcd"]
    paths = [path for study in studies for path in study.paths]
    read_headers(paths[0])
    started = time.process_time()
    assemble(read_headers(path) for path in paths[:200])
    assert time.process_time() - started < 0.5
