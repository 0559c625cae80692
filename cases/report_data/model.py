"""The shapes of the tables: a field, its options, and how far a statement is verified."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

Text = str | Promise


class Mark(StrEnum):
    """How far a statement is verified."""

    VERIFIED = "V"
    KNOWLEDGE = "K"
    DESIGN = "D"


class Kind(StrEnum):
    CHOICE = "choice"
    MULTI = "multi"
    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer. `phrase` is what the narrative says; an empty phrase says nothing."""

    code: str
    label: Text
    phrase: Text = ""
    definition: Text = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question of the report.

    `code` ends in _r or _l for one of a pair. `scale` names the published scale that the
    options follow; `column` puts the field into the table of levels instead of its details.
    """

    code: str
    label: Text
    kind: Kind
    options: tuple[Option, ...] = ()
    default: str = ""
    scale: str = ""
    mark: Mark = Mark.DESIGN
    source: str = ""
    note: Text = ""
    column: bool = False
    minimum: float = 0
    maximum: float = 100
    unit: str = ""
    #: The options that count as "nothing to report".
    normal: str = ""

    def option(self, code: str) -> Option | None:
        return next((option for option in self.options if option.code == code), None)

    @property
    def side(self) -> str:
        return {"_r": "right", "_l": "left"}.get(self.code[-2:], "")


def both_sides(
    code: str, label_right: Text, label_left: Text, **same: object
) -> tuple[Field, Field]:
    """Return the right and the left field of a pair, right first as on the images."""
    right = Field(f"{code}_r", label_right, **same)  # type: ignore[arg-type]  # one set of keywords for both
    left = Field(f"{code}_l", label_left, **same)  # type: ignore[arg-type]  # as above
    return right, left
