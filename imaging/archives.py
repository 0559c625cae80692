"""Unpack an archive of images safely: zip, 7z or the ISO image of a CD.

Everything that can be judged from the directory of the archive is judged before a byte is
unpacked: how many files, how large, encrypted, symbolic links, names that lead out of the folder,
entries that overlap. Files are written under names of our own, so no name of the archive ever
touches the file system.

References
----------
PKWARE APPNOTE 4.3.12 to 4.3.16 (central directory); the reader of `imaging.iso9660` names its own.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

from imaging import iso9660
from imaging.errors import Code, ImagingError

try:
    from imaging import sevenzip
except ModuleNotFoundError:  # pragma: no cover - the extra "archives" is not installed
    sevenzip = None  # type: ignore[assignment]  # _un7z refuses then

_BLOCK: Final = 1024 * 1024
_SEVENZIP: Final = b"7z\xbc\xaf\x27\x1c"
_END_OF_DIRECTORY: Final = b"PK\x05\x06"
_DIRECTORY_MAX: Final = 16 * 1024 * 1024
_LOCAL_HEADER: Final = 30


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold.

    Attributes
    ----------
    files : int
        A CD with its viewer has some hundred to some thousand files.
    total, single : bytes
        Unpacked, all files together and each one.
    ratio : int
        Unpacked size against the archive's; images of black compress well, but not all of them.
    """

    files: int = 10_000
    total: int = 4 * 1024**3
    single: int = 2 * 1024**3
    ratio: int = 100
    slack: int = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Member:
    """One unpacked file: its name in the archive and where it lies now."""

    name: str
    path: Path


def kind_of(path: Path) -> str | None:
    """Return "zip", "7z" or "iso" by the file's first bytes, None for anything else.

    A DICOM file stays one, even when its preamble begins like an archive.
    """
    with path.open("rb") as file:
        start = file.read(132)
        file.seek(iso9660.FIRST_DESCRIPTOR)
        descriptor = file.read(6)
    if start[128:] == b"DICM":
        return None
    if start[:4] in (b"PK\x03\x04", _END_OF_DIRECTORY):
        return "zip"
    if start[:6] == _SEVENZIP:
        return "7z"
    return "iso" if descriptor[1:] == iso9660.MAGIC else None


def unpack(
    archive: Path, destination: Path, limits: ArchiveLimits = ArchiveLimits()
) -> list[Member]:
    """Unpack an archive into a flat folder.

    Parameters
    ----------
    archive : Path
        A zip, 7z or ISO 9660 file.
    destination : Path
        An existing, empty folder; files are named 000001.bin and so on.

    Returns
    -------
    list of Member
        In the order of the archive; folders are left out.

    Raises
    ------
    ImagingError
        ARCHIVE when it cannot be opened safely, TOO-MANY or TOO-BIG beyond the limits.
    """
    unpackers = {"zip": _unzip, "7z": _un7z, "iso": _uniso}
    try:
        unpacker = unpackers[kind_of(archive) or ""]
        return unpacker(archive, destination, limits)
    except (KeyError, OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise ImagingError(Code.ARCHIVE, type(error).__name__) from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, MemoryError) as error:
        raise ImagingError(Code.ARCHIVE, type(error).__name__) from None


def require_within(limits: ArchiveLimits, sizes: list[int], packed: int) -> None:
    """Refuse a directory that promises too much.

    Raises
    ------
    ImagingError
        TOO-MANY, TOO-BIG, or ARCHIVE for a bomb.
    """
    if len(sizes) > limits.files:
        raise ImagingError(Code.TOO_MANY, "files in the archive")
    if sum(sizes) > limits.total or max(sizes, default=0) > limits.single:
        raise ImagingError(Code.TOO_BIG, "archive")
    if sum(sizes) > limits.ratio * packed + limits.slack:
        raise ImagingError(Code.ARCHIVE, "compression ratio")


def require_plain_name(name: str) -> None:
    """Refuse an archive with a name that would lead out of its folder.

    Raises
    ------
    ImagingError
        ARCHIVE.
    """
    parts = name.replace("\\", "/").split("/")
    drive = len(parts[0]) == 2 and parts[0][1] == ":"
    if name.startswith(("/", "\\")) or drive or ".." in parts or "\0" in name:
        raise ImagingError(Code.ARCHIVE, "name leads out of the archive")


