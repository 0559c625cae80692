import gzip
import hashlib
import json
import zlib
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
)

from imaging import __main__, deidentify, rewrite
from imaging.deidentify import (
    DatePolicy,
    DeidentifyContext,
    deidentify_instance,
    draft_instance,
    publish,
)
from imaging.elements import parse, scan
from imaging.errors import Code, ImagingError
from imaging.gate import open_admitted
from imaging.pixel_copy import PixelCopy
from imaging.policy import POLICY
from imaging.receipt import build_receipt
from imaging.residues import Residues, identity_values
from imaging.synthetic.raw import element, insert
from tests.imaging.objects import (
    SEEDS,
    STUDY,
    code,
    enhanced_mr,
    legacy_mr,
    mr_image,
    to_bytes,
    uid,
    write,
)

CONTEXT = DeidentifyContext("CASE-1234", b"k" * 32, series_label="T2 SAG", study_label="MRI")
NATIVE = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
ENCODINGS = ("utf-8", "latin-1", "iso8859-2", "iso8859-5", "cp1251", "utf-16-le", "utf-16-be")


@pytest.fixture
def clean(tmp_path):
    """De-identify bytes or a data set; return the path of the result and the result."""

    def run(source, context=CONTEXT, syntax=ExplicitVRLittleEndian):
        data = source if isinstance(source, bytes) else to_bytes(source, syntax)
        (tmp_path / "source").write_bytes(data)
        result = deidentify_instance(tmp_path / "source", tmp_path / "clean", context)
        return tmp_path / "clean", result

    return run


def seeds_in(data: bytes) -> list[str]:
    """Return the seeds that stand in the bytes, in any encoding, also inside gzip members."""
    parts, start = [data], data.find(b"\x1f\x8b\x08")
    while start >= 0:
        parts.append(zlib.decompressobj(31).decompress(data[start:]))
        start = data.find(b"\x1f\x8b\x08", start + 1)
    lowered = b"\n".join(part.lower() for part in parts)
    return [seed for seed in SEEDS
            if any(seed.lower().encode(encoding) in lowered for encoding in ENCODINGS)]  # fmt: skip


def test_the_seeds_are_in_the_source():
    assert seeds_in(to_bytes(mr_image())) == list(SEEDS)
    assert seeds_in(gzip.compress(b"KOWALSKI")) == ["KOWALSKI"]


@pytest.mark.parametrize("make", [mr_image, enhanced_mr, legacy_mr])
@pytest.mark.parametrize("syntax", NATIVE)
def test_no_seeded_identifier_is_in_any_byte_of_the_output(clean, make, syntax):
    path, _ = clean(make(), syntax=syntax)
    assert seeds_in(path.read_bytes()) == []


@pytest.mark.parametrize("make", [mr_image, enhanced_mr, legacy_mr])
@pytest.mark.parametrize("syntax", NATIVE)
def test_two_runs_give_the_same_bytes(clean, make, syntax):
    first = clean(make(), syntax=syntax)[0].read_bytes()
    assert clean(make(), syntax=syntax)[0].read_bytes() == first


@pytest.mark.parametrize("make", [mr_image, enhanced_mr, legacy_mr])
def test_cleaning_a_clean_file_only_maps_its_identifiers_again(clean, make):
    first, _ = clean(make())
    once = pydicom.dcmread(first)
    again = pydicom.dcmread(clean(first.read_bytes())[0])
    assert [element.tag for element in again] == [element.tag for element in once]
    assert again.PixelData == once.PixelData
    assert again.SOPInstanceUID != once.SOPInstanceUID


def test_what_a_reader_needs_is_kept(clean):
    ds = pydicom.dcmread(clean(mr_image())[0])
    assert (ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength) == (3500, 102, 17)
    assert ds.ImageOrientationPatient == [0, 1, 0, 0, 0, -1]
    assert (ds.Manufacturer, ds.ManufacturerModelName) == ("SIEMENS", "MAGNETOM Skyra")
    assert (ds.PatientSex, ds.PatientAge, ds.BodyPartExamined) == ("M", "062Y", "LSPINE")
    assert ds.AnatomicRegionSequence[0].CodeMeaning == "Lumbar spine"
    assert ds.WindowCenter == 600
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY", "M", "NORM"]


