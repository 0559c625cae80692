"""Copies the value of Pixel Data from file to file, piece by piece.

Bits outside the stored values are the one thing that may change: old overlays hide there, and no
reader shows them as pixels (PS3.5 section 8.1.1).
"""

import hashlib
import mmap
from collections.abc import Iterator
from io import RawIOBase
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from imaging.elements import Buffer
from imaging.pixels import PixelLayout, Pixels

CHUNK: Final = (
    1024 * 1024
)  # bytes; even, so that no 16-bit word is cut. Few large writes cost least
LARGE: Final = 32 * 1024 * 1024  # bytes of pixels from which on mapped pages are let go of


class PixelCopy:
    """One copy of the pixels of one admitted file.

    Parameters
    ----------
    buffer : bytes or mmap
        The source.
    pixels : Pixels
        Where they lie, as the gate found them.

    Attributes
    ----------
    length : int
        Bytes of the value as written; all items and the delimiter when encapsulated.
    sha256 : str
        Of these bytes, known after `write_to`.
    cleared : bool
        Whether bits outside the stored values were cleared.
    trimmed : int
        Bytes of the source's value that lie behind its last pixel and are left out.
    """

    def __init__(self, buffer: Buffer, pixels: Pixels) -> None:
        self._buffer = buffer
        self._start = pixels.element.value
        self._layout = None if pixels.element.encapsulated else pixels.layout
        self.length = pixels.length
        self.trimmed = 0 if pixels.element.encapsulated else pixels.element.length - self.length
        self.sha256 = ""
        self.cleared = False

    def write_to(self, target: RawIOBase) -> None:
        """Append the pixels to a file that is open for writing, unbuffered."""
        digest = hashlib.sha256()
        for chunk in self._chunks():
            clean = self._clean(chunk)
            digest.update(clean)
            _write_all(target, clean)
        self.sha256 = digest.hexdigest()

    def matches(self, written: RawIOBase) -> bool:
        """Read on in the written file and tell whether its rest is these pixels, byte by byte."""
        chunks = map(self._clean, self._chunks()) if self.cleared else self._chunks()
        return all(written.read(len(chunk)) == chunk for chunk in chunks) and not written.read(1)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the pixels as they stand in the source."""
        end = self._start + self.length
        for start in range(self._start, end, CHUNK):
            yield self._buffer[start : min(start + CHUNK, end)]
            if self.length > LARGE:
                _forget(self._buffer, start)

    def _clean(self, chunk: bytes) -> bytes:
        if self._layout is None or not self._layout.unused_bits:
            return chunk
        cleared = clear_unused_bits(chunk, self._layout)
        if cleared is None:
            return chunk
        self.cleared = True
        return cleared.tobytes()


def clear_unused_bits(chunk: bytes, layout: PixelLayout) -> NDArray[Any] | None:
    """Return the words with only their stored bits, or None when they hold nothing else.

    Signed values may be sign-extended into the bits above them; that is no foreign content, and
    such words stay as they are.
    """
    words: NDArray[Any] = np.frombuffer(chunk, "<u2" if layout.bits_allocated == 16 else "u1")
    if not int(np.bitwise_or.reduce(words)) & layout.unused_bits:
        return None
    stored: NDArray[Any] = words & ~words.dtype.type(layout.unused_bits)
    if not layout.signed:
        return stored
    above = words.dtype.type(((1 << layout.bits_allocated) - 1) & ~((2 << layout.high_bit) - 1))
    negative = (words >> layout.high_bit) & 1 == 1
    extended = np.where(negative, stored | above, stored)
    foreign = (words != stored) & (words != extended)
    cleared: NDArray[Any] = np.where(foreign, extended, words)
    return cleared if bool(foreign.any()) else None


def _forget(buffer: Buffer, start: int) -> None:
    """Let go of the pages of a mapped file that lie behind us, so that memory stays small."""
    if isinstance(buffer, mmap.mmap):
        page = start - start % mmap.PAGESIZE
        buffer.madvise(mmap.MADV_DONTNEED, page, CHUNK - CHUNK % mmap.PAGESIZE)


def _write_all(target: RawIOBase, data: bytes) -> None:
    written = target.write(data) or 0
    while written < len(data):
        written += target.write(data[written:]) or 0
