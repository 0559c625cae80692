"""Slices in space: parallel stacks, their order, their steps and their holes.

All positions are in mm in the patient's coordinate system (LPS).

References
----------
DICOM PS3.3 section C.7.6.2.1.1 (Image Position and Image Orientation).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from imaging.headers import FramePlace, Orientation, Raster, Vector
from imaging.thresholds import (
    AXIAL_DEGREES,
    GAP_STEPS,
    LOST_SHARE_MAX,
    PARALLEL_DEGREES,
    PLANE_DEGREES,
    SAME_PLACE_MM,
)

Interval: TypeAlias = tuple[float, float]


class Plane(StrEnum):
    """The plane of a stack; NONE without geometry, MIX for a series of several planes."""

    SAGITTAL = "SAG"
    CORONAL = "COR"
    AXIAL = "AX"
    OBLIQUE = "OBL"
    MIXED = "MIX"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """Parallel slices.

    Attributes
    ----------
    normal : unit vector
        Points to the patient's left, back or feet, whichever is nearest.
    places : mm along the normal, ascending, each place once
    frames : int
        Pictures in the stack; more than places when several share a place.
    step_mm : float
        Median distance of neighbours, None for a single place.
    holes : tuple of int
        For each hole, how many slices would fill it.
    """

    normal: Vector
    places: tuple[float, ...]
    frames: int
    step_mm: float | None
    holes: tuple[int, ...]

    @property
    def plane(self) -> Plane:
        return plane_of(self.normal)

    @property
    def lost(self) -> tuple[int, ...]:
        """How many pictures are lost where places should share the same number of them.

        A Dixon or double echo series has several pictures at each place. More than half a set
        missing is no loss but another kind of series.
        """
        missing = -self.frames % len(self.places)
        several = self.frames > len(self.places)
        return (missing,) if several and 0 < missing < len(self.places) * LOST_SHARE_MAX else ()


def normal_of(orientation: Orientation) -> Vector:
    """Return the unit normal that points to the left, the back or the feet."""
    a, b, c, d, e, f = orientation
    x, y, z = b * f - c * e, c * d - a * f, a * e - b * d
    length = math.sqrt(x * x + y * y + z * z)
    largest = max((abs(x), x), (abs(y), y), (abs(z), -z))
    scale = math.copysign(1 / length, largest[1])
    return (x * scale, y * scale, z * scale)


def plane_of(normal: Vector) -> Plane:
    """Return the plane whose axis the normal is near enough to."""
    angles = [math.degrees(math.acos(min(1.0, abs(part)))) for part in normal]
    if angles[0] < PLANE_DEGREES:
        return Plane.SAGITTAL
    if angles[1] < PLANE_DEGREES:
        return Plane.CORONAL
    return Plane.AXIAL if angles[2] < AXIAL_DEGREES else Plane.OBLIQUE


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def stacks_of(frames: Iterable[FramePlace]) -> tuple[Stack, ...]:
    """Return the stacks that frames form, in the order in which they first appear.

    Frames without orientation or position belong to none.
    """
    groups: dict[Vector, list[float]] = {}
    known: dict[Orientation, Vector] = {}
    limit = math.cos(math.radians(PARALLEL_DEGREES))
    for frame in frames:
        if frame.orientation is None or frame.position is None:
            continue
        normal = known.get(frame.orientation)
        if normal is None:
            own = normal_of(frame.orientation)
            normal = next((other for other in groups if dot(other, own) > limit), own)
            known[frame.orientation] = normal
        groups.setdefault(normal, []).append(dot(normal, frame.position))
    return tuple(_stack(normal, places) for normal, places in groups.items())


def _stack(normal: Vector, positions: list[float]) -> Stack:
    places: list[float] = []
    for position in sorted(positions):
        if not places or position - places[-1] > SAME_PLACE_MM:
            places.append(position)
    steps = [after - before for before, after in pairwise(places)]
    step = median(steps) if steps else None
    return Stack(normal, tuple(places), len(positions), step, _holes(steps, step))


def _holes(steps: Sequence[float], step: float | None) -> tuple[int, ...]:
    if step is None:
        return ()
    return tuple(round(wide / step) - 1 or 1 for wide in steps if wide > GAP_STEPS * step)


def centre_of(frame: FramePlace, raster: Raster) -> Vector | None:
    """Return the centre of a frame (LPS, mm), None without geometry."""
    if frame.orientation is None or frame.position is None or raster.pixel_mm is None:
        return None
    across = raster.pixel_mm[1] * (raster.columns - 1) / 2
    down = raster.pixel_mm[0] * (raster.rows - 1) / 2
    o, p = frame.orientation, frame.position
    return (
        p[0] + o[0] * across + o[3] * down,
        p[1] + o[1] * across + o[4] * down,
        p[2] + o[2] * across + o[5] * down,
    )


def length_of_union(intervals: Iterable[Interval]) -> float:
    """Return how much of a line the intervals cover together; what overlaps counts once."""
    covered, end = 0.0, -math.inf
    for low, high in sorted(intervals):
        covered += max(0.0, high - max(low, end))
        end = max(end, high)
    return covered