def test_what_a_reader_needs_is_kept_per_frame(clean):
    ds = pydicom.dcmread(clean(enhanced_mr())[0])
    assert len(ds.PerFrameFunctionalGroupsSequence) == 3
    frame = ds.PerFrameFunctionalGroupsSequence[1]
    assert frame.MREchoSequence[0].EffectiveEchoTime == 102
    assert frame.PlanePositionSequence[0].ImagePositionPatient == [4, 0, 0]
    assert frame.FrameContentSequence[0].FrameAcquisitionDateTime == "19000101000000"
    assert "FrameComments" not in frame.FrameContentSequence[0]


def test_a_converted_object_keeps_its_echo_time_and_its_sources(clean):
    ds = pydicom.dcmread(clean(legacy_mr())[0])
    shared = ds.SharedFunctionalGroupsSequence[0]
    unassigned = shared.UnassignedSharedConvertedAttributesSequence[0]
    assert unassigned.EchoTime == 102
    assert "PatientName" not in unassigned
    source = ds.PerFrameFunctionalGroupsSequence[0].ConversionSourceAttributesSequence[0]
    assert source.ReferencedSOPInstanceUID == CONTEXT.uids.map(uid(11).encode()).decode()


def test_the_duties_of_the_standard_are_done(clean):
    ds = pydicom.dcmread(clean(mr_image())[0])
    assert ds.PatientName == ds.PatientID == "CASE-1234"
    assert ds.SeriesDescription == "T2 SAG"
    assert ds.PatientIdentityRemoved == "YES"
    assert ds.DeidentificationMethod == POLICY.version
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"
    codes = [(one.CodeValue, one.CodingSchemeDesignator)
             for one in ds.DeidentificationMethodCodeSequence]  # fmt: skip
    assert codes == [("113100", "DCM"), ("113105", "DCM"), ("113108", "DCM")]
    for keyword in ("PatientBirthDate", "StudyDate", "StudyTime", "AccessionNumber", "StudyID",
                    "ReferringPhysicianName"):  # fmt: skip
        assert ds[keyword].value in ("", None)


def test_preamble_and_file_meta_are_new(clean):
    path, result = clean(to_bytes(mr_image(), preamble=b"MZ\x90#!/bin/sh".ljust(128, b"x")))
    ds = pydicom.dcmread(path)
    assert path.read_bytes()[:128] == bytes(128)
    assert "SourceApplicationEntityTitle" not in ds.file_meta
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID == result.sop_instance_uid
    assert ds.file_meta.FileMetaInformationGroupLength == len(
        path.read_bytes()[144 : scan(path).meta.end]
    )


def test_references_hold_inside_the_study_and_lead_nowhere_outside(clean):
    ds = pydicom.dcmread(clean(mr_image(10))[0])
    _, other = clean(mr_image(11))
    assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == other.sop_instance_uid
    assert ds.ReferencedImageSequence[0].ReferencedSOPClassUID == MRImageStorage
    _, foreign = clean(mr_image(11), replace(CONTEXT, uid_key=b"o" * 32))
    assert foreign.sop_instance_uid != other.sop_instance_uid


def test_a_reference_without_a_target_is_dropped_whole(clean):
    ds = mr_image()
    del ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID
    assert len(pydicom.dcmread(clean(ds)[0]).ReferencedImageSequence) == 1
    del ds.ReferencedImageSequence[1].ReferencedSOPInstanceUID
    assert "ReferencedImageSequence" not in pydicom.dcmread(clean(ds)[0])


def test_a_code_of_a_local_scheme_is_dropped_whole(clean):
    ds = mr_image()
    ds.AnatomicRegionSequence = Sequence([code("X1", "99KOWALSKI", "spine of Smith")])
    assert "AnatomicRegionSequence" not in pydicom.dcmread(clean(ds)[0])


def test_an_empty_sequence_stays_empty(clean):
    ds = mr_image()
    ds.ReferencedImageSequence = Sequence([])
    assert len(pydicom.dcmread(clean(ds)[0]).ReferencedImageSequence) == 0


@pytest.mark.parametrize(
    ("age", "kept"),
    [("089Y", "089Y"), ("090Y", "090Y"), ("091Y", "090Y"), ("104Y", "090Y"), ("011M", "011M"),
     ("95", None), ("old", None)],
)  # fmt: skip
def test_ages_of_ninety_and_more_become_ninety(clean, age, kept):
    data = to_bytes(mr_image())
    data = data.replace(element(0x00101010, "AS", b"062Y"), b"")
    raw = age.encode() + b" " * (len(age) % 2)
    data = insert(data, element(0x00101010, "AS", raw), 0x00101010)
    assert pydicom.dcmread(clean(data)[0]).get("PatientAge") == kept


