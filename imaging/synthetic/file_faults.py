"""Every kind of bad file that we know of, and of odd ones that are read all the same.

The kinds are those of the design note on security; each has the code of `imaging.errors` that it
must end with. ``manage.py make_study --bad-file KIND`` writes one, and the tests go over all.
"""

import struct
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from imaging.errors import Code
from imaging.synthetic import spoiling as by
from imaging.synthetic.build import build_study
from imaging.synthetic.carriers import (
    behind_the_end,
    between_the_segments,
    in_the_main_header,
    jpeg_with,
)
from imaging.synthetic.headers import synthetic_uid
from imaging.synthetic.plans import CATALOGUE
from imaging.synthetic.raw import (
    ITEM_END,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    element,
    item,
    meta_end,
    pixels_at,
)

ROWS, COLUMNS, SAMPLES, PHOTOMETRIC = 0x00280010, 0x00280011, 0x00280002, 0x00280004
FRAMES, ALLOCATED, STORED, HIGH = 0x00280008, 0x00280100, 0x00280101, 0x00280102
ECHO_TIME, COMMENTS, LONG_TEXT = 0x00180081, 0x00204000, by.LONG_TEXT


class FileFault(NamedTuple):
    """How the bytes of a good file become those of another kind, and the code they end with.

    `later` says that the gate admits the file: only a decoder, or the second reading of what would
    be passed on, finds the fault.
    """

    spoil: by.Spoil
    code: Code = Code.OK
    later: bool = False


def _all(code: Code, kinds: dict[str, by.Spoil], *, later: bool = False) -> dict[str, FileFault]:
    return {kind: FileFault(spoil, code, later) for kind, spoil in kinds.items()}


