"""The pictures of a data set in any transfer syntax that the portal reads."""

from collections.abc import Callable
from typing import Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.encoders.base import RLELosslessEncoder
from pydicom.uid import (
    JPEG2000,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

LOSSY_RATIO: Final = 12


def _rle(image: NDArray[np.uint16]) -> bytes | bytearray:
    rows, columns = image.shape
    described = {
        "rows": rows, "columns": columns, "number_of_frames": 1, "samples_per_pixel": 1,
        "bits_allocated": 16, "bits_stored": 12, "pixel_representation": 0,
        "photometric_interpretation": "MONOCHROME2",
    }  # fmt: skip
    return RLELosslessEncoder.encode(image, **described)


_ENCODERS: Final[dict[str, Callable[[Any], bytes | bytearray]]] = {
    RLELossless: _rle,
    JPEGLossless: lambda image: imagecodecs.ljpeg_encode(image, bitspersample=12),
    JPEGLosslessSV1: lambda image: imagecodecs.ljpeg_encode(image, bitspersample=12),
    JPEGLSLossless: lambda image: imagecodecs.jpegls_encode(image, level=0),
    JPEGLSNearLossless: lambda image: imagecodecs.jpegls_encode(image, level=3),
    JPEG2000Lossless: lambda image: imagecodecs.jpeg2k_encode(
        image, codecformat="J2K", reversible=True, level=0, bitspersample=12
    ),
    JPEG2000: lambda image: imagecodecs.jpeg2k_encode(
        image, codecformat="J2K", level=40, bitspersample=12
    ),
    HTJ2KLossless: lambda image: imagecodecs.htj2k_encode(image, reversible=True),
}
COMPRESSED: Final = tuple(_ENCODERS)
_LOSSY: Final = frozenset([JPEGLSNearLossless, JPEG2000])


def compress(dataset: Dataset, transfer_syntax: str) -> None:
    """Replace the uncompressed pictures of a data set by compressed ones.

    Parameters
    ----------
    dataset : Dataset
        With 16-bit uncompressed Pixel Data, one or more frames.
    transfer_syntax : str
        One of `COMPRESSED`; a lossy one is marked as such.

    Raises
    ------
    KeyError
        When there is no encoder for it.
    """
    encode = _ENCODERS[transfer_syntax]
    frames = int(dataset.get("NumberOfFrames", 1))
    images = np.frombuffer(dataset.PixelData, "<u2").reshape(frames, dataset.Rows, dataset.Columns)
    codestreams = [bytes(encode(np.ascontiguousarray(image))) for image in images]
    dataset.PixelData = encapsulate(codestreams)
    dataset["PixelData"].VR = "OB"
    if transfer_syntax in _LOSSY:
        ratio = images.nbytes / sum(map(len, codestreams))
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
        dataset.LossyImageCompressionMethod = "ISO_15444_1"