@pytest.mark.parametrize(("sex", "kept"), [("F", "F"), ("O", "O"), ("KOWALSKI", ""), ("X", "")])
def test_a_sex_is_one_of_three(clean, sex, kept):
    ds = mr_image()
    ds.PatientSex = sex
    assert pydicom.dcmread(clean(ds)[0]).get("PatientSex") == kept


def test_a_station_called_as_its_model_names_nobody(clean):
    """As Canon delivers its scanners; the same word elsewhere still does."""
    ds = mr_image()
    ds.ManufacturerModelName = ds.StationName = ds.PerformedStationName = "Galan 3T"
    assert pydicom.dcmread(clean(ds)[0]).ManufacturerModelName == "Galan 3T"
    for keyword, value in (("StationName", "Galan 4"), ("InstitutionName", "Galan 3T")):
        other = deepcopy(ds)
        setattr(other, keyword, value)
        with pytest.raises(ImagingError, match="UNSAFE"):
            clean(other)


def test_dates_can_be_shifted_instead(clean):
    context = replace(CONTEXT, dates=DatePolicy.SHIFT)
    ds = pydicom.dcmread(clean(mr_image(), context)[0])
    assert context.shift_days is not None
    assert context.shift_days >= 365
    moved = np.datetime64("2024-03-17") - np.datetime64(
        f"{ds.StudyDate[:4]}-{ds.StudyDate[4:6]}-{ds.StudyDate[6:]}"
    )
    assert moved.astype(int) == context.shift_days
    assert ds.StudyDate == ds.SeriesDate == ds.ContentDate == ds.AcquisitionDateTime[:8]
    assert ds.StudyTime == "141523.100000"
    assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert ds.DeidentificationMethodCodeSequence[-1].CodeValue == "113107"
    assert ds.PatientBirthDate == ""


def test_every_case_shifts_by_its_own_days():
    days = {replace(CONTEXT, dates=DatePolicy.SHIFT, uid_key=bytes([n]) * 32).shift_days
            for n in range(50)}  # fmt: skip
    assert len(days) > 45


@pytest.mark.parametrize("date", ["00010101", "20240231", "2024", "KOWALSKI", "99991399"])
def test_what_is_no_date_is_removed_when_shifting(clean, date):
    data = to_bytes(mr_image()).replace(
        element(0x00080020, "DA", b"20240317"), element(0x00080020, "DA", date.encode())
    )
    context = replace(CONTEXT, dates=DatePolicy.SHIFT)
    assert pydicom.dcmread(clean(data, context)[0]).StudyDate == ""


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("make", [mr_image, enhanced_mr])
def test_pixels_are_the_same_byte_by_byte(clean, make, syntax):
    ds = make()
    path, result = clean(ds, syntax=syntax)
    assert pydicom.dcmread(path).PixelData == ds.PixelData
    assert result.pixel_sha256 == hashlib.sha256(ds.PixelData).hexdigest()
    assert not result.cleared_bits


def test_bits_that_belong_to_no_pixel_are_cleared_and_said_so(clean):
    ds = mr_image()
    words = np.frombuffer(ds.PixelData, "<u2") | 0x8000
    ds.PixelData = words.tobytes()
    path, result = clean(ds)
    assert result.cleared_bits
    assert (np.frombuffer(pydicom.dcmread(path).PixelData, "<u2") == words & 0x0FFF).all()
    receipt = build_receipt([result], POLICY, DatePolicy.REMOVE)
    kept = {"unchanged": 0, "bits_cleared": 1, "padding_trimmed": 0, "blanked": 0}
    assert receipt["pixels"] == kept


def test_a_sign_in_the_upper_bits_stays_and_an_overlay_goes(clean):
    ds = mr_image()
    ds.PixelRepresentation = 1
    words = np.arange(256, dtype="<i2") - 128
    ds.PixelData = words.tobytes()
    path, result = clean(ds)
    assert not result.cleared_bits
    overlaid = words.astype("<u2") ^ np.uint16(0x4000)
    ds.PixelData = overlaid.tobytes()
    path, result = clean(ds)
    assert result.cleared_bits
    assert (np.frombuffer(pydicom.dcmread(path).PixelData, "<i2") == words).all()


