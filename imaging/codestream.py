"""The picture size that a compressed frame itself declares, read without decoding it.

A few bytes of header can ask a decoder for gigabytes, so the declared size is compared with
Rows and Columns first.
"""

from collections.abc import Iterator
from typing import Final

# Start of frame: T.81 B.1.1.3 without DHT, JPG and DAC; SOF55 of T.87.
_SOF_MARKERS: Final = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def codestream_shape(data: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Parameters
    ----------
    data : bytes
        One encapsulated frame.

    Returns
    -------
    tuple of int or None
        None when the data is none of these (RLE has no size of its own) or its header is broken.

    References
    ----------
    ITU-T T.81 B.2.2 (frame header), T.87 C.2.2, T.800 A.5.1 (SIZ).
    """
    if data[:4] == b"\xff\x4f\xff\x51":
        return _siz_shape(data)
    if data[:2] == b"\xff\xd8":
        return _frame_header_shape(data)
    return None


def _siz_shape(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24:
        return None
    width, height, left, top = (int.from_bytes(data[at : at + 4], "big") for at in (8, 12, 16, 20))
    return height - top, width - left


def _frame_header_shape(data: bytes) -> tuple[int, int] | None:
    for marker, at in segments(data):
        if marker in _SOF_MARKERS:
            rows, columns = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(rows, "big"), int.from_bytes(columns, "big")
    return None


def segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the marker of each JPEG segment in front of the first scan's data, and its place."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            yield marker, at
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
