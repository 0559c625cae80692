"""The parts of a compressed picture that are no picture: comments, application data, loose bytes.

A picture can be legal and still carry a name: in a comment, in a segment that an application put
there for itself, behind its end. Here these parts are listed and held against the policy. Nothing
is decoded: tables are taken as they are, and entropy-coded data are stepped over.

References
----------
ITU-T T.81 B.1 (JPEG markers), T.87 C.1 (JPEG-LS), T.800 A.2-A.9 (JPEG 2000; T.814 adds CAP and
T.800 of 2019 PRF and CPF for HTJ2K); PS3.5 A.4 (encapsulation), Annex G (RLE).
"""

import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from imaging.elements import Buffer
from imaging.errors import Code, ImagingError
from imaging.pixels import RLE_LOSSLESS, PixelLayout, Pixels, codestreams
from imaging.policy import Policy
from imaging.residues import Residues

#: A name as in ``policy.toml`` ("COM", "APP0", or one no rule can have), and the bytes.
Part = tuple[str, bytes]

LOOSE: Final = "loose bytes"
_PADDING: Final = b"\0\xff"  # PS3.5 A.4 lets a fragment be padded, and real writers use both

_EOI = _EOC = 0xD9
_SOS: Final = 0xDA
# What a decoder needs: frames, DHT, DAC, SOS, DQT, DNL, DRI, SOF55 and LSE of JPEG-LS.
_JPEG_TABLES: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD, 0xF7, 0xF8} - {0xC8})
_JPEG_COMMENT, _APPLICATIONS = 0xFE, range(0xE0, 0xF0)
# Where entropy-coded data end: in T.81 a byte FF in them is followed by 0, in T.87 by a zero bit.
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_LS_SCAN_END: Final = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_JPEG_LS: Final = frozenset(["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"])

_SOT, _SOD, _J2K_COMMENT = 0x90, 0x93, 0x64
# CAP to RGN and POC, PPM, PPT, CRG: all that T.800 knows besides the comment.
_J2K_TABLES: Final = frozenset(
    {*range(0x50, 0x54), *range(0x55, 0x5A), *range(0x5C, 0x60), 0x60, 0x61, 0x63, _SOT}
)


def verify_codestreams(
    buffer: Buffer, pixels: Pixels, transfer_syntax: str, policy: Policy, residues: Residues
) -> None:
    """Require that the compressed pictures of one file carry nothing but pictures.

    Raises
    ------
    ImagingError
        UNSAFE when they hold a comment or application data that the policy does not know, an
        identity value, bytes outside the pictures, or more pictures than the header says;
        DAMAGED when their segments do not join.
    """
    count = 0
    for codestream in codestreams(buffer, pixels):
        count += 1
        for name, body in parts(codestream, transfer_syntax, pixels.layout):
            known = policy.codestream.get(name)
            if known is None or not known(body) or residues.occur_in(body):
                raise ImagingError(Code.UNSAFE, "more than a picture in the codestream")
    if count > pixels.layout.frames:
        raise ImagingError(Code.UNSAFE, "more fragments than frames")


def parts(codestream: bytes, transfer_syntax: str, layout: PixelLayout) -> Iterator[Part]:
    """Yield what one frame holds besides the picture and the tables for it.

    Raises
    ------
    ImagingError
        DAMAGED when its segments do not join.
    """
    if transfer_syntax == RLE_LOSSLESS:
        return _rle_parts(codestream, layout)
    if codestream[:2] == b"\xff\x4f":
        return _j2k_parts(codestream)
    return _jpeg_parts(codestream, _LS_SCAN_END if transfer_syntax in _JPEG_LS else _SCAN_END)


def _jpeg_parts(data: bytes, scan_end: re.Pattern[bytes]) -> Iterator[Part]:
    _require(data[:2] == b"\xff\xd8")
    at = 2
    while True:
        marker = _marker(data, at)
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == _EOI:
            break
        body = _body(data, at)
        at += 4 + len(body)
        if marker == _SOS:
            found = scan_end.search(data, at)
            at = found.start() if found else len(data)
        elif marker == _JPEG_COMMENT:
            yield "COM", body
        elif marker in _APPLICATIONS:
            yield f"APP{marker - 0xE0}", body
        elif marker not in _JPEG_TABLES:
            yield "unknown segment", body
    yield from _loose(data[at + 2 :])


def _j2k_parts(data: bytes) -> Iterator[Part]:
    at, tile_end = 2, 0
    while at < len(data):  # behind the last tile-part the end marker may be missing
        marker = _marker(data, at)
        if marker == _EOC:
            yield from _loose(data[at + 2 :])
            return
        if marker == _SOD:
            # In the data of a tile no byte above 8F follows FF (T.800 B.10.1).
            end = tile_end or data.find(b"\xff\xd9", at)
            _require(at < end <= len(data))
            at = end
            continue
        body = _body(data, at)
        if marker == _SOT:
            length = int.from_bytes(body[2:6], "big")
            tile_end = at + length if length else 0
        elif marker == _J2K_COMMENT:
            yield "COM", body[2:]  # behind Rcom, which tells text from binary values
        elif marker not in _J2K_TABLES:
            yield "unknown segment", body
        at += 4 + len(body)


def _rle_parts(data: bytes, layout: PixelLayout) -> Iterator[Part]:
    _require(len(data) >= 64)
    count, *offsets = struct.unpack_from("<16I", data)
    used = [*offsets[:count], len(data)]
    _require(used[0] == 64 and used == sorted(used))
    yield from _loose(data[4 + 4 * count : 64])
    for start, stop in pairwise(used):
        end = _runs_end(data, start, stop, layout.rows * layout.columns)
        yield from _loose(data[end:stop])


def _runs_end(data: bytes, at: int, stop: int, pixels: int) -> int:
    """Return where the runs of one RLE segment end (PS3.5 G.3.2)."""
    while pixels > 0 and at < stop:
        code = data[at]
        if code < 128:
            at += code + 2
            pixels -= code + 1
        else:
            at += 2 if code > 128 else 1  # 128 stands for nothing
            pixels -= (257 - code) % 129
    return at


def _loose(data: bytes) -> Iterator[Part]:
    if data.strip(_PADDING):
        yield LOOSE, data


def _marker(data: bytes, at: int) -> int:
    _require(data[at : at + 1] == b"\xff" and at + 1 < len(data))
    return data[at + 1]


def _body(data: bytes, at: int) -> bytes:
    """Return what a segment holds behind its marker and its length."""
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    body = data[at + 4 : at + 2 + length]
    _require(length >= 2 and len(body) == length - 2)
    return body


def _require(joined: bool, /) -> None:  # noqa: FBT001 - a claim
    if not joined:
        raise ImagingError(Code.DAMAGED, "the segments of a codestream do not join")
