"""What a viewer is served: per series one pack of losslessly coded frames, an index and previews.

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

from imaging.decode import FrameSource
from imaging.preview import Window, choose_window, pixel_aspect, render_preview

INDEX_VERSION: Final = 1
SAMPLED_FRAMES: Final = 5
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
        self._digest = hashlib.sha256()
        self.size = 0

    def add(self, frame: NDArray[Any]) -> PackedFrame:
        """Append `frame` and return where it lies."""
        encoding, data = encode_frame(frame)
        self._stream.write(data)
        self._digest.update(data)
        packed = PackedFrame(self.size, len(data), encoding)
        self.size += len(data)
        return packed

    @property
    def sha256(self) -> str:
        """The digest of all that was written, in hexadecimal."""
        return self._digest.hexdigest()


def derive_series(instances: Sequence[Path], folder: Path) -> None:
    """Write ``frames.pack``, ``frames.json`` and ``pNNNN.webp`` of one series into `folder`.

    Parameters
    ----------
    instances : sequence of Path
        De-identified Part 10 files in the order in which they are shown.
    folder : Path
        The series' folder.

    Raises
    ------
    ImagingError
        As `FrameSource`.

    Notes
    -----
    ``frames.json``: ``version``; ``size`` and ``sha256`` of the pack; ``instances``, each with
    ``sop_instance_uid``, ``file``, ``size`` and ``frames``, a list of ``[offset, length,
    encoding]``. Previews are numbered from 1 over all frames of the series in this order.
    """
    samples = _sample_frames(instances)
    index: list[dict[str, Any]] = []
    number = 0
    with (folder / "frames.pack").open("wb") as stream:
        writer = PackWriter(stream)
        for path in instances:
            source = FrameSource(path)
            packed = []
            for at, frame in enumerate(source):
                number += 1
                packed.append(writer.add(frame))
                window = choose_window(source.dataset, at, samples)
                _write_preview(folder / f"p{number:04d}.webp", source, frame, window)
            index.append(_index_entry(path, source, packed))
    document = {
        "version": INDEX_VERSION,
        "size": writer.size,
        "sha256": writer.sha256,
        "instances": index,
    }
    (folder / "frames.json").write_text(json.dumps(document, separators=(",", ":")))


def _write_preview(path: Path, source: FrameSource, frame: NDArray[Any], window: Window) -> None:
    path.write_bytes(render_preview(frame, window, pixel_aspect(source.dataset)))


def _index_entry(path: Path, source: FrameSource, packed: list[PackedFrame]) -> dict[str, Any]:
    return {
        "sop_instance_uid": str(source.dataset.SOPInstanceUID),
        "file": path.name,
        "size": path.stat().st_size,
        "frames": [[one.offset, one.length, one.encoding.value] for one in packed],
    }


def _sample_frames(instances: Sequence[Path]) -> list[NDArray[Any]]:
    """Return about `SAMPLED_FRAMES` frames spread over the series."""
    middle = [instances[i] for i in _spread(len(instances), SAMPLED_FRAMES)]
    share = max(1, SAMPLED_FRAMES // len(middle))
    samples: list[NDArray[Any]] = []
    for path in middle:
        source = FrameSource(path)
        samples.extend(source.frame(at) for at in _spread(source.count, share))
    return samples


def _spread(count: int, wanted: int) -> Iterator[int]:
    """Return at most `wanted` distinct positions of range(count), evenly spread."""
    wanted = min(count, wanted)
    return iter(sorted({(2 * k + 1) * count // (2 * wanted) for k in range(wanted)}))
