"""Copies the value of Pixel Data from file to file, piece by piece.

Bits outside the stored values are the one thing that may change: old overlays hide there, and no
reader shows them as pixels (PS3.5 section 8.1.1).
"""

import hashlib
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from imaging.gate import Admitted
from imaging.pixels import PixelLayout

CHUNK: Final = 128 * 1024  # bytes, so that it stays in the cache; even, for no word to be cut


class PixelCopy:
    """One copy of the pixels of one admitted file.

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

    def __init__(self, source: Path, admitted: Admitted) -> None:
        pixel = admitted.header.pixel
        if pixel is None:
            raise ValueError("the gate admits no file without pixels")
        self._source = source
        self._start = pixel.value
        self._layout = None if pixel.encapsulated else admitted.layout
        self.length = admitted.pixel_end - pixel.value
        self.trimmed = 0 if pixel.encapsulated else pixel.length - self.length
        self.sha256 = ""
        self.cleared = False

    def write_to(self, target: RawIOBase) -> None:
        """Append the pixels to a file that is open for writing, unbuffered."""
        digest = hashlib.sha256()
        for chunk in _chunks(self._source, self._start, self.length):
            clean = self._clean(chunk)
            digest.update(clean)
            _write_all(target, clean)
        self.sha256 = digest.hexdigest()

    def matches(self, written: Path, offset: int) -> bool:
        """Read both files again and tell whether the pixels are the same, byte by byte."""
        if written.stat().st_size != offset + self.length:
            return False
        copies = _chunks(written, offset, self.length)
        sources = _chunks(self._source, self._start, self.length)
        # bytes compare by memcmp, memory views one element after the other
        return all(
            bytes(self._clean(source)) == bytes(copy)
            for source, copy in zip(sources, copies, strict=True)
        )

    def _clean(self, chunk: memoryview) -> memoryview:
        if self._layout is None or not self._layout.unused_bits:
            return chunk
        cleared = clear_unused_bits(chunk, self._layout)
        if cleared is None:
            return chunk
        self.cleared = True
        return cleared.data.cast("B")


def clear_unused_bits(chunk: memoryview, layout: PixelLayout) -> NDArray[Any] | None:
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


def _chunks(path: Path, offset: int, length: int) -> Iterator[memoryview]:
    """Yield a part of a file; each chunk is valid until the next one is asked for."""
    room = memoryview(bytearray(min(length, CHUNK)))
    with path.open("rb", buffering=0) as handle:
        handle.seek(offset)
        while length:
            view = room[: min(length, CHUNK)]
            if handle.readinto(view) != len(view):
                raise OSError("the file became shorter while it was read")
            length -= len(view)
            yield view


def _write_all(target: RawIOBase, data: memoryview) -> None:
    while data:
        data = data[target.write(data) or 0 :]
