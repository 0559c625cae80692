"""The checks before a report is signed: what is still missing, what looks wrong.

A rule that blocks must be met; one that warns is shown and may be overruled by signing. The
rules stand in report_rules_findings.py and report_rules_texts.py.
"""

from collections.abc import Iterable

from django.utils.translation import override

from cases import report_rules_findings, report_rules_texts
from cases.models import Report
from cases.report_context import (
    current_study,
    finding_codes,
    has_first_report,
    intake_of,
    prior_study,
)
from cases.report_rules import RULES, Context, Problem, Severity

__all__ = ["Problem", "Severity", "blocking", "check", "problems", "rule_words"]
#: Importing the two modules is what fills the list.
RULE_MODULES = (report_rules_findings, report_rules_texts)


def context_of(report: Report) -> Context:
    case = report.case
    study = current_study(case)
    contrast = study is not None and study.series.filter(details__contrast=True).exists()
    return Context(
        content=report.content,
        language=case.patient.language,
        side_worse=intake_of(case).side_worse,
        has_first_report=has_first_report(case),
        is_locked=report.blind_locked_at is not None,
        study_findings=frozenset(finding_codes(case)),
        has_contrast=contrast,
        has_prior=prior_study(case) is not None,
    )


def problems(report: Report) -> list[Problem]:
    """Return every unmet rule, those that block first."""
    return check(context_of(report))


def check(context: Context) -> list[Problem]:
    found = [
        Problem(each.code, each.severity, text, control)
        for each in RULES
        for text, control in each.check(context)
    ]
    return sorted(found, key=lambda problem: problem.severity is not Severity.BLOCK)


def blocking(found: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in found if problem.severity is Severity.BLOCK]


def rule_words(language: str = "en") -> list[tuple[str, str, str]]:
    """Return (code, severity, words) of every rule, for the page that is reviewed."""
    with override(language):
        return [(each.code, each.severity.value, str(each.words)) for each in RULES]
