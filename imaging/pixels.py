"""The arithmetic of Pixel Data: how long it must be, and how its fragments lie.

Nothing is decoded here. A frame's own size, where its codestream declares one, is compared with
Rows and Columns, because a few header bytes can ask a decoder for gigabytes.

References
----------
PS3.3 C.7.6.3 (Image Pixel), PS3.5 sections 8 and A.4 (encapsulated pixel data), Annex G (RLE).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from imaging.codestream import codestream_shape
from imaging.elements import Buffer, Header, Item, PixelElement
from imaging.errors import Code, ImagingError

MAX_SIDE: Final = 16_384  # pixels of one edge; MR matrices end far below
MAX_FRAMES: Final = 20_000
MAX_DECODED_LENGTH: Final = 4 * 1024**3  # bytes of one instance when decoded
RLE_LOSSLESS: Final = "1.2.840.10008.1.2.5"

_END_MARKER: Final = b"\xff\xd9"  # of JPEG, JPEG-LS and JPEG 2000
_SHAPE_PEEK: Final = 16 * 1024  # bytes of a frame in which its size must be declared
_FRAGMENT: Final = 0xFFFEE000
_SEQUENCE_END: Final = 0xFFFEE0DD
_PHOTOMETRIC: Final = frozenset(["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL"])
_COMPRESSED_PHOTOMETRIC: Final = frozenset(["YBR_FULL_422", "YBR_ICT", "YBR_RCT"])

_read_item = struct.Struct("<HHI").unpack_from


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The Image Pixel module of one instance; sizes in pixels, bits and bytes."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    photometric: str

    @property
    def length(self) -> int:
        """How many bytes the decoded pixels of all frames take."""
        pixels = self.rows * self.columns * self.samples * self.frames
        return pixels * self.bits_allocated // 8

    @property
    def unused_bits(self) -> int:
        """The mask of the bits of a word that are no part of the stored value."""
        lowest = self.high_bit + 1 - self.bits_stored
        used = ((1 << self.bits_stored) - 1) << lowest
        return ((1 << self.bits_allocated) - 1) & ~used


@dataclass(frozen=True, slots=True)
class Pixels:
    """Where checked pixels lie in their file; `end` is the position behind the last one."""

    element: PixelElement
    layout: PixelLayout
    end: int

    @property
    def length(self) -> int:
        """Bytes of the value; all items and the delimiter when encapsulated."""
        return self.end - self.element.value


def read_layout(header: Header) -> PixelLayout:
    """Read the Image Pixel module and refuse what no MR image has.

    Raises
    ------
    ImagingError
        DAMAGED for absent, empty or impossible values; LIMIT for sizes far beyond the normal;
        KIND for palette colour and other interpretations that MR images do not use.
    """
    layout = PixelLayout(
        rows=_short(header, 0x00280010),
        columns=_short(header, 0x00280011),
        frames=_frame_count(header),
        samples=_short(header, 0x00280002),
        bits_allocated=_short(header, 0x00280100),
        bits_stored=_short(header, 0x00280101),
        high_bit=_short(header, 0x00280102),
        signed=_short(header, 0x00280103) == 1,
        photometric=header.text(0x00280004),
    )
    _refuse_impossible(layout, _short(header, 0x00280103))
    allowed = _PHOTOMETRIC
    if header.pixel is not None and header.pixel.encapsulated:
        allowed |= _COMPRESSED_PHOTOMETRIC
    if layout.photometric not in allowed:
        raise ImagingError(Code.KIND if layout.photometric else Code.DAMAGED, "photometric")
    if layout.length > MAX_DECODED_LENGTH or layout.frames > MAX_FRAMES:
        raise ImagingError(Code.LIMIT, "pixel data")
    return layout


def _refuse_impossible(layout: PixelLayout, representation: int) -> None:
    possible = (
        0 < layout.rows <= MAX_SIDE
        and 0 < layout.columns <= MAX_SIDE
        and layout.frames > 0
        and layout.samples == (1 if layout.photometric.startswith("MONO") else 3)
        and layout.bits_allocated in (8, 16)
        and 0 < layout.bits_stored <= layout.bits_allocated
        and layout.bits_stored - 1 <= layout.high_bit < layout.bits_allocated
        and representation in (0, 1)
    )
    if not possible and not layout.photometric.startswith("PALETTE"):
        raise ImagingError(Code.DAMAGED, "image pixel module")


def _short(item: Item, tag: int) -> int:
    raw = item.value(tag)
    return -1 if raw is None or len(raw) != 2 else int.from_bytes(raw, "little")


def _frame_count(header: Header) -> int:
    text = header.text(0x00280008)
    if not text:
        return 1
    return int(text) if text.isdecimal() and len(text) <= 9 else -1


def check_pixels(buffer: Buffer, header: Header, layout: PixelLayout) -> int:
    """Check that Pixel Data is whole, and return the position behind it.

    Returns
    -------
    int
        The end of the element. Of uncompressed data that is the end of the pixels the layout
        asks for (plus one byte of padding when their number is odd): what a longer element
        holds behind them no reader shows, and it is not passed on.

    Raises
    ------
    ImagingError
        CUT-OFF when the file ends early, DAMAGED when the data contradicts the header.
    """
    pixel = header.pixel
    if pixel is None:
        raise ImagingError(Code.CUT_OFF, "no pixel data")
    if pixel.encapsulated:
        return _check_fragments(buffer, header, layout)
    if header.meta.transfer_syntax_uid not in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1"):
        raise ImagingError(Code.DAMAGED, "compressed pixels without fragments")
    if pixel.length < layout.length:
        raise ImagingError(Code.DAMAGED, "fewer pixels than the header says")
    end = pixel.value + layout.length + layout.length % 2
    if pixel.value + pixel.length > len(buffer):
        raise ImagingError(Code.CUT_OFF, "pixel data")
    return end


def fragments(buffer: Buffer, position: int) -> tuple[list[tuple[int, int]], int]:
    """Walk the items of encapsulated pixel data.

    Parameters
    ----------
    buffer : bytes or mmap
        The whole file.
    position : int
        Where the first item (the Basic Offset Table) begins.

    Returns
    -------
    items : list of (start, end)
        The value of each item; the first is the Basic Offset Table.
    end : int
        The position behind the Sequence Delimitation Item.

    Raises
    ------
    ImagingError
        CUT-OFF or DAMAGED.
    """
    items: list[tuple[int, int]] = []
    try:
        while True:
            group, element, length = _read_item(buffer, position)
            tag = (group << 16) | element
            start, position = position + 8, position + 8 + length
            if tag == _SEQUENCE_END and length == 0:
                return items, start
            if tag != _FRAGMENT or length == 0xFFFFFFFF:
                raise ImagingError(Code.DAMAGED, "no fragment where one belongs")
            if position > len(buffer):
                raise ImagingError(Code.CUT_OFF, "fragment")
            items.append((start, position))
    except struct.error:
        raise ImagingError(Code.CUT_OFF, "fragments not closed") from None


def _check_fragments(buffer: Buffer, header: Header, layout: PixelLayout) -> int:
    if header.pixel is None or header.meta.transfer_syntax_uid in _NATIVE:
        raise ImagingError(Code.DAMAGED, "fragments in an uncompressed file")
    items, end = fragments(buffer, header.pixel.value)
    if len(items) < 1 + layout.frames:
        raise ImagingError(Code.CUT_OFF, "fewer frames than the header says")
    starts = _frame_starts(buffer, items, layout)
    rle = header.meta.transfer_syntax_uid == RLE_LOSSLESS
    for start, stop in starts:
        if rle:
            _check_rle(buffer[start : min(stop, start + 64)], stop - start, layout)
        else:
            _check_shape(buffer[start : min(stop, start + _SHAPE_PEEK)], layout)
    return end


_NATIVE: Final = frozenset(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])


def _frame_starts(
    buffer: Buffer, items: list[tuple[int, int]], layout: PixelLayout
) -> list[tuple[int, int]]:
    """Return the first fragment of each frame that can be told, and check the offset table."""
    table_start, table_end = items[0]
    by_start = {start: (start, end) for start, end in items[1:]}
    table = buffer[table_start:table_end]
    if table:
        if len(table) != 4 * layout.frames:
            raise ImagingError(Code.DAMAGED, "offset table")
        first_item = items[1][0]  # offsets count from the tag of the first fragment
        offsets = struct.unpack(f"<{layout.frames}I", table)
        if offsets[0] or any(first_item + offset not in by_start for offset in offsets):
            raise ImagingError(Code.DAMAGED, "offset table")
        return [by_start[first_item + offset] for offset in offsets]
    return items[1:] if len(items) == 1 + layout.frames else items[1:2]


def codestreams(buffer: Buffer, pixels: Pixels) -> Iterator[bytes]:
    """Yield the joined fragments of each frame; together they are all that there are.

    Without an offset table and with more fragments than frames, a frame ends, as for pydicom,
    with the fragment that holds an end marker.
    """
    (table, *parts), _ = fragments(buffer, pixels.element.value)
    frames = pixels.layout.frames
    offsets = struct.unpack(f"<{(table[1] - table[0]) // 4}I", buffer[table[0] : table[1]])
    begins = {parts[0][0] + offset for offset in offsets}
    joined: list[bytes] = []
    for start, end in parts:
        if joined and (
            start in begins
            if offsets
            else len(parts) == frames or (frames > 1 and _END_MARKER in joined[-1][-10:])
        ):
            yield b"".join(joined)
            joined = []
        joined.append(buffer[start:end])
    yield b"".join(joined)


def _check_shape(codestream: bytes, layout: PixelLayout) -> None:
    if codestream_shape(codestream) != (layout.rows, layout.columns):
        raise ImagingError(Code.DAMAGED, "the compressed picture has another size")


def _check_rle(head: bytes, length: int, layout: PixelLayout) -> None:
    """Check the 64-byte RLE header: the segment count and ascending offsets (PS3.5 G.5)."""
    if len(head) < 64:
        raise ImagingError(Code.DAMAGED, "RLE header")
    count, *offsets = struct.unpack("<16I", head)
    wanted = layout.samples * layout.bits_allocated // 8
    used = offsets[:wanted]
    if count != wanted or used[0] != 64 or used != sorted(set(used)) or used[-1] >= length:
        raise ImagingError(Code.DAMAGED, "RLE header")
