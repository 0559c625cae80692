"""Print docs/clinical-content.md from the tables, so that a radiologist can review them.

A test compares the file with what is printed here; its message says how to renew it.
"""

from collections.abc import Iterable

from django.utils.translation import override

from cases.report_checks import rule_words
from cases.report_data.global_fields import GLOBAL_FIELDS
from cases.report_data.level_fields import CORE, LEVEL_FIELDS
from cases.report_data.model import Field, Mark
from cases.report_data.plain_words import NEVER_WITH, PREVALENCE, TERMS
from cases.report_data.scales import (
    AGREEMENT,
    CRITICAL_FINDINGS,
    CRITICAL_TARGET,
    IMPRESSION_KINDS,
    RADPEER,
    RECOMMENDATIONS,
    RESEARCH_SCORE,
)
from cases.report_template import VERSION

PENDING = "pending radiologist review"
_SOURCES = {
    "R1": "Disc nomenclature 2.0 (radiopaedia, intervertebral disc disease nomenclature)",
    "R1b": "Disc zones (mrionline, rentgenogram.ru)",
    "R2": "Core items of a stenosis report (PubMed 25079488)",
    "R11a": "Pfirrmann (radclass.mudr.org)",
    "R11b": "Modic (BMJ criteria page, ehb.be topic 190)",
    "R11c": "ISSLS extent of Modic changes (PMC7205555)",
    "R11d": "Lee and Schizas (radiopaedia)",
    "R11g": "Bartynski (ajnr markup 33048)",
    "R11h": "Four-point root scale (wjgnet 1949-8470 v9 i5 223)",
    "R11i": "Lee, foramen (pacs.de 71956; PMC9971835)",
    "R11j": "Weishaupt (elearnrad; scirp 1-1160065)",
    "R11k": "Meyerding (radiopaedia)",
    "R11l": "Castellvi (pacs.de; s12891-020-03358-3)",
    "R11m": "Conus level (radiopaedia; spinebase.org)",
}


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return [*lines, ""]


def mark(of: Mark, source: str = "") -> str:
    if of is Mark.VERIFIED:
        return f"V {source}".strip()
    return f"{of.value}, {PENDING}"


def clinical_content() -> str:
    """Return the page, in English."""
    with override("en"):
        parts = [
            *_opening(),
            *_fields("Whole lumbar spine", GLOBAL_FIELDS),
            *_fields("Each level", LEVEL_FIELDS),
            *_definitions(),
            *_checks(),
            *_scales(),
            *_plain(),
            *_sources(),
        ]
    return "\n".join(parts).rstrip() + "\n"


def _opening() -> list[str]:
    return [
        "# Clinical content",
        "",
        f"Template `{VERSION}`. Printed from `cases/report_data/` and `cases/report_rules_*.py`;",
        "`tests/cases/test_report_doc.py` compares this page with them.",
        "",
        "Marks: **V** read in a published source (named below), **K** general knowledge, **D** a",
        f"value of our own design. What is not V is {PENDING}: no radiologist has approved it yet.",
        "",
        "Never empty at a level from L1 to S1: " + ", ".join(CORE) + " (source R2).",
        "",
    ]


def _fields(title: str, fields: Iterable[Field]) -> list[str]:
    rows = [
        (
            field.code,
            field.label,
            field.kind.value,
            "; ".join(str(option.label) for option in field.options) or field.unit or "text",
            field.default or "none",
            mark(field.mark, field.source),
        )
        for field in fields
    ]
    return [
        f"## {title}",
        "",
        *table(("code", "label", "kind", "options", "default", "mark"), rows),
    ]


def _definitions() -> list[str]:
    parts = ["## Definitions shown beside the control", ""]
    seen = set()
    for field in (*LEVEL_FIELDS, *GLOBAL_FIELDS):
        terms = [(o.label, o.definition) for o in field.options if o.definition]
        title = field.scale or str(field.label)
        if not terms or title in seen:
            continue
        seen.add(title)
        parts += [f"### {title}", "", f"Mark: {mark(field.mark, field.source)}.", ""]
        parts += [f"{field.note}", ""] if field.note else []
        parts += table(("answer", "definition"), terms)
    return parts


def _checks() -> list[str]:
    rows = [(code, level, words, f"D, {PENDING}") for code, level, words in rule_words()]
    return ["## Checks before signing", "", *table(("rule", "level", "what holds", "mark"), rows)]


def _scales() -> list[str]:
    targets = {
        category: f"{time.total_seconds() / 3600:g} h" for category, time in CRITICAL_TARGET.items()
    }
    kinds = " > ".join(str(kind.label) for kind in IMPRESSION_KINDS)
    return [
        "## Scales of the whole report",
        "",
        f"Order of the impression (D, {PENDING}): {kinds}.",
        "",
        "Agreement, seen by the patient (D, " + PENDING + "):",
        "",
        *table(("code", "label", "sentence"), [(o.code, o.label, o.phrase) for o in AGREEMENT]),
        "Score for research (V, Zan, Radiology 2010), never shown to the patient: "
        + "; ".join(str(option.label) for option in RESEARCH_SCORE)
        + ".",
        "",
        "RADPEER 2016 (V, radiologia.online), internal: "
        + "; ".join(str(option.label) for option in RADPEER)
        + ".",
        "",
        f"Recommendations (D, {PENDING}):",
        "",
        *table(
            ("code", "for the doctor", "for the patient"),
            [(o.code, o.phrase, o.definition) for o in RECOMMENDATIONS],
        ),
        f"Critical findings: category and time to a human answer (D, {PENDING}):",
        "",
        *table(
            ("finding", "category", "within"),
            [(f.label, f.category, targets[f.category]) for f in CRITICAL_FINDINGS],
        ),
    ]


def _plain() -> list[str]:
    decades = (20, 30, 40, 50, 60, 70, 80)
    return [
        "## Plain words",
        "",
        f"D, {PENDING}.",
        "",
        *table(
            ("term", "we say", "we do not say"),
            [(t.term, t.say, ", ".join(t.not_say) or "none") for t in TERMS],
        ),
        "## How common a finding is without pain, percent by age",
        "",
        "V: " + PREVALENCE[0].source + ". An empty cell was not read in the source: no figure is",
        "shown to anybody. Never used beside: " + ", ".join(NEVER_WITH) + ".",
        "",
        *table(
            ("finding", *map(str, decades)),
            [(p.label, *(p.percent.get(decade, "") for decade in decades)) for p in PREVALENCE],
        ),
    ]


def _sources() -> list[str]:
    return ["## Sources", "", *[f"- **{code}** {text}" for code, text in _SOURCES.items()]]
