"""Writes the pixels of one instance with some regions blanked, and proves it afterwards.

A compressed instance is decoded for it (two decoders must agree) and written uncompressed: a
lossless way back into its own codec is not sure for every encoder, and nothing outside the regions
may change by a grey level.

References
----------
PS3.15 E.3.1 (Clean Pixel Data Option).
"""

import hashlib
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from imaging.decode import Frame, FrameSource
from imaging.errors import Code, ImagingError
from imaging.regions import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXPLICIT_VR_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"


class BlankedPixels:
    """The pixels of one file with regions of one value; stands in for `PixelCopy`.

    Parameters
    ----------
    source : Path
        A file that passed the gate.
    regions : tuple of Region
        Blanked in every frame. The value is the darkest one that the picture holds: black.

    Raises
    ------
    ImagingError
        As `FrameSource`; DAMAGED when a region lies outside the picture.
    """

    cleared = False
    trimmed = 0

    def __init__(self, source: Path, regions: tuple[Region, ...]) -> None:
        self._frames = FrameSource(source)
        self._form = self._frames.form
        self._regions = regions
        if not all(one.lies_in(self._form.rows, self._form.columns) for one in regions):
            raise ImagingError(Code.DAMAGED, "a region lies outside the picture")
        self._shift = self._form.high_bit + 1 - self._form.stored
        if self._shift and self._frames.syntax.is_encapsulated:
            raise ImagingError(Code.SYNTAX, "compressed values that do not begin at bit 0")
        self._black = self._darkest()
        size = self._form.rows * self._form.columns * self._form.raw_type.itemsize
        self._length = size * self._frames.count
        self.length = self._length + self._length % 2
        self.sha256 = ""

    def write_to(self, target: RawIOBase) -> None:
        """Append the pixels to a file that is open for writing, unbuffered."""
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[target.write(rest) or 0 :]
        self.sha256 = digest.hexdigest()

    def matches(self, written: RawIOBase) -> bool:
        """Read on in the written file and tell whether its rest is these pixels, byte by byte."""
        return all(written.read(len(chunk)) == chunk for chunk in self._chunks()) and not (
            written.read(1)
        )

    def verify(self, written: Path) -> None:
        """Read the written file by pydicom and hold each frame against the source.

        Raises
        ------
        ImagingError
            UNSAFE when a region holds anything but black, or any other pixel has changed.
        """
        after = FrameSource(written)
        if after.count != self._frames.count or after.form != self._form:
            raise ImagingError(Code.UNSAFE, "blanked: another form")
        for before, now in zip(self._frames, after, strict=True):
            hidden = all((now[one.rows, one.columns] == self._black).all() for one in self._regions)
            if not hidden or not np.array_equal(self._blanked(before), now):
                raise ImagingError(Code.UNSAFE, "blanked: the second reading differs")

    def _chunks(self) -> Iterator[bytes]:
        for frame in self._frames:
            words: NDArray[Any] = self._blanked(frame).astype(self._form.value_type, copy=False)
            yield (words.view(self._form.raw_type) << self._shift).tobytes()
        if self._length % 2:
            yield b"\0"

    def _blanked(self, frame: Frame) -> Frame:
        blanked = frame.copy()
        for region in self._regions:
            blanked[region.rows, region.columns] = self._black
        return blanked

    def _darkest(self) -> int:
        inverted = self._frames.dataset.get("PhotometricInterpretation") == "MONOCHROME1"
        ends = [int(frame.max() if inverted else frame.min()) for frame in self._frames]
        return max(ends) if inverted else min(ends)
