"""The files of a CD image: ISO 9660 with or without Joliet names.

Only what patient discs use is read: no Rock Ridge, no multi-extent or interleaved files, no UDF.

References
----------
ECMA-119 sections 8.4 (Primary Volume Descriptor) and 9.1 (Directory Record); Joliet Specification,
"Escape Sequences".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from imaging.errors import Code, ImagingError

SECTOR: Final = 2048
FIRST_DESCRIPTOR: Final = 16 * SECTOR
MAGIC: Final = b"CD001"
_PRIMARY, _SUPPLEMENTARY, _END = 1, 2, 255
_JOLIET: Final = (b"%/@", b"%/C", b"%/E")
_DEPTH_MAX: Final = 16
_FOLDER_MAX: Final = 8 * 1024 * 1024
_DESCRIPTORS_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its path in the image, its first byte there and its size in bytes."""

    name: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Record:
    name: bytes
    offset: int
    size: int
    is_folder: bool


def files(image: IO[bytes]) -> Iterator[Entry]:
    """Yield the files of an image, depth first.

    Raises
    ------
    ImagingError
        ARCHIVE for no ISO 9660 image or a broken directory, CUT-OFF when a file lies behind the
        end of the image.
    """
    root, encoding = _root(image)
    end = image.seek(0, 2)
    yield from _walk(image, root, encoding, end, ("", 0), {root.offset})


def _root(image: IO[bytes]) -> tuple[_Record, str]:
    """Return the root folder, Joliet's when there is one, and the encoding of its names."""
    found: tuple[_Record, str] | None = None
    for index in range(_DESCRIPTORS_MAX):
        image.seek(FIRST_DESCRIPTOR + index * SECTOR)
        descriptor = image.read(SECTOR)
        if len(descriptor) < SECTOR or descriptor[1:6] != MAGIC or descriptor[0] == _END:
            break
        if descriptor[0] == _SUPPLEMENTARY and descriptor[88:91] in _JOLIET:
            return _record(descriptor, 156), "utf-16-be"
        if descriptor[0] == _PRIMARY:
            found = _record(descriptor, 156), "latin-1"
    if found is None:
        raise ImagingError(Code.ARCHIVE, "no volume descriptor")
    return found


def _record(data: bytes, at: int) -> _Record:
    length = data[at]
    name_length = data[at + 32] if length >= 34 else 0
    if length < 34 or 33 + name_length > length or at + length > len(data):
        raise ImagingError(Code.ARCHIVE, "directory record")
    (sector,) = struct.unpack_from("<I", data, at + 2)
    (size,) = struct.unpack_from("<I", data, at + 10)
    flags, unit = data[at + 25], data[at + 26]
    if flags & 0x80 or unit:
        raise ImagingError(Code.ARCHIVE, "file in several extents")
    name = data[at + 33 : at + 33 + name_length]
    return _Record(name, sector * SECTOR, size, bool(flags & 2))


def _walk(
    image: IO[bytes],
    folder: _Record,
    encoding: str,
    end: int,
    place: tuple[str, int],
    seen: set[int],
) -> Iterator[Entry]:
    prefix, depth = place
    if depth > _DEPTH_MAX or folder.size > _FOLDER_MAX:
        raise ImagingError(Code.ARCHIVE, "folders")
    for record in _records(image, folder):
        name = prefix + _readable(record.name, encoding)
        if not record.is_folder:
            if record.offset + record.size > end:
                raise ImagingError(Code.CUT_OFF, "image of a CD")
            yield Entry(name, record.offset, record.size)
        elif record.offset in seen:
            raise ImagingError(Code.ARCHIVE, "folder inside itself")
        else:
            seen.add(record.offset)
            yield from _walk(image, record, encoding, end, (f"{name}/", depth + 1), seen)


def _records(image: IO[bytes], folder: _Record) -> list[_Record]:
    """Return a folder's records without those of itself and its parent."""
    image.seek(folder.offset)
    data = image.read(folder.size)
    if len(data) < folder.size:
        raise ImagingError(Code.CUT_OFF, "image of a CD")
    found = []
    at = 0
    while at < len(data):
        if data[at] == 0:  # the rest of a sector is unused
            at = (at // SECTOR + 1) * SECTOR
            continue
        record = _record(data, at)
        if record.name not in (b"\0", b"\1"):
            found.append(record)
        at += data[at]
    return found


def _readable(raw: bytes, encoding: str) -> str:
    name = raw.decode(encoding, "replace").partition(";")[0]
    return name.replace("/", "_").replace("\\", "_").rstrip(".") or "_"
