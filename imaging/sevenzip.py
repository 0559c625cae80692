"""7z archives through py7zr, which is optional: `imaging.archives` does without this module."""

import io
import struct
import zlib
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import py7zr
from py7zr.exceptions import AbsolutePathError, ArchiveError, PasswordRequired
from py7zr.io import Py7zIO, WriterFactory

from imaging.errors import Code, ImagingError

_BROKEN: Final = (
    ArchiveError,
    AbsolutePathError,
    PasswordRequired,
    LZMAError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What py7zr lets through for a broken archive, seen or possible."""

_DICTIONARY_MAX: Final = 256 * 1024**2
_LZMA, _LZMA2 = b"\x03\x01\x01", b"\x21"


@dataclass(frozen=True, slots=True)
class Entry:
    """One member as the archive's header describes it; `regular` is False for a link."""

    name: str
    size: int
    regular: bool


def entries(path: Path) -> list[Entry]:
    """Return the files of an archive from its header.

    Raises
    ------
    ImagingError
        ARCHIVE when py7zr is absent, or the archive broken, encrypted or too demanding.
    """
    with _opened(path) as archive:
        if archive.needs_password():
            raise ImagingError(Code.ARCHIVE, "encrypted")
        _require_small_dictionary(archive)
        found = [
            Entry(_plain(file.filename), int(file.uncompressed or 0), not _is_special(file))
            for file in archive.files
            if not file.is_directory
        ]
    if len({entry.name for entry in found}) != len(found):
        raise ImagingError(Code.ARCHIVE, "one name twice")
    return found


def extract(path: Path, targets: dict[str, Path]) -> None:
    """Unpack members to files; a member longer than its entry is refused.

    Raises
    ------
    ImagingError
        ARCHIVE.
    """
    sizes = {entry.name: entry.size for entry in entries(path)}
    for target in targets.values():
        target.touch()  # py7zr does not ask for a place for empty members
    files = _Files(targets, sizes)
    with _opened(path) as archive:
        try:
            archive.extractall(factory=files)
        except _BROKEN as error:
            raise ImagingError(Code.ARCHIVE, type(error).__name__) from None
        finally:
            files.close()


def _opened(path: Path) -> Any:
    try:
        return py7zr.SevenZipFile(path, "r")
    except _BROKEN as error:
        raise ImagingError(Code.ARCHIVE, type(error).__name__) from None


def _plain(name: str) -> str:
    return PurePosixPath(name).as_posix()


def _is_special(file: Any) -> bool:
    return bool(file.is_symlink or file.is_junction or file.is_socket)


def _require_small_dictionary(archive: Any) -> None:
    """Refuse a decoder that would ask for more memory than any ordinary archive does."""
    streams = archive.header.main_streams
    folders = streams.unpackinfo.folders if streams is not None else []
    for folder in folders:
        for coder in folder.coders:
            if _dictionary_size(coder["method"], coder.get("properties") or b"") > _DICTIONARY_MAX:
                raise ImagingError(Code.ARCHIVE, "dictionary")


def _dictionary_size(method: bytes, properties: bytes) -> int:
    if method == _LZMA and len(properties) >= 5:
        return int.from_bytes(properties[1:5], "little")
    if method == _LZMA2 and properties:
        bits = properties[0] & 0x3F
        return (2 | (bits & 1)) << (bits // 2 + 11)
    return 0


class _File(Py7zIO):
    """A member written to a file of ours, never beyond its promised size."""

    def __init__(self, path: Path, size: int) -> None:
        self._file: IO[bytes] = path.open("wb")
        self._left = size

    def write(self, data: bytes | bytearray) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise ImagingError(Code.ARCHIVE, "longer than promised")
        return self._file.write(data)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - the interface asks for it
        return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()

    def size(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()


class _Files(WriterFactory):
    """Gives py7zr a file of ours for each member."""

    def __init__(self, targets: dict[str, Path], sizes: dict[str, int]) -> None:
        self._targets = targets
        self._sizes = sizes
        self._made: list[_File] = []

    def create(self, filename: str) -> _File:
        self._made.append(_File(self._targets[_plain(filename)], self._sizes[_plain(filename)]))
        return self._made[-1]

    def close(self) -> None:
        """Close every file: py7zr leaves them open when an archive turns out to be broken."""
        for file in self._made:
            file.close()
