"""What a check is: a rule with a severity, and what it may look at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cases.report_data.model import Text
from cases.report_template import Content, Row, levels


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Problem:
    """One unmet rule: what to do, and the name of the control where it is done."""

    code: str
    severity: Severity
    text: str
    control: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at besides the content."""

    content: Content
    language: str
    side_worse: str
    has_first_report: bool
    is_locked: bool
    study_findings: frozenset[str]
    has_contrast: bool
    has_prior: bool = False

    @property
    def rows(self) -> list[tuple[str, Row]]:
        return [(level, self.content["levels"][level]) for level in levels(self.content)]

    @property
    def whole(self) -> Row:
        whole: Row = self.content["whole"]
        return whole


Hit = tuple[str, str]  # text, control
Check = Callable[[Context], Iterator[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    severity: Severity
    #: The rule in words, for the page that a radiologist reviews.
    words: Text
    check: Check


RULES: list[Rule] = []


def rule(code: str, severity: Severity, words: Text) -> Callable[[Check], Check]:
    """Add a check to the list, in the order in which they stand in the file."""

    def add(check: Check) -> Check:
        RULES.append(Rule(code, severity, words, check))
        return check

    return add


def at(level: str, field: str) -> str:
    return f"level.{level}.{field}"
