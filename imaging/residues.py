"""What must occur nowhere in the output: the identity values of a whole study, as words.

A value is cut into words, because a name reaches other attributes in other orders and with other
separators. Words that point to nobody (a vendor, "hospital") are exempt; the list is in the
policy.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR, keyword_dict

from imaging.elements import Element, Header, mapped, parse
from imaging.errors import ImagingError, coded
from imaging.policy import Policy

MIN_WORD: Final = 4  # characters of a word with a letter in it
MIN_DIGITS: Final = 6  # of a word of digits alone

_PERSON_NAMES: Final = frozenset(tag for tag in keyword_dict.values() if dictionary_VR(tag) == "PN")
_CHARACTER_SET: Final = 0x00080005
_MODEL: Final = 0x00081090
_STATIONS: Final = frozenset([0x00081010, 0x00400242])
_ENCODINGS: Final = ("utf-8", "latin-1", "iso8859-2", "iso8859-5", "cp1251", "cp1250")
_UID: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3,}")
_WORD: Final = re.compile(r"[^\W_]+")
# Tables for bytes.translate, which cuts a header into words many times faster than a pattern:
# lower case, and every byte that is no part of a word becomes a space.
_TO_WORDS: Final = bytes(
    ord(chr(byte).lower()) if byte < 128 and chr(byte).isalnum() else byte if byte > 127 else 32
    for byte in range(256)
)
_TO_NUMBERS: Final = _TO_WORDS[:46] + b"." + _TO_WORDS[47:]  # as above, but dots stay


def identity_values(header: Header, policy: Policy) -> set[str]:
    """Collect the identity values of one file, at every nesting level.

    Parameters
    ----------
    header : Header
        A parsed file.
    policy : Policy
        Names the attributes; every person name counts too.

    Returns
    -------
    set of str
        Decoded values. They are patient data: keep them in memory only.
    """
    values: set[str] = set()
    _collect(header, header.elements, _looked_for(policy.identity_tags), b"", values)
    values.add(header.meta.sop_instance_uid)
    return values


def identity_of(path: Path, policy: Policy) -> set[str]:
    """Collect the identity values of a file that is not passed on, as far as it can be parsed.

    A capture or a report of the same disc may be the only one to spell a name that also stands in
    a picture's header.
    """
    try:
        with coded(), mapped(path) as buffer:
            return identity_values(parse(buffer), policy)
    except (ImagingError, OSError):
        return set()


@lru_cache(maxsize=8)
def _looked_for(tags: frozenset[int]) -> frozenset[int]:
    return tags | _PERSON_NAMES


def _collect(
    header: Header,
    elements: list[Element],
    tags: frozenset[int],
    character_set: bytes,
    values: set[str],
) -> None:
    for tag, vr, _start, value, end, items in elements:
        if items is not None:
            for nested in items:
                _collect(header, nested, tags, character_set, values)
        elif (tag in tags or vr == b"PN") and value < end:
            raw = header.raw(value, end)
            if tag not in _STATIONS or not _is_model(raw, header):
                values.update(_decoded(raw, character_set))
        elif tag == _CHARACTER_SET:
            character_set = header.raw(value, end)


def _is_model(station: bytes, header: Header) -> bool:
    """Say whether a station is called as its model: some makers deliver scanners so."""
    model = header.value(_MODEL)
    return model is not None and station.strip(b" \0") == model.strip(b" \0")


@lru_cache(maxsize=4096)
def _decoded(raw: bytes, character_set: bytes) -> tuple[str, ...]:
    """Decode a value by its character set, and as Latin-1, which is its bytes one by one."""
    plain = raw.decode("latin-1")
    if raw.isascii():
        return (plain,)
    names = [part.strip() for part in character_set.decode("ascii", "replace").split("\\")]
    try:
        encodings = convert_encodings(names)
        return plain, decode_bytes(raw, encodings, {0x5C, 0x5E, 0x3D})
    except (LookupError, ValueError, Warning):
        return plain, raw.decode("utf-8", "replace")


class Residues:
    """Finds words of identity values in written bytes.

    Parameters
    ----------
    values : iterable of str
        Identity values, as from `identity_values`, of all files of the study.
    vocabulary : frozenset of str
        Lower-case words that are exempt.
    """

    def __init__(self, values: Iterable[str], vocabulary: frozenset[str]) -> None:
        self._words: set[bytes] = set()
        self._numbers: set[bytes] = set()  # and UIDs
        self._wide: set[bytes] = set()  # UTF-16 that no table cuts into words
        for value in values:
            self._numbers.update(uid.encode("ascii") for uid in _UID.findall(value))
            for word in _words(_UID.sub(" ", value), vocabulary):
                if word.isdecimal():
                    self._numbers.add(word.encode("utf-8"))
                else:
                    self._words.update(_encodings_of(word))
                    self._wide.update(_wide_encodings_of(word))

    def occur_in(self, written: bytes) -> bool:
        """Tell whether any identity word, number or UID stands in the bytes, also as UTF-16.

        A number counts only as a whole: the digits behind the dot of 123.255486 are none.
        """
        return not (
            self._words.isdisjoint(written.translate(_TO_WORDS).split())
            and self._words.isdisjoint(written.translate(_TO_WORDS, b"\0").split())
            and self._numbers.isdisjoint(written.translate(_TO_NUMBERS).split())
            and not any(word in written for word in self._wide)
        )


def residues_of(values: frozenset[str], vocabulary: frozenset[str], own: Iterable[str]) -> Residues:
    """Return the residues of a study for one series.

    Parameters
    ----------
    values, vocabulary
        As `Residues`.
    own : iterable of str
        Values that we write ourselves; their words and numbers are exempt too. They stand in the
        source when a file is cleaned for the second time.
    """
    words = {word.lower() for value in own for word in _WORD.findall(value)}
    return _residues(values, vocabulary | {word for word in words if len(word) >= MIN_WORD})


#: Making them takes as long as cleaning thirty files, and most labels hold no word long enough to
#: make a difference, so that all series of a study share one.
_residues = lru_cache(maxsize=8)(Residues)


def _words(value: str, vocabulary: frozenset[str]) -> Iterator[str]:
    for match in _WORD.finditer(value):
        word = match.group()
        least = MIN_DIGITS if word.isdecimal() else MIN_WORD
        if len(word) >= least and word.strip("0") and word.lower() not in vocabulary:
            yield word


def _forms_of(word: str) -> set[str]:
    return {word, word.lower(), word.upper(), word.capitalize()}


@lru_cache(maxsize=4096)
def _encodings_of(word: str) -> frozenset[bytes]:
    found = set()
    for encoding in _ENCODINGS:
        for form in _forms_of(word):
            with suppress(UnicodeEncodeError):
                found.add(form.encode(encoding).lower())
    return frozenset(found)


@lru_cache(maxsize=4096)
def _wide_encodings_of(word: str) -> frozenset[bytes]:
    """Return the UTF-16 of a word with letters beyond ASCII; that of others is cut like bytes."""
    if word.isascii():
        return frozenset()
    orders = ("utf-16-le", "utf-16-be")
    return frozenset(form.encode(order) for form in _forms_of(word) for order in orders)
