"""Instances put together to series and studies, in geometric order.

An instance that came twice is kept once (duplicate); two different pictures under one SOP
Instance UID are a conflict, and both stay out of doubt's way: the first is kept and the other told.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from imaging.elements import UNDEFINED, mapped, parse
from imaging.errors import ImagingError
from imaging.headers import InstanceHeader, Vector
from imaging.protocol import SequenceKind, classify, median_or_none
from imaging.stacks import Interval, Stack, centre_of, dot, stacks_of


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its instances in geometric order and what they show.

    Attributes
    ----------
    gaps : tuple of int
        For each hole inside a stack, how many slices are missing. Holes that the scanner made on
        purpose, between blocks of slices, are no gaps.
    blocks : bool
        The slices lie in several blocks with room between them.
    """

    uid: str
    number: int | None
    instances: tuple[InstanceHeader, ...]
    stacks: tuple[Stack, ...]
    kind: SequenceKind
    gaps: tuple[int, ...]
    blocks: bool

    @property
    def label(self) -> str:
        return self.kind.label

    @property
    def frames(self) -> int:
        return sum(len(one.frames) for one in self.instances)

    @property
    def slices(self) -> int:
        """Different places in space; the number of frames when there is no geometry."""
        return sum(len(stack.places) for stack in self.stacks) or self.frames

    @property
    def thickness_mm(self) -> float | None:
        return median_or_none([one.raster.thickness_mm for one in self.instances])

    @property
    def spacing_mm(self) -> float | None:
        """Centre to centre: measured from positions, else as the header says."""
        measured = median_or_none([stack.step_mm for stack in self.stacks])
        if measured is not None:
            return round(measured, 4)
        return median_or_none([one.raster.spacing_mm for one in self.instances])

    @property
    def pixel_mm(self) -> float | None:
        """The larger of the two pixel distances."""
        return median_or_none(
            [max(one.raster.pixel_mm) for one in self.instances if one.raster.pixel_mm]
        )

    @property
    def field_mm(self) -> float | None:
        """The longer side of the picture."""
        sizes = [
            max(
                one.raster.rows * one.raster.pixel_mm[0],
                one.raster.columns * one.raster.pixel_mm[1],
            )
            for one in self.instances
            if one.raster.pixel_mm
        ]
        return median_or_none(sizes)

    def extent_mm(self, axis: int) -> Interval | None:
        """Return from where to where the slices reach along a patient axis (0 = x, 1 = y, 2 = z).

        Each reaches half its thickness beyond its centre; None without geometry.
        """
        centres = [
            centre[axis]
            for one in self.instances
            for frame in one.frames
            if (centre := centre_of(frame, one.raster)) is not None
        ]
        half = (self.thickness_mm or 0.0) / 2
        return (min(centres) - half, max(centres) + half) if centres else None


@dataclass(frozen=True, slots=True)
class Study:
    """One study: its series in the order of their numbers, and what was left out of them."""

    uid: str
    series: tuple[Series, ...]
    duplicates: tuple[InstanceHeader, ...] = ()
    conflicts: tuple[InstanceHeader, ...] = ()

    @property
    def instances(self) -> tuple[InstanceHeader, ...]:
        return tuple(one for series in self.series for one in series.instances)

    @property
    def diagnostic(self) -> tuple[Series, ...]:
        """The series that are read: all but the localizers."""
        return tuple(series for series in self.series if not series.kind.is_localizer)

    @property
    def date(self) -> str | None:
        """The study's date (ISO) as most of its instances say, None when none does."""
        dates = Counter(one.identity.study_date for one in self.instances)
        dates.pop(None, None)
        return dates.most_common(1)[0][0] if dates else None


