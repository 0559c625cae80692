import time

import pytest
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from imaging import elements, gate, parser
from imaging.elements import scan
from imaging.errors import Code, ImagingError
from imaging.gate import SOP_CLASSES, TRANSFER_SYNTAXES, admit
from imaging.synthetic.file_faults import FILE_FAULTS
from imaging.synthetic.raw import ITEM_END, SEQUENCE_END, element, insert, item, with_syntax
from tests.imaging.objects import enhanced_mr, legacy_mr, mr_image, to_bytes


@pytest.mark.parametrize("make", [mr_image, enhanced_mr, legacy_mr])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_an_mr_image_is_admitted(make, syntax):
    result = admit(to_bytes(make(), syntax))
    assert result.code is Code.OK
    assert (result.rows, result.columns) == (16, 16)
    assert result.transfer_syntax_uid == syntax


def test_a_path_and_its_bytes_are_judged_alike(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(to_bytes(mr_image()))
    assert admit(path) == admit(path.read_bytes())


def test_nothing_is_asked_of_an_empty_file(tmp_path):
    (tmp_path / "x").touch()
    assert admit(tmp_path / "x").code is admit(b"").code is Code.EMPTY


def test_a_file_beyond_the_size_limit_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(gate, "MAX_FILE_SIZE", 100)
    monkeypatch.setattr(gate, "mapped", None)
    (tmp_path / "x").write_bytes(bytes(101))
    assert admit(tmp_path / "x").code is Code.TOO_BIG


def test_the_magic_stands_at_128():
    data = to_bytes(mr_image())
    assert admit(data[128:]).code is Code.NOT_DICOM
    assert admit(data[:128] + b"dicm" + data[132:]).code is Code.NOT_DICOM


def test_another_kind_of_object_is_left_out():
    ds = mr_image()
    ds.SOPClassUID = CTImageStorage
    assert admit(to_bytes(ds)).code is Code.KIND


def test_the_kind_in_the_data_set_counts_too():
    data = to_bytes(mr_image())
    mr, ct = b"1.2.840.10008.5.1.4.1.1.4\0", b"1.2.840.10008.5.1.4.1.1.2\0"
    inside = data.rindex(element(0x00080016, "UI", mr))
    assert admit(data[:inside] + data[inside:].replace(mr, ct, 1)).code is Code.KIND


def test_two_kinds_of_mr_in_one_file_are_damage():
    ds = enhanced_mr()
    data = to_bytes(ds)
    enhanced = b"1.2.840.10008.5.1.4.1.1.4.1\0"
    meta_end = data.index(element(0x00020003, "UI", b"")[:4])
    classic = enhanced.replace(b".4.1\0", b".4\0\0\0")
    assert admit(data[:meta_end].replace(enhanced, classic) + data[meta_end:]).code is Code.DAMAGED


@pytest.mark.parametrize(
    "syntax",
    [ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, "1.2.3", "1.2.840.10008.1.2.4.100"],
)
def test_a_transfer_syntax_that_is_not_listed_is_refused(syntax):
    assert admit(with_syntax(to_bytes(mr_image()), syntax)).code is Code.SYNTAX


def test_no_transfer_syntax_is_refused():
    data = to_bytes(mr_image()).replace(element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0"), b"")
    assert admit(data).code is Code.SYNTAX


def test_a_deflate_bomb_is_refused_at_once():
    bomb = FILE_FAULTS["deflate-bomb"].spoil(to_bytes(mr_image()))
    start = time.process_time()
    assert admit(bomb).code is Code.SYNTAX
    assert time.process_time() - start < 0.05
    assert len(bomb) > 1_400_000


def test_the_lists_hold_what_the_design_allows():
    assert len(SOP_CLASSES) == 3
    assert len(TRANSFER_SYNTAXES) == 14


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
@pytest.mark.parametrize("value", [None, "", "   "])
def test_an_image_that_says_not_where_it_belongs_is_missing_something(keyword, value):
    data = to_bytes(mr_image())
    tag = {"SOPInstanceUID": 0x00080018, "StudyInstanceUID": 0x0020000D}.get(keyword, 0x0020000E)
    start = data.rindex(element(tag, "UI", b"")[:6])
    end = start + 8 + int.from_bytes(data[start + 6 : start + 8], "little")
    new = b"" if value is None else element(tag, "UI", value.ljust(4).encode() if value else b"")
    assert admit(data[:start] + new + data[end:]).code is Code.MISSING


def nested(levels: int, *, defined: bool) -> bytes:
    inner = b""
    for _ in range(levels):
        if defined:
            inner = element(0x00081140, "SQ", item(inner))
        else:
            body = item(inner, 0xFFFFFFFF) + ITEM_END + SEQUENCE_END
            inner = element(0x00081140, "SQ", body, 0xFFFFFFFF)
    return inner


@pytest.mark.parametrize("defined", [True, False])
def test_nesting_ends_at_twenty(defined):
    ds = mr_image()
    del ds.ReferencedImageSequence
    data = to_bytes(ds)
    assert admit(insert(data, nested(20, defined=defined), 0x00081141)).code is Code.OK
    assert admit(insert(data, nested(21, defined=defined), 0x00081141)).code is Code.LIMIT


def test_elements_end_at_their_limit(monkeypatch):
    data = to_bytes(mr_image())
    count = len(elements.parse(data).elements)
    monkeypatch.setattr(parser, "MAX_ELEMENTS", count + 100)
    assert admit(data).code is Code.OK
    monkeypatch.setattr(parser, "MAX_ELEMENTS", count // 2)
    assert admit(data).code is Code.LIMIT


def test_a_text_ends_at_64_kib():
    data = to_bytes(mr_image())
    fits = element(0x00204001, "UT", b"x" * 65536)
    beyond = element(0x00204001, "UT", b"x" * 65538)
    assert admit(insert(data, fits, 0x00204001)).code is Code.OK
    assert admit(insert(data, beyond, 0x00204001)).code is Code.LIMIT


def test_private_bulk_is_no_text():
    data = to_bytes(mr_image())
    csa = element(0x00291020, "OB", bytes(100_000))
    ds = mr_image()
    for tag in [tag for tag in ds.keys() if tag.is_private]:  # noqa: SIM118 - a data set
        del ds[tag]
    data = to_bytes(ds)
    assert admit(insert(data, csa, 0x00291020)).code is Code.OK


def test_a_cut_off_copy_is_told_from_a_damaged_one():
    data = to_bytes(mr_image())
    assert admit(data[:-2]).code is Code.CUT_OFF
    assert admit(data[: len(data) // 2]).code is Code.CUT_OFF
    assert admit(data[:200]).code is Code.CUT_OFF
    ds = mr_image()
    ds.Rows = 17
    assert admit(to_bytes(ds)).code is Code.DAMAGED


@pytest.mark.parametrize(
    ("keyword", "value", "code"),
    [
        ("Rows", 0, Code.DAMAGED),
        ("Columns", 65535, Code.DAMAGED),
        ("SamplesPerPixel", 2, Code.DAMAGED),
        ("SamplesPerPixel", 3, Code.DAMAGED),
        ("BitsAllocated", 12, Code.DAMAGED),
        ("BitsAllocated", 32, Code.DAMAGED),
        ("BitsStored", 0, Code.DAMAGED),
        ("BitsStored", 17, Code.DAMAGED),
        ("HighBit", 16, Code.DAMAGED),
        ("HighBit", 3, Code.DAMAGED),
        ("PixelRepresentation", 2, Code.DAMAGED),
        ("NumberOfFrames", "0", Code.DAMAGED),
        ("NumberOfFrames", "-1", Code.DAMAGED),
        ("NumberOfFrames", "25000", Code.LIMIT),
        ("NumberOfFrames", "999999999", Code.LIMIT),
        ("PhotometricInterpretation", "PALETTE COLOR", Code.KIND),
        ("PhotometricInterpretation", "", Code.DAMAGED),
    ],
)
def test_an_impossible_pixel_module_is_refused(keyword, value, code):
    ds = mr_image()
    setattr(ds, keyword, value)
    assert admit(to_bytes(ds)).code is code


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "PixelRepresentation"])
def test_a_pixel_module_with_a_hole_is_damaged(keyword):
    ds = mr_image()
    delattr(ds, keyword)
    assert admit(to_bytes(ds)).code is Code.DAMAGED


def test_no_pixels_are_a_cut_off_copy_and_empty_ones_damage():
    ds = mr_image()
    ds.PixelData = b""
    assert admit(to_bytes(ds)).code is Code.DAMAGED
    del ds.PixelData
    assert admit(to_bytes(ds)).code is Code.CUT_OFF


def test_scan_reads_any_kind_of_object(tmp_path):
    ds = mr_image()
    ds.SOPClassUID = CTImageStorage
    (tmp_path / "x").write_bytes(to_bytes(ds, ImplicitVRLittleEndian))
    header = scan(tmp_path / "x")
    assert header.text(0x00080016) == CTImageStorage
    assert header.value(0x00180081) == b"102 "
    references = [one.text(0x00081150) for one in header.items(0x00081140)]
    assert references == ["1.2.840.10008.5.1.4.1.1.4"] * 2
    assert header.value(0x00181314) == b"150 "
    assert 0x00189999 not in header
    assert header.items(0x00180081) == []


def test_scan_says_why_it_cannot(tmp_path):
    (tmp_path / "x").write_bytes(b"no image")
    with pytest.raises(ImagingError) as caught:
        scan(tmp_path / "x")
    assert caught.value.code is Code.NOT_DICOM
