"""What of the work for display can be done before the study is known, kept for the study's run.

Coding the frames of a picture and drawing its preview need nothing but the picture. So they are
done while the other bundles are still on their way. What is kept is found again by what it was
made from: the SHA-256 of the pixels as the clean file holds them, their form, and for a preview
its window and aspect. Pixels that were changed in between, and values that another version of the
libraries made, are simply not found, and the run makes its own: the same bytes either way.

A kept file is one line of JSON and the bytes that it points into.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from io import RawIOBase
from pathlib import Path
from typing import IO, Any, Final

import imagecodecs
import numpy as np
import PIL
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from imaging.burned_in import held_for
from imaging.decode import FrameSource
from imaging.display import (
    Encoding,
    Extract,
    KeptPreview,
    PackedFrame,
    PackedInstance,
    PackWriter,
    code_frames,
    decode_frame,
    pack_instance,
)
from imaging.errors import Code, ImagingError, code_of
from imaging.gate import open_admitted
from imaging.headers import instance_header
from imaging.pixel_copy import PixelCopy
from imaging.preview import (
    ValueRange,
    Window,
    choose_window,
    declared_range,
    pixel_aspect,
    render_preview,
)

#: The modules that decide the bytes; with the libraries' versions they are part of what is kept.
_MAKERS: Final = ("decode", "display", "prepared", "preview")

_FORM: Final = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "NumberOfFrames",
)


@cache
def made_by() -> str:
    """Return a name of the very code that makes the bytes: only its own work is used."""
    digest = hashlib.sha256(f"{imagecodecs.__version__} {PIL.__version__}".encode())
    for name in _MAKERS:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def prepare(source: Path, destination: Path, *, opening: Callable[[str], None]) -> dict[str, Code]:
    """Do the work for display of some bundles.

    Parameters
    ----------
    source : Path
        A folder of folders, one a bundle; the names of folders and files are the caller's own.
    destination : Path
        An existing folder; gets one file for each folder of `source`, with its name.
    opening : callable
        Told the name of each file before it is opened.

    Returns
    -------
    dict
        For each file name how far it came: OK, or the code with which the study's run will leave
        it out or hold it.

    Raises
    ------
    OSError
        When the disk is full or away.
    """
    outcomes: dict[str, Code] = {}
    for folder in sorted(source.iterdir()):
        kept: list[dict[str, Any]] = []
        blob = destination / f"{folder.name}.part"
        with blob.open("wb") as stream:
            for path in sorted(folder.iterdir()):
                opening(path.name)
                outcomes[path.name] = _guarded(partial(_keep, path, stream, kept))
        _put_together(blob, kept, destination / folder.name)
    opening("")
    return outcomes


def _guarded(step: Callable[[], None]) -> Code:
    try:
        step()
    except Exception as error:  # whatever a file provokes, the others go on
        return code_of(error)
    return Code.OK


def _keep(path: Path, stream: IO[bytes], kept: list[dict[str, Any]]) -> None:
    """Append the coded frames and certain previews of one file, and what they were made from."""
    with open_admitted(path) as admitted:
        reason = held_for(admitted.header, searched=True)  # the run decides
        if reason:
            raise ImagingError(Code.BURNED, reason)
        series = instance_header(admitted.header, path).series_instance_uid
        pixels = PixelCopy(admitted.buffer, admitted.pixels)
        pixels.write_to(_Nowhere())
    start = stream.tell()
    try:
        entry = _entry(FrameSource(path), pixels.sha256, stream)
    except BaseException:
        stream.seek(start)
        stream.truncate()
        raise
    kept.append(entry | {"series": hashlib.sha256(series.encode()).hexdigest()})


def _entry(source: FrameSource, pixel_sha256: str, stream: IO[bytes]) -> dict[str, Any]:
    start = stream.tell()
    frames, values = code_frames(source, PackWriter(stream))
    length = stream.tell() - start
    previews = list(_previews(source, values, stream))
    return {
        "key": _key(pixel_sha256, source.dataset),
        "pack": [start, length],
        "frames": [[one.offset, one.length, one.encoding.value] for one in frames],
        "values": values,
        "previews": previews,
    }


def _previews(
    source: FrameSource, values: ValueRange, stream: IO[bytes]
) -> Iterator[list[Any] | None]:
    """Draw the frames whose window does not depend on the other pictures of the series."""
    aspect = pixel_aspect(source.dataset)
    for at, frame in enumerate(source):
        if source.count == 1 and declared_range(source.dataset, at) is None:
            yield None
            continue
        window = choose_window(source.dataset, at, values)
        start = stream.tell()
        stream.write(render_preview(frame, window, aspect))
        yield [
            [window.low, window.high, window.inverted],
            aspect,
            start,
            stream.tell() - start,
        ]


def _put_together(blob: Path, kept: list[dict[str, Any]], destination: Path) -> None:
    head = json.dumps({"made_by": made_by(), "kept": kept}, separators=(",", ":"))
    with destination.open("wb") as target, blob.open("rb") as stream:
        target.write(head.encode() + b"\n")
        shutil.copyfileobj(stream, target)
    blob.unlink()


def _key(pixel_sha256: str, header: Dataset) -> str:
    form = [str(header.get(keyword) or 0) for keyword in _FORM]
    return " ".join([pixel_sha256, header.file_meta.TransferSyntaxUID, *form])


class _Nowhere(RawIOBase):
    """Takes bytes of which only the digest is wanted."""

    def write(self, data: Any, /) -> int:
        return len(data)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one picture: its line in the head of a file, and where the bytes begin."""

    path: Path
    start: int
    entry: dict[str, Any]

    def extract(self, offset: int, length: int) -> Extract:
        """Return bytes that the entry points at."""
        return Extract(self.path, self.start + offset, length)

    def frames(self) -> Iterator[NDArray[Any]]:
        """Yield the frames again, (rows, columns) of stored values each."""
        form = dict(zip(_FORM, map(int, self.entry["key"].split(" ")[2:]), strict=True))
        sign = "i" if form["PixelRepresentation"] else "u"
        raw_type = np.dtype(f"<{sign}{form['BitsAllocated'] // 8}")
        data = self.extract(*self.entry["pack"]).read()
        for at, size, name in self.entry["frames"]:
            frame = decode_frame(Encoding(name), data[at:][:size], raw_type)
            yield frame.reshape(form["Rows"], form["Columns"])


