"""What a viewer is served: per series a pack of losslessly coded frames, its index, and previews.

A frame is High-Throughput JPEG 2000 when that gives its stored values back exactly, and raw
little-endian words otherwise. The stored instance itself keeps the codestream it came with.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from imaging.decode import FrameSource
from imaging.preview import (
    ValueRange,
    Window,
    choose_window,
    middle_range,
    pixel_aspect,
    render_preview,
    value_range,
)

INDEX_VERSION: Final = 1
SAMPLED_FRAMES: Final = 5
#: The previews of a series, one behind the other: an object each was nearly half of all objects of
#: a study, and storing takes its time by the object.
PREVIEWS: Final = "previews.pack"
RAW_WORDS: Final = np.dtype("<u2")


class Encoding(StrEnum):
    """How a frame lies in the pack, with what PS3.18 8.7.3 calls it on the wire."""

    HTJ2K = "htj2k"
    RAW = "raw"

    @property
    def media_type(self) -> str:
        """The media type of the frame."""
        return "image/jphc" if self is Encoding.HTJ2K else "application/octet-stream"

    @property
    def transfer_syntax_uid(self) -> str:
        """HTJ2K Lossless Only, or Explicit VR Little Endian."""
        return "1.2.840.10008.1.2.4.201" if self is Encoding.HTJ2K else "1.2.840.10008.1.2.1"


@dataclass(frozen=True, slots=True)
class PackedFrame:
    """Where a frame lies in the pack: byte offset, length and encoding."""

    offset: int
    length: int
    encoding: Encoding


def encode_frame(frame: NDArray[Any]) -> tuple[Encoding, bytes]:
    """Return `frame` coded without loss.

    Parameters
    ----------
    frame : ndarray
        (rows, columns) of 8- or 16-bit integers.

    Returns
    -------
    tuple
        The encoding and the bytes. The bytes have been decoded again and compared with `frame`.
    """
    frame = np.ascontiguousarray(frame)
    try:
        coded = bytes(imagecodecs.htj2k_encode(frame, reversible=True))
        again = imagecodecs.htj2k_decode(coded)
    except (imagecodecs.Htj2kError, ValueError):
        return Encoding.RAW, raw_bytes(frame)
    if again.dtype != frame.dtype or not np.array_equal(again, frame):
        return Encoding.RAW, raw_bytes(frame)
    return Encoding.HTJ2K, coded


def decode_frame(
    encoding: Encoding, data: bytes, raw_type: np.dtype[Any] = RAW_WORDS
) -> NDArray[Any]:
    """Return the values that `encode_frame` coded; raw ones as a flat array of `raw_type`."""
    if encoding is Encoding.RAW:
        return np.frombuffer(data, raw_type.newbyteorder("<"))
    values: NDArray[Any] = imagecodecs.htj2k_decode(data)
    return values


def raw_bytes(frame: NDArray[Any]) -> bytes:
    """Return the values of `frame` as little-endian words."""
    return frame.astype(frame.dtype.newbyteorder("<"), copy=False).tobytes()


class PackWriter:
    """Appends coded frames to one file."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._size = 0

    def add(self, frame: NDArray[Any]) -> PackedFrame:
        """Append `frame` and return where it lies."""
        encoding, data = encode_frame(frame)
        self._stream.write(data)
        packed = PackedFrame(self._size, len(data), encoding)
        self._size += len(data)
        return packed


@dataclass(frozen=True, slots=True)
class Extract:
    """Some bytes of a file: from where, and how many."""

    path: Path
    offset: int
    length: int

    def read(self) -> bytes:
        """Return them."""
        with self.path.open("rb") as stream:
            stream.seek(self.offset)
            return stream.read(self.length)


@dataclass(frozen=True, slots=True)
class KeptPreview:
    """A preview that was drawn before its series was known, and how it was drawn."""

    window: Window
    aspect: float
    picture: Extract


@dataclass(frozen=True, slots=True)
class PackedInstance:
    """One instance whose frames are coded, waiting to be put into its series.

    Attributes
    ----------
    path : Path
        The de-identified Part 10 file.
    pack : Path
        A file that holds the coded frames of this instance alone.
    frames : tuple of PackedFrame
        Where they lie in it.
    header : Dataset
        The instance without its pixels.
    values : ValueRange
        Between what the stored values of its frames lie.
    previews : tuple of KeptPreview or None
        One for each frame, or empty: drawn earlier, used where the window is still the same.
    picture : str
        Names its pixels and their form (`imaging.prepared`); empty where nothing was prepared.
    """

    path: Path
    pack: Path
    frames: tuple[PackedFrame, ...]
    header: Dataset
    values: ValueRange
    previews: tuple[KeptPreview | None, ...] = ()
    picture: str = ""


