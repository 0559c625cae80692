"""The intake gate: what a file must be before anything else looks at it.

The order is from cheap to dear: size, magic, file meta, the allow-lists of SOP classes and
transfer syntaxes; only then the data set is parsed, under limits, and the length of the pixels
checked. A deflated bomb is refused from its file meta, in well under a millisecond.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from imaging.elements import Buffer, FileMeta, Header, mapped, parse, read_meta
from imaging.errors import Code, ImagingError
from imaging.pixels import Pixels, check_pixels, read_layout

MAX_FILE_SIZE: Final = 2 * 1024**3

MR_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.4.1"
LEGACY_CONVERTED_MR_IMAGE: Final = "1.2.840.10008.5.1.4.1.1.4.4"
SOP_CLASSES: Final = frozenset([MR_IMAGE, ENHANCED_MR_IMAGE, LEGACY_CONVERTED_MR_IMAGE])

TRANSFER_SYNTAXES: Final = frozenset(
    [
        "1.2.840.10008.1.2",  # Implicit VR Little Endian
        "1.2.840.10008.1.2.1",  # Explicit VR Little Endian
        "1.2.840.10008.1.2.5",  # RLE Lossless
        "1.2.840.10008.1.2.4.50",  # JPEG Baseline
        "1.2.840.10008.1.2.4.51",  # JPEG Extended
        "1.2.840.10008.1.2.4.57",  # JPEG Lossless, process 14
        "1.2.840.10008.1.2.4.70",  # JPEG Lossless, selection value 1
        "1.2.840.10008.1.2.4.80",  # JPEG-LS Lossless
        "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
        "1.2.840.10008.1.2.4.90",  # JPEG 2000 Lossless
        "1.2.840.10008.1.2.4.91",  # JPEG 2000
        "1.2.840.10008.1.2.4.201",  # HTJ2K Lossless
        "1.2.840.10008.1.2.4.202",  # HTJ2K Lossless RPCL
        "1.2.840.10008.1.2.4.203",  # HTJ2K
    ]
)

_SOP_CLASS_UID: Final = 0x00080016
_IDENTIFIERS: Final = (0x00080018, 0x0020000D, 0x0020000E)  # instance, study, series


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the gate found; the UIDs are the file's own and must not leave the worker.

    Attributes
    ----------
    code : Code
        OK, or why the file cannot go on.
    detail : str
        A short English note for staff without any value of the file.
    size : int
        Bytes of the file.
    rows, columns, frames : int
        0 when the gate refused before it knew them.
    """

    code: Code
    detail: str = ""
    size: int = 0
    transfer_syntax_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    rows: int = 0
    columns: int = 0
    frames: int = 0


Stamp: TypeAlias = tuple[int, int, int]


def stamp_of(path: Path) -> Stamp:
    """Return what changes when a file is replaced or written to: inode, size, time."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Admitted:
    """An open instance that passed the gate; valid inside `open_admitted` only."""

    buffer: Buffer
    header: Header
    pixels: Pixels
    stamp: Stamp | None = None


def admit(source: Path | bytes) -> GateResult:
    """Judge one file or one buffer and never raise for what is in it.

    Parameters
    ----------
    source : Path or bytes
        A file, or the bytes of one.

    Returns
    -------
    GateResult
        ``code`` is OK when the file is an MR image that can be read and de-identified.
    """
    try:
        if isinstance(source, bytes):
            return _result(admit_buffer(source))
        with open_admitted(source) as admitted:
            return _result(admitted)
    except ImagingError as error:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        return GateResult(error.code, error.detail, size)


def _result(admitted: Admitted) -> GateResult:
    header = admitted.header
    return GateResult(
        code=Code.OK,
        size=len(admitted.buffer),
        transfer_syntax_uid=header.meta.transfer_syntax_uid,
        sop_class_uid=header.text(_SOP_CLASS_UID),
        sop_instance_uid=header.text(_IDENTIFIERS[0]),
        rows=admitted.pixels.layout.rows,
        columns=admitted.pixels.layout.columns,
        frames=admitted.pixels.layout.frames,
    )


@contextmanager
def open_admitted(path: Path) -> Iterator[Admitted]:
    """Open a file through the gate.

    Raises
    ------
    ImagingError
        The code of the first rule that the file breaks.
    """
    stamp = stamp_of(path)
    if stamp[1] > MAX_FILE_SIZE:
        raise ImagingError(Code.TOO_BIG)
    with mapped(path) as buffer:
        yield admit_buffer(buffer, stamp)


def admit_buffer(buffer: Buffer, stamp: Stamp | None = None) -> Admitted:
    """Apply every rule of the gate to the bytes of one file; `stamp` is only remembered.

    Raises
    ------
    ImagingError
        The code of the first rule that the file breaks.
    """
    meta = admit_meta(buffer)
    header = parse(buffer, meta)
    _require_class(header)
    for tag in _IDENTIFIERS:
        if not header.text(tag):
            raise ImagingError(Code.MISSING, "an identifier of study, series or instance")
    if header.pixel is None:
        raise ImagingError(Code.CUT_OFF, "no pixel data")
    layout = read_layout(header)
    end = check_pixels(buffer, header, layout)
    return Admitted(buffer, header, Pixels(header.pixel, layout, end), stamp)


def admit_meta(buffer: Buffer) -> FileMeta:
    """Apply the rules that need no data set: magic, file meta and both allow-lists.

    Raises
    ------
    ImagingError
        EMPTY, NOT-DICOM, CUT-OFF, DAMAGED, LIMIT, KIND or SYNTAX.
    """
    if not buffer:
        raise ImagingError(Code.EMPTY)
    meta = read_meta(buffer)
    if meta.sop_class_uid and meta.sop_class_uid not in SOP_CLASSES:
        raise ImagingError(Code.KIND, "SOP class")
    if meta.transfer_syntax_uid not in TRANSFER_SYNTAXES:
        raise ImagingError(Code.SYNTAX)
    return meta


def _require_class(header: Header) -> None:
    """Require the SOP class of the data set, which is what readers go by."""
    sop_class = header.text(_SOP_CLASS_UID)
    if not sop_class:
        raise ImagingError(Code.MISSING, "SOP class")
    if sop_class not in SOP_CLASSES:
        raise ImagingError(Code.KIND, "SOP class")
    if header.meta.sop_class_uid not in ("", sop_class):
        raise ImagingError(Code.DAMAGED, "two SOP classes")