def kept_in(folder: Path) -> Iterator[Kept]:
    """Yield what files keep; one that is damaged or was made by other code is passed over."""
    for path in sorted(folder.iterdir()):
        with path.open("rb") as stream:
            head = _head(stream.readline())
            start = stream.tell()
        yield from (Kept(path, start, entry) for entry in head.get("kept", ()))


class Shelf:
    """What was kept for the instances of one study.

    Parameters
    ----------
    folder : Path or None
        The files that `prepare` wrote.
    """

    def __init__(self, folder: Path | None) -> None:
        self._kept = {one.entry["key"]: one for one in kept_in(folder)} if folder else {}

    def pack(self, path: Path, pack: Path, pixel_sha256: str) -> PackedInstance:
        """Do what `imaging.display.pack_instance` does, with what is kept where there is any.

        Parameters
        ----------
        path, pack : Path
            As `pack_instance`.
        pixel_sha256 : str
            Of the pixels that stand in `path`.
        """
        if not self._kept:
            return pack_instance(path, pack)
        header = pydicom.dcmread(path, stop_before_pixels=True)
        key = _key(pixel_sha256, header)
        found = self._kept.get(key)
        if found is None:
            return replace(pack_instance(path, pack), picture=key)
        pack.write_bytes(found.extract(*found.entry["pack"]).read())
        return PackedInstance(
            path=path,
            pack=pack,
            frames=tuple(
                PackedFrame(at, size, Encoding(name)) for at, size, name in found.entry["frames"]
            ),
            header=header,
            values=tuple(found.entry["values"]),
            previews=tuple(_kept_preview(found, one) for one in found.entry["previews"]),
            picture=key,
        )


def _head(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError:
        return {}
    return head if isinstance(head, dict) and head.get("made_by") == made_by() else {}


def _kept_preview(kept: Kept, entry: list[Any] | None) -> KeptPreview | None:
    if entry is None:
        return None
    (low, high, inverted), aspect, offset, length = entry
    return KeptPreview(Window(low, high, inverted), aspect, kept.extract(offset, length))
