"""QIDO-RS matching over the DICOM JSON of one study (PS3.18 8.3.4 and 10.6)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from django.http import QueryDict
from pydicom.datadict import tag_for_keyword

Document = dict[str, Any]


def _tags(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STUDY_KEYS: Final = _tags(
    "00080005 00080020 00080030 00080050 00080056 00080061 00080090 00081190 00100010 00100020 "
    "00100030 00100040 0020000D 00200010 00201206 00201208"
)
SERIES_KEYS: Final = _tags(
    "00080005 00080060 0008103E 00081190 0020000E 00200011 00201209 00400244 00400245"
)
INSTANCE_KEYS: Final = _tags(
    "00080005 00080016 00080018 00080056 00081190 00200013 00280008 00280010 00280011 00280100"
)
#: Not required by PS3.18, but asked for by viewers in practice.
EXTRA_STUDY_KEYS: Final = ("00081030",)
NO_MATCHING: Final = frozenset({"SQ", "OB", "OW", "UN", "UT"})
RANGES: Final = frozenset({"DA", "TM", "DT"})
MAX_LIMIT: Final = 5000


class BadQueryError(Exception):
    """A query that PS3.18 does not know; the text says which part of it."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query string.

    Attributes
    ----------
    matches : dict
        Tag (eight hexadecimal digits) to the wished value.
    include : set of str
        Tags asked for in addition; everything when `include_all`.
    """

    matches: dict[str, str] = field(default_factory=dict)
    include: frozenset[str] = frozenset()
    include_all: bool = False
    limit: int | None = None
    offset: int = 0
    fuzzy: bool = False

    def select(self, rows: Iterable[Document], keys: Iterable[str]) -> list[Document]:
        """Return the matching rows reduced to `keys` and what was asked for."""
        found = [row for row in rows if self._matches(row)]
        end = None if self.limit is None else self.offset + self.limit
        wanted = {*keys, *self.include, *self.matches}
        return [self._reduce(row, wanted) for row in found[self.offset : end]]

    def _matches(self, row: Document) -> bool:
        return all(_matches(row.get(tag, {}), wish) for tag, wish in self.matches.items())

    def _reduce(self, row: Document, wanted: set[str]) -> Document:
        if self.include_all:
            return {tag: value for tag, value in row.items() if tag != "7FE00010"}
        return {tag: value for tag, value in row.items() if tag in wanted}


def parse_query(parameters: QueryDict) -> Query:
    """Read a query string.

    Raises
    ------
    BadQueryError
        For a parameter that is neither an attribute nor one of PS3.18's own, and for a value
        that cannot be.
    """
    known: dict[str, Any] = {}
    matches: dict[str, str] = {}
    include: set[str] = set()
    for name, values in parameters.lists():
        if name in ("limit", "offset"):
            known[name] = _whole(name, values[-1])
        elif name == "fuzzymatching":
            known["fuzzy"] = _truth(values[-1])
        elif name == "includefield":
            include |= {one for value in values for one in value.split(",") if one}
        elif name != "accept":
            matches[tag_of(name)] = values[-1]
    return Query(
        matches={tag: value for tag, value in matches.items() if value},
        include=frozenset(tag_of(one) for one in include - {"all"}),
        include_all="all" in include,
        **known,
    )


def tag_of(name: str) -> str:
    """Return the tag of an attribute given as keyword or as eight hexadecimal digits.

    Raises
    ------
    BadQueryError
        When there is no such attribute.
    """
    if re.fullmatch(r"[0-9A-Fa-f]{8}", name):
        return name.upper()
    tag = tag_for_keyword(name.rpartition(".")[2])
    if tag is None:
        raise BadQueryError("Unknown attribute in the query.")
    return f"{tag:08X}"


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise BadQueryError(f"{name} must be a whole number.")
    return min(int(text), MAX_LIMIT) if name == "limit" else int(text)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise BadQueryError("fuzzymatching must be true or false.")
    return text == "true"


def _matches(element: dict[str, Any], wish: str) -> bool:
    """Match one attribute: list of UIDs, range, wildcard or single value (PS3.4 C.2.2.2)."""
    values = [_text(value) for value in element.get("Value", [])] or [""]
    vr = element.get("vr", "")
    if wish == "*" or vr in NO_MATCHING:
        return True
    test: Callable[[str], bool]
    if vr == "UI":
        test = partial(_in_list, re.split(r"[,\\]", wish))
    elif vr in RANGES and "-" in wish:
        test = partial(_in_range, *wish.split("-", 1))
    else:
        test = partial(_like, re.compile(_pattern(wish), re.IGNORECASE if vr == "PN" else 0))
    return any(test(value) for value in values)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("Alphabetic", ""))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _in_list(uids: list[str], value: str) -> bool:
    return value in uids


def _in_range(first: str, last: str, value: str) -> bool:
    return (
        bool(value) and (not first or value >= first) and (not last or value[: len(last)] <= last)
    )


def _like(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.fullmatch(value) is not None


def _pattern(wish: str) -> str:
    return re.escape(wish).replace(r"\*", ".*").replace(r"\?", ".")
