"""The parser behind `imaging.elements`: bytes in, a tree of element positions out.

It decodes no value and copies nothing, which makes it several times faster than building data
elements, and it holds the limits that keep a hostile file cheap.

The tree is made of plain tuples (see `Element`), because a file has hundreds of them and classes
would double the time. Offsets are 0-based positions in the file.

References
----------
DICOM PS3.5 section 7 (data set encoding) and A.1, A.2, A.4 (transfer syntaxes).
"""

import mmap
import struct
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pydicom.datadict import dictionary_VR, keyword_dict

from imaging.errors import Code, ImagingError

# (tag, VR or b"" in implicit VR, start of the element, start of the value, end of the value,
#  the items when it is a sequence).
Element: TypeAlias = tuple[int, bytes, int, int, int, "list[list[Element]] | None"]
Buffer: TypeAlias = bytes | mmap.mmap

MAX_DEPTH: Final = 20
MAX_ELEMENTS: Final = 200_000
MAX_VALUE_LENGTH: Final = 64 * 1024

PIXEL_DATA: Final = 0x7FE00010
UNDEFINED: Final = 0xFFFFFFFF

_ITEM: Final = 0xFFFEE000
_ITEM_END: Final = 0xFFFEE00D
_SEQUENCE_END: Final = 0xFFFEE0DD

