"""What a person sees of a picture that is held for text: one picture of it, and where text stands.

It is drawn from a file that may carry a name, in the worker's child process, for a coordinator
alone. All frames of an instance are laid over each other, so that text on any of them shows.
"""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pydicom
from PIL import Image

from imaging.decode import FrameSource
from imaging.errors import Code, ImagingError
from imaging.printed_text import Extremes
from imaging.regions import Region
from imaging.text_detector import TextDetector

LONGEST_EDGE: Final = 1536  # pixels of the picture shown
MOST_COLOUR_BYTES: Final = 64 * 1024 * 1024  # of a colour picture's decoded frames
QUALITY: Final = 85


@dataclass(frozen=True, slots=True)
class Look:
    """A picture as WebP, its size in pixels of the instance, and where text stands."""

    picture: bytes
    rows: int
    columns: int
    regions: tuple[Region, ...]
    is_grey: bool


def look_at(path: Path, detector: TextDetector | None) -> Look:
    """Draw an instance and search it for text.

    Raises
    ------
    ImagingError
        When it cannot be decoded.
    """
    dataset = pydicom.dcmread(path, stop_before_pixels=True)
    if int(dataset.get("SamplesPerPixel") or 1) == 3:
        colours = _colours(path)
        shown = Image.fromarray(colours)
        regions = detector.find(np.asarray(shown.convert("L"))) if detector else ()
        rows, columns = colours.shape[:2]
        return Look(_webp(shown), rows, columns, regions, is_grey=False)
    extremes = Extremes.of(FrameSource(path))
    return look_of(extremes, extremes.found_by(detector) if detector else ())


def look_of(extremes: Extremes, regions: tuple[Region, ...]) -> Look:
    """Draw the brightest values of an instance's frames."""
    brightest = extremes.pictures()[0]
    rows, columns = brightest.shape
    return Look(_webp(Image.fromarray(brightest)), rows, columns, regions, is_grey=True)


def _colours(path: Path) -> Any:
    """Return (rows, columns, 3) of 8-bit colours, the brightest over all frames."""
    dataset = pydicom.dcmread(path)
    size = int(dataset.Rows) * int(dataset.Columns) * 3 * int(dataset.get("NumberOfFrames") or 1)
    if int(dataset.BitsAllocated) != 8 or size > MOST_COLOUR_BYTES:
        raise ImagingError(Code.LIMIT, "a colour picture that is not drawn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values, and the picture is only looked at
        pixels = dataset.pixel_array
    colours = pixels.max(axis=0) if pixels.ndim == 4 else pixels
    if colours.ndim != 3 or colours.shape[2] != 3 or colours.dtype != np.uint8:
        raise ImagingError(Code.DAMAGED, "no colour picture")
    return np.ascontiguousarray(colours)


def _webp(picture: Image.Image) -> bytes:
    picture.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, method=4)
    return buffer.getvalue()
