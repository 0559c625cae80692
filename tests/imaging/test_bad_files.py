"""Every kind of bad file that we know of, and thousands that nobody thought of.

Whatever the bytes: a code and no traceback; and what is accepted can be read, holds the pixels its
header promises, and no name.
"""

import random
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import (
    CTImageStorage,
    EncapsulatedPDFStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    MediaStorageDirectoryStorage,
    RLELossless,
    RTPlanStorage,
    SecondaryCaptureImageStorage,
)

from imaging.decode import FrameSource
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.elements import parse
from imaging.errors import Code, Fate, ImagingError
from imaging.gate import admit
from tests.imaging.codestreams import codestream
from tests.imaging.objects import (
    ITEM_END,
    SEQUENCE_END,
    element,
    enhanced_mr,
    insert,
    item,
    legacy_mr,
    mr_image,
    to_bytes,
)
from tests.imaging.test_gate import with_syntax

CONTEXT = DeidentifyContext("CASE-1234", b"k" * 32)
PIXELS = 0x7FE00010
BASE = to_bytes(mr_image())
IMPLICIT = to_bytes(mr_image(), ImplicitVRLittleEndian)
META_END = 144 + int.from_bytes(BASE[140:144], "little")
PIXEL_START = BASE.rindex(struct.pack("<HH2sH", 0x7FE0, 0x0010, b"OW", 0))
FRAGMENT_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
RLE_HEAD = struct.pack("<16I", 2, 64, 68, *[0] * 13)


def changed(**values) -> bytes:
    ds = mr_image()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return to_bytes(ds)


def replaced(tag: int, vr: str, value: bytes) -> bytes:
    """Give one top-level element other bytes, or add it."""
    found = [one for one in parse(BASE).elements if one[0] == tag]
    data = BASE if not found else BASE[: found[0][2]] + BASE[found[0][4] :]
    return insert(data, element(tag, vr, value), tag)


def of_class(sop_class: str, **values) -> bytes:
    return changed(SOPClassUID=sop_class, **values)


def compressed(syntax: str, *frames: bytes, raw: bytes | None = None) -> bytes:
    ds = mr_image()
    ds.PixelData = encapsulate(list(frames) or [b"\0\0"], has_bot=False)
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    data = to_bytes(ds, syntax)
    if raw is None:
        return data
    start = data.rindex(struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF))
    return data[: start + 12] + raw


def j2k(rows: int, columns: int) -> bytes:
    sizes = struct.pack(">8I", columns, rows, 0, 0, columns, rows, 0, 0)
    return bytes.fromhex("ff4fff5100290000") + sizes + bytes(20)


def zipped() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("KOWALSKI.txt", "KOWALSKI")
    return stream.getvalue()


def many_elements() -> bytes:
    items = item(element(0x00080100, "SH", b"")) * 100_001
    return insert(BASE, element(0x00082112, "SQ", items), 0x00082112)


def without_pixels() -> bytes:
    return BASE[:PIXEL_START]


def bombs() -> bytes:
    return with_syntax(BASE, "1.2.840.10008.1.2.1.99")[:META_END] + b"\xed\xc1" * 700_000


