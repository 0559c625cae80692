"""Where in a compressed picture a name can stand that no viewer shows: see ADR 17.

Each carrier takes a good codestream and a text and returns a codestream that holds both; decoders
read it as before, but for a tail of RLE.
"""

import struct
from collections.abc import Callable
from typing import Final, TypeAlias

from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

Carrier: TypeAlias = Callable[[bytes, bytes], bytes]

JPEG: Final = (
    JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless,
    JPEGLSNearLossless,
)  # fmt: skip
JPEG_2000: Final = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)


def segment(marker: int, body: bytes) -> bytes:
    """Return a marker segment of JPEG or JPEG 2000."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg_with(marker: int) -> Carrier:
    """Put a segment behind the start of the image."""
    return lambda good, text: good[:2] + segment(marker, text) + good[2:]


def in_the_main_header(good: bytes, text: bytes) -> bytes:
    """Put a comment of Latin text behind SIZ."""
    at = 4 + int.from_bytes(good[4:6], "big")
    return good[:at] + segment(0x64, b"\0\1" + text) + good[at:]


def in_the_tile_header(good: bytes, text: bytes) -> bytes:
    """Put a comment in front of the data of the only tile-part, and lengthen it by that."""
    comment = segment(0x64, b"\0\1" + text)
    tile, data = good.index(b"\xff\x90\0\x0a"), good.index(b"\xff\x93")
    length = int.from_bytes(good[tile + 6 : tile + 10], "big")
    longer = (length + len(comment) if length else 0).to_bytes(4, "big")
    return good[: tile + 6] + longer + good[tile + 10 : data] + comment + good[data:]


def behind_the_end(good: bytes, text: bytes) -> bytes:
    """Put bytes behind the picture's end."""
    return good + text


def between_the_segments(good: bytes, text: bytes) -> bytes:
    """Put bytes behind the runs of the first RLE segment."""
    (second,) = struct.unpack_from("<I", good, 8)
    moved = struct.pack("<I", second + len(text))
    return good[:8] + moved + good[12:second] + text + good[second:]


def in_the_rle_header(good: bytes, text: bytes) -> bytes:
    """Put bytes where the offsets of absent segments are zero."""
    return good[:20] + text + good[20 + len(text) :]


CARRIERS: Final[dict[str, tuple[tuple[str, ...], Carrier]]] = {
    "comment": (JPEG, jpeg_with(0xFE)),
    "application data": (JPEG, jpeg_with(0xE1)),
    "unknown JPEG segment": ((JPEGLossless, JPEGLosslessSV1), jpeg_with(0xF0)),
    "comment of the image": (JPEG_2000, in_the_main_header),
    "comment of a tile": (JPEG_2000, in_the_tile_header),
    "behind the end": ((*JPEG, *JPEG_2000, RLELossless), behind_the_end),
    "between segments": ((RLELossless,), between_the_segments),
    "unused offsets": ((RLELossless,), in_the_rle_header),
}
