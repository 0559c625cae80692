"""Ways to make one good MR file bad: what the table of `imaging.synthetic.file_faults` is made of.

A good file is the bytes of a classic MR image in Explicit VR Little Endian with 16-bit pixels.
"""

import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Final, TypeAlias

import pydicom
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian

from imaging.synthetic.carriers import Carrier
from imaging.synthetic.compress import compress
from imaging.synthetic.raw import (
    ITEM_END,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    element,
    insert,
    item,
    meta_end,
    pixels_at,
    replaced,
    with_frame,
    with_items,
    with_meta,
    with_syntax,
    without,
)

Spoil: TypeAlias = Callable[[bytes], bytes]

NAME: Final = b"KOWALSKI^ZBIGNIEW "  # of nobody: for places where a name must not be passed on
RLE_HEAD: Final = struct.pack("<16I", 2, 64, 68, *[0] * 13)
REFERENCED_IMAGES, LONG_TEXT, ICON = 0x00081140, 0x00204001, 0x00880200
_ELEMENTS_BEYOND: Final = 100_001  # items of one element each: two elements an item


def always(data: bytes) -> Spoil:
    """Return other bytes, whatever the good file was."""
    return lambda _good: data


def noise(length: int = 5000) -> bytes:
    """Return random bytes, the same ones each time."""
    return random.Random(1).randbytes(length)  # noqa: S311 - nothing secret


