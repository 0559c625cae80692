"""Is text printed into the pictures of a series? Asked once a series, then where it says yes.

Text that stands on one slice or on all of them stands in the maximum or the minimum of all slices.
So two projections a series are searched; only where they hold text are the single slices looked
at, in the places found and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.regions import Region, merged
from imaging.text_detector import Picture, TextDetector, scale_for
from imaging.thresholds import TEXT_AROUND, TEXT_BRIGHT, TEXT_DARK, TEXT_SLICES

Frame = NDArray[Any]
Shape = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """One instance: by what the caller knows it, and its frames, decoded whenever asked."""

    name: str
    frames: Callable[[], Iterator[Frame]]


@dataclass(slots=True)
class Extremes:
    """The brightest and the darkest value at each place of some frames of one shape."""

    brightest: Frame
    darkest: Frame

    @classmethod
    def of(cls, frames: Iterable[Frame]) -> "Extremes":
        """Return those of at least one frame."""
        every = iter(frames)
        first = next(every)
        found = cls(first.copy(), first.copy())
        for frame in every:
            found.add(Extremes(frame, frame))
        return found

    def add(self, other: "Extremes") -> None:
        """Take in those of other frames."""
        np.maximum(self.brightest, other.brightest, out=self.brightest)
        np.minimum(self.darkest, other.darkest, out=self.darkest)

    def pictures(self) -> tuple[Picture, ...]:
        """Return both as grey pictures, or one where the two are the same."""
        if np.array_equal(self.brightest, self.darkest):
            return (grey(self.brightest),)
        return grey(self.brightest), grey(self.darkest)

    def found_by(self, detector: TextDetector) -> tuple[Region, ...]:
        """Return where text stands in either."""
        return merged(region for picture in self.pictures() for region in detector.find(picture))


def grey(frame: Frame) -> Picture:
    """Return stored values as grey levels, the few brightest and darkest ones cut off."""
    low, high = np.percentile(frame, (TEXT_DARK, TEXT_BRIGHT))
    levels = (frame.astype(np.float32) - low) * (255.0 / max(high - low, 1e-6))
    picture: Picture = np.clip(levels, 0, 255).astype(np.uint8)
    return picture


def find_printed_text(
    slices: Sequence[Slice], detector: TextDetector
) -> dict[str, tuple[Region, ...]]:
    """Return the instances of one series that carry text, with the places.

    Parameters
    ----------
    slices : sequence of Slice
        The instances of one series; frames of different size are taken apart.
    detector : TextDetector

    Returns
    -------
    dict
        Name to regions in pixels; empty when no text was found. What a machine prints on two
        slices it prints on all: then each slice of the series is named, also one on which bright
        anatomy hides the text from the search. Where the projections hold text and no single
        slice does, the slice that gave most of its pixels stands in for it.
    """
    by_shape: dict[Shape, Extremes] = {}
    shapes: dict[str, Shape] = {}
    for one in slices:
        extremes = Extremes.of(one.frames())
        shape = shapes[one.name] = extremes.brightest.shape[0], extremes.brightest.shape[1]
        if shape in by_shape:
            by_shape[shape].add(extremes)
        else:
            by_shape[shape] = extremes
    found: dict[str, tuple[Region, ...]] = {}
    for shape, extremes in by_shape.items():
        places = extremes.found_by(detector)
        if places:
            alike = [one for one in slices if shapes[one.name] == shape]
            found |= _on_slices(alike, extremes, places, detector)
    return found


def _on_slices(
    slices: Sequence[Slice],
    all_of_them: Extremes,
    places: tuple[Region, ...],
    detector: TextDetector,
) -> dict[str, tuple[Region, ...]]:
    """Return the slices that hold the text, each with the places; at least one."""
    found: dict[str, tuple[Region, ...]] = {}
    shares: dict[str, int] = {}
    for one in slices:
        extremes = Extremes.of(one.frames())
        regions = merged(_at_places(extremes, places, detector))
        if regions:
            found[one.name] = regions
        shares[one.name] = sum(
            int(np.count_nonzero(extremes.brightest[at] == all_of_them.brightest[at]))
            for at in ((place.rows, place.columns) for place in places)
        )
    if len(found) >= TEXT_SLICES:
        return {one.name: found.get(one.name, places) for one in slices}
    return found or {max(shares, key=lambda name: shares[name]): places}


def _at_places(
    extremes: Extremes, places: tuple[Region, ...], detector: TextDetector
) -> Iterator[Region]:
    """Yield where text stands on one instance, at the given places only."""
    rows, columns = extremes.brightest.shape
    for picture in extremes.pictures():
        for place in places:
            part = place.grown(TEXT_AROUND, rows, columns)
            for region in detector.find(picture[part.rows, part.columns], scale_for(rows, columns)):
                yield Region(part.x + region.x, part.y + region.y, region.width, region.height)
