"""Raw header bytes to text, numbers and dates, without ever raising for what is in them.

References
----------
DICOM PS3.5 section 6.2 (value representations) and 6.1 (character sets); PS3.3 section C.12.1.1.2.
"""

import math
import struct
import warnings
from datetime import date
from functools import lru_cache
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.valuerep import TEXT_VR_DELIMS

from imaging.elements import Item
from imaging.thresholds import YEAR_MIN

_BINARY: Final = {
    "FD": struct.Struct("<d"),
    "FL": struct.Struct("<f"),
    "US": struct.Struct("<H"),
    "SS": struct.Struct("<h"),
    "UL": struct.Struct("<I"),
    "SL": struct.Struct("<i"),
}
_LARGEST: Final = 1e12
_CHARACTER_SET: Final = 0x00080005
_DEFAULT: Final = ("latin-1",)


def numbers(item: Item, tag: int, vr: str = "DS") -> tuple[float, ...]:
    """Return the finite numbers of an element.

    Parameters
    ----------
    item : Item
    tag : int
    vr : str
        The standard's VR, used in implicit VR; a written VR wins.

    Returns
    -------
    tuple of float
        Empty when the element is absent, empty or holds anything but numbers.
    """
    raw = item.value(tag)
    return _numbers(raw, item.vr(tag) or vr) if raw else ()


@lru_cache(maxsize=1024)  # a series writes the same number in each of its files
def _numbers(raw: bytes, vr: str) -> tuple[float, ...]:
    packing = _BINARY.get(vr)
    try:
        if packing is None:
            found = [float(part) for part in raw.decode("ascii").strip(" \0").split("\\")]
        else:
            found = [value[0] for value in packing.iter_unpack(raw)]
    except (ValueError, struct.error):
        return ()
    return tuple(found) if all(abs(value) < _LARGEST for value in found) else ()


def number(item: Item, tag: int, vr: str = "DS") -> float | None:
    """Return the first number of an element, None when there is none."""
    found = numbers(item, tag, vr)
    return found[0] if found else None


def whole(item: Item, tag: int, vr: str = "IS") -> int | None:
    """Return the first number of an element as an int, None when there is none."""
    found = number(item, tag, vr)
    return None if found is None or not math.isfinite(found) else int(found)


def words(item: Item, tag: int) -> tuple[str, ...]:
    """Return the values of a code string element, upper case, without empty ones."""
    raw = item.value(tag)
    return _words(raw) if raw else ()


@lru_cache(maxsize=1024)
def _words(raw: bytes) -> tuple[str, ...]:
    parts = raw.decode("ascii", "replace").strip(" \0").split("\\")
    return tuple(part.strip().upper() for part in parts if part.strip())


@lru_cache(maxsize=64)
def encodings_of(character_set: str) -> tuple[str, ...]:
    """Return Python codecs for a SpecificCharacterSet value; Latin-1 for an unknown one."""
    if not character_set:
        return _DEFAULT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(convert_encodings(character_set.split("\\"))) or _DEFAULT
    except (LookupError, ValueError):
        return _DEFAULT


def encodings_in(item: Item) -> tuple[str, ...]:
    """Return the codecs that a data set declares for its text."""
    return encodings_of(item.text(_CHARACTER_SET))


def text(item: Item, tag: int, encodings: tuple[str, ...]) -> str:
    """Return a text element decoded, control characters and padding removed, "" when absent."""
    raw = item.value(tag)
    return _text(raw, encodings) if raw else ""


@lru_cache(maxsize=1024)
def _text(raw: bytes, encodings: tuple[str, ...]) -> str:
    return "".join(char for char in _decoded(raw, encodings) if char.isprintable()).strip()


def _decoded(raw: bytes, encodings: tuple[str, ...]) -> str:
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    try:
        if len(encodings) == 1 and b"\x1b" not in raw:
            return raw.decode(encodings[0], "replace")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return str(decode_bytes(raw, encodings, TEXT_VR_DELIMS))
    except (LookupError, UnicodeError, ValueError):
        return raw.decode("latin-1")


def iso_date(item: Item, tag: int) -> str | None:
    """Return a DA element as an ISO date, None when absent, empty or no day of the calendar."""
    digits = item.text(tag).replace(".", "").replace("-", "")
    if len(digits) != 8 or not digits.isdigit() or not digits.isascii():
        return None
    try:
        found = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return found.isoformat() if found.year >= YEAR_MIN else None


def age_years(item: Item, tag: int) -> float | None:
    """Return an AS element (046Y, 018M, 003W, 010D) in years, None when it is no age."""
    raw = item.text(tag).upper()
    per_year = {"Y": 1.0, "M": 12.0, "W": 52.18, "D": 365.25}.get(raw[-1:])
    if per_year is None or not raw[:-1].isdigit() or not raw.isascii():
        return None
    return int(raw[:-1]) / per_year