def test_bytes_behind_the_last_pixel_are_left_out(clean):
    ds = mr_image()
    wanted = ds.PixelData
    ds.PixelData = wanted + b"KOWALSKI"
    path, result = clean(to_bytes(ds) + element(0xFFFCFFFC, "OB", b"ZBIGNIEW") + b"MIDDLENAMEX")
    assert pydicom.dcmread(path).PixelData == wanted
    assert result.trimmed_bytes == 8
    assert seeds_in(path.read_bytes()) == []


def test_overlays_curves_and_what_the_standard_does_not_know_are_dropped(clean):
    data = to_bytes(mr_image())
    for tag, vr in ((0x60003000, "OW"), (0x60000022, "LO"), (0x50003000, "OW"), (0x00189999, "LO"),
                    (0x00880200, "SQ"), (0x00080000, "UL")):  # fmt: skip
        value = b"" if vr == "SQ" else b"KOWALSKI" if vr != "UL" else bytes(4)
        data = insert(data, element(tag, vr, value), tag)
    path, _ = clean(data)
    assert seeds_in(path.read_bytes()) == []
    assert not {0x60003000, 0x60000022, 0x50003000, 0x00189999, 0x00880200} & set(scan(path))


@pytest.mark.parametrize(
    ("tag", "vr", "value", "kept"),
    [
        (0x00180081, "UN", b"102 ", b"102 "),  # a known attribute written as UN
        (0x00180081, "LO", b"102 ", b"102 "),  # another text VR
        (0x00180081, "FD", b"12345678", b""),  # a VR that means something else; Type 2 stays
        (0x00180080, "FD", b"12345678", None),
        (0x00180081, "DS", b"KOWALSKI", b""),  # no number
        (0x00180080, "DS", b"KOWALSKI", None),
        (0x00180024, "SH", b"^KOWALSKI", None),  # no technical term
        (0x00180024, "SH", b"se\x1b$B\n ", None),
        (0x00180015, "CS", b"KOWALSKI", None),  # not in the vocabulary
        (0x00181310, "US", b"KOWALSKI" * 9, None),  # more values than the attribute has
        (0x00280106, "SS", b"\0\0", b"\0\0"),  # one of two possible VRs
        (0x00181312, "CS", b"ROW", b"ROW "),  # odd length
    ],
)
def test_a_value_is_kept_only_when_it_is_what_it_should_be(clean, tag, vr, value, kept):
    ds = mr_image()
    if tag in ds:
        del ds[tag]
    path, _ = clean(insert(to_bytes(ds), element(tag, vr, value), tag))
    assert scan(path).value(tag) == kept
    assert seeds_in(path.read_bytes()) == []


def test_a_kept_sequence_written_as_un_is_rebuilt(clean):
    ds = mr_image()
    value = to_bytes(ds, ImplicitVRLittleEndian)
    header = parse(value)
    found = next(one for one in header.elements if one[0] == 0x00081140)
    raw = value[found[3] : found[4]]
    del ds.ReferencedImageSequence
    path, _ = clean(insert(to_bytes(ds), element(0x00081140, "UN", raw), 0x00081140))
    assert len(pydicom.dcmread(path).ReferencedImageSequence) == 2
    assert seeds_in(path.read_bytes()) == []


def test_a_name_in_a_kept_text_is_quarantined(clean, tmp_path):
    ds = mr_image()
    ds.ReceiveCoilName = "Kowalski"
    with pytest.raises(ImagingError) as caught:
        clean(ds)
    assert caught.value.code is Code.UNSAFE
    assert "owalski" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_the_identity_of_the_whole_study_is_looked_for(clean, tmp_path):
    ds = mr_image()
    ds.ReceiveCoilName = "Jablonska"
    clean(ds)
    other = mr_image(11)
    other.PatientBirthName = "Jablonska^Ewa"
    (tmp_path / "other").write_bytes(to_bytes(other))
    context = replace(
        CONTEXT, identity=frozenset(identity_values(scan(tmp_path / "other"), POLICY))
    )
    with pytest.raises(ImagingError):
        clean(ds, context)


