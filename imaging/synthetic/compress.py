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
    HTJ2K,
    JPEG2000,
    UID,
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
    JPEGBaseline8Bit: lambda image: imagecodecs.jpeg8_encode(image, level=95),
    JPEGExtended12Bit: lambda image: imagecodecs.jpeg8_encode(image, level=95, bitspersample=12),
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
    # The encoder's own order is RPCL; PS3.5 10.18 wants tile lengths and a last level of 64 pixels.
    HTJ2KLosslessRPCL: lambda image: imagecodecs.htj2k_encode(
        image, reversible=True, tlm=True, resolutions=5
    ),
    HTJ2K: lambda image: imagecodecs.htj2k_encode(image, reversible=False, level=0.0001),
}
COMPRESSED: Final = tuple(_ENCODERS)
#: The lossy ones, with the defined term of (0028,2114) for each (PS3.3 C.7.6.1.1.5.1).
LOSSY: Final = {
    JPEGBaseline8Bit: "ISO_10918_1",
    JPEGExtended12Bit: "ISO_10918_1",
    JPEGLSNearLossless: "ISO_14495_1",
    JPEG2000: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
}


def compress(dataset: Dataset, transfer_syntax: str) -> None:
    """Replace the uncompressed pictures of a data set by compressed ones.

    Parameters
    ----------
    dataset : Dataset
        With 16-bit uncompressed Pixel Data, one or more frames.
    transfer_syntax : str
        One of `COMPRESSED`; a lossy one is marked as such, and JPEG Baseline gets 8 bits.

    Raises
    ------
    KeyError
        When there is no encoder for it.
    """
    encode = _ENCODERS[transfer_syntax]
    frames = int(dataset.get("NumberOfFrames", 1))
    images = np.frombuffer(dataset.PixelData, "<u2").reshape(frames, dataset.Rows, dataset.Columns)
    if transfer_syntax == JPEGBaseline8Bit:
        images = _to_8_bits(dataset, images)
    codestreams = [bytes(encode(np.ascontiguousarray(image))) for image in images]
    dataset.PixelData = encapsulate(codestreams)
    dataset["PixelData"].VR = "OB"
    if transfer_syntax in LOSSY:
        ratio = images.nbytes / sum(map(len, codestreams))
        dataset.LossyImageCompression = "01"
        dataset.LossyImageCompressionRatio = f"{ratio:.2f}"
        dataset.LossyImageCompressionMethod = LOSSY[UID(transfer_syntax)]


def _to_8_bits(dataset: Dataset, images: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the upper 8 of the stored bits, and let the header and its window say so."""
    lost = int(dataset.BitsStored) - 8
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    for keyword in ("WindowCenter", "WindowWidth"):
        if keyword in dataset:
            setattr(dataset, keyword, f"{float(dataset[keyword].value) / 2**lost:.2f}")
    return (images >> lost).astype(np.uint8)