def assemble(headers: Iterable[InstanceHeader]) -> list[Study]:
    """Put instances together.

    Parameters
    ----------
    headers : iterable of InstanceHeader
        In any order; the result does not depend on it, but for which of two equal files is kept
        (the one whose name sorts first).

    Returns
    -------
    list of Study
        Newest first; studies without a date last.
    """
    by_study: dict[str, list[InstanceHeader]] = {}
    for header in sorted(headers, key=lambda one: one.source):
        by_study.setdefault(header.study_instance_uid, []).append(header)
    studies = [_study(uid, members) for uid, members in by_study.items()]
    return sorted(studies, key=lambda study: (study.date or "", study.uid), reverse=True)


def pixel_sha256(path: Path) -> str:
    """Return the SHA-256 of the Pixel Data value, "" when the file cannot be parsed."""
    try:
        with mapped(path) as buffer:
            pixel = parse(buffer).pixel
            if pixel is None:
                return ""
            end = None if pixel.length == UNDEFINED else pixel.value + pixel.length
            with memoryview(buffer) as view, view[pixel.value : end] as value:
                return hashlib.sha256(value).hexdigest()
    except (ImagingError, OSError):
        return ""


def _study(uid: str, members: list[InstanceHeader]) -> Study:
    kept: dict[str, InstanceHeader] = {}
    duplicates: list[InstanceHeader] = []
    conflicts: list[InstanceHeader] = []
    for one in members:
        first = kept.setdefault(one.sop_instance_uid, one)
        if first is not one:
            same = pixel_sha256(first.path) == pixel_sha256(one.path)
            (duplicates if same else conflicts).append(one)
    by_series: dict[str, list[InstanceHeader]] = {}
    for one in kept.values():
        by_series.setdefault(one.series_instance_uid, []).append(one)
    series = [_series(uid, members) for uid, members in by_series.items()]
    series.sort(key=lambda one: (one.number is None, one.number or 0, one.uid))
    return Study(uid, tuple(series), tuple(duplicates), tuple(conflicts))


def _series(uid: str, members: list[InstanceHeader]) -> Series:
    members.sort(key=lambda one: (one.instance_number or 0, one.sop_instance_uid))
    stacks = stacks_of(frame for one in members for frame in one.frames)
    holes = tuple(hole for stack in stacks for hole in (*stack.holes, *stack.lost))
    planned = _numbered_without_a_break(members)
    return Series(
        uid=uid,
        number=members[0].series_number,
        instances=_in_order(members, stacks),
        stacks=stacks,
        kind=classify(members, stacks),
        gaps=() if planned else holes,
        blocks=planned and any(stack.holes for stack in stacks),
    )


def _numbered_without_a_break(members: list[InstanceHeader]) -> bool:
    """Tell whether no instance number is missing: then a hole was planned at the scanner.

    The frames of a multi-frame instance cannot get lost one by one.
    """
    if all(len(one.frames) > 1 for one in members):
        return True
    numbers = {one.instance_number for one in members}
    known = sorted(number for number in numbers if number is not None)
    return len(known) == len(numbers) and known[-1] - known[0] + 1 == len(known)


def _in_order(
    members: list[InstanceHeader], stacks: tuple[Stack, ...]
) -> tuple[InstanceHeader, ...]:
    def rank(one: InstanceHeader) -> tuple[int, float, int, str]:
        index, position = place_of(one, stacks)
        return (index, position or 0.0, one.instance_number or 0, one.sop_instance_uid)

    return tuple(sorted(members, key=rank))


def place_of(one: InstanceHeader, stacks: tuple[Stack, ...]) -> tuple[int, float | None]:
    """Return an instance's stack (0-based) and the place of its first frame along the normal, mm.

    Without geometry the stack is the number of stacks and the place is None.
    """
    frame = one.frames[0] if one.frames else None
    if frame is None or frame.orientation is None or frame.position is None:
        return len(stacks), None
    own = stacks_of([frame])[0].normal
    closeness = [dot(own, stack.normal) for stack in stacks]
    index = closeness.index(max(closeness))
    normal: Vector = stacks[index].normal
    return index, round(dot(normal, frame.position), 4)
