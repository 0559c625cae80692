"""Synthetic studies for tests: the builder with its faults, and the faults of single files.

`build_study` writes a whole study (see `imaging.synthetic`); `FAULTS` and `REGIONS` are faults of
studies; `FILE_FAULTS` turns the bytes of one good file into those of a bad one.
"""

import struct
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from imaging.errors import Code
from imaging.inspect import Inspection, inspect_path
from imaging.persons import Demographics
from imaging.synthetic import CATALOGUE, BuiltStudy, SeriesPlan, Subject, build_study
from imaging.synthetic.compress import COMPRESSED
from imaging.synthetic.faults import FAULTS, REGIONS
from imaging.synthetic.foreign_names import FOREIGN_SEEDS
from imaging.synthetic.headers import VENDORS
from imaging.synthetic.identifiers import SEEDS

__all__ = [
    "CATALOGUE",
    "COMPRESSED",
    "FAULTS",
    "FILE_FAULTS",
    "FOREIGN_SEEDS",
    "REGIONS",
    "SEEDS",
    "STUDY_DATE",
    "TODAY",
    "VENDORS",
    "BuiltStudy",
    "SeriesPlan",
    "Subject",
    "build_study",
    "examine",
    "one_file",
]

TODAY = date(2026, 11, 20)
STUDY_DATE = "20261105"


def examine(folder: Path, expected: Demographics | None = None, **switches: Any) -> Inspection:
    """Build a black study below `folder` and inspect it."""
    given: dict[str, Any] = {"size": "tiny", "study_date": STUDY_DATE} | switches
    built = build_study(folder / "study", **given)
    return inspect_path(built.folder, expected, today=TODAY)


def one_file(folder: Path, **switches: Any) -> Path:
    """Build one classic T2 SAG instance and return its path."""
    given: dict[str, Any] = {"series": ["T2 SAG"], "edit": lambda instances: instances[:1]}
    return build_study(folder, **(given | switches)).paths[0]


class FileFault(NamedTuple):
    """How good bytes become bad ones, and the code they must end with."""

    spoil: Callable[[bytes], bytes]
    code: Code


def _meta_end(good: bytes) -> int:
    (length,) = struct.unpack_from("<I", good, 140)
    return 144 + int(length)


def _with_syntax(good: bytes, uid: str) -> bytes:
    """Return the file with another transfer syntax named, the data set left as it is."""
    end = _meta_end(good)
    meta, at = good[144:end], good[144:end].index(b"\x02\x00\x10\x00UI")
    length = struct.unpack_from("<H", meta, at + 6)[0]
    raw = uid.encode() + b"\0" * (len(uid) % 2)
    new = meta[: at + 6] + struct.pack("<H", len(raw)) + raw + meta[at + 8 + length :]
    return good[:140] + struct.pack("<I", len(new)) + new + good[end:]


def _deflated(good: bytes) -> bytes:
    named = _with_syntax(good, "1.2.840.10008.1.2.1.99")
    end = _meta_end(named)
    packer = zlib.compressobj(wbits=-15)
    return named[:end] + packer.compress(named[end:]) + packer.flush()


def _with_class(good: bytes, uid: str) -> bytes:
    old = b"1.2.840.10008.5.1.4.1.1.4\0"
    return good.replace(old, uid.encode().ljust(len(old), b"\0"))


def _without(keyword_bytes: bytes) -> Callable[[bytes], bytes]:
    def spoil(good: bytes) -> bytes:
        at = good.index(keyword_bytes, _meta_end(good))
        length = struct.unpack_from("<H", good, at + 6)[0]
        return good[:at] + good[at + 8 + length :]

    return spoil


FILE_FAULTS: dict[str, FileFault] = {
    "empty": FileFault(lambda _: b"", Code.EMPTY),
    "one byte": FileFault(lambda good: good[:1], Code.NOT_DICOM),
    "preamble only": FileFault(lambda good: good[:128], Code.NOT_DICOM),
    "no preamble": FileFault(lambda good: good[132:], Code.NOT_DICOM),
    "text": FileFault(lambda _: b"Dear patient, here are your images. " * 20, Code.NOT_DICOM),
    "picture": FileFault(lambda _: b"\x89PNG\r\n\x1a\n" + bytes(300), Code.NOT_DICOM),
    "program": FileFault(lambda _: b"MZ" + bytes(600), Code.NOT_DICOM),
    "magic only": FileFault(lambda good: good[:132], Code.CUT_OFF),
    "cut in the meta": FileFault(lambda good: good[:200], Code.CUT_OFF),
    "cut in the header": FileFault(lambda good: good[: _meta_end(good) + 300], Code.CUT_OFF),
    "cut in the pixels": FileFault(lambda good: good[: len(good) - 2000], Code.CUT_OFF),
    "deflated": FileFault(_deflated, Code.SYNTAX),
    "big endian": FileFault(lambda good: _with_syntax(good, "1.2.840.10008.1.2.2"), Code.SYNTAX),
    "unknown syntax": FileFault(lambda good: _with_syntax(good, "1.2.3.4"), Code.SYNTAX),
    "CT": FileFault(lambda good: _with_class(good, "1.2.840.10008.5.1.4.1.1.2"), Code.KIND),
    "report": FileFault(lambda good: _with_class(good, "1.2.840.10008.5.1.4.1.1.8"), Code.KIND),
    "no study": FileFault(_without(b"\x20\x00\x0d\x00UI"), Code.MISSING),
    "no series": FileFault(_without(b"\x20\x00\x0e\x00UI"), Code.MISSING),
}
