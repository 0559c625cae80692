"""A signed report as a patient reads it, and the texts that a draft proposes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cases.models import Report
from cases.report_context import COMPARED
from cases.report_data.scales import AGREEMENT
from cases.report_plain import next_steps, plain_text
from cases.report_sentences import findings, impression
from cases.report_template import Content


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class PlainAddition:
    """An addendum in plain words."""

    text: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class PlainResult:
    """What the result page shows, in this order; every text is plain text, never HTML."""

    code: str
    #: Code of the agreement scale (confirmed, refined, partly_different,
    #: importantly_different, no_first_report) and its sentence.
    agreement: str
    agreement_sentence: str
    what_we_found: tuple[str, ...]
    answers: tuple[PlainAnswer, ...]
    next_steps: tuple[str, ...]
    limits: tuple[str, ...]
    read_by: str
    credentials: str
    signed_at: datetime
    additions: tuple[PlainAddition, ...]


def plain_result(report: Report) -> PlainResult:
    """Return the signed report in plain words.

    Raises
    ------
    ValueError
        If the report is not signed.
    """
    if report.signed_at is None:
        raise ValueError("a draft is shown to nobody but its author")
    content = report.content
    signed = content["signed"]
    scale = content["agreement"]["scale"]
    if signed["first_report"] != COMPARED:
        scale = signed["first_report"]
    return PlainResult(
        code=signed["case"],
        agreement=scale,
        agreement_sentence=next((str(o.phrase) for o in AGREEMENT if o.code == scale), ""),
        what_we_found=_paragraphs(content["plain"]["text"]),
        answers=tuple(PlainAnswer(row["question"], row["answer"]) for row in content["answers"]),
        next_steps=tuple(next_steps(content)),
        limits=tuple(signed["limits"]),
        read_by=signed["author"],
        credentials=signed["credentials"],
        signed_at=report.signed_at,
        additions=tuple(
            PlainAddition(addendum.plain_text, addendum.signed_at)
            for addendum in report.addenda.all()
        ),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def proposals(content: Content, *, age: int | None) -> dict[str, Any]:
    """Return the texts that the rows propose; the reader decides what becomes of them."""
    return {
        "findings": findings(content),
        "impression": impression(content),
        "plain": plain_text(content, age=age),
    }