def archive() -> bytes:
    """Return a zip of one small text, padded to the length of a preamble at least."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as found:
        found.writestr(zipfile.ZipInfo("KOWALSKI.txt"), "KOWALSKI")
    return stream.getvalue().ljust(500, b"\0")


def putting(tag: int, vr: str, value: bytes) -> Spoil:
    """Give one element another value, or add it."""
    return lambda good: replaced(good, tag, vr, value)


def number(tag: int, value: int) -> Spoil:
    """Give one element of VR US another value."""
    return putting(tag, "US", struct.pack("<H", value))


def inserting(raw: bytes, tag: int) -> Spoil:
    """Put raw bytes where an element of this tag belongs, beside one that is there."""
    return lambda good: insert(good, raw, tag)


def syntax(uid: str) -> Spoil:
    """Name another transfer syntax and leave the data set as it is."""
    return lambda good: with_syntax(good, uid)


def of_class(uid: str) -> Spoil:
    """Name another SOP class, in the file meta and in the data set."""
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return lambda good: with_meta(replaced(good, 0x00080016, "UI", value), 0x0002, uid)


def directory(good: bytes) -> bytes:
    """Return a DICOMDIR whose file leads out of the disc."""
    spoilt = of_class("1.2.840.10008.1.3.10")(good)
    return replaced(spoilt, 0x00041500, "CS", b"..\\..\\etc ")


def cut_at(place: Callable[[bytes], int]) -> Spoil:
    """Cut the file off there."""
    return lambda good: good[: place(good)]


def pixels(share: float) -> Spoil:
    """Keep this share of the pixels, with a length that says so."""

    def spoil(good: bytes) -> bytes:
        values = good[pixels_at(good) + 12 :]
        kept = values[: int(len(values) * share) // 2 * 2]
        return good[: pixels_at(good)] + element(PIXEL_DATA, "OW", kept)

    return spoil


def deflated(good: bytes) -> bytes:
    """Return the file in the deflated transfer syntax, rightly written."""
    named = with_syntax(good, DeflatedExplicitVRLittleEndian)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    packed = packer.compress(named[meta_end(named) :]) + packer.flush()
    return named[: meta_end(named)] + packed


def deflate_bomb(good: bytes) -> bytes:
    """Return 1.5 MB that would inflate to 1.5 GB."""
    named = with_syntax(good, DeflatedExplicitVRLittleEndian)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
    return named[: meta_end(named)] + block * 90 + packer.flush()


def nested(levels: int) -> Spoil:
    """Put a sequence of so many levels into the file."""
    head = element(REFERENCED_IMAGES, "SQ", b"", UNDEFINED) + item(b"", UNDEFINED)

    def spoil(good: bytes) -> bytes:
        deep = head * levels + (ITEM_END + SEQUENCE_END) * levels
        return insert(without(good, REFERENCED_IMAGES), deep, REFERENCED_IMAGES)

    return spoil


def long_text(vr: str, length: int) -> Spoil:
    """Put a text of so many characters into the file."""
    return lambda good: insert(good, element(LONG_TEXT, vr, b"x" * length), LONG_TEXT)


def many_elements(good: bytes) -> bytes:
    """Put more elements into the file than any image has."""
    items = item(element(0x00080100, "SH", b"")) * _ELEMENTS_BEYOND
    return insert(good, element(0x00082112, "SQ", items), 0x00082112)


def implicit_called_explicit(good: bytes) -> bytes:
    """Write the file in Implicit VR and leave the name of the explicit syntax in its meta."""
    dataset, stream = _read(good), BytesIO()
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(stream, implicit_vr=True, little_endian=True, enforce_file_format=True)
    return with_syntax(stream.getvalue(), "1.2.840.10008.1.2.1")


def fragments_called_uncompressed(good: bytes) -> bytes:
    """Put fragments in place of the pixels of an uncompressed file."""
    head = element(PIXEL_DATA, "OW", b"", UNDEFINED)
    return good[: pixels_at(good)] + head + item(b"") + item(b"xx") + SEQUENCE_END


def frame(uid: str, codestream: bytes) -> Spoil:
    """Put this in place of the pixels, as the codestream of one frame."""
    return lambda good: with_frame(good, uid, codestream)


def items(uid: str, raw: bytes) -> Spoil:
    """Put these items in place of the pixels, as those of a compressed picture."""
    return lambda good: with_items(good, uid, raw)


def j2k(rows: int, columns: int) -> bytes:
    """Return the beginning of a JPEG 2000 codestream of this size, without a picture."""
    sizes = struct.pack(">8I", columns, rows, 0, 0, columns, rows, 0, 0)
    return bytes.fromhex("ff4fff5100290000") + sizes + bytes(20)


def rle(*offsets: int, count: int | None = None) -> bytes:
    """Return an RLE header of these segments and two bytes."""
    said = len(offsets) if count is None else count
    table = [said, *offsets, *[0] * (15 - len(offsets))]
    return struct.pack("<16I", *table) + b"\0\0"


def codestream_of(good: bytes, uid: str) -> bytes:
    """Return the picture of the file, compressed."""
    dataset = _read(good)
    compress(dataset, uid)
    return bytes(next(generate_frames(dataset.PixelData, number_of_frames=1)))


def compressed(uid: str) -> Spoil:
    """Return the same picture, losslessly compressed and without a table of offsets."""
    return lambda good: with_frame(good, uid, codestream_of(good, uid))


def carrying(uid: str, carrier: Carrier) -> Spoil:
    """Hide a name in the compressed picture."""
    return lambda good: with_frame(good, uid, carrier(codestream_of(good, uid), NAME))


def cut_inside(uid: str) -> Spoil:
    """Cut the end out of the compressed picture, but for its end marker."""
    return lambda good: with_frame(good, uid, codestream_of(good, uid)[:-40] + b"\xff\xd9")


def empty_spectrum(uid: str) -> Spoil:
    """Let the scan of a JPEG say that it ends with its first coefficient, as some archives do."""

    def spoil(good: bytes) -> bytes:
        picture = codestream_of(good, uid)
        scan = picture.index(b"\xff\xda")
        end = scan + 6 + 2 * picture[scan + 4]  # T.81 B.2.3: two bytes for each component, then Ss
        return with_frame(good, uid, picture[:end] + b"\0" + picture[end + 1 :])

    return spoil


def compressed_icon(fragments: bytes) -> Spoil:
    """Put an icon into the file whose picture is compressed: these fragments."""
    icon = element(PIXEL_DATA, "OB", fragments, UNDEFINED)
    return lambda good: insert(good, element(ICON, "SQ", item(icon)), ICON)


def icon_beyond_its_item(good: bytes) -> bytes:
    """Let the fragment of an icon swallow the head of the next element, whose value closes it."""
    spoilt = insert(good, element(ICON + 0x704, "LO", SEQUENCE_END), ICON + 0x704)
    return compressed_icon(item(b"", 8))(spoilt)


def surplus_fragment(uid: str) -> Spoil:
    """Hide a name in a fragment behind the compressed picture."""

    def spoil(good: bytes) -> bytes:
        picture = codestream_of(good, uid)
        padded = picture + b"\0" * (len(picture) % 2)
        return with_items(good, uid, item(b"") + item(padded) + item(NAME) + SEQUENCE_END)

    return spoil


def preamble(start: bytes) -> Spoil:
    """Let the file begin as another kind of file does: both programs would take it."""
    return lambda good: start.ljust(128, b"\0")[:128] + good[128:]


def free_text(value: bytes) -> Spoil:
    """Put a text where technical terms are kept: the series' description and the coil's name."""
    return lambda good: replaced(replaced(good, 0x0008103E, "LO", value), 0x00181250, "SH", value)


def wrong_meta_length(good: bytes) -> bytes:
    """Let the file meta say that it is longer than the whole header."""
    return good[:140] + struct.pack("<I", 9999) + good[144:]


def of_its_own(good: bytes, uid: str) -> bytes:
    """Give the file another SOP Instance UID, in its meta and in the data set."""
    value = uid.encode() + b"\0" * (len(uid) % 2)
    return with_meta(replaced(good, 0x00080018, "UI", value), 0x0003, uid)


def _read(good: bytes) -> Dataset:
    return pydicom.dcmread(BytesIO(good))
