"""The pictures that a coordinator looks at, set by set."""

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from cases.models import Case, HeldPicture
from cases.models.held_picture import PictureDecision, seal_of
from imaging.burned_in import HoldReason
from imaging.regions import Region, merged

if TYPE_CHECKING:
    from django.utils.functional import Promise

REASONS: dict[str, "Promise"] = {
    HoldReason.TEXT: _("Text was found in these pictures."),
    HoldReason.SAYS_SO: _("The file itself says that text is printed into the picture."),
    HoldReason.COLOUR: _("These are colour pictures, such as a screen shows them."),
    HoldReason.SECONDARY_CAPTURE: _("These pictures were captured from a screen or paper."),
    HoldReason.SCREEN: _("These pictures were saved from a screen."),
    HoldReason.NO_PLACE: _("These pictures were computed and lie nowhere in the body."),
    HoldReason.UNSEARCHED: _(
        "These pictures were computed or saved, and nothing here searches them for text."
    ),
}


@dataclass(frozen=True, slots=True)
class HeldSet:
    """Held pictures of one series and size; `regions` is where text stands on any of them."""

    number: int
    why: "str | Promise"
    pictures: tuple[HeldPicture, ...]
    regions: tuple[Region, ...]
    can_be_read: bool
    decision: str

    @property
    def first(self) -> HeldPicture:
        return self.pictures[0]

    @property
    def seal(self) -> str:
        return seal_of(self.pictures)

    @property
    def decision_words(self) -> str:
        return str(PictureDecision(self.decision).label) if self.decision else ""


def held_sets(case: Case) -> list[HeldSet]:
    """Return the sets of a case, those that wait first."""
    pictures = HeldPicture.objects.filter(case=case).select_related("decided_by")
    pictures = pictures.order_by(
        "group", "decision", "instance__bundle__number", "instance__offset"
    )
    keyed = groupby(pictures, key=lambda one: (one.group, one.decision))
    sets = [_set(number, decision, tuple(found)) for (number, decision), found in keyed]
    return sorted(sets, key=lambda one: (one.decision != "", one.number))


def waits(case: Case) -> bool:
    """Say whether a picture of the case waits for a decision."""
    return HeldPicture.objects.filter(case=case, decision="").exists()


def drawing_key(case: Case, image_id: UUID) -> str:
    """Return where the drawing of a picture that waits lies; empty when there is none."""
    waiting = HeldPicture.objects.filter(case=case, pk=image_id, decision="")
    return waiting.values_list("drawing_key", flat=True).first() or ""


def _set(number: int, decision: str, pictures: tuple[HeldPicture, ...]) -> HeldSet:
    places = (Region(*one) for picture in pictures for one in picture.regions or picture.found)
    return HeldSet(
        number=number,
        why=REASONS[HoldReason(pictures[0].reason)],
        pictures=pictures,
        regions=merged(places),
        can_be_read=all(one.can_be_read for one in pictures),
        decision=decision,
    )
