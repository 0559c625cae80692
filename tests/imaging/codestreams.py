"""Compressed MR files, and where in their codestreams a name can stand."""

import struct
from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
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

from imaging.synthetic.compress import compress
from tests.imaging.objects import item, mr_image, to_bytes

JPEG = (
    JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless,
    JPEGLSNearLossless,
)  # fmt: skip
JPEG_2000 = (JPEG2000Lossless, JPEG2000, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
SIDE = 64


def compressed_mr(syntax: str, side: int = SIDE) -> Dataset:
    """Return an image full of identifiers, its pixels compressed."""
    ds = mr_image(rows=side, columns=side)
    compress(ds, syntax)
    return ds


def codestream(syntax: str, side: int = SIDE) -> bytes:
    (frame,) = generate_frames(compressed_mr(syntax, side).PixelData, number_of_frames=1)
    return frame


def compressed_file(syntax: str, *fragments: bytes, raw: bytes = b"") -> bytes:
    """Return a file with these fragments, or these raw items, as its only frame."""
    ds = compressed_mr(syntax)
    ds.PixelData = raw or encapsulate(list(fragments), has_bot=False)
    ds["PixelData"].is_undefined_length = True
    return to_bytes(ds, syntax)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def jpeg_with(marker: int) -> Callable[[bytes, bytes], bytes]:
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
    return good + text


def between_the_segments(good: bytes, text: bytes) -> bytes:
    """Put bytes behind the runs of the first RLE segment."""
    (second,) = struct.unpack_from("<I", good, 8)
    moved = struct.pack("<I", second + len(text))
    return good[:8] + moved + good[12:second] + text + good[second:]


def in_the_rle_header(good: bytes, text: bytes) -> bytes:
    """Put bytes where the offsets of absent segments are zero."""
    return good[:20] + text + good[20 + len(text) :]


def surplus_fragment(syntax: str, text: bytes, table: bytes = b"") -> bytes:
    """Return a file with a fragment behind its only frame."""
    frame = codestream(syntax)
    raw = item(table) + item(frame + b"\0" * (len(frame) % 2)) + item(text) + SEQUENCE_END
    return compressed_file(syntax, raw=raw)


CARRIERS: dict[str, tuple[tuple[str, ...], Callable[[bytes, bytes], bytes]]] = {
    "comment": (JPEG, jpeg_with(0xFE)),
    "application data": (JPEG, jpeg_with(0xE1)),
    "unknown JPEG segment": ((JPEGLossless, JPEGLosslessSV1), jpeg_with(0xF0)),
    "comment of the image": (JPEG_2000, in_the_main_header),
    "comment of a tile": (JPEG_2000, in_the_tile_header),
    "behind the end": ((*JPEG, *JPEG_2000, RLELossless), behind_the_end),
    "between segments": ((RLELossless,), between_the_segments),
    "unused offsets": ((RLELossless,), in_the_rle_header),
}