def _numbered(destination: Path, index: int) -> Path:
    return destination / f"{index:06d}.bin"


def _copy(source: IO[bytes], target: Path, size: int) -> None:
    """Copy a member, and stop when it is longer than its directory entry said."""
    written = 0
    with target.open("wb") as out:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > size:
                raise ImagingError(Code.ARCHIVE, "longer than promised")
            out.write(block)


def _unzip(path: Path, destination: Path, limits: ArchiveLimits) -> list[Member]:
    _require_small_directory(path)
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        require_within(limits, [entry.file_size for entry in entries], path.stat().st_size)
        for entry in entries:
            _require_plain_entry(entry)
        _require_apart(entries)
        members = []
        for index, entry in enumerate(entries, 1):
            target = _numbered(destination, index)
            with archive.open(entry) as source:
                _copy(source, target, entry.file_size)
            members.append(Member(entry.filename, target))
    return members


def _require_small_directory(path: Path) -> None:
    """Look at the end record alone, before zipfile reads a directory of any size."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(_END_OF_DIRECTORY)
    if at < 0:
        raise ImagingError(Code.ARCHIVE, "no end of directory")
    (length,) = struct.unpack_from("<I", tail, at + 12)
    if length == 0xFFFFFFFF:
        record = tail.rfind(b"PK\x06\x06", 0, at)
        if record < 0:
            raise ImagingError(Code.ARCHIVE, "no zip64 record")
        (length,) = struct.unpack_from("<Q", tail, record + 40)
    if length > _DIRECTORY_MAX:
        raise ImagingError(Code.TOO_MANY, "files in the archive")


def _require_plain_entry(entry: zipfile.ZipInfo) -> None:
    require_plain_name(entry.filename)
    if entry.flag_bits & 0x41:
        raise ImagingError(Code.ARCHIVE, "encrypted")
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise ImagingError(Code.ARCHIVE, "not a regular file")


def _require_apart(entries: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse entries that share bytes: the way to pack gigabytes into kilobytes."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    for before, after in pairwise(ordered):
        end = before.header_offset + _LOCAL_HEADER + before.compress_size
        if end > after.header_offset:
            raise ImagingError(Code.ARCHIVE, "entries overlap")


def _un7z(path: Path, destination: Path, limits: ArchiveLimits) -> list[Member]:
    if sevenzip is None:
        raise ImagingError(Code.ARCHIVE, "7z needs the package py7zr")
    entries = sevenzip.entries(path)
    require_within(limits, [entry.size for entry in entries], path.stat().st_size)
    for entry in entries:
        require_plain_name(entry.name)
        if not entry.regular:
            raise ImagingError(Code.ARCHIVE, "not a regular file")
    targets = [_numbered(destination, index) for index in range(1, len(entries) + 1)]
    names = [entry.name for entry in entries]
    sevenzip.extract(path, dict(zip(names, targets, strict=True)))
    return [Member(entry.name, target) for entry, target in zip(entries, targets, strict=True)]


def _uniso(path: Path, destination: Path, limits: ArchiveLimits) -> list[Member]:
    with path.open("rb") as image:
        entries = list(_limited(iso9660.files(image), limits))
        require_within(limits, [entry.size for entry in entries], path.stat().st_size)
        members = []
        for index, entry in enumerate(entries, 1):
            target = _numbered(destination, index)
            image.seek(entry.offset)
            _copy_part(image, target, entry.size)
            members.append(Member(entry.name, target))
    return members


def _limited(entries: Iterator[iso9660.Entry], limits: ArchiveLimits) -> Iterator[iso9660.Entry]:
    for count, entry in enumerate(entries, 1):
        if count > limits.files:
            raise ImagingError(Code.TOO_MANY, "files in the image")
        yield entry


def _copy_part(source: IO[bytes], target: Path, size: int) -> None:
    with target.open("wb") as out:
        while size > 0:
            block = source.read(min(_BLOCK, size))
            if not block:
                raise ImagingError(Code.CUT_OFF, "image of a CD")
            out.write(block)
            size -= len(block)