@pytest.mark.parametrize(
    ("character_set", "name"),
    [("ISO_IR 101", "Żółtowski"), ("ISO_IR 144", "Гражданин"), ("ISO_IR 192", "Müller"),
     ("ISO_IR 100", "Åström"), ("ISO_IR 6", "Smithson"), ("NONSENSE", "Smithson")],
)  # fmt: skip
@pytest.mark.parametrize("form", [str, str.upper, str.lower])
@pytest.mark.parametrize("encoding", ["utf-8", "same", "utf-16-le", "utf-16-be"])
def test_names_are_found_in_their_own_and_in_other_encodings(character_set, name, encoding, form):
    codec = {"ISO_IR 101": "iso8859-2", "ISO_IR 144": "iso8859-5", "ISO_IR 192": "utf-8"}.get(
        character_set, "latin-1"
    )
    data = to_bytes(mr_image())
    raw = name.upper().encode(codec)  # as in many headers
    data = data.replace(b"KOWALSKI^ZBIGNIEW^MIDDLENAMEX ", raw.ljust(30))
    data = data.replace(element(0x00080005, "CS", b"ISO_IR 100"),
                        element(0x00080005, "CS", character_set.ljust(10).encode()))  # fmt: skip
    residues = Residues(identity_values(parse(data), POLICY), frozenset())
    written = form(name).encode(codec if encoding == "same" else encoding)
    assert residues.occur_in(b"\x08\x00..LO\x10\x00" + written + b"\x10\0")


def test_words_that_point_to_nobody_are_no_residue():
    residues = Residues(["SIEMENS Hospital", "20", "MR1"], POLICY.identity_vocabulary)
    assert not residues.occur_in(b"SIEMENS hospital 20 MR1")


def test_digits_count_only_as_a_whole():
    residues = Residues(["255486"], frozenset())
    assert not residues.occur_in(b"123.255486")
    assert residues.occur_in(b"id 255486 ")


@pytest.mark.parametrize("broken", ["head", "tag", "pixels", "preamble"])
def test_a_mistake_of_the_writer_is_seen_by_the_second_reader(clean, monkeypatch, tmp_path, broken):
    right = deidentify._read_head

    def lie(handle, length):
        data = right(handle, length)
        if broken == "head":
            return data[:400]
        if broken == "preamble":
            return b"MZ" + data[2:]
        return data.replace(element(0x00180081, "DS", b"102 "), element(0x00180081, "DS", b"x"))

    if broken == "pixels":
        monkeypatch.setattr(PixelCopy, "matches", lambda *_: False)
    else:
        monkeypatch.setattr(deidentify, "_read_head", lie)
    with pytest.raises(ImagingError) as caught:
        clean(mr_image())
    assert caught.value.code is Code.UNSAFE
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_file_that_changes_between_reading_and_writing_is_refused(tmp_path):
    """Where its pixels were, other bytes may lie now: a name, for one."""
    source = tmp_path / "source"
    source.write_bytes(to_bytes(mr_image()))
    with open_admitted(source) as admitted:
        draft = draft_instance(admitted, CONTEXT)
    source.write_bytes(to_bytes(mr_image())[::-1])
    with pytest.raises(ImagingError) as caught:
        publish(draft, source, tmp_path / "clean", CONTEXT)
    assert caught.value.code is Code.UNSAFE
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_what_is_remembered_of_other_files_changes_no_output(tmp_path):
    """Files cleaned one after another with one context come out as each does alone."""
    objects = mr_image(), enhanced_mr(), legacy_mr()
    kinds = [to_bytes(one, syntax) for one in objects for syntax in NATIVE]

    def cleaned(data, context):
        (tmp_path / "source").write_bytes(data)
        deidentify_instance(tmp_path / "source", tmp_path / "clean", context)
        return (tmp_path / "clean").read_bytes()

    shared = replace(CONTEXT)
    assert [cleaned(one, shared) for one in kinds * 2] == [
        cleaned(one, replace(CONTEXT)) for one in kinds * 2
    ]


def test_memory_of_elements_is_bounded(clean, monkeypatch):
    monkeypatch.setattr(rewrite, "MAX_REMEMBERED", 3)
    context = replace(CONTEXT)
    first = clean(mr_image(), context)[0].read_bytes()
    assert first == clean(mr_image(), replace(CONTEXT))[0].read_bytes()
    assert len(context.rewriter(explicit=True)._remembered) <= 3


