"""Rectangles in a picture, in pixel coordinates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A rectangle of whole pixels.

    Attributes
    ----------
    x, y : int
        Column and row of its upper left pixel, counted from 0.
    width, height : int
        Pixels; at least 1.
    """

    x: int
    y: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        """The rows that it covers."""
        return slice(self.y, self.y + self.height)

    @property
    def columns(self) -> slice:
        """The columns that it covers."""
        return slice(self.x, self.x + self.width)

    def grown(self, by: int, rows: int, columns: int) -> Self:
        """Return it larger by `by` pixels on each side, inside a picture of that size."""
        left, top = max(0, self.x - by), max(0, self.y - by)
        right = min(columns, self.x + self.width + by)
        bottom = min(rows, self.y + self.height + by)
        return type(self)(left, top, right - left, bottom - top)

    def lies_in(self, rows: int, columns: int) -> bool:
        """Say whether all of it lies in a picture of that size."""
        positive = self.x >= 0 and self.y >= 0 and self.width > 0 and self.height > 0
        return positive and self.x + self.width <= columns and self.y + self.height <= rows

    def touches(self, other: Self) -> bool:
        """Say whether the two share a pixel or stand edge to edge."""
        return (
            self.x <= other.x + other.width
            and other.x <= self.x + self.width
            and self.y <= other.y + other.height
            and other.y <= self.y + self.height
        )

    def around(self, other: Self) -> Self:
        """Return the smallest rectangle that holds both."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return type(self)(left, top, right - left, bottom - top)


def merged(regions: Iterable[Region]) -> tuple[Region, ...]:
    """Return rectangles that cover the given ones and do not touch each other, top to bottom."""
    done: list[Region] = []
    for region in regions:
        grown = region
        while others := [one for one in done if one.touches(grown)]:
            for one in others:
                done.remove(one)
                grown = grown.around(one)
        done.append(grown)
    return tuple(sorted(done, key=lambda one: (one.y, one.x)))
