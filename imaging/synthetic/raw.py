"""Explicit VR Little Endian byte by byte: for what pydicom would not write.

Every function takes or returns the bytes of a Part 10 file or of one element of it.
"""

import struct
from typing import Final

from imaging.elements import parse

ITEM_END: Final = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END: Final = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
UNDEFINED: Final = 0xFFFFFFFF
PIXEL_DATA: Final = 0x7FE00010

_LONG_VRS: Final = frozenset({"OB", "OF", "OW", "SQ", "UC", "UN", "UR", "UT"})


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """Return the bytes of one element, with a lie about its length if asked."""
    length = len(value) if length is None else length
    if vr in _LONG_VRS:
        return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length) + value
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length) + value


def item(value: bytes, length: int | None = None) -> bytes:
    """Return the bytes of one item, with a lie about its length if asked."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(value) if length is None else length) + value


def meta_end(data: bytes) -> int:
    """Return where the file meta ends, by its own length."""
    return 144 + int.from_bytes(data[140:144], "little")


def pixels_at(data: bytes) -> int:
    """Return where the element of the uncompressed pixels begins."""
    return data.rindex(element(PIXEL_DATA, "OW", b"")[:8])


def insert(data: bytes, raw: bytes, tag: int) -> bytes:
    """Put raw bytes in front of the first element whose tag is `tag` or higher."""
    position = meta_end(data)
    while position < len(data):
        group, number, vr, length = struct.unpack_from("<HH2sH", data, position)
        if (group << 16) | number >= tag:
            break
        head = 8
        if vr.decode("ascii") in _LONG_VRS:
            head, length = 12, int.from_bytes(data[position + 8 : position + 12], "little")
        position += head + length
    return data[:position] + raw + data[position:]


def without(data: bytes, tag: int) -> bytes:
    """Take one element out of the top level."""
    for found, _vr, start, _value, end, _items in parse(data).elements:
        if found == tag:
            return data[:start] + data[end:]
    return data


def replaced(data: bytes, tag: int, vr: str, value: bytes) -> bytes:
    """Give one element of the top level another value, or add it."""
    return insert(without(data, tag), element(tag, vr, value), tag)


def with_meta(data: bytes, number: int, uid: str) -> bytes:
    """Give the UID (0002,`number`) of the file meta another value, and the group its length."""
    end = meta_end(data)
    at = data.index(element(0x00020000 | number, "UI", b"")[:6], 144, end)
    behind = at + 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    value = uid.encode() + b"\0" * (len(uid) % 2)
    group = data[144:at] + element(0x00020000 | number, "UI", value) + data[behind:end]
    return data[:140] + struct.pack("<I", len(group)) + group + data[end:]


def with_syntax(data: bytes, uid: str) -> bytes:
    """Name another transfer syntax and leave the data set as it is."""
    return with_meta(data, 0x0010, uid)


def with_items(data: bytes, syntax: str, items: bytes) -> bytes:
    """Put raw items in place of the uncompressed pixels, said to be of this transfer syntax."""
    head = element(PIXEL_DATA, "OB", b"", UNDEFINED)
    return with_syntax(data[: pixels_at(data)] + head + items, syntax)


def with_frame(data: bytes, syntax: str, frame: bytes) -> bytes:
    """Put one compressed frame in place of the uncompressed pixels."""
    padded = frame + b"\0" * (len(frame) % 2)
    return with_items(data, syntax, item(b"") + item(padded) + SEQUENCE_END)
