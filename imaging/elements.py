"""The header of a DICOM file: its file meta, and the raw values of its elements by tag.

Nothing is decoded here. Big endian and deflated data sets are refused before a byte of them is
touched; the others are parsed by `imaging.parser` under its limits.

References
----------
DICOM PS3.10 section 7.1 (file meta information).
"""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from imaging.errors import Code, ImagingError
from imaging.parser import (
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED,
    Buffer,
    Element,
    PixelElement,
    parse_elements,
    read_explicit,
    read_length,
)

__all__ = [
    "UNDEFINED",
    "Buffer",
    "Element",
    "FileMeta",
    "Header",
    "Item",
    "PixelElement",
    "mapped",
    "parse",
    "read_meta",
    "scan",
]

MAX_META_LENGTH: Final = 16 * 1024
IMPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"

_META_START: Final = 132
_read_tag = struct.Struct("<HH").unpack_from


@dataclass(frozen=True, slots=True)
class FileMeta:
    """What the file meta information says, and where the data set starts."""

    transfer_syntax_uid: str
    sop_class_uid: str
    sop_instance_uid: str
    end: int

    @property
    def explicit(self) -> bool:
        """Whether the data set carries its value representations."""
        return self.transfer_syntax_uid != IMPLICIT_LITTLE_ENDIAN


class Item:
    """One level of a data set: the data set itself, or an item of a sequence.

    Values are handed out as the raw bytes of the file; nested sequences are looked into only
    when asked for.
    """

    __slots__ = ("_buffer", "_by_tag", "elements")

    def __init__(self, buffer: Buffer, elements: list[Element]) -> None:
        self._buffer = buffer
        self.elements = elements
        self._by_tag: dict[int, Element] | None = None

    def _find(self, tag: int) -> Element | None:
        if self._by_tag is None:
            self._by_tag = {element[0]: element for element in self.elements}
        return self._by_tag.get(tag)

    def __contains__(self, tag: int) -> bool:
        return self._find(tag) is not None

    def __iter__(self) -> Iterator[int]:
        return (element[0] for element in self.elements)

    def value(self, tag: int) -> bytes | None:
        """Return the raw value with its padding, or None when the element is absent."""
        element = self._find(tag)
        return None if element is None else self._buffer[element[3] : element[4]]

    def raw(self, start: int, end: int) -> bytes:
        """Return bytes of the file by position."""
        return self._buffer[start:end]

    def text(self, tag: int) -> str:
        r"""Return the value as ASCII text without padding, "" when absent; ``\`` is kept."""
        raw = self.value(tag)
        return raw.decode("ascii", "replace").strip(" \0") if raw else ""

    def vr(self, tag: int) -> str:
        """Return the written VR, "" when absent or in implicit VR."""
        element = self._find(tag)
        return "" if element is None else element[1].decode("ascii")

    def items(self, tag: int) -> "list[Item]":
        """Return the items of a sequence, [] when absent, empty or not a sequence."""
        element = self._find(tag)
        if element is None or element[5] is None:
            return []
        return [Item(self._buffer, elements) for elements in element[5]]


class Header(Item):
    """The file meta and everything before Pixel Data, independent of the open file."""

    __slots__ = ("meta", "pixel", "size")

    def __init__(
        self, buffer: Buffer, elements: list[Element], meta: FileMeta, pixel: PixelElement | None
    ) -> None:
        super().__init__(buffer, elements)
        self.meta = meta
        self.pixel = pixel
        self.size = len(buffer)

    def detached(self) -> Self:
        """Return a copy that stays valid after the file is closed, without the pixels."""
        end = self.size if self.pixel is None else self.pixel.value
        header = type(self)(bytes(self._buffer[:end]), self.elements, self.meta, self.pixel)
        header.size = self.size
        return header