LONG_VRS: Final = frozenset(
    [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"]
)
SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_FRAGMENTED_VRS: Final = frozenset([b"OB", b"OW"])
_BULK_VRS: Final = frozenset([b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"])
_VR_OF_TAG: Final = {tag: dictionary_VR(tag) for tag in keyword_dict.values()}
_SEQUENCE_TAGS: Final = frozenset(tag for tag, vr in _VR_OF_TAG.items() if vr == "SQ")
_BULK_TAGS: Final = frozenset(tag for tag, vr in _VR_OF_TAG.items() if vr[:2].encode() in _BULK_VRS)

read_explicit = struct.Struct("<HH2sH").unpack_from
_read_implicit = struct.Struct("<HHI").unpack_from
read_length = struct.Struct("<I").unpack_from


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where Pixel Data lies: ``value`` is the first byte of the value or of the first item."""

    start: int
    value: int
    length: int  # UNDEFINED when encapsulated
    vr: bytes

    @property
    def encapsulated(self) -> bool:
        """Whether the value is a sequence of fragments."""
        return self.length == UNDEFINED


def parse_elements(
    buffer: Buffer, position: int, *, explicit: bool
) -> tuple[list[Element], PixelElement | None]:
    """Parse a data set from `position` up to Pixel Data.

    Raises
    ------
    ImagingError
        CUT-OFF, DAMAGED or LIMIT.
    """
    parser = _Parser(buffer)
    try:
        elements = parser.data_set(position, explicit=explicit)
    except struct.error:
        raise ImagingError(Code.CUT_OFF, "element header") from None
    return elements, parser.pixel


class _Parser:
    """One pass over one buffer; counts elements over all levels."""

    def __init__(self, buffer: Buffer) -> None:
        self._buffer: Any = buffer
        self._size = len(buffer)
        self._left = MAX_ELEMENTS
        self.pixel: PixelElement | None = None

    def data_set(self, position: int, *, explicit: bool) -> list[Element]:
        elements, _ = self._level(position, self._size, 0, explicit=explicit)
        return elements

    def _level(
        self, position: int, end: int, depth: int, *, explicit: bool, closing: int | None = None
    ) -> tuple[list[Element], int]:
        """Parse elements from `position` to `end`, or to the `closing` delimiter."""
        head = self._explicit_head if explicit else self._implicit_head
        elements: list[Element] = []
        previous = -1
        while True:
            position, previous = self._short_elements(
                position, end, previous, elements, explicit=explicit
            )
            if position >= end:
                if closing is not None:
                    raise ImagingError(_overrun(end >= self._size), "item not closed")
                break
            tag, vr, value, length = head(position)
            if tag == closing:
                break
            if tag <= previous:
                raise ImagingError(Code.DAMAGED, "elements out of order")
            previous = tag
            if depth == 0 and tag >= PIXEL_DATA:
                self._stop_at_pixels(tag, vr, position, value, length)
                break
            if _is_sequence(tag, vr, length):
                vr_inside = explicit and vr != b"UN"
                items, stop = self._sequence(value, length, end, depth, explicit=vr_inside)
            else:
                items, stop = None, self._value_end(tag, vr, value, end, length)
            elements.append((tag, vr, position, value, stop, items))
            position = stop
        self._spend(len(elements) + 1)  # an item counts as one more
        return elements, position

    def _short_elements(
        self, position: int, end: int, previous: int, elements: list[Element], *, explicit: bool
    ) -> tuple[int, int]:
        """Take in explicit elements as long as they are plain: nearly all are, so this is fast.

        Whatever is not (a long length, a wrong order, an overrun) is left to the caller.
        """
        buffer, take = self._buffer, elements.append
        while explicit and position + 8 <= end:
            group, element, vr, length = read_explicit(buffer, position)
            tag = (group << 16) | element
            stop = position + 8 + length
            if vr not in SHORT_VRS or not previous < tag < PIXEL_DATA or stop > end:
                break
            take((tag, vr, position, position + 8, stop, None))
            position, previous = stop, tag
        return position, previous

    def _value_end(self, tag: int, vr: bytes, value: int, end: int, length: int) -> int:
        if length == UNDEFINED:
            return self._fragments_end(value, end)
        stop = value + length
        if stop > end:
            raise ImagingError(_overrun(stop > self._size), "value longer than the rest")
        if length > MAX_VALUE_LENGTH:
            _refuse_long_value(tag, vr)
        return stop

    def _explicit_head(self, position: int) -> tuple[int, bytes, int, int]:
        group, element, vr, length = read_explicit(self._buffer, position)
        tag = (group << 16) | element
        if vr in SHORT_VRS:
            return tag, vr, position + 8, length
        if vr in LONG_VRS:
            return tag, vr, position + 12, read_length(self._buffer, position + 8)[0]
        if group == 0xFFFE:  # delimiters have no VR
            return tag, b"", position + 8, read_length(self._buffer, position + 4)[0]
        raise ImagingError(Code.DAMAGED, "unknown value representation")

    def _implicit_head(self, position: int) -> tuple[int, bytes, int, int]:
        group, element, length = _read_implicit(self._buffer, position)
        return (group << 16) | element, b"", position + 8, length

    def _sequence(
        self, value: int, length: int, end: int, depth: int, *, explicit: bool
    ) -> tuple[list[list[Element]], int]:
        """Parse the items of one sequence; return them and the position behind it."""
        if depth >= MAX_DEPTH:
            raise ImagingError(Code.LIMIT, "nesting")
        stop = end if length == UNDEFINED else value + length
        if stop > end:
            raise ImagingError(_overrun(stop > self._size), "sequence longer than the rest")
        items: list[list[Element]] = []
        position = value
        while position < stop:
            group, element, item_length = _read_implicit(self._buffer, position)
            tag = (group << 16) | element
            position += 8
            if tag == _SEQUENCE_END and length == UNDEFINED:
                return items, position
            if tag != _ITEM:
                raise ImagingError(Code.DAMAGED, "no item where one belongs")
            elements, position = self._item(
                position, item_length, stop, depth + 1, explicit=explicit
            )
            items.append(elements)
        if length == UNDEFINED:
            raise ImagingError(_overrun(end >= self._size), "sequence not closed")
        return items, stop

    def _item(
        self, position: int, length: int, end: int, depth: int, *, explicit: bool
    ) -> tuple[list[Element], int]:
        if length == UNDEFINED:
            elements, stop = self._level(position, end, depth, explicit=explicit, closing=_ITEM_END)
            return elements, stop + 8
        stop = position + length
        if stop > end:
            raise ImagingError(_overrun(stop > self._size), "item longer than the rest")
        elements, _ = self._level(position, stop, depth, explicit=explicit)
        return elements, stop

    def _fragments_end(self, position: int, end: int) -> int:
        """Step over a picture inside an item: an icon may be compressed, too (PS3.5 A.4)."""
        while True:
            self._spend(1)
            group, element, length = _read_implicit(self._buffer, position)
            tag = (group << 16) | element
            if tag not in (_ITEM, _SEQUENCE_END):
                raise ImagingError(Code.DAMAGED, "no fragment where one belongs")
            position += 8 + length
            if position > end:
                raise ImagingError(_overrun(position > self._size), "fragment longer than the rest")
            if tag == _SEQUENCE_END:
                return position

    def _stop_at_pixels(self, tag: int, vr: bytes, start: int, value: int, length: int) -> None:
        if tag != PIXEL_DATA:
            return
        if vr not in (b"", b"OB", b"OW"):
            raise ImagingError(Code.DAMAGED, "value representation of the pixels")
        self.pixel = PixelElement(start, value, length, vr)

    def _spend(self, elements: int) -> None:
        self._left -= elements
        if self._left < 0:
            raise ImagingError(Code.LIMIT, "elements")


def _is_sequence(tag: int, vr: bytes, length: int) -> bool:
    """Tell whether a value is parsed as items: all of undefined length but compressed pictures.

    Private sequences of defined length are opaque: nothing of them is ever kept, and real ones are
    often broken. A known sequence written as UN holds implicit items (PS3.5 section 6.2.2).
    """
    if length == UNDEFINED:
        return vr not in _FRAGMENTED_VRS
    if vr == b"SQ":
        return not tag & 0x10000
    return tag in _SEQUENCE_TAGS and vr in (b"", b"UN")


def _refuse_long_value(tag: int, vr: bytes) -> None:
    """Refuse a long value, unless it is bulk data or private: those are dropped unread."""
    bulk = vr in _BULK_VRS or (not vr and tag in _BULK_TAGS)
    if not bulk and not tag & 0x10000 and vr != b"SQ":
        raise ImagingError(Code.LIMIT, "value length")


def _overrun(behind_the_file: bool, /) -> Code:  # noqa: FBT001 - one question, one argument
    """Name a length that does not fit: a short file was cut, a short parent is a lie."""
    return Code.CUT_OFF if behind_the_file else Code.DAMAGED
