"""What a client says about its upload, checked before anything is done with it (docs/upload.md)."""

import re
from dataclasses import dataclass
from typing import Any, Final

from imaging.coding import Coding

MAX_BUNDLE_INSTANCES: Final = 256
MAX_SAMPLES: Final = 64
#: How many of the first bundles may be declared with the plan.
MAX_DECLARED_AT_ONCE: Final = 8
#: No single file of a spine study comes near this.
MAX_INSTANCE_BYTES: Final = 2**30
_DIGEST = re.compile(r"[0-9a-f]{64}")


class ProtocolError(ValueError):
    """What was sent is not what the protocol says."""


@dataclass(frozen=True, slots=True)
class PlannedBundle:
    instances: int
    #: Before coding.
    raw_bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    fingerprint: str
    bundles: tuple[PlannedBundle, ...]
    #: What the client counted: pictures, sets, lower back or not, an older study with it or not.
    summary: dict[str, int | bool]
    #: SHA-256 of some of the files, by which the same examination in another request is noticed.
    samples: tuple[str, ...] = ()
    #: The patient knows of that and sends it all the same.
    again: bool = False
    #: Of the first bundles, those that are packed already.
    declared: tuple["Declaration | None", ...] = ()

    @property
    def instances(self) -> int:
        return sum(bundle.instances for bundle in self.bundles)

    @property
    def raw_bytes(self) -> int:
        return sum(bundle.raw_bytes for bundle in self.bundles)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a bundle: `length` coded bytes from `offset`, never more than the file has.

    So a bundle is no larger than what was planned for it, which is what the quotas count.
    """

    offset: int
    length: int
    raw_length: int
    sha256: str
    coding: Coding


@dataclass(frozen=True, slots=True)
class Declaration:
    """One bundle as it will be sent: its length, its SHA-256, and what lies where."""

    size: int
    sha256: str
    entries: tuple[Entry, ...]
    #: Planned files that could not be read on the patient's side.
    left_out: int = 0


def parse_plan(data: object) -> Plan:
    """Return the plan in a JSON value, or raise `ProtocolError`."""
    plan = _mapping(data)
    bundles = tuple(
        PlannedBundle(
            instances=_number(bundle, "instances", 1, MAX_BUNDLE_INSTANCES),
            raw_bytes=_number(bundle, "bytes", 1, MAX_BUNDLE_INSTANCES * MAX_INSTANCE_BYTES),
        )
        for bundle in map(_mapping, _listing(plan, "bundles"))
    )
    summary: dict[str, int | bool] = {
        "pictures": _number(plan, "pictures", 1, 10**6),
        "series": _number(plan, "series", 1, 10**5),
        "lower_back": plan.get("lower_back") is True,
        "prior": plan.get("prior") is True,
    }
    samples = _short_listing(plan, "samples", MAX_SAMPLES)
    declared = _short_listing(plan, "declared", min(len(bundles), MAX_DECLARED_AT_ONCE))
    return Plan(
        fingerprint=_digest(plan, "fingerprint"),
        bundles=bundles,
        summary=summary,
        samples=tuple(_checked_digest("samples", sample) for sample in samples),
        again=plan.get("again") is True,
        declared=tuple(None if one is None else parse_declaration(one) for one in declared),
    )


def parse_declaration(data: object) -> Declaration:
    """Return the declaration in a JSON value; its entries fill the bundle without a gap."""
    declared = _mapping(data)
    left_out = _number(declared, "left_out", 0, MAX_BUNDLE_INSTANCES, default=0)
    if left_out and not declared.get("index"):
        return Declaration(0, "", (), left_out)
    entries = tuple(_parse_entry(entry) for entry in _listing(declared, "index"))
    end = 0
    for entry in entries:
        if entry.offset != end:
            raise ProtocolError("the entries leave a gap, or overlap")
        end += entry.length
    size = _number(declared, "size", 1, MAX_BUNDLE_INSTANCES * MAX_INSTANCE_BYTES)
    if end != size:
        raise ProtocolError("the entries do not fill the bundle")
    return Declaration(size, _digest(declared, "sha256"), entries, left_out)


def _parse_entry(data: object) -> Entry:
    entry = _mapping(data)
    parsed = Entry(
        offset=_number(entry, "offset", 0, MAX_BUNDLE_INSTANCES * MAX_INSTANCE_BYTES),
        length=_number(entry, "length", 1, MAX_INSTANCE_BYTES),
        raw_length=_number(entry, "raw_length", 1, MAX_INSTANCE_BYTES),
        sha256=_digest(entry, "sha256"),
        coding=_coding(entry.get("coding")),
    )
    if parsed.length > parsed.raw_length:
        raise ProtocolError("a coding that makes the file longer; send it raw")
    if parsed.coding is Coding.RAW and parsed.length != parsed.raw_length:
        raise ProtocolError("raw bytes of another length")
    return parsed


def _coding(value: object) -> Coding:
    try:
        return Coding(value)  # type: ignore[arg-type]  # whatever JSON holds; else ValueError
    except ValueError:
        raise ProtocolError("an unknown coding") from None


def _mapping(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ProtocolError("an object was expected")
    return data


def _listing(data: dict[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list) or not value:
        raise ProtocolError(f"{key} must be a list with something in it")
    return value


def _short_listing(data: dict[str, Any], key: str, most: int) -> list[Any]:
    value = data.get(key, [])
    if not isinstance(value, list) or len(value) > most:
        raise ProtocolError(f"{key} must be a list of at most {most}")
    return value


def _number(
    data: dict[str, Any], key: str, low: int, high: int, *, default: int | None = None
) -> int:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ProtocolError(f"{key} must be a whole number from {low} to {high}")
    return value


def _digest(data: dict[str, Any], key: str) -> str:
    return _checked_digest(key, data.get(key))


def _checked_digest(key: str, value: object) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ProtocolError(f"{key} must be a SHA-256 in hexadecimal")
    return value