def scan(path: Path) -> Header:
    """Read the header of one Part 10 file and leave the pixels alone.

    Parameters
    ----------
    path : Path
        A DICOM file of any SOP class in a little-endian, not deflated transfer syntax.

    Returns
    -------
    Header
        ``header.value(0x00180081)`` is the raw Echo Time, ``header.items(0x52009229)`` the items
        of a sequence. ``header.pixel`` is None when there is no Pixel Data.

    Raises
    ------
    ImagingError
        EMPTY, NOT-DICOM, SYNTAX, CUT-OFF, DAMAGED or LIMIT.
    """
    with mapped(path) as buffer:
        return parse(buffer).detached()


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """Map a file read-only, so that only the pages that are looked at are read.

    Raises
    ------
    ImagingError
        EMPTY when there are no bytes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # half the price of Path.open
    try:
        if os.fstat(descriptor).st_size == 0:
            raise ImagingError(Code.EMPTY)
        buffer = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
    finally:
        os.close(descriptor)
    try:
        yield buffer
    finally:
        buffer.close()


def read_meta(buffer: Buffer) -> FileMeta:
    """Read preamble, magic and file meta, and nothing behind them.

    Raises
    ------
    ImagingError
        NOT-DICOM without the magic, CUT-OFF or DAMAGED when the group is incomplete or wrong,
        SYNTAX when no transfer syntax is named.

    References
    ----------
    PS3.10 section 7.1: the group is always Explicit VR Little Endian. Its length element is not
    trusted: real writers get it wrong, so the group ends where another group begins.
    """
    if len(buffer) < _META_START or buffer[128:_META_START] != b"DICM":
        raise ImagingError(Code.NOT_DICOM)
    found: dict[int, bytes] = {}
    position, size = _META_START, len(buffer)
    try:
        while position < size and _read_tag(buffer, position)[0] == 2:
            tag, value, end = _meta_element(buffer, position)
            if end > size:
                raise ImagingError(Code.CUT_OFF, "file meta")
            if end - _META_START > MAX_META_LENGTH:
                raise ImagingError(Code.LIMIT, "file meta")
            found[tag] = buffer[value:end]
            position = end
    except struct.error:
        raise ImagingError(Code.CUT_OFF, "file meta") from None
    if not found:
        raise ImagingError(Code.CUT_OFF if position >= size else Code.DAMAGED, "file meta")
    syntax = _uid_text(found.get(0x00020010, b""))
    if not syntax:
        raise ImagingError(Code.CUT_OFF if position >= size else Code.SYNTAX, "none named")
    sop_class, instance = (_uid_text(found.get(tag, b"")) for tag in (0x00020002, 0x00020003))
    return FileMeta(syntax, sop_class, instance, position)


def _meta_element(buffer: Buffer, position: int) -> tuple[int, int, int]:
    group, element, vr, length = read_explicit(buffer, position)
    if vr in LONG_VRS:
        value = position + 12
        length = read_length(buffer, position + 8)[0]
    elif vr in SHORT_VRS:
        value = position + 8
    else:
        raise ImagingError(Code.DAMAGED, "file meta")
    return (group << 16) | element, value, value + length


def _uid_text(raw: bytes) -> str:
    return raw.decode("ascii", "replace").strip(" \0")


def parse(buffer: Buffer, meta: FileMeta | None = None) -> Header:
    """Parse the data set up to Pixel Data.

    Raises
    ------
    ImagingError
        As `scan`. SYNTAX for big endian and deflated data sets, whose bytes are not touched.
    """
    meta = meta or read_meta(buffer)
    if meta.transfer_syntax_uid in _UNPARSABLE:
        raise ImagingError(Code.SYNTAX)
    elements, pixel = parse_elements(buffer, meta.end, explicit=meta.explicit)
    return Header(buffer, elements, meta, pixel)


_UNPARSABLE: Final = frozenset(
    [
        "1.2.840.10008.1.2.2",  # Explicit VR Big Endian
        "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
        "1.2.840.10008.1.2.4.95",  # JPIP Referenced Deflate
        "1.2.840.10008.1.2.4.205",  # JPIP HTJ2K Referenced Deflate
    ]
)
