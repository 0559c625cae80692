"""The report's fields as controls of a page: names, values, options, definitions."""

import json
from dataclasses import dataclass
from typing import Any

from cases.report_data.global_fields import GLOBAL_FIELDS
from cases.report_data.level_fields import LEVEL_FIELDS
from cases.report_data.model import Field, Option, Text
from cases.report_data.scales import (
    AGREEMENT,
    CHANNELS,
    CRITICAL_FINDINGS,
    IMPRESSION_KINDS,
    IMPRESSION_MAX,
    NO_FIRST_REPORT,
    NOT_COMPARED,
    RADPEER,
    RECOMMENDATIONS,
    RESEARCH_SCORE,
)
from cases.report_marks import no_numbering
from cases.report_template import COMMUNICATION_ROWS, Content, is_untouched, levels

#: Follow from the case; nobody chooses them.
_NOT_CHOSEN = {NO_FIRST_REPORT, NOT_COMPARED}


@dataclass(frozen=True, slots=True)
class Choice:
    code: str
    label: Text
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One control; `definition` names the block of definitions that belongs to it."""

    name: str
    label: Text
    kind: str
    value: Any
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    minimum: float = 0
    maximum: float = 0
    normal: str = ""
    definition: str = ""

    @property
    def element_id(self) -> str:
        return self.name.replace(".", "-")


@dataclass(frozen=True, slots=True)
class LevelRow:
    level: str
    columns: tuple[Control, ...]
    details: tuple[Control, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class ImpressionLine:
    number: int
    text: str
    kinds: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class CommunicationLine:
    number: int
    findings: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    told: str
    outcome: str


def _choices(options: tuple[Option, ...], chosen: Any) -> tuple[Choice, ...]:
    picked = chosen if isinstance(chosen, list) else [chosen]
    return tuple(Choice(option.code, option.label, option.code in picked) for option in options)


def control(field: Field, name: str, value: Any) -> Control:
    """Return the control of a field with its present value."""
    has_definitions = any(option.definition for option in field.options) or field.note
    return Control(
        name=name,
        label=field.label,
        kind=field.kind.value,
        value="" if value is None else value,
        choices=_choices(field.options, value),
        unit=field.unit,
        minimum=field.minimum,
        maximum=field.maximum,
        normal=field.normal,
        definition=_definition_key(field) if has_definitions else "",
    )


def _definition_key(field: Field) -> str:
    """Return one key for both sides of a pair."""
    return field.code.removesuffix("_r").removesuffix("_l").replace("_", "-")


def columns() -> tuple[Field, ...]:
    return tuple(field for field in LEVEL_FIELDS if field.column)


def level_rows(content: Content, *, is_compared: bool) -> list[LevelRow]:
    """Return the table of levels; the comparison stays away until the reading is locked."""
    shown = []
    for level in levels(content):
        row = content["levels"][level]
        controls = {
            field.code: control(field, f"level.{level}.{field.code}", row[field.code])
            for field in LEVEL_FIELDS
            if is_compared or field.code != "first_report_match"
        }
        inside = tuple(each for code, each in controls.items() if not _is_column(code))
        shown.append(
            LevelRow(
                level=level,
                columns=tuple(controls[field.code] for field in columns()),
                details=inside,
                is_open=any(each.value for each in inside),
            )
        )
    return shown


def _is_column(code: str) -> bool:
    return any(field.code == code for field in columns())


def whole_controls(content: Content) -> list[Control]:
    return [
        control(field, f"whole.{field.code}", content["whole"][field.code])
        for field in GLOBAL_FIELDS
    ]


def definitions() -> list[dict[str, Any]]:
    """Return the definitions to show beside the controls, each block once."""
    blocks: dict[str, dict[str, Any]] = {}
    for field in (*LEVEL_FIELDS, *GLOBAL_FIELDS):
        terms = [option for option in field.options if option.definition]
        if terms or field.note:
            key = _definition_key(field)
            title = field.scale or field.label
            blocks.setdefault(key, {"key": key, "title": title, "terms": terms, "note": field.note})
    return list(blocks.values())


def impression_lines(content: Content) -> list[ImpressionLine]:
    given = content["impression"]
    blank = {"kind": "main", "text": ""}
    rows = [*given, *[blank] * (IMPRESSION_MAX - len(given))]
    return [
        ImpressionLine(number, row["text"], _choices(IMPRESSION_KINDS, row["kind"]))
        for number, row in enumerate(rows)
    ]


def communication_lines(content: Content) -> list[CommunicationLine]:
    given = content["communication"]
    blank = {"finding": "", "channel": "", "told": "", "outcome": ""}
    rows = [*given, *[blank] * (COMMUNICATION_ROWS - len(given))]
    return [
        CommunicationLine(
            number=number,
            findings=tuple(
                Choice(f.code, f"{f.category}: {f.label}", f.code == row["finding"])
                for f in CRITICAL_FINDINGS
            ),
            channels=_choices(CHANNELS, row["channel"]),
            told=row["told"],
            outcome=row["outcome"],
        )
        for number, row in enumerate(rows)
    ]


def scales(content: Content) -> dict[str, tuple[Choice, ...]]:
    """Return the choices that belong to the whole report."""
    agreement = content["agreement"]
    shown = tuple(option for option in AGREEMENT if option.code not in _NOT_CHOSEN)
    return {
        "agreement": _choices(shown, agreement["scale"]),
        "research": _choices(RESEARCH_SCORE, agreement["research"]),
        "radpeer": _choices(RADPEER, agreement["radpeer"]),
        "recommendations": _choices(RECOMMENDATIONS, content["recommendations"]),
    }


def marks(content: Content) -> dict[str, str]:
    """Return what came from the images as the hidden fields carry it."""
    return {
        "numbering": json.dumps(content.get("numbering", no_numbering())),
        "measurements": json.dumps(content.get("measurements", [])),
        "drawings": json.dumps(content.get("drawings", [])),
    }


def is_empty(content: Content) -> bool:
    """Say whether no level was touched yet."""
    return all(is_untouched(row) for row in content["levels"].values())


#: Means nothing to somebody who compares two drafts: switches, and the slice a value came from.
_NOT_SHOWN = frozenset(
    {"edited", "signed", "settled", "frame", "series", "sop", "at", "uid", "drawing"}
)


def differences(mine: Content, theirs: Content) -> list[dict[str, str]]:
    """Return where two versions of a draft differ, for somebody who must choose."""
    found = []
    for where, ours, other in _pairs(mine, theirs):
        if ours != other:
            found.append({"where": where, "mine": _shown(ours), "theirs": _shown(other)})
    return found


def _pairs(mine: Any, theirs: Any, where: str = "") -> list[tuple[str, Any, Any]]:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        names = list(dict.fromkeys([*mine, *theirs]))
        return [
            pair
            for name in names
            if name not in _NOT_SHOWN
            for pair in _pairs(mine.get(name), theirs.get(name), f"{where} {name}".strip())
        ]
    return [(where, mine, theirs)]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_shown(each) for each in value)
    if isinstance(value, dict):
        named = {name: each for name, each in value.items() if name not in _NOT_SHOWN}
        return ", ".join(_shown(each) for each in named.values() if each)
    return "" if value is None else str(value)
