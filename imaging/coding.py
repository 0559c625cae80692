"""The lossless codings in which a browser sends a file, undone byte for byte.

``raw`` are the bytes themselves, ``deflate`` is raw deflate (RFC 1951). ``jpeg-ls`` is for a file
whose pixels are words of 16 bits. Its payload is: where the pixels begin in the file, the origin of
their values, the length of the JPEG-LS stream (each 32 bits, little-endian); the stream; and by raw
deflate the rest of the file, what stands before the pixels and what stands behind them. The stream
(ISO/IEC 14495-1, ITU-T T.87) holds the pixels minus the origin, modulo 2**16, with as many bits as
they need, but at least 8; frames stand one below the other. The browser's half is
static/js/upload/coding.js. Payloads come from strangers: they are undone in a child process
(`imaging/undoing.py`).
"""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

RAW_DEFLATE: Final = -15
_PAYLOAD_HEAD: Final = struct.Struct("<III")
#: Start of image; frame header: length, precision, lines, columns, the one component; scan header.
_STREAM_HEAD: Final = struct.Struct(">4sHBHH4s10s")
_START, _COMPONENT = b"\xff\xd8\xff\xf7", b"\x01\x01\x11\x00"
_SCAN, _END = b"\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00", b"\xff\xd9"
_FRAME_LENGTH, _LEAST_BITS, _MOST_BITS = 11, 8, 16


class Coding(StrEnum):
    RAW = "raw"
    DEFLATE = "deflate"
    JPEG_LS = "jpeg-ls"


class CodingError(ValueError):
    """The payload is not what its declaration says."""


@dataclass(frozen=True, slots=True)
class Words:
    """Where a file has its pixels, and their form: ``lines`` are those of all frames."""

    start: int
    lines: int
    columns: int


def decode(payload: bytes, coding: Coding, size: int) -> bytes:
    """Return the file behind a coded payload.

    Parameters
    ----------
    payload
        The bytes as they were sent.
    coding
        How they were made.
    size
        The declared length of the file in bytes; nothing that is larger is ever made of it.

    Raises
    ------
    CodingError
        If the payload does not decode to exactly `size` bytes, or if anything follows its end.
    """
    if coding is Coding.JPEG_LS:
        return _join(payload, size)
    if coding is Coding.DEFLATE:
        return _inflate(payload, size)
    if len(payload) != size:
        raise CodingError("the length differs from the declared one")
    return payload


def encode(data: bytes, coding: Coding, words: Words | None = None, *, level: int = 6) -> bytes:
    """Return a payload that `decode` turns back into `data`; for clients and tests in Python.

    Parameters
    ----------
    words
        Where JPEG-LS finds the pixels.
    """
    if coding is Coding.JPEG_LS and words is not None:
        return _split(data, words, level)
    return data if coding is Coding.RAW else _deflate(data, level)


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
    if len(data) != size:
        raise CodingError("the decoded length differs from the declared one")
    return data


def _deflate(data: bytes, level: int) -> bytes:
    compressor = zlib.compressobj(level, zlib.DEFLATED, RAW_DEFLATE)
    return compressor.compress(data) + compressor.flush()


def _join(payload: bytes, size: int) -> bytes:
    """Put a file together of its pixels and its rest; all lengths are checked before."""
    if len(payload) < _PAYLOAD_HEAD.size:
        raise CodingError("the payload is cut off")
    start, origin, length = _PAYLOAD_HEAD.unpack_from(payload)
    end = _PAYLOAD_HEAD.size + length
    stream = payload[_PAYLOAD_HEAD.size : end]
    lines, columns = _form_of(stream)
    rest_size = size - 2 * lines * columns
    if start > rest_size or origin >> _MOST_BITS:
        raise CodingError("the pixels are not where they could be")
    rest = _inflate(payload[end:], rest_size)
    words = _samples(stream, lines, columns).astype("<u2", copy=False)
    words += np.uint16(origin)
    return b"".join((rest[:start], words.data.cast("B"), rest[start:]))


def _form_of(stream: bytes) -> tuple[int, int]:
    """Return lines and columns of a stream that has the one form that we take, from head to end."""
    if len(stream) < _STREAM_HEAD.size:
        raise CodingError("the stream is cut off")
    start, length, bits, lines, columns, *component = _STREAM_HEAD.unpack_from(stream)
    expected = (_START, _FRAME_LENGTH, [_COMPONENT, _SCAN])
    if (start, length, component) != expected or not _LEAST_BITS <= bits <= _MOST_BITS:
        raise CodingError("the stream has another form")
    if not lines or not columns:
        raise CodingError("the stream has no size")
    # Inside a scan no byte of ones is followed by one that is above 127: there is one end.
    if stream.find(_END, _STREAM_HEAD.size) != len(stream) - len(_END):
        raise CodingError("the stream is cut off, or something follows it")
    return lines, columns


def _samples(stream: bytes, lines: int, columns: int) -> NDArray[Any]:
    try:
        samples: NDArray[Any] = imagecodecs.jpegls_decode(stream)
    except (RuntimeError, ValueError) as error:
        raise CodingError("the stream cannot be decoded") from error
    if samples.shape != (lines, columns):
        raise CodingError("the stream has another size")
    return samples


def _split(data: bytes, words: Words, level: int) -> bytes:
    """Code the pixels as they are, with 16 bits: a little longer than the browser's."""
    count = words.lines * words.columns
    samples = np.frombuffer(data, "<u2", count, words.start).reshape(words.lines, words.columns)
    coded = bytes(imagecodecs.jpegls_encode(samples))
    scan = coded[coded.index(_SCAN) + len(_SCAN) :]
    form = (_MOST_BITS, words.lines, words.columns)
    stream = _STREAM_HEAD.pack(_START, _FRAME_LENGTH, *form, _COMPONENT, _SCAN) + scan
    rest = data[: words.start] + data[words.start + 2 * count :]
    head = _PAYLOAD_HEAD.pack(words.start, 0, len(stream))
    return head + stream + _deflate(rest, level)
