"""Checks of the texts: answers, impression, sides, plain words, comparison (E10)."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.report_data.scales import (
    IMPRESSION_KINDS,
    IMPRESSION_MAX,
    NO_FIRST_REPORT,
    NOT_COMPARED,
)
from cases.report_readability import grade
from cases.report_rules import Context, Hit, Severity, at, rule
from cases.report_template import Row

GRADE_MAX = 9


@rule(
    "question-unanswered",
    Severity.BLOCK,
    gettext_lazy("Each question of the patient is answered."),
)
def _questions_are_answered(context: Context) -> Iterator[Hit]:
    for number, row in enumerate(context.content["answers"]):
        if not row["answer"]:
            text = _("Question %(number)s of the patient has no answer.") % {"number": number + 1}
            yield text, f"answer.{number}"


@rule("findings-missing", Severity.BLOCK, gettext_lazy("There is a findings text."))
def _findings_are_there(context: Context) -> Iterator[Hit]:
    if not context.content["findings"]["text"]:
        yield _("The findings text is empty."), "findings"


@rule("impression-missing", Severity.BLOCK, gettext_lazy("There is an impression."))
def _impression_is_there(context: Context) -> Iterator[Hit]:
    if not context.content["impression"]:
        yield _("The impression is empty."), "impression.0.text"


@rule(
    "impression-long",
    Severity.WARN,
    gettext_lazy("The impression has at most 6 items, in the order of the template."),
)
def _impression_is_short_and_ordered(context: Context) -> Iterator[Hit]:
    items = context.content["impression"]
    if len(items) > IMPRESSION_MAX:
        yield _("The impression has more than 6 items."), "impression.0.text"
    order = [option.code for option in IMPRESSION_KINDS]
    kinds = [order.index(item["kind"]) for item in items]
    if kinds != sorted(kinds):
        yield _("The impression is not in order: urgent first, limits last."), "impression.0.kind"


def _impression_text(context: Context) -> str:
    return " ".join(item["text"] for item in context.content["impression"])


@rule(
    "concordant-not-in-impression",
    Severity.WARN,
    gettext_lazy("A level that fits the symptoms is named in the impression."),
)
def _concordant_levels_are_named(context: Context) -> Iterator[Hit]:
    text = _impression_text(context)
    if not context.content["impression"]:
        return
    for level, row in context.rows:
        if row["symptom_match"] == "concordant" and not _names(text, level):
            warning = _("%(level)s fits the symptoms, but the impression does not name it.")
            yield warning % {"level": level}, "impression.0.text"


_SIDES = {"right": re.compile(r"\b(right|rechts|rechte\w*)\b", re.IGNORECASE),
          "left": re.compile(r"\b(left|links|linke\w*)\b", re.IGNORECASE)}  # fmt: skip


def _sides_of(row: Row) -> set[str]:
    """Return the sides on which a level shows something."""
    sides = {zone.split("_")[0] for zone in row["zone"] if "_" in zone}
    for short, side in (("_r", "right"), ("_l", "left")):
        codes = ("root_traversing", "root_exiting", "recess", "foramen")
        if any(row[code + short] not in {"", "0", "none"} for code in codes):
            sides.add(side)
    return sides


@rule(
    "side-differs-in-impression",
    Severity.WARN,
    gettext_lazy("The side in the impression is the side in the findings."),
)
def _impression_sides_match(context: Context) -> Iterator[Hit]:
    for number, item in enumerate(context.content["impression"]):
        named = {side for side, word in _SIDES.items() if word.search(item["text"])}
        about = [_sides_of(row) for level, row in context.rows if _names(item["text"], level)]
        found: set[str] = set().union(*about)
        if found and named and not named <= found:
            text = _("Impression %(number)s names a side that the table does not show.")
            yield text % {"number": number + 1}, f"impression.{number}.text"


def _names(text: str, level: str) -> bool:
    upper, lower = level.split("-")
    return (
        re.search(rf"\b{upper}\s*[-\u2013/]\s*[LS]?{lower[1:]}\b", text, re.IGNORECASE) is not None
    )


@rule(
    "side-differs-from-patient",
    Severity.WARN,
    gettext_lazy("A level that may explain the symptoms shows something on the side of the pain."),
)
def _side_of_the_pain(context: Context) -> Iterator[Hit]:
    yield from _opposite(context, "possible")


@rule(
    "concordant-on-the-other-side",
    Severity.BLOCK,
    gettext_lazy("A level that fits the symptoms is not on the other side of the pain only."),
)
def _concordant_side(context: Context) -> Iterator[Hit]:
    yield from _opposite(context, "concordant")


def _opposite(context: Context, match: str) -> Iterator[Hit]:
    if context.side_worse not in {"left", "right"}:
        return
    for level, row in context.rows:
        sides = _sides_of(row)
        if row["symptom_match"] == match and sides and context.side_worse not in sides:
            text = _("%(level)s: the finding is on the other side than the pain.")
            yield text % {"level": level}, at(level, "symptom_match")


@rule("plain-missing", Severity.BLOCK, gettext_lazy("There is a text in plain words."))
def _plain_text_is_there(context: Context) -> Iterator[Hit]:
    if not context.content["plain"]["text"]:
        yield _("The text in plain words is empty."), "plain"


@rule(
    "plain-hard-to-read",
    Severity.WARN,
    gettext_lazy("The text in plain words reads at school grade 9 or lower."),
)
def _plain_text_is_plain(context: Context) -> Iterator[Hit]:
    text = context.content["plain"]["text"]
    reached = grade(text, context.language)
    if reached > GRADE_MAX:
        warning = _("The text in plain words reads at grade %(grade)s; aim for 9 or lower.")
        yield warning % {"grade": round(reached)}, "plain"


@rule(
    "not-locked",
    Severity.BLOCK,
    gettext_lazy("Where there is a first report, the own reading is locked before it is compared."),
)
def _blind_read_is_locked(context: Context) -> Iterator[Hit]:
    if context.has_first_report and not context.is_locked:
        yield _("Lock your reading and compare it with the first report."), "lock"


@rule(
    "agreement-missing",
    Severity.BLOCK,
    gettext_lazy("Agreement with the first report is stated."),
)
def _agreement_is_stated(context: Context) -> Iterator[Hit]:
    scale = context.content["agreement"]["scale"]
    if (
        context.has_first_report
        and scale in {"", NO_FIRST_REPORT, NOT_COMPARED}
        and context.is_locked
    ):
        yield _("Say how far you agree with the first report."), "agreement.scale"


@rule(
    "recommendation-missing",
    Severity.BLOCK,
    gettext_lazy("There is a recommendation, even if it is “none”."),
)
def _recommendation_is_there(context: Context) -> Iterator[Hit]:
    if not (context.content["recommendations"] or context.content["recommendation_text"]):
        yield _("Choose a recommendation, or “none”."), "recommendations"


@rule(
    "comparison-missing",
    Severity.WARN,
    gettext_lazy("When an older study came along, the section Comparison says what was compared."),
)
def _comparison_is_said(context: Context) -> Iterator[Hit]:
    if context.has_prior and not context.content["comparison"].strip():
        yield _("An older study came along, but Comparison says nothing of it."), "comparison"