def pack_instance(path: Path, pack: Path) -> PackedInstance:
    """Decode every frame of an instance and write it coded for display to `pack`.

    Raises
    ------
    ImagingError
        As `FrameSource`.
    """
    source = FrameSource(path)
    with pack.open("wb") as stream:
        frames, values = code_frames(source, PackWriter(stream))
    header = source.dataset
    del header.PixelData
    return PackedInstance(path, pack, frames, header, values)


def code_frames(
    source: FrameSource, writer: PackWriter
) -> tuple[tuple[PackedFrame, ...], ValueRange]:
    """Code every frame of an instance; return where they lie and between what their values lie."""
    sampled = set(_spread(source.count, SAMPLED_FRAMES))
    samples, packed = [], []
    for at, frame in enumerate(source):
        packed.append(writer.add(frame))
        if at in sampled:
            samples.append(value_range(frame))
    return tuple(packed), middle_range(samples)


def write_series(instances: Sequence[PackedInstance], folder: Path) -> tuple[int, ...]:
    """Write ``frames.pack``, ``frames.json`` and ``previews.pack`` of one series into `folder`.

    Parameters
    ----------
    instances : sequence of PackedInstance
        In the order in which they are shown.
    folder : Path
        The series' folder.

    Returns
    -------
    tuple of int
        For each frame of the series, in this order, where its preview ends in ``previews.pack``.

    Notes
    -----
    ``frames.json``: ``version``; ``size`` and ``sha256`` of the pack; ``instances``, each with
    ``sop_instance_uid``, ``file``, ``size`` and ``frames``, a list of ``[offset, length,
    encoding]``.
    """
    values = middle_range([instance.values for instance in instances])
    digest, start = hashlib.sha256(), 0
    index: list[dict[str, Any]] = []
    preview_ends: list[int] = []
    with (folder / "frames.pack").open("wb") as stream, (folder / PREVIEWS).open("wb") as previews:
        for instance in instances:
            data = instance.pack.read_bytes()
            stream.write(data)
            digest.update(data)
            index.append(_index_entry(instance, start))
            for at, frame in enumerate(instance.frames):
                previews.write(_preview(instance, at, data[frame.offset :][: frame.length], values))
                preview_ends.append(previews.tell())
            start += len(data)
    document = {
        "version": INDEX_VERSION,
        "size": start,
        "sha256": digest.hexdigest(),
        "instances": index,
    }
    (folder / "frames.json").write_text(json.dumps(document, separators=(",", ":")))
    return tuple(preview_ends)


def _preview(instance: PackedInstance, at: int, data: bytes, values: ValueRange) -> bytes:
    header = instance.header
    window, aspect = choose_window(header, at, values), pixel_aspect(header)
    kept = instance.previews[at] if instance.previews else None
    if kept is not None and (kept.window, kept.aspect) == (window, aspect):
        return kept.picture.read()
    return render_preview(_decoded(instance, at, data), window, aspect)


def unpacked(instance: PackedInstance) -> Iterator[NDArray[Any]]:
    """Yield the frames of an instance again, (rows, columns) of stored values each."""
    data = instance.pack.read_bytes()
    for at, frame in enumerate(instance.frames):
        yield _decoded(instance, at, data[frame.offset :][: frame.length])


def _decoded(instance: PackedInstance, at: int, data: bytes) -> NDArray[Any]:
    header = instance.header
    raw_type = np.dtype(
        ("<i" if header.PixelRepresentation else "<u") + str(header.BitsAllocated // 8)
    )
    frame = decode_frame(instance.frames[at].encoding, data, raw_type)
    return frame.reshape(int(header.Rows), int(header.Columns))


def _index_entry(instance: PackedInstance, start: int) -> dict[str, Any]:
    return {
        "sop_instance_uid": str(instance.header.SOPInstanceUID),
        "file": instance.path.name,
        "size": instance.path.stat().st_size,
        "frames": [[start + one.offset, one.length, one.encoding.value] for one in instance.frames],
    }


def _spread(count: int, wanted: int) -> Iterator[int]:
    """Return at most `wanted` distinct positions of range(count), evenly spread."""
    wanted = min(count, wanted)
    return iter(sorted({(2 * k + 1) * count // (2 * wanted) for k in range(wanted)}))
