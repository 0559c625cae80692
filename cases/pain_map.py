"""Where it hurts, as a picture: the one place that gives each region of the intake its shape.

The figure shows the body from the waist down, from the front and from the back. Only one half is
drawn here, with x = 0 in the middle of the body; the other half is its mirror image. Seen from the
front the patient's left lies on the right of the picture, seen from the back on its left.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from cases.intake_questions import REGIONS, region_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import Promise

FRONT: Final = "front"
BACK: Final = "back"
TITLES: Final[dict[str, "str | Promise"]] = {
    FRONT: pgettext_lazy("the body is seen from there", "Front"),
    BACK: pgettext_lazy("the body is seen from there", "Back"),
}
#: The side of the patient that lies on the right of the picture.
_SIDE_ON_THE_RIGHT: Final = {FRONT: "left", BACK: "right"}
_OPPOSITE: Final = {"left": "right", "right": "left"}
_MIDDLE: Final = "low_back_middle"

#: Half of the body: waist, hip, leg, foot, up to the crotch; open, for the middle has no line.
OUTLINE: Final = (
    "M-0.3 2 L27 2 C25 12 25 20 28 28 C34 38 36 46 35 56 C34 76 29 92 26 110 C29 126 28 138 24 152 "
    "L20 172 C24 182 25 190 20 194 C14 196 9 195 8 190 C8 184 10 178 10 172 L8 152 "
    "C6 138 6 126 8 110 C7 92 5 78 3 62 L-0.3 58"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One half of a pair of regions: its outline, and where the mark of a chosen one stands."""

    view: str
    place: str
    path: str
    mark: tuple[int, int]


SHAPES: Final = (
    Shape(FRONT, "groin", "M26 36 L2 55 L4 64 L12 66 L31 46 Z", (15, 54)),
    Shape(FRONT, "thigh_front", "M6 70 L13 69 L24 59 C24 78 21 92 18.5 107 L10 107 Z", (15, 86)),
    Shape(FRONT, "thigh_side", "M33 49 C34 68 29 90 25 107 L20.5 107 C24 88 26.5 72 26 57 Z",
          (27, 78)),
    Shape(FRONT, "lower_leg_outer", "M18 114 L25 114 C27.5 128 26 140 22.5 152 L19 168 L15 168 "
          "C18 150 19 132 18 114 Z", (21, 138)),
    Shape(FRONT, "foot_top", "M11.5 174 L18.5 174 C22 182 23 189 19 192 C14 194 10.5 193 10 190 "
          "C10 184 11.5 179 11.5 174 Z", (15, 184)),
    Shape(BACK, "low_back", "M7 5 L25 5 C23.5 14 23.5 22 26 30 L7 34 Z", (15, 18)),
    Shape(BACK, "buttock", "M2 39 L28 34 C33 42 33.5 50 33 57 C26 66 12 67 4 61 L2 57 Z",
          (18, 50)),
    Shape(BACK, "thigh_back", "M6 68 C12 71 19 70 24 67 C23 82 21 94 18.5 107 L10 107 Z",
          (15, 86)),
    Shape(BACK, "thigh_side", "M33 63 C32 80 28 94 25 107 L20.5 107 C23.5 92 25.5 80 26 66 Z",
          (27, 82)),
    Shape(BACK, "lower_leg_back", "M9.5 114 L17 114 C18 132 17 150 14 168 L11.5 168 L10 152 "
          "C8 138 8 126 9.5 114 Z", (13, 136)),
    Shape(BACK, "lower_leg_outer", "M19 114 L25 114 C27.5 128 26 140 22.5 152 L19 168 L16 168 "
          "C19 150 20 132 19 114 Z", (22, 138)),
    Shape(BACK, "foot_sole", "M11.5 174 L18.5 174 C22 182 23 189 19 192 C14 194 10.5 193 10 190 "
          "C10 184 11.5 179 11.5 174 Z", (15, 184)),
)  # fmt: skip
#: The one region that has no other side: it lies across the middle.
SPINE: Final = Shape(BACK, _MIDDLE, "M-5.5 5 L5.5 5 L5.5 36 L0 38 L-5.5 36 Z", (0, 20))


@dataclass(frozen=True, slots=True)
class Region:
    """One region as it is drawn: the code of its choice, its words, its shape."""

    code: str
    words: str
    shape: Shape
    is_mirrored: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class View:
    """The body from one side; left and right are those of the picture."""

    name: str
    title: str
    left: str
    right: str
    regions: tuple[Region, ...]


def regions_of(shape: Shape) -> tuple[tuple[str, bool], ...]:
    """Return the codes that a shape stands for, each with whether it is the mirror image."""
    if shape is SPINE:
        return ((shape.place, False),)
    side = _SIDE_ON_THE_RIGHT[shape.view]
    return ((f"{shape.place}_{side}", False), (f"{shape.place}_{_OPPOSITE[side]}", True))


def views(codes: "Sequence[str]") -> list[View]:
    """Return both views of the body with the chosen regions."""
    words = {
        code: f"{place}: {str(label).lower()}" for place, sides in REGIONS for code, label in sides
    }
    sides = {"left": _("Left"), "right": _("Right")}
    return [
        View(
            name=view,
            title=str(title),
            left=sides[_OPPOSITE[_SIDE_ON_THE_RIGHT[view]]],
            right=sides[_SIDE_ON_THE_RIGHT[view]],
            regions=tuple(
                Region(code, words[code], shape, is_mirrored, code in codes)
                for shape in (*SHAPES, SPINE)
                if shape.view == view
                for code, is_mirrored in regions_of(shape)
            ),
        )
        for view, title in TITLES.items()
    ]


def in_words(codes: "Sequence[str]") -> str:
    """Return what the figure shows, for those who hear it."""
    told = "; ".join(region_words(REGIONS, list(codes)))
    return told or _("No place is marked")