IGNORED = {
    "1 byte": b"D",
    "random": random.Random(1).randbytes(5000),
    "text": b"Dear doctor,\n" * 50,
    "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(500),
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(500),
    "PDF": b"%PDF-1.7\n" + bytes(500),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>" * 9,
    "EXE": b"MZ" + bytes(500),
    "ELF": b"\x7fELF" + bytes(500),
    "zip": zipped().ljust(500, b"\0"),
    "no preamble": BASE[132:],
    "no magic": BASE[:128] + b"DICX" + BASE[132:],
}
BAD = {
    **{name: (data, Code.NOT_DICOM) for name, data in IGNORED.items()},
    "empty": (b"", Code.EMPTY),
    "preamble only": (bytes(128) + b"DICM", Code.CUT_OFF),
    "cut in the meta length": (BASE[:140], Code.CUT_OFF),
    "cut in the meta": (BASE[: META_END - 20], Code.CUT_OFF),
    "cut behind the meta": (BASE[:META_END], Code.MISSING),
    "cut in an element head": (BASE[: META_END + 3], Code.CUT_OFF),
    "cut in the header": (BASE[: PIXEL_START // 2], Code.CUT_OFF),
    "cut in front of the pixels": (without_pixels(), Code.CUT_OFF),
    "cut in the pixel head": (BASE[: PIXEL_START + 6], Code.CUT_OFF),
    "cut in the pixels": (BASE[:-100], Code.CUT_OFF),
    "no transfer syntax": (with_syntax(BASE, ""), Code.SYNTAX),
    "unknown transfer syntax": (with_syntax(BASE, "1.2.3.4"), Code.SYNTAX),
    "private transfer syntax": (with_syntax(BASE, "1.3.46.670589.33.1.4.1"), Code.SYNTAX),
    "big endian": (with_syntax(BASE, "1.2.840.10008.1.2.2"), Code.SYNTAX),
    "deflated": (with_syntax(BASE, "1.2.840.10008.1.2.1.99"), Code.SYNTAX),
    "deflated bomb": (bombs(), Code.SYNTAX),
    "JPIP": (with_syntax(BASE, "1.2.840.10008.1.2.4.94"), Code.SYNTAX),
    "video": (with_syntax(BASE, "1.2.840.10008.1.2.4.100"), Code.SYNTAX),
    "DICOMDIR": (
        insert(of_class(MediaStorageDirectoryStorage),
               element(0x00041500, "CS", b"..\\..\\etc "), 0x00041500), Code.KIND),
    "CT": (of_class(CTImageStorage), Code.KIND),
    "RT plan": (of_class(RTPlanStorage), Code.KIND),
    "report": (of_class("1.2.840.10008.5.1.4.1.1.88.33"), Code.KIND),
    "encapsulated PDF": (of_class(EncapsulatedPDFStorage), Code.KIND),
    "secondary capture": (of_class(SecondaryCaptureImageStorage), Code.KIND),
    "spectroscopy": (of_class("1.2.840.10008.5.1.4.1.1.4.2"), Code.KIND),
    "colour MR": (of_class("1.2.840.10008.5.1.4.1.1.4.3"), Code.KIND),
    "private class": (of_class("1.3.12.2.1107.5.9.1"), Code.KIND),
    "empty pixels": (changed(PixelData=b""), Code.DAMAGED),
    "half the pixels": (changed(PixelData=bytes(256)), Code.DAMAGED),
    "no rows": (changed(Rows=0), Code.DAMAGED),
    "60,000 rows": (changed(Rows=60000, Columns=60000), Code.DAMAGED),
    "16,000 rows": (changed(Rows=16000, Columns=16000), Code.DAMAGED),
    "text for rows": (replaced(0x00280010, "US", b"sixteen "), Code.DAMAGED),
    "2 billion frames": (changed(NumberOfFrames="2000000000"), Code.DAMAGED),
    "20,001 frames": (changed(NumberOfFrames="20001"), Code.LIMIT),
    "no frames": (changed(NumberOfFrames="0"), Code.DAMAGED),
    "half a frame": (replaced(0x00280008, "IS", b"0.5 "), Code.DAMAGED),
    "more frames than pixels": (changed(NumberOfFrames="2"), Code.DAMAGED),
    "1 bit": (changed(BitsAllocated=1), Code.DAMAGED),
    "64 bits": (changed(BitsAllocated=64), Code.DAMAGED),
    "more bits than room": (changed(BitsStored=20), Code.DAMAGED),
    "high bit nowhere": (changed(HighBit=200), Code.DAMAGED),
    "4 samples": (changed(SamplesPerPixel=4), Code.DAMAGED),
    "odd colours": (changed(PhotometricInterpretation="HSV"), Code.DAMAGED),
    "palette": (changed(PhotometricInterpretation="PALETTE COLOR"), Code.KIND),
    "length of 4 GiB": (
        insert(BASE, element(0x00204001, "UT", b"x", 0xFFFFFFFE), 0x00204001), Code.CUT_OFF),
    "length of 65,535": (
        insert(BASE, element(0x00204000, "LT", b"xx", 65535), 0x00204000), Code.CUT_OFF),
    "unknown VR": (insert(BASE, element(0x00204000, "ZZ", b"xx"), 0x00204000), Code.DAMAGED),
    "binary VR": (BASE.replace(b"\x18\x00\x81\x00DS", b"\x18\x00\x81\x00\1\2"), Code.DAMAGED),
    "duplicate tags": (insert(BASE, element(0x00180081, "DS", b"1 "), 0x00180081), Code.DAMAGED),
    "unordered tags": (insert(BASE, element(0x00100010, "PN", b"X "), 0x00200010), Code.DAMAGED),
    "unclosed sequence": (
        insert(BASE, element(0x00204001, "SQ", b"", 0xFFFFFFFF), 0x00204001), Code.DAMAGED),
    "unclosed item": (
        insert(BASE, element(0x00204001, "SQ", item(b"", 0xFFFFFFFF)), 0x00204001), Code.DAMAGED),
    "sequence longer than its parent": (
        insert(BASE, element(0x00081140, "SQ", item(element(0x00081199, "SQ", b"", 99))),
               0x00081140), Code.DAMAGED),
    "item longer than its sequence": (
        insert(BASE, element(0x00082112, "SQ", item(b"", 99)), 0x00082112), Code.DAMAGED),
    "200,000 elements": (many_elements(), Code.LIMIT),
    "20 MB of text": (
        insert(BASE, element(0x00204001, "UT", b"x" * 20_000_000), 0x00204001), Code.LIMIT),
    "200 kB name": (
        insert(BASE, element(0x00204001, "UC", b"x" * 200_000), 0x00204001), Code.LIMIT),
    "implicit called explicit": (
        IMPLICIT.replace(element(0x00020010, "UI", b"1.2.840.10008.1.2\0"),
                         element(0x00020010, "UI", b"1.2.840.10008.1.2.1\0")), Code.DAMAGED),
    "explicit called implicit": (with_syntax(BASE, "1.2.840.10008.1.2"), Code.CUT_OFF),
    "compressed called so only": (with_syntax(BASE, JPEG2000Lossless), Code.DAMAGED),
    "fragments called uncompressed": (
        with_syntax(BASE, ExplicitVRLittleEndian)[:PIXEL_START]
        + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 0xFFFFFFFF) + item(b"") + item(b"xx")
        + FRAGMENT_END, Code.DAMAGED),
    "broken JPEG": (compressed(JPEGBaseline8Bit, b"\xff\xd8no frame header"), Code.DAMAGED),
    "text called JPEG": (compressed(JPEGBaseline8Bit, b"text"), Code.DAMAGED),
    "broken JPEG 2000": (compressed(JPEG2000Lossless, j2k(16, 16)[:20]), Code.DAMAGED),
    "another size in JPEG 2000": (compressed(JPEG2000Lossless, j2k(60000, 60000)), Code.DAMAGED),
    "broken RLE": (compressed(RLELossless, b"\1\0\0\0"), Code.DAMAGED),
    "RLE segments nowhere": (
        compressed(RLELossless, struct.pack("<16I", 2, 64, 9999, *[0] * 13) + b"\0\0"),
        Code.DAMAGED),
    "RLE segments backwards": (
        compressed(RLELossless, struct.pack("<16I", 2, 64, 60, *[0] * 13) + b"\0\0"), Code.DAMAGED),
    "too many RLE segments": (
        compressed(RLELossless, struct.pack("<16I", 15, *[64] * 15) + b"\0\0"), Code.DAMAGED),
    "offset table nowhere": (
        compressed(RLELossless, raw=item(struct.pack("<I", 999)) + item(RLE_HEAD) + FRAGMENT_END),
        Code.DAMAGED),
    "offset table too long": (
        compressed(RLELossless, raw=item(bytes(8)) + item(RLE_HEAD) + FRAGMENT_END), Code.DAMAGED),
    "no fragments": (compressed(RLELossless, raw=FRAGMENT_END), Code.CUT_OFF),
    "no frame": (compressed(RLELossless, raw=item(b"") + FRAGMENT_END), Code.CUT_OFF),
    "fragments not closed": (compressed(RLELossless, raw=item(b"") + item(b"xx")), Code.CUT_OFF),
    "fragment cut": (compressed(RLELossless, raw=item(b"") + item(b"xx", 99)), Code.CUT_OFF),
    "no item in the pixels": (compressed(RLELossless, raw=b"x" * 90), Code.DAMAGED),
    "no study": (replaced(0x0020000D, "UI", b""), Code.MISSING),
    "no series": (replaced(0x0020000E, "UI", b""), Code.MISSING),
    "no instance": (replaced(0x00080018, "UI", b""), Code.MISSING),
    "no class": (replaced(0x00080016, "UI", b""), Code.MISSING),
    "another class inside": (
        replaced(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.4.1\0"), Code.DAMAGED),
}  # fmt: skip


def text(value: bytes) -> bytes:
    """Put a text into attributes that are kept when they are technical terms."""
    return insert(replaced(0x0008103E, "LO", value), element(0x00181250, "SH", value), 0x00181250)


GOOD = {
    "PE polyglot": to_bytes(mr_image(), preamble=b"MZ\x90".ljust(128, b"K")),
    "ELF polyglot": to_bytes(mr_image(), preamble=b"\x7fELF".ljust(128, b"K")),
    "script polyglot": to_bytes(mr_image(), preamble=b"#!/bin/sh\nrm -rf KOWALSKI".ljust(128)),
    "appended zip": BASE + zipped(),
    "wrong meta length": BASE[:140] + struct.pack("<I", 9999) + BASE[144:],
    "wrong group length": insert(BASE, element(0x00100000, "UL", b"\xff" * 4), 0x00100000),
    "script": text(b"<script>alert(1)</script> "),
    "template": text(b"{{7*7}}${7*7}"),
    "formula": text(b"=HYPERLINK(1)   "),
    "NUL": text(b"T2\0KOWALSKI\0"),
    "CR/LF": text(b"T2\r\nKOWALSKI"),
    "bidi": text("T2\u202eIKSLAWOK ".encode()),
    "unknown character set": replaced(0x00080005, "CS", b"ISO_IR 999"),
    "broken character set": replaced(0x00100010, "PN", b"\x1b$)C\xff\xfe\x1b  "),
    "impossible date": replaced(0x00080020, "DA", b"20249999"),
    "impossible number": replaced(0x00180081, "DS", b"1e999 "),
    "comma number": replaced(0x00180081, "DS", b"10,2"),
    "UID with a path": replaced(0x00080018, "UI", b"../../etc/passwd"),
    "UID too long": replaced(0x00080018, "UI", b"1." * 100),
    "UID differing from the meta": replaced(0x00080018, "UI", b"1.2.3.4\0"),
    "overlay with a name": insert(BASE, element(0x60003000, "OW", b"KOWALSKI"), 0x60003000),
    "icon with a name": insert(
        BASE, element(0x00880200, "SQ", item(element(PIXELS, "OW", b"KOWALSKI"))), 0x00880200),
    "odd length": replaced(0x00180081, "DS", b"102"),
    "private nested 100,000": insert(
        BASE, element(0x00110010, "LO", b"X ") + element(0x00111001, "SQ", b"x" * 100_000),
        0x00110010),
    "undefined length items": insert(
        replaced(0x00081140, "SQ", b""),
        element(0x00082112, "SQ", item(element(0x00081150, "UI", b""), 0xFFFFFFFF) + ITEM_END
                + SEQUENCE_END, 0xFFFFFFFF), 0x00082112),
    "no offset table": compressed(RLELossless, codestream(RLELossless, 16)),
}  # fmt: skip


def code_of(source: Path, destination: Path) -> Code:
    try:
        deidentify_instance(source, destination, CONTEXT)
    except ImagingError as error:
        return error.code
    return Code.OK


#: What only the second reading, or a decoder, finds.
LATER = {Code.UNSAFE, Code.DAMAGED, Code.CUT_OFF, Code.SYNTAX}


def judge(data: bytes, folder: Path) -> Code:
    """De-identify; the gate must say the same, and what comes out must be readable and clean."""
    source, clean = folder / "source", folder / "clean"
    source.write_bytes(data)
    judged, code = admit(data).code, code_of(source, clean)
    if code is not Code.OK:
        assert judged is code or (judged is Code.OK and code in LATER)
        assert not clean.exists()
        return code
    assert judged is Code.OK
    written = clean.read_bytes()
    assert b"kowalski" not in written.lower()
    read = pydicom.dcmread(BytesIO(written))
    frames = int(read.get("NumberOfFrames") or 1)
    if read.file_meta.TransferSyntaxUID.is_compressed:
        shapes = [frame.shape for frame in FrameSource(clean)]
        assert shapes == [(read.Rows, read.Columns)] * frames
    else:
        words = np.frombuffer(read.PixelData, "u1" if read.BitsAllocated == 8 else "<u2")
        wanted = read.Rows * read.Columns * read.SamplesPerPixel * frames
        assert wanted <= len(words) <= wanted + 1
    clean.unlink()
    return Code.OK


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_gets_its_code(kind, tmp_path):
    data, code = BAD[kind]
    assert admit(data).code is code
    assert judge(data, tmp_path) is code
    assert code.fate in (Fate.IGNORED, Fate.REJECTED, Fate.QUARANTINED)


@pytest.mark.parametrize("kind", GOOD)
def test_an_odd_but_readable_file_comes_out_clean(kind, tmp_path):
    assert judge(GOOD[kind], tmp_path) is Code.OK


@pytest.mark.parametrize("levels", [21, 100, 300, 100_000])
def test_a_deep_sequence_is_beyond_the_limit(levels, tmp_path):
    head = struct.pack("<HH2sHI", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + item(b"", 0xFFFFFFFF)
    ds = mr_image()
    del ds.ReferencedImageSequence
    data = insert(to_bytes(ds), head * levels + (ITEM_END + SEQUENCE_END) * levels, 0x00081140)
    assert judge(data, tmp_path) is Code.LIMIT


@pytest.mark.parametrize(
    ("syntax", "frame", "code"),
    [
        (JPEG2000Lossless, j2k(16, 16) + bytes(20), Code.DAMAGED),
        (JPEG2000Lossless, codestream(JPEG2000Lossless, 16)[:-40] + b"\xff\xd9", Code.DAMAGED),
        (JPEGLSLossless, codestream(JPEGLSLossless, 16)[:-40] + b"\xff\xd9", Code.DAMAGED),
        (RLELossless, RLE_HEAD + b"\x7f\0\x7f\0\x7f\1\x7f\1", Code.DAMAGED),
    ],
)
def test_what_the_gate_cannot_see_a_decoder_does(syntax, frame, code, tmp_path):
    data = compressed(syntax, frame)
    assert admit(data).code is Code.OK
    assert judge(data, tmp_path) is code


def test_every_code_has_a_fate():
    assert {code.fate for code in Code} == set(Fate)


SOURCES = [
    BASE,
    IMPLICIT,
    to_bytes(enhanced_mr()),
    to_bytes(legacy_mr(), ImplicitVRLittleEndian),
    GOOD["no offset table"],
    compressed(JPEG2000Lossless, codestream(JPEG2000Lossless, 16)),
    compressed(JPEGLSLossless, codestream(JPEGLSLossless, 16)),
]
RARE = bytes.fromhex("00ff7f80fffe") + b"\\^=SQUNOB"


def mutant(data: bytes, chance: random.Random) -> bytes:
    """Return a file that some accident or somebody with intent has changed."""
    parts = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(128, len(parts)) if len(parts) > 129 else 0
        way = chance.randrange(7)
        if way == 0:
            parts[place] ^= 1 << chance.randrange(8)
        elif way == 1:
            parts[place] = chance.choice(RARE)
        elif way == 2:
            del parts[place : place + chance.choice((1, 2, 4, 8, 100))]
        elif way == 3:
            parts[place:place] = chance.randbytes(chance.choice((1, 2, 8)))
        elif way == 4:
            parts[place : place + 4] = struct.pack("<I", chance.choice((0, 0xFFFFFFFF, 65535, 12)))
        elif way == 5:
            del parts[place:]
        else:
            other = chance.randrange(128, len(parts)) if len(parts) > 129 else 0
            parts[place : place + 16] = parts[other : other + 16]
    return bytes(parts)


@pytest.mark.parametrize("source", range(len(SOURCES)))
def test_mutants_are_coded_or_come_out_clean(source, tmp_path):
    """7,000 in all, the same on every run."""
    chance = random.Random(20261123 + source)
    codes = [judge(mutant(SOURCES[source], chance), tmp_path) for _ in range(1000)]
    assert Code.UNEXPECTED not in codes
    assert {Code.OK, Code.CUT_OFF, Code.DAMAGED} <= set(codes)


@given(st.binary(max_size=600))
@settings(max_examples=150)
def test_any_bytes_get_a_code(data):
    for wrapped in (data, bytes(128) + b"DICM" + data, BASE[:META_END] + data):
        assert admit(wrapped).code is not Code.UNEXPECTED


@given(st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_any_place_get_a_code(tmp_path, data):
    place = data.draw(st.integers(META_END, len(BASE)))
    put = data.draw(st.binary(max_size=40))
    cut = data.draw(st.integers(0, 40))
    assert judge(BASE[:place] + put + BASE[place + cut :], tmp_path) is not Code.UNEXPECTED
