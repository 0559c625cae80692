"""The stored pixel values of an instance; where they are compressed, two decoders must agree.

A decoder that is wrong on a legal stream raises nothing: it hands back a plausible picture
(pylibjpeg-libjpeg issue 90). So every compressed frame is decoded twice, by code of different
origin where it exists (two builds of OpenJPEG for JPEG 2000), and is held when the two differ.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import imagecodecs
import libjpeg.utils
import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder

from imaging.codestream import codestream_shape, segments
from imaging.errors import Code, ImagingError

logging.getLogger("pydicom").setLevel(logging.CRITICAL)  # its messages quote values

Frame = NDArray[np.integer[Any]]
Decoder = Callable[["FrameSource", int], NDArray[Any]]

LOSSY_TOLERANCE: Final = (
    2  # grey levels by which two correct lossy decoders may differ (rounding of the inverse DCT)
)

_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})  # baseline and extended, with Huffman codes
_START_OF_SCAN: Final = 0xDA
_WHOLE_SPECTRUM: Final = 63


@dataclass(frozen=True, slots=True)
class PixelForm:
    """How stored values lie in memory, from the Image Pixel module (PS3.3 C.7.6.3).

    Attributes
    ----------
    rows, columns : int
        Height and width of a frame in pixels.
    allocated, stored, high_bit : int
        Bits Allocated (8 or 16), Bits Stored, High Bit.
    signed : bool
        Whether Pixel Representation is 1.
    """

    rows: int
    columns: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool

    @property
    def raw_type(self) -> np.dtype[Any]:
        """The unsigned little-endian type that holds one allocated word."""
        return np.dtype("u1" if self.allocated == 8 else "<u2")

    @property
    def value_type(self) -> np.dtype[Any]:
        """The little-endian type of a stored value."""
        kind = "i" if self.signed else "u"
        return np.dtype(f"{kind}1" if self.allocated == 8 else f"<{kind}2")

    def stored_values(self, words: NDArray[Any], shift: int = 0) -> Frame:
        """Return `words` with the bits outside Bits Stored cleared, sign-extended where signed."""
        whole = self.raw_type if words.dtype.kind == "u" else self.value_type
        bits = words.astype(whole, copy=False)
        bits = bits.view(self.raw_type) >> shift
        if not self.signed:
            masked: Frame = bits & self.raw_type.type((1 << self.stored) - 1)
            return masked
        spare = self.allocated - self.stored
        extended: Frame = (bits << spare).view(self.value_type) >> spare
        return extended


class FrameSource:
    """The frames of one Part 10 file, decoded one at a time.

    Parameters
    ----------
    path : Path
        A file that passed the gate.

    Raises
    ------
    ImagingError
        ``SYNTAX`` for a transfer syntax or pixel form that is not handled, ``DAMAGED`` or
        ``CUT_OFF`` when the bytes do not give the declared frames, ``UNSAFE`` when two
        decoders differ.
    """

    def __init__(self, path: Path) -> None:
        self.dataset: FileDataset = pydicom.dcmread(path)
        self.syntax = self.dataset.file_meta.TransferSyntaxUID
        self.form = _pixel_form(self.dataset)
        self.count = int(self.dataset.get("NumberOfFrames") or 1)
        self._encoded: list[bytes] | None = None
        if self.syntax.is_encapsulated and self.syntax not in _DECODERS:
            raise ImagingError(Code.SYNTAX, "no pair of decoders for this transfer syntax")

    def __iter__(self) -> Iterator[Frame]:
        return (self.frame(index) for index in range(self.count))

    def frame(self, index: int) -> Frame:
        """Return frame `index` (0-based) as a (rows, columns) array of stored values."""
        if not self.syntax.is_encapsulated:
            return self._native(index)
        first, second, tolerance = _DECODERS[self.syntax]
        expected = (self.form.rows, self.form.columns)
        declared = codestream_shape(self.encoded(index))
        if declared is not None and declared != expected:
            raise ImagingError(Code.DAMAGED, "the codestream has another size than the header says")
        one, two = (self._decoded(decoder, index) for decoder in (first, second))
        difference = int(np.abs(one.astype("i4") - two.astype("i4")).max())
        if difference > tolerance:
            raise ImagingError(Code.UNSAFE, "two decoders disagree")
        return one

    def encoded(self, index: int) -> bytes:
        """Return the codestream of frame `index` (0-based)."""
        if self._encoded is None:
            data = self.dataset.PixelData
            try:
                self._encoded = list(generate_frames(data, number_of_frames=self.count))
            except Exception as error:
                detail = f"fragments ({type(error).__name__})"
                raise ImagingError(Code.DAMAGED, detail) from None
        if index >= len(self._encoded):
            raise ImagingError(Code.CUT_OFF, "fewer frames than declared")
        return self._encoded[index]

    def _native(self, index: int) -> Frame:
        form = self.form
        size = form.rows * form.columns * form.raw_type.itemsize
        data = memoryview(self.dataset.PixelData)[index * size : (index + 1) * size]
        if len(data) != size:
            raise ImagingError(Code.CUT_OFF, "fewer pixels than declared")
        words = np.frombuffer(data, form.raw_type).reshape(form.rows, form.columns)
        return form.stored_values(words, shift=form.high_bit + 1 - form.stored)

    def _decoded(self, decoder: Decoder, index: int) -> Frame:
        try:
            words = decoder(self, index)
        except (MemoryError, ImagingError):
            raise
        except Exception as error:
            detail = f"a decoder gave up ({type(error).__name__})"
            raise ImagingError(Code.DAMAGED, detail) from None
        if words.shape != (self.form.rows, self.form.columns) or words.dtype.kind not in "iu":
            raise ImagingError(Code.DAMAGED, "decoded to another form than the header says")
        return self.form.stored_values(words)


def require_decodable(path: Path) -> None:
    """Decode every frame of a file that passed the gate.

    Raises
    ------
    ImagingError
        As `FrameSource`.
    """
    for _frame in FrameSource(path):
        pass


def _pixel_form(dataset: FileDataset) -> PixelForm:
    if "PixelData" not in dataset:
        raise ImagingError(Code.DAMAGED, "no pixel data")
    if int(dataset.get("SamplesPerPixel") or 1) != 1:
        raise ImagingError(Code.SYNTAX, "colours are not handled")
    form = PixelForm(
        rows=int(dataset.Rows),
        columns=int(dataset.Columns),
        allocated=int(dataset.BitsAllocated),
        stored=int(dataset.BitsStored),
        high_bit=int(dataset.HighBit),
        signed=int(dataset.get("PixelRepresentation") or 0) == 1,
    )
    if form.allocated not in (8, 16) or not 1 <= form.stored <= form.high_bit + 1 <= form.allocated:
        raise ImagingError(Code.SYNTAX, "bits allocated, stored or high bit not handled")
    return form


def _by_imagecodecs(name: str, source: FrameSource, index: int) -> NDArray[Any]:
    decoded: NDArray[Any] = getattr(imagecodecs, f"{name}_decode")(source.encoded(index))
    return decoded


def _jpeg_by_libjpeg(source: FrameSource, index: int) -> NDArray[Any]:
    decoded: NDArray[Any] = libjpeg.utils.decode(_with_whole_spectrum(source.encoded(index)))
    return decoded


def _with_whole_spectrum(data: bytes) -> bytes:
    """Return a sequential JPEG whose scan says that it ends with coefficient 63.

    It always does, but some archives wrote 0 there (so in the samples of DICOM's working group 4).
    Most decoders never look, others refuse the picture for it. Other data come back as they are.

    References
    ----------
    ITU-T T.81 B.2.3, table B.3 (Se).
    """
    sequential = False
    for marker, at in segments(data):
        sequential = sequential or marker in _SEQUENTIAL
        if marker == _START_OF_SCAN:
            end = at + 6 + 2 * data[at + 4]  # behind Ns, two bytes a component, and Ss
            if sequential and data[end : end + 1] == b"\0":
                return data[:end] + bytes([_WHOLE_SPECTRUM]) + data[end + 1 :]
            break
    return data


def _rle_by_imagecodecs(source: FrameSource, index: int) -> NDArray[Any]:
    form = source.form
    data = imagecodecs.dicomrle_decode(source.encoded(index), form.raw_type)
    words = np.frombuffer(data, form.raw_type, count=form.rows * form.columns)
    return words.reshape(form.rows, form.columns)


def _by_pydicom(plugin: str, source: FrameSource, index: int) -> NDArray[Any]:
    decoder = get_decoder(source.syntax)
    return decoder.as_array(source.dataset, index=index, raw=True, decoding_plugin=plugin)[0]


def _pair(first: str, second: Decoder, tolerance: int = 0) -> tuple[Decoder, Decoder, int]:
    return partial(_by_imagecodecs, first), second, tolerance


_PYLIBJPEG: Final = partial(_by_pydicom, "pylibjpeg")
_JPEG_LOSSLESS: Final = _pair("jpegsof3", partial(_by_imagecodecs, "ljpeg"))

_DECODERS: Final[dict[str, tuple[Decoder, Decoder, int]]] = {
    "1.2.840.10008.1.2.5": (_rle_by_imagecodecs, partial(_by_pydicom, "pydicom"), 0),
    "1.2.840.10008.1.2.4.50": _pair("jpeg8", _jpeg_by_libjpeg, LOSSY_TOLERANCE),
    "1.2.840.10008.1.2.4.51": _pair("jpeg8", _jpeg_by_libjpeg, LOSSY_TOLERANCE),
    "1.2.840.10008.1.2.4.57": _JPEG_LOSSLESS,
    "1.2.840.10008.1.2.4.70": _JPEG_LOSSLESS,
    "1.2.840.10008.1.2.4.80": _pair("jpegls", _PYLIBJPEG),
    "1.2.840.10008.1.2.4.81": _pair("jpegls", _PYLIBJPEG),
    "1.2.840.10008.1.2.4.90": _pair("jpeg2k", _PYLIBJPEG),
    "1.2.840.10008.1.2.4.91": _pair("jpeg2k", _PYLIBJPEG, LOSSY_TOLERANCE),
    "1.2.840.10008.1.2.4.201": _pair("htj2k", _PYLIBJPEG),
    "1.2.840.10008.1.2.4.202": _pair("htj2k", _PYLIBJPEG),
    "1.2.840.10008.1.2.4.203": _pair("htj2k", _PYLIBJPEG, LOSSY_TOLERANCE),
}
