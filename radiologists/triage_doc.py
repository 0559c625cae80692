"""Print docs/triage.md from the table; a test compares the file with what is printed here."""

from django.utils.translation import override

from cases.report_doc import PENDING, table
from radiologists.triage_table import (
    DECISIVE,
    EVIDENCE,
    HARD_RULES,
    SKIPPED,
    SPORT,
    TOPICS,
    VERSION,
)


def triage_page() -> str:
    """Return the page, in English."""
    with override("en"):
        parts = [
            "# Triage: MSK or neuro",
            "",
            f"Table `{VERSION}`. Printed from `radiologists/triage_table.py`; every row is a",
            f"design value, {PENDING}. A proposal stores the version, the score, the reasons, and",
            "who was passed over and why; a coordinator confirms it or assigns somebody else.",
            "",
            "## Hard rules: the first that holds decides",
            "",
            *table(
                ("rule", "when", "then", "competence"),
                [(r.code, r.words, r.choice, r.competence or "none") for r in HARD_RULES],
            ),
            f"## Score: decides from a difference of {DECISIVE}, else either",
            "",
            *table(
                ("evidence", "when", "neuro", "MSK"),
                [(e.code, e.words, e.neuro or "", e.msk or "") for e in EVIDENCE],
            ),
            "## Who is passed over, in this order; then the least loaded, then the longest idle",
            "",
            *table(("code", "why"), SKIPPED.items()),
            "## Beginnings of words that raise a topic",
            "",
            *table(
                ("topic", "words"),
                [(topic, ", ".join(words)) for topic, words in {**TOPICS, "sport": SPORT}.items()],
            ),
        ]
    return "\n".join(parts).rstrip() + "\n"
