"""The one list of endings a file or a study can have.

Every exception class that reading, checking or de-identifying bytes may raise is reduced to one
of these codes. A message never carries a DICOM value, a file name or a path: pydicom's own
messages quote values, and a quoted value is a name in somebody's log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Fate(StrEnum):
    """What happens to the file (or, for ``RETURNED``, to the case) that got a code."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"  # left out, nothing to do for anybody
    REJECTED = "rejected"  # the patient can mend it
    QUARANTINED = "quarantined"  # kept apart, an operator decides
    HELD = "held"  # a person must look before it goes on
    RETURNED = "returned"  # the whole case goes back to the patient with the reason
    FAILED = "failed"  # our side must mend it


class Code(StrEnum):
    """The stable codes of the file gate, de-identification and the study checks."""

    OK = "OK"
    NOT_DICOM = "NOT-DICOM"
    EMPTY = "EMPTY"
    CUT_OFF = "CUT-OFF"
    DAMAGED = "DAMAGED"
    SYNTAX = "SYNTAX"
    KIND = "KIND"
    BODY = "BODY"
    TOO_BIG = "TOO-BIG"
    TOO_MANY = "TOO-MANY"
    LIMIT = "LIMIT"
    UNSAFE = "UNSAFE"
    IDENT = "IDENT"
    BURNED = "BURNED"
    LEFT_OUT = "LEFT-OUT"
    DUPLICATE = "DUPLICATE"
    CONFLICT = "CONFLICT"
    MISSING = "MISSING"
    FEW = "FEW"
    ARCHIVE = "ARCHIVE"
    CRASHER = "CRASHER"
    UNEXPECTED = "UNEXPECTED"

    @property
    def fate(self) -> Fate:
        """What becomes of a file that ends with this code."""
        return _FATES[self]


_FATES: dict[Code, Fate] = {
    Code.OK: Fate.ACCEPTED,
    Code.NOT_DICOM: Fate.IGNORED,
    Code.EMPTY: Fate.REJECTED,
    Code.CUT_OFF: Fate.REJECTED,
    Code.DAMAGED: Fate.REJECTED,
    Code.SYNTAX: Fate.REJECTED,
    Code.KIND: Fate.IGNORED,
    Code.BODY: Fate.RETURNED,
    Code.TOO_BIG: Fate.REJECTED,
    Code.TOO_MANY: Fate.REJECTED,
    Code.LIMIT: Fate.QUARANTINED,
    Code.UNSAFE: Fate.QUARANTINED,
    Code.IDENT: Fate.RETURNED,
    Code.BURNED: Fate.HELD,
    Code.LEFT_OUT: Fate.IGNORED,
    Code.DUPLICATE: Fate.IGNORED,
    Code.CONFLICT: Fate.RETURNED,
    Code.MISSING: Fate.REJECTED,
    Code.FEW: Fate.RETURNED,
    Code.ARCHIVE: Fate.REJECTED,
    Code.CRASHER: Fate.QUARANTINED,
    Code.UNEXPECTED: Fate.FAILED,
}


class ImagingError(Exception):
    """A file that cannot go on, with the code that says why.

    Parameters
    ----------
    code : Code
        The ending.
    detail : str, optional
        A short English note for staff. Never a value, name or path from the file.
    """

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail


def code_of(error: Exception) -> Code:
    """Return the code of whatever a file provoked; a fault of the disk is no fault of the file."""
    if isinstance(error, ImagingError):
        return error.code
    if isinstance(error, OSError):
        raise error
    return Code.LIMIT if isinstance(error, MemoryError) else Code.UNEXPECTED


@contextmanager
def coded() -> Iterator[None]:
    """Let nothing out but an OSError and our own codes.

    The text of any other exception may quote the file; the name of its class cannot.
    """
    try:
        yield
    except ImagingError:
        raise
    except Exception as error:
        raise ImagingError(code_of(error), type(error).__name__) from None
