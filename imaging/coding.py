"""The lossless codings in which a browser sends a file, undone byte for byte.

Pixel data hardly change from one 16-bit word to the next, so the browser sends differences. ``d16``
takes the file as little-endian 16-bit words, subtracts from each the one before it modulo 2**16,
folds the sign into the lowest bit (zig-zag), writes all low bytes, then all high bytes, then an odd
last byte as it is, and deflates the whole. ``deflate`` is plain raw deflate, ``raw`` the bytes
themselves. The browser's half is static/js/upload/coding.js.
"""

import zlib
from enum import StrEnum
from typing import Final

import numpy as np

RAW_DEFLATE: Final = -15


class Coding(StrEnum):
    RAW = "raw"
    DEFLATE = "deflate"
    D16 = "d16"


class CodingError(ValueError):
    """The payload is not what its declaration says."""


def decode(payload: bytes, coding: Coding, size: int) -> bytes:
    """Return the file behind a coded payload.

    Parameters
    ----------
    payload
        The bytes as they were sent.
    coding
        How they were made.
    size
        The declared length of the file in bytes; at most one byte beyond it is ever held in memory.

    Raises
    ------
    CodingError
        If the payload does not decode to exactly `size` bytes, or if anything follows its end.
    """
    data = payload if coding is Coding.RAW else _inflate(payload, size)
    if len(data) != size:
        raise CodingError("the decoded length differs from the declared one")
    return _undo_differences(data) if coding is Coding.D16 else data


def encode(data: bytes, coding: Coding, level: int = 6) -> bytes:
    """Return the payload that `decode` turns back into `data`; for clients and tests in Python."""
    if coding is Coding.RAW:
        return data
    compressor = zlib.compressobj(level, zlib.DEFLATED, RAW_DEFLATE)
    plain = _differences(data) if coding is Coding.D16 else data
    return compressor.compress(plain) + compressor.flush()


def _inflate(payload: bytes, size: int) -> bytes:
    decompressor = zlib.decompressobj(RAW_DEFLATE)
    try:
        data = decompressor.decompress(payload, size + 1)
    except zlib.error as error:
        raise CodingError("the payload is no deflate stream") from error
    if not decompressor.eof:
        raise CodingError("the payload is cut off, or longer than declared")
    if decompressor.unused_data:
        raise CodingError("something follows the end of the payload")
    return data


def _differences(data: bytes) -> bytes:
    words = np.frombuffer(data, "<u2", count=len(data) // 2)
    steps = np.diff(words, prepend=np.uint16(0)).astype("<i2")
    folded = (steps << 1) ^ (steps >> 15)
    planes = folded.astype("<i2").view("u1").reshape(-1, 2)
    return planes[:, 0].tobytes() + planes[:, 1].tobytes() + data[2 * len(words) :]


def _undo_differences(data: bytes) -> bytes:
    count = len(data) // 2
    planes = np.frombuffer(data, "u1", count=2 * count)
    folded = planes[:count].astype("<u2") | (planes[count:].astype("<u2") << 8)
    steps = (folded >> 1) ^ (-(folded & 1).astype("<i2")).astype("<u2")
    words = np.cumsum(steps, dtype="<u2")
    return words.tobytes() + data[2 * count :]
