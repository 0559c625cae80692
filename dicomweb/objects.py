"""What was computed at ingest, read from the bucket of studies."""

import gzip
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import Http404

from cases import instance_files, storage
from cases.models import Instance, Series, Study
from dicomweb.blocks import packs
from imaging.display import Encoding, PackedFrame

Metadata = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SeriesIndex:
    """Where the frames of a series lie, and the number of each instance's first preview."""

    frames: dict[str, list[PackedFrame]]
    first_preview: dict[str, int]


@lru_cache(maxsize=128)
def _index(prefix: str) -> SeriesIndex:
    """Read the index of a series' pack; kept in memory, since objects never change."""
    document = json.loads(storage.read(storage.STUDIES, f"{prefix}frames.json"))
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


@lru_cache(maxsize=64)
def _prefixes(study_id: uuid.UUID) -> dict[str, str]:
    """Return where the series of a study lie, by their UID; its rows never change either."""
    rows = Series.objects.filter(study=study_id).select_related("study")
    found = {one.series_instance_uid: one.prefix for one in rows}
    if not found:
        raise Http404  # not kept: a study without series is one whose rows are still to come
    return found


@dataclass(frozen=True, slots=True)
class Pack:
    """The coded frames of one series."""

    prefix: str

    @property
    def index(self) -> SeriesIndex:
        return _index(self.prefix)

    def frames(self, sop_instance_uid: str, numbers: list[int] | None = None) -> list[PackedFrame]:
        """Return where frames of an instance lie; `numbers` count from 1, None means all.

        Raises
        ------
        Http404
            When a frame does not exist.
        """
        frames = self.index.frames.get(sop_instance_uid, [])
        wanted = range(1, len(frames) + 1) if numbers is None else numbers
        if not frames or any(not 1 <= number <= len(frames) for number in wanted):
            raise Http404
        return [frames[number - 1] for number in wanted]

    def read(self, frame: PackedFrame) -> bytes:
        """Return the coded bytes of one frame."""
        return packs.span(f"{self.prefix}frames.pack", frame.offset, frame.length)


def pack_of(series: Series) -> Pack:
    return Pack(series.prefix)


def find_pack(study: Study, series_instance_uid: str) -> Pack:
    """Return the pack of the series with this UID, without a query where it was asked before.

    Raises
    ------
    Http404
        When the study has no such series.
    """
    prefix = _prefixes(study.id).get(series_instance_uid)
    if prefix is None:
        raise Http404
    return Pack(prefix)


def forget() -> None:
    """Empty every memory of this module, as tests need that put other objects in their place."""
    for kept in (_index, _prefixes, _compressed_metadata):
        kept.cache_clear()
    packs.clear()


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


def instance_file(instance: Instance) -> Iterator[bytes]:
    """Yield the stored Part 10 file in chunks."""
    return instance_files.read(instance)