def test_a_full_disk_is_no_fault_of_the_file(clean, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(PixelCopy, "write_to", full)
    with pytest.raises(OSError, match="space"):
        clean(mr_image())
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_mistake_of_ours_quotes_nothing(clean, monkeypatch):
    def fail(*_):
        raise KeyError("KOWALSKI")

    monkeypatch.setattr(PixelCopy, "write_to", fail)
    with pytest.raises(ImagingError) as caught:
        clean(mr_image())
    assert (caught.value.code, str(caught.value)) == (Code.UNEXPECTED, "UNEXPECTED: KeyError")


@pytest.mark.parametrize("case_code", ["", "a", "CASE 1", "x" * 33, "CASE^1", "-CASE"])
def test_a_case_code_has_plain_characters(case_code):
    with pytest.raises(ValueError, match="case code"):
        replace(CONTEXT, case_code=case_code)


def test_a_label_has_plain_characters():
    with pytest.raises(ValueError, match="label"):
        replace(CONTEXT, series_label="T2\\SAG")


def test_the_receipt_counts_and_quotes_nothing(clean):
    receipt = build_receipt([clean(mr_image())[1]], POLICY, DatePolicy.REMOVE)
    assert receipt["profile"] == POLICY.version
    assert receipt["instances"] == 1
    removed = receipt["removed"]
    assert isinstance(removed, dict)
    assert removed["Names of people"]["elements"] >= 5
    assert removed["Private elements of the vendor"]["elements"] >= 4
    assert "OperatorsName" in removed["Names of people"]["attributes"]
    assert seeds_in(json.dumps(receipt).encode()) == []


def run_command(capsys, *arguments):
    code = __main__.main(["deidentify", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_the_command_cleans_a_folder_and_prints_json(tmp_path, capsys):
    source = tmp_path / "source"
    source.mkdir()
    write(source, [mr_image(number) for number in range(10, 14)])
    (source / "readme.txt").write_text("no image")
    (source / "copy").write_bytes((source / "IM0000").read_bytes())
    code, out = run_command(capsys, source, tmp_path / "out", "--case-code", "CASE-9", "--json")
    result = json.loads(out)
    assert code == 0
    assert len(result["written"]) == 4
    assert {one["code"] for one in result["refused"]} == {"DUPLICATE", "NOT-DICOM"}
    assert result["receipt"]["instances"] == 4
    assert result["receipt"]["text_searched"] is True
    for one in result["written"]:
        data = (tmp_path / "out" / one["path"]).read_bytes()
        assert seeds_in(data) == []


def test_the_command_gives_the_same_bytes_for_the_same_key(tmp_path, capsys):
    source, key = tmp_path / "source", tmp_path / "key"
    source.mkdir()
    write(source, [mr_image()])
    key.write_text("ab" * 32)
    for name in ("a", "b"):
        run_command(capsys, source, tmp_path / name, "--case-code", "C-9", "--key-file", key)
    first, second = [next((tmp_path / name).rglob("*.dcm")).read_bytes() for name in ("a", "b")]
    assert first == second


def test_refused_files_are_no_error(tmp_path, capsys):
    (tmp_path / "x").write_text("no image")
    assert run_command(capsys, tmp_path / "x", tmp_path / "out", "--case-code", "C-9")[0] == 0


def test_an_empty_folder_is_nothing_to_read(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run_command(capsys, tmp_path / "empty", tmp_path / "out", "--case-code", "C-9")[0] == 1


@pytest.mark.parametrize("wrong", ["source", "destination", "code", "key"])
def test_wrong_arguments_are_told_apart(tmp_path, capsys, wrong):
    source, destination = tmp_path / "source", tmp_path / "out"
    for folder in (source, destination):
        folder.mkdir()
    arguments = [source, destination, "--case-code", "CASE-9"]
    if wrong == "source":
        arguments[0] = tmp_path / "absent"
    elif wrong == "destination":
        (destination / "x").touch()
    elif wrong == "code":
        arguments[3] = "no code"
    else:
        (tmp_path / "key").write_text("abcd")
        arguments += ["--key-file", tmp_path / "key"]
    assert run_command(capsys, *arguments)[0] == 2


def test_the_study_in_the_seeds_is_one(clean):
    assert {clean(make())[1].study_instance_uid for make in (mr_image, enhanced_mr)} == {
        CONTEXT.uids.map(STUDY.encode()).decode()
    }


def test_an_object_without_optional_attributes_passes(clean):
    ds = Dataset()
    full = mr_image()
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"):
        setattr(ds, keyword, getattr(full, keyword))
    for keyword in ("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "PixelData",
                    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"):  # fmt: skip
        setattr(ds, keyword, getattr(full, keyword))
    ds["PixelData"].VR = "OW"
    read = pydicom.dcmread(clean(ds)[0])
    assert read.PatientID == "CASE-1234"
    assert "PatientSex" not in read
