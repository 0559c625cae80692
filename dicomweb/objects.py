"""What was computed at ingest, read from the bucket of studies."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404

from cases import storage
from cases.models import Instance, Series
from imaging.display import Encoding, PackedFrame

Metadata = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SeriesIndex:
    """Where the frames of a series lie, and the number of each instance's first preview."""

    frames: dict[str, list[PackedFrame]]
    first_preview: dict[str, int]


@lru_cache(maxsize=128)
def _index(key: str) -> SeriesIndex:
    document = json.loads(storage.read(storage.STUDIES, key))
    frames, first_preview, number = {}, {}, 1
    for entry in document["instances"]:
        uid = entry["sop_instance_uid"]
        frames[uid] = [
            PackedFrame(offset, length, Encoding(encoding))
            for offset, length, encoding in entry["frames"]
        ]
        first_preview[uid] = number
        number += len(entry["frames"])
    return SeriesIndex(frames, first_preview)


def index_of(series: Series) -> SeriesIndex:
    """Return the index of a series' pack; kept in memory, since objects never change."""
    return _index(f"{series.prefix}frames.json")


def packed_frames(instance: Instance, numbers: list[int] | None = None) -> list[PackedFrame]:
    """Return where frames of an instance lie; `numbers` count from 1, None means all.

    Raises
    ------
    Http404
        When a frame does not exist.
    """
    frames = index_of(instance.series).frames.get(instance.sop_instance_uid, [])
    wanted = range(1, len(frames) + 1) if numbers is None else numbers
    if not frames or any(not 1 <= number <= len(frames) for number in wanted):
        raise Http404
    return [frames[number - 1] for number in wanted]


def frame_bytes(series: Series, frame: PackedFrame) -> bytes:
    """Return the coded bytes of one frame by a range read of the pack."""
    key = f"{series.prefix}frames.pack"
    return storage.read(storage.STUDIES, key, start=frame.offset, length=frame.length)


@lru_cache(maxsize=128)
def _compressed_metadata(key: str) -> bytes:
    return storage.read(storage.STUDIES, key)


def compressed_metadata(series: Series) -> bytes:
    """Return the DICOM JSON of a series as one gzip member."""
    return _compressed_metadata(f"{series.prefix}metadata.json.gz")


def metadata(series: Series) -> Metadata:
    """Return the DICOM JSON of a series."""
    documents: Metadata = json.loads(gzip.decompress(compressed_metadata(series)))
    return documents


def preview(series: Series, number: int) -> bytes:
    """Return the WebP preview of a frame of a series; `number` counts from 1 over the series."""
    return storage.read(storage.STUDIES, f"{series.prefix}p{number:04d}.webp")


def instance_file(instance: Instance) -> Iterator[bytes]:
    """Yield the stored Part 10 file in chunks."""
    return storage.stream(storage.STUDIES, instance.key)
