"""The de-identification policy, read from ``profile/policy.toml``.

A policy is an allow-list per SOP class and per sequence: an attribute without a rule is dropped.
It can be built from any document of that form, which lets a test take away one rule at a time.

References
----------
PS3.15 Annex E (attribute confidentiality profiles), PS3.16 CID 7050.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property, partial
from importlib.resources import files
from typing import Any, Final

from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag, tag_for_keyword

from imaging.gate import ENHANCED_MR_IMAGE, LEGACY_CONVERTED_MR_IMAGE, MR_IMAGE
from imaging.uids import is_registered

IMAGE: Final = "image"
CLASS_SCOPES: Final = {
    MR_IMAGE: "MR",
    ENHANCED_MR_IMAGE: "ENHANCED",
    LEGACY_CONVERTED_MR_IMAGE: "LEGACY",
}
MAX_VALUES: Final = 256  # of a binary attribute whose multiplicity has no upper bound

_BINARY_SIZES: Final = {
    "AT": 4, "FD": 8, "FL": 4, "SL": 4, "SS": 2, "SV": 8, "UL": 4, "US": 2, "UV": 8
}  # fmt: skip

Check = Callable[[bytes], object]


class Action(StrEnum):
    """What a rule does with its attribute; the words of ``policy.toml``."""

    KEEP = "keep"
    ITEMS = "items"
    MAP = "map"
    EMPTY = "empty"
    WRITE = "write"
    REPLACE = "replace"
    AGE = "age"
    DATE = "date"
    TIME = "time"


@dataclass(frozen=True, slots=True, eq=False)  # a rule is itself only, and quick to look up
class Rule:
    """One attribute in one place.

    Attributes
    ----------
    vr : str
        The only VR it may be written with; two-fold ones ("US or SS") keep the file's.
    check : callable
        Takes a raw value with its padding; falsy when the value must not be kept.
    value : str
        What ``write`` and ``replace`` put there, with {placeholders} of the case.
    removed : str or None
        What stands in place of a removed date; None when the attribute goes altogether.
    required : bool
        Whether an item without it is dropped as a whole.
    type_2 : bool
        Whether it stays without a value when its value must not be kept.
    vrs : tuple of bytes
        The VRs with which the attribute may stand in a file.
    always_written : bool
        Whether its value never depends on the file.
    kept : bool
        Whether the value of the file stays (else something of ours takes its place).
    """

    tag: int
    keyword: str
    vr: str
    action: Action
    group: str
    check: Check
    value: str = ""
    removed: str | None = None
    only_if_present: bool = False
    option: str = ""
    required: bool = False
    type_2: bool = False
    vrs: tuple[bytes, ...] = field(init=False)
    always_written: bool = field(init=False)
    kept: bool = field(init=False)

    def __post_init__(self) -> None:
        put = partial(object.__setattr__, self)
        put("vrs", tuple(part.encode() for part in self.vr.split(" or ")))
        put("always_written", self.action in (Action.EMPTY, Action.WRITE))
        put("kept", self.action in (Action.KEEP, Action.ITEMS))


class Scope(dict[int, Rule]):
    """The rules of one place by tag."""

    @cached_property
    def required(self) -> frozenset[int]:
        """The attributes without which an item is dropped altogether."""
        return frozenset(tag for tag, rule in self.items() if rule.required)


@dataclass(frozen=True, slots=True)
class Option:
    """A named option of PS3.15 with its code of PS3.16 CID 7050."""

    name: str
    code: str
    meaning: str
    why: str


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that belong together, with the reason in words."""

    title: str
    why: str
    scopes: tuple[str, ...]
    action: Action
    attributes: tuple[str, ...]
    option: str
    value: str
    removed: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """All rules, by SOP class for the top level and by sequence tag for items.

    `codestream` has the checks of what a compressed picture may carry, by name of its segment.
    """

    version: str
    options: dict[str, Option]
    groups: tuple[Group, ...]
    classes: dict[str, Scope]
    sequences: dict[int, Scope]
    identity_tags: frozenset[int]
    identity_vocabulary: frozenset[str]
    codestream: dict[str, Check]

    @property
    def constants(self) -> frozenset[str]:
        """The values that the policy itself puts into files."""
        values = {group.value for group in self.groups} | {group.removed for group in self.groups}
        return frozenset(value for value in values if value and "{" not in value)

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Yield every rule with the name of the place where it holds."""
        for sop_class, scope in self.classes.items():
            for rule in scope.values():
                yield CLASS_SCOPES[sop_class], rule
        for tag, scope in self.sequences.items():
            for rule in scope.values():
                yield keyword_for_tag(tag), rule


def load_document() -> dict[str, Any]:
    """Return ``policy.toml`` as plain tables."""
    return tomllib.loads(files("imaging").joinpath("profile/policy.toml").read_text("utf-8"))


def load_profile_table() -> dict[str, Any]:
    """Return PS3.15 Table E.1-1 as data (see ``profile/README.md`` for its origin)."""
    text = files("imaging").joinpath("profile/ps3_15_table_e1_1.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def build_policy(document: dict[str, Any]) -> Policy:
    """Build a policy from tables such as those of ``policy.toml``.

    Raises
    ------
    ValueError
        When a rule names an unknown attribute, action, option or place, or one place names the
        same attribute twice.
    """
    groups = tuple(_read_group(table) for table in document["group"])
    checks = _Checks(document["checks"], document["vocabulary"])
    classes: dict[str, Scope] = {sop_class: Scope() for sop_class in CLASS_SCOPES}
    sequences: dict[int, Scope] = {}
    for group, table in zip(groups, document["group"], strict=True):
        rules = [_read_rule(keyword, group, table, checks) for keyword in group.attributes]
        for name in group.scopes:
            for scope in _scopes_named(name, classes, sequences):
                _add(scope, rules, name)
    for scope in classes.values():
        _mark_type_2(scope, document["type_2"]["attributes"])
    options = {name: Option(name, t["code"], t["meaning"], t.get("why", ""))
               for name, t in document["options"].items()}  # fmt: skip
    unknown = {group.option for group in groups} - {"", *options}
    if unknown:
        raise ValueError(f"unknown options: {sorted(unknown)}")
    return Policy(
        version=document["version"],
        options=options,
        groups=groups,
        classes=classes,
        sequences=sequences,
        identity_tags=frozenset(_tag(word) for word in document["identity"]["attributes"]),
        identity_vocabulary=frozenset(document["identity"]["vocabulary"]),
        codestream={
            name: _bytes_matching("|".join(patterns))
            for name, patterns in document["codestream"].items()
        },
    )


def _read_group(table: dict[str, Any]) -> Group:
    return Group(
        title=table["title"],
        why=table["why"],
        scopes=tuple(table["in"]),
        action=Action(table["action"]),
        attributes=tuple(table["attributes"]),
        option=table.get("option", ""),
        value=table.get("value", ""),
        removed=table.get("removed"),
    )


def _read_rule(keyword: str, group: Group, table: dict[str, Any], checks: "_Checks") -> Rule:
    tag = _tag(keyword)
    return Rule(
        tag=tag,
        keyword=keyword,
        vr=dictionary_VR(tag),
        action=group.action,
        group=group.title,
        check=checks.for_attribute(keyword),
        value=group.value,
        removed=group.removed,
        only_if_present=table.get("only_if_present", False),
        option=group.option,
        required=table.get("required", False),
    )


def _scopes_named(name: str, classes: dict[str, Scope], sequences: dict[int, Scope]) -> list[Scope]:
    if name == IMAGE:
        return list(classes.values())
    for sop_class, class_name in CLASS_SCOPES.items():
        if name == class_name:
            return [classes[sop_class]]
    tag = _tag(name)
    if dictionary_VR(tag) != "SQ":
        raise ValueError(f"{name} is no sequence")
    return [sequences.setdefault(tag, Scope())]


def _add(scope: Scope, rules: list[Rule], name: str) -> None:
    for rule in rules:
        if rule.tag in scope:
            raise ValueError(f"{rule.keyword} stands twice in {name}")
        scope[rule.tag] = rule


def _mark_type_2(scope: Scope, keywords: list[str]) -> None:
    for tag in map(_tag, keywords):
        if tag in scope:
            scope[tag] = replace(scope[tag], type_2=True)


def _tag(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(f"unknown attribute {keyword}")
    return tag


class _Checks:
    """Makes the check of an attribute from its vocabulary, else from its VR."""

    def __init__(self, patterns: dict[str, str], vocabulary: dict[str, list[str]]) -> None:
        self._text = {vr: _values_matching(pattern) for vr, pattern in patterns.items()}
        self._vocabulary = {
            keyword: _values_matching("|".join(["", *map(re.escape, words)]))
            for keyword, words in vocabulary.items()
        }

    def for_attribute(self, keyword: str) -> Check:
        if keyword in self._vocabulary:
            return self._vocabulary[keyword]
        tag = _tag(keyword)
        vr = dictionary_VR(tag)
        if vr == "UI":
            return _is_registered_value
        if vr in self._text:
            return self._text[vr]
        first = vr.split(" or ")[0]
        if first in _BINARY_SIZES:
            return partial(_fits, _BINARY_SIZES[first], _most_values(tag))
        return _never


def _values_matching(pattern: str) -> Check:
    r"""Match every one of ``\``-separated values against the whole pattern, then padding."""
    return re.compile(rb"(?:%b)(?:\\(?:%b))*[ \0]*" % ((pattern.encode(),) * 2)).fullmatch


def _bytes_matching(pattern: str) -> Check:
    """Match any bytes against the whole pattern, then padding."""
    return re.compile(rb"(?s:%b)[ \n\0]*" % pattern.encode()).fullmatch


def _most_values(tag: int) -> int:
    most = dictionary_VM(tag).rsplit("-", 1)[-1]
    return int(most) if most.isdecimal() else MAX_VALUES


def _fits(size: int, most: int, value: bytes) -> bool:
    count, rest = divmod(len(value), size)
    return rest == 0 and count <= most


def _is_registered_value(value: bytes) -> bool:
    return is_registered(value.rstrip(b"\0 "))


def _never(_value: bytes) -> bool:
    return False


POLICY: Final = build_policy(load_document())