_NOT_DICOM = _all(Code.NOT_DICOM, {
    "one-byte": by.always(b"D"),
    "random": by.always(by.noise()),
    "text": by.always(b"Dear doctor,\n" * 50),
    "jpeg": by.always(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(500)),
    "png": by.always(b"\x89PNG\r\n\x1a\n" + bytes(500)),
    "pdf": by.always(b"%PDF-1.7\n" + bytes(500)),
    "svg": by.always(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>" * 9),
    "exe": by.always(b"MZ" + bytes(500)),
    "elf": by.always(b"\x7fELF" + bytes(500)),
    "zip": by.always(by.archive()),
    "preamble-only": lambda good: good[:128],
    "no-preamble": lambda good: good[132:],
    "no-magic": lambda good: good[:128] + b"DICX" + good[132:],
})  # fmt: skip
_CUT_OFF = _all(Code.CUT_OFF, {
    "magic-only": lambda good: good[:132],
    "cut-in-the-meta-length": lambda good: good[:140],
    "cut-in-the-meta": by.cut_at(lambda good: meta_end(good) - 20),
    "cut-in-an-element": by.cut_at(lambda good: meta_end(good) + 3),
    "cut-in-the-header": by.cut_at(lambda good: pixels_at(good) // 2),
    "cut-before-the-pixels": by.cut_at(pixels_at),
    "cut-in-the-pixel-element": by.cut_at(lambda good: pixels_at(good) + 6),
    "cut-in-the-pixels": lambda good: good[:-100],
    "length-of-4-gib": by.inserting(element(LONG_TEXT, "UT", b"x", 0xFFFFFFFE), LONG_TEXT),
    "length-of-65535": by.inserting(element(COMMENTS, "LT", b"xx", 65535), COMMENTS),
    "explicit-called-implicit": by.syntax("1.2.840.10008.1.2"),
    "no-fragments": by.items(RLELossless, SEQUENCE_END),
    "no-frame": by.items(RLELossless, item(b"") + SEQUENCE_END),
    "fragments-not-closed": by.items(RLELossless, item(b"") + item(b"xx")),
    "icon-beyond-the-end": by.compressed_icon(item(b"x", 0xFFFFFF0) + SEQUENCE_END),
    "fragment-cut": by.items(RLELossless, item(b"") + item(b"xx", 99)),
})  # fmt: skip
_SYNTAX = _all(Code.SYNTAX, {
    "no-transfer-syntax": by.syntax(""),
    "unknown-transfer-syntax": by.syntax("1.2.3.4"),
    "private-transfer-syntax": by.syntax("1.3.46.670589.33.1.4.1"),
    "big-endian": by.syntax("1.2.840.10008.1.2.2"),
    "deflated": by.deflated,
    "deflate-bomb": by.deflate_bomb,
    "jpip": by.syntax("1.2.840.10008.1.2.4.94"),
    "video": by.syntax("1.2.840.10008.1.2.4.100"),
})  # fmt: skip
_KIND = _all(Code.KIND, {
    "dicomdir": by.directory,
    "ct": by.of_class("1.2.840.10008.5.1.4.1.1.2"),
    "rt-plan": by.of_class("1.2.840.10008.5.1.4.1.1.481.5"),
    "report": by.of_class("1.2.840.10008.5.1.4.1.1.88.33"),
    "encapsulated-pdf": by.of_class("1.2.840.10008.5.1.4.1.1.104.1"),
    "secondary-capture": by.of_class("1.2.840.10008.5.1.4.1.1.7"),
    "spectroscopy": by.of_class("1.2.840.10008.5.1.4.1.1.4.2"),
    "colour-mr": by.of_class("1.2.840.10008.5.1.4.1.1.4.3"),
    "private-class": by.of_class("1.3.12.2.1107.5.9.1"),
    "palette": by.putting(PHOTOMETRIC, "CS", b"PALETTE COLOR "),
})  # fmt: skip
_MISSING = _all(Code.MISSING, {
    "cut-behind-the-meta": by.cut_at(meta_end),
    "no-study": by.putting(0x0020000D, "UI", b""),
    "no-series": by.putting(0x0020000E, "UI", b""),
    "no-instance": by.putting(0x00080018, "UI", b""),
    "no-class": by.putting(0x00080016, "UI", b""),
})  # fmt: skip
_LIMIT = _all(Code.LIMIT, {
    "nested-21-deep": by.nested(21),
    "nested-100-deep": by.nested(100),
    "nested-300-deep": by.nested(300),
    "nested-100000-deep": by.nested(100_000),
    "200000-elements": by.many_elements,
    "icon-of-200000-fragments": by.compressed_icon(item(b"") * 200_000 + SEQUENCE_END),
    "20-mb-of-text": by.long_text("UT", 20_000_000),
    "200-kb-name": by.long_text("UC", 200_000),
    "20001-frames": by.putting(FRAMES, "IS", b"20001 "),
})  # fmt: skip
_IMPOSSIBLE_PIXELS = _all(Code.DAMAGED, {
    "no-pixels": by.pixels(0),
    "half-the-pixels": by.pixels(0.5),
    "no-rows": by.number(ROWS, 0),
    "60000-rows": lambda good: by.number(ROWS, 60000)(by.number(COLUMNS, 60000)(good)),
    "16000-rows": lambda good: by.number(ROWS, 16000)(by.number(COLUMNS, 16000)(good)),
    "text-for-rows": by.putting(ROWS, "US", b"sixteen "),
    "2-billion-frames": by.putting(FRAMES, "IS", b"2000000000"),
    "no-frames": by.putting(FRAMES, "IS", b"0 "),
    "half-a-frame": by.putting(FRAMES, "IS", b"0.5 "),
    "more-frames-than-pixels": by.putting(FRAMES, "IS", b"2 "),
    "1-bit": by.number(ALLOCATED, 1),
    "64-bits": by.number(ALLOCATED, 64),
    "more-bits-than-room": by.number(STORED, 20),
    "high-bit-nowhere": by.number(HIGH, 200),
    "4-samples": by.number(SAMPLES, 4),
    "odd-colours": by.putting(PHOTOMETRIC, "CS", b"HSV "),
})  # fmt: skip
_BROKEN_STRUCTURE = _all(Code.DAMAGED, {
    "unknown-vr": by.inserting(element(COMMENTS, "ZZ", b"xx"), COMMENTS),
    "binary-vr": lambda good: good.replace(b"\x18\0\x81\0DS", b"\x18\0\x81\0\1\2"),
    "duplicate-tags": by.inserting(element(ECHO_TIME, "DS", b"1 "), ECHO_TIME),
    "unordered-tags": by.inserting(element(0x00100010, "PN", b"X "), 0x00200010),
    "unclosed-sequence": by.inserting(element(LONG_TEXT, "SQ", b"", UNDEFINED), LONG_TEXT),
    "unclosed-item": by.inserting(
        element(LONG_TEXT, "SQ", item(b"", UNDEFINED)), LONG_TEXT),
    "sequence-beyond-its-parent": by.inserting(
        element(0x00081140, "SQ", item(element(0x00081199, "SQ", b"", 99))), 0x00081140),
    "item-beyond-its-sequence": by.inserting(
        element(0x00082112, "SQ", item(b"", 99)), 0x00082112),
    "icon-without-fragments": by.compressed_icon(ITEM_END),
    "icon-not-closed": by.compressed_icon(item(b"") + item(by.NAME)),
    "icon-beyond-its-item": by.icon_beyond_its_item,
    "implicit-called-explicit": by.implicit_called_explicit,
    "another-class-inside": by.putting(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.4.1\0"),
})  # fmt: skip
_BROKEN_PICTURES = _all(Code.DAMAGED, {
    "compressed-by-name-only": by.syntax(JPEG2000Lossless),
    "fragments-called-uncompressed": by.fragments_called_uncompressed,
    "broken-jpeg": by.frame(JPEGBaseline8Bit, b"\xff\xd8no frame header"),
    "text-called-jpeg": by.frame(JPEGBaseline8Bit, b"text"),
    "broken-jpeg-2000": by.frame(JPEG2000Lossless, by.j2k(16, 16)[:20]),
    "60000-rows-in-jpeg-2000": by.frame(JPEG2000Lossless, by.j2k(60000, 60000)),
    "broken-rle": by.frame(RLELossless, b"\1\0\0\0"),
    "rle-segments-nowhere": by.frame(RLELossless, by.rle(64, 9999)),
    "rle-segments-backwards": by.frame(RLELossless, by.rle(64, 60)),
    "too-many-rle-segments": by.frame(RLELossless, by.rle(*[64] * 15)),
    "offset-table-nowhere": by.items(
        RLELossless, item(struct.pack("<I", 999)) + item(by.RLE_HEAD) + SEQUENCE_END),
    "offset-table-too-long": by.items(
        RLELossless, item(bytes(8)) + item(by.RLE_HEAD) + SEQUENCE_END),
    "no-item-in-the-pixels": by.items(RLELossless, b"x" * 90),
})  # fmt: skip
_FOUND_LATER = _all(Code.DAMAGED, {
    "cut-inside-jpeg-2000": by.cut_inside(JPEG2000Lossless),
    "cut-inside-jpeg-ls": by.cut_inside(JPEGLSLossless),
    "rle-of-too-few-pixels": by.frame(RLELossless, by.RLE_HEAD + b"\x7f\0\x7f\0\x7f\1\x7f\1"),
}, later=True) | _all(Code.UNSAFE, {
    "text-in-a-jpeg": by.carrying(JPEGLosslessSV1, jpeg_with(0xFE)),
    "text-in-a-jpeg-2000": by.carrying(JPEG2000Lossless, in_the_main_header),
    "text-behind-a-jpeg-ls": by.carrying(JPEGLSLossless, behind_the_end),
    "text-between-rle-segments": by.carrying(RLELossless, between_the_segments),
    "text-in-a-surplus-fragment": by.surplus_fragment(JPEG2000Lossless),
}, later=True)  # fmt: skip
_ODD = _all(Code.OK, {
    "pe-polyglot": by.preamble(b"MZ\x90"),
    "elf-polyglot": by.preamble(b"\x7fELF"),
    "script-polyglot": by.preamble(b"#!/bin/sh\nrm -rf KOWALSKI"),
    "appended-zip": lambda good: good + by.archive(),
    "wrong-meta-length": by.wrong_meta_length,
    "wrong-group-length": by.inserting(element(0x00100000, "UL", b"\xff" * 4), 0x00100000),
    "script": by.free_text(b"<script>alert(1)</script> "),
    "template": by.free_text(b"{{7*7}}${7*7}"),
    "formula": by.free_text(b"=HYPERLINK(1)   "),
    "nul": by.free_text(b"T2\0KOWALSKI\0"),
    "cr-lf": by.free_text(b"T2\r\nKOWALSKI"),
    "bidi": by.free_text("T2\u202eIKSLAWOK ".encode()),
    "unknown-character-set": by.putting(0x00080005, "CS", b"ISO_IR 999"),
    "broken-character-set": by.putting(0x00100010, "PN", b"\x1b$)C\xff\xfe\x1b  "),
    "impossible-date": by.putting(0x00080020, "DA", b"20249999"),
    "impossible-number": by.putting(ECHO_TIME, "DS", b"1e999 "),
    "comma-number": by.putting(ECHO_TIME, "DS", b"10,2"),
    "uid-with-a-path": by.putting(0x00080018, "UI", b"../../etc/passwd"),
    "uid-too-long": by.putting(0x00080018, "UI", b"1." * 100),
    "uid-differing-from-the-meta": by.putting(0x00080018, "UI", b"1.2.3.4\0"),
    "overlay-with-a-name": by.inserting(element(0x60003000, "OW", b"KOWALSKI"), 0x60003000),
    "icon-with-a-name": by.inserting(
        element(0x00880200, "SQ", item(element(PIXEL_DATA, "OW", b"KOWALSKI"))), 0x00880200),
    "compressed-icon-with-a-name": by.compressed_icon(
        item(b"") + item(by.NAME) + SEQUENCE_END),
    "jpeg-with-an-empty-spectrum": by.empty_spectrum(JPEGExtended12Bit),
    "odd-length": by.putting(ECHO_TIME, "DS", b"102"),
    "private-nested-100000": by.inserting(
        element(0x00110010, "LO", b"X ") + element(0x00111001, "SQ", b"x" * 100_000), 0x00110010),
    "undefined-length-items": by.inserting(
        element(0x00082112, "SQ", item(element(0x00081150, "UI", b""), UNDEFINED) + ITEM_END
                + SEQUENCE_END, UNDEFINED), 0x00082112),
    "no-offset-table": by.compressed(RLELossless),
})  # fmt: skip
FILE_FAULTS: Final[dict[str, FileFault]] = (
    {"empty": FileFault(by.always(b""), Code.EMPTY)}
    | _NOT_DICOM
    | _CUT_OFF
    | _SYNTAX
    | _KIND
    | _MISSING
    | _LIMIT
    | _IMPOSSIBLE_PIXELS
    | _BROKEN_STRUCTURE
    | _BROKEN_PICTURES
    | _FOUND_LATER
    | _ODD
)
"""Kinds by name, for ``manage.py make_study --bad-file``; OK for odd ones that are read."""


def good_file(**switches: Any) -> bytes:
    """Return one small slice, from which the other kinds are made.

    `switches` are those of `build_study`; the file is a classic MR image in Explicit VR Little
    Endian and, as one kind lies about a length of 65,535, smaller than that.
    """
    plan = replace(CATALOGUE["LOC"], rows=64, slices=3)
    with tempfile.TemporaryDirectory() as folder:
        built = build_study(Path(folder), series=[plan], edit=lambda one: one[:1], **switches)
        return built.paths[0].read_bytes()


def write_bad_files(folder: Path, kinds: Iterable[str], good: bytes) -> list[Path]:
    """Write one file of each kind, named after it.

    Parameters
    ----------
    folder : Path
        Where the files go; it is there.
    kinds : keys of `FILE_FAULTS`
    good : bytes
        From `good_file`. Each file gets a SOP Instance UID of its own, so that an odd one is no
        copy of another.

    Raises
    ------
    KeyError
        When a kind is unknown.
    """
    written = []
    for kind in kinds:
        own = by.of_its_own(good, synthetic_uid(by.NAME, kind))
        path = folder / f"{kind}.dcm"
        path.write_bytes(FILE_FAULTS[kind].spoil(own))
        written.append(path)
    return written
