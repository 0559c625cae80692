"""The template of the lumbar report: which levels and fields it has, and how content is shaped.

`content` is plain JSON: codes, numbers and texts, no words of the interface. It is read from
a form field by field; what the template does not know is left out.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict

from cases.report_data.global_fields import GLOBAL_FIELDS
from cases.report_data.level_fields import CORE, LEVEL_FIELDS
from cases.report_data.model import Field, Kind, Option
from cases.report_data.scales import (
    AGREEMENT,
    CHANNELS,
    CRITICAL_FINDINGS,
    IMPRESSION_KINDS,
    IMPRESSION_MAX,
    RADPEER,
    RECOMMENDATIONS,
    RESEARCH_SCORE,
)
from cases.report_drawings import drawings_from
from cases.report_marks import measurements_from, numbering_from

#: Stored with every report; raise it with any change of a table of cases/report_data.
VERSION = "lumbar-1"

Content = dict[str, Any]
Row = dict[str, Any]

_LEVELS = {
    "4": ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-S1"),
    "5": ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"),
    "6": ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-L6", "L6-S1"),
}
#: T12-L1 is offered but need not be stated.
OPTIONAL_LEVELS = frozenset({"T12-L1"})

FIELDS = {field.code: field for field in LEVEL_FIELDS}
WHOLE = {field.code: field for field in GLOBAL_FIELDS}
LINE_LENGTH, TEXT_LENGTH = 500, 8000
COMMUNICATION_ROWS = 3
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def levels(content: Content) -> tuple[str, ...]:
    """Return the levels of this patient, from above to below."""
    return _LEVELS[content["whole"]["lumbar_count"]]


def empty_content(questions: Sequence[str] = ()) -> Content:
    """Return the content of a report in which nothing has been said yet."""
    return content_from_form(QueryDict(), questions)


def content_from_form(data: QueryDict, questions: Sequence[str]) -> Content:
    """Return the content that a posted form holds; unknown names and codes are left out."""
    whole = {
        field.code: _value(field, data.getlist(f"whole.{field.code}")) for field in GLOBAL_FIELDS
    }
    content: Content = {"whole": whole}
    content["levels"] = {
        level: {
            field.code: _value(field, data.getlist(f"level.{level}.{field.code}"))
            for field in LEVEL_FIELDS
        }
        for level in levels(content)
    }
    content |= {
        "comparison": _text(data, "comparison"),
        "findings": _generated(data, "findings"),
        "impression": list(_impression(data)),
        "answers": [
            {"question": question, "answer": _text(data, f"answer.{number}")}
            for number, question in enumerate(questions)
        ],
        "recommendations": _codes(RECOMMENDATIONS, data.getlist("recommendations")),
        "recommendation_text": _text(data, "recommendation_text"),
        "agreement": {
            "scale": _code(AGREEMENT, data.get("agreement.scale", "")),
            "research": _code(RESEARCH_SCORE, data.get("agreement.research", "")),
            "radpeer": _code(RADPEER, data.get("agreement.radpeer", "")),
            "comment": _text(data, "agreement.comment"),
        },
        "plain": _generated(data, "plain"),
        "communication": list(_communication(data)),
        "numbering": numbering_from(data.get("numbering", "")),
        "measurements": measurements_from(data.get("measurements", ""), levels(content)),
        "drawings": drawings_from(data.get("drawings", "")),
    }
    return content


def _value(field: Field, given: Sequence[str]) -> Any:
    if field.kind is Kind.MULTI:
        return _codes(field.options, given)
    answer = given[-1].strip() if given else field.default
    if field.kind is Kind.NUMBER:
        return _number(field, answer)
    if field.kind is Kind.TEXT:
        return plain_characters(answer)[: int(field.maximum)]
    return _code(field.options, answer) or (field.default if not given else "")


def _number(field: Field, answer: str) -> float | None:
    try:
        number = float(answer.replace(",", "."))
    except ValueError:
        return None
    if not math.isfinite(number) or not field.minimum <= number <= field.maximum:
        return None
    return round(number, 1)


def _code(options: Sequence[Option], given: str) -> str:
    return given if any(option.code == given for option in options) else ""


def _codes(options: Sequence[Option], given: Sequence[str]) -> list[str]:
    """Return the known codes in the order of the table, each once."""
    return [option.code for option in options if option.code in given]


def _text(data: QueryDict, name: str) -> str:
    return plain_characters(data.get(name, ""))[:TEXT_LENGTH]


def plain_characters(text: str) -> str:
    """Return `text` without the control characters that neither the database nor a PDF takes."""
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def _generated(data: QueryDict, name: str) -> dict[str, Any]:
    """Return a text that starts as generated; `edited` keeps it from being replaced."""
    return {"text": _text(data, name), "edited": data.get(f"{name}_edited") == "1"}


def _impression(data: QueryDict) -> Iterator[Row]:
    for number in range(IMPRESSION_MAX + 2):
        text = _text(data, f"impression.{number}.text")[:LINE_LENGTH]
        if text:
            kind = _code(IMPRESSION_KINDS, data.get(f"impression.{number}.kind", ""))
            yield {"kind": kind or "other", "text": text}


def _communication(data: QueryDict) -> Iterator[Row]:
    known = {finding.code for finding in CRITICAL_FINDINGS}
    for number in range(COMMUNICATION_ROWS):
        name = f"communication.{number}"
        finding = data.get(f"{name}.finding", "")
        if finding in known:
            yield {
                "finding": finding,
                "channel": _code(CHANNELS, data.get(f"{name}.channel", "")),
                "told": _text(data, f"{name}.told")[:LINE_LENGTH],
                "outcome": _text(data, f"{name}.outcome")[:LINE_LENGTH],
            }


def is_stated(row: Row) -> bool:
    """Say whether the core items of a level are all filled."""
    return all(row[code] for code in CORE)


def is_untouched(row: Row) -> bool:
    return not any(row.values())


def normal_row() -> Row:
    """Return what "normal for this row" writes into the columns of the table."""
    return {field.code: field.normal for field in LEVEL_FIELDS if field.column and field.normal}


def roots(level: str) -> tuple[str, str]:
    """Return the exiting and the traversing root of a level (L4-L5: L4 and L5)."""
    exiting, traversing = level.split("-")
    return exiting, traversing


def label(options: Sequence[Option], code: str) -> str:
    """Return the label of an option in the active language, or nothing."""
    return next((str(option.label) for option in options if option.code == code), "")


def canonical(content: Mapping[str, Any]) -> bytes:
    """Return the one JSON text of `content` that is hashed when it is signed."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical JSON."""
    return hashlib.sha256(canonical(content)).hexdigest()
