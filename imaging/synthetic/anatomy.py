"""A lumbar spine written down as formulas.

Patient coordinates throughout, in mm, DICOM's LPS: x grows to the patient's left, y to the back,
z to the head; the origin lies near the L3 vertebra. A tissue is found for every point, so a slice
of any orientation can be cut without a volume in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


class Tissue(IntEnum):
    """What a point of the phantom is made of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    MARROW = 3
    CORTEX = 4
    ANNULUS = 5
    NUCLEUS = 6
    DRY_DISC = 7
    FLUID = 8
    CORD = 9
    VESSEL = 10
    BOWEL = 11
    KIDNEY = 12
    OEDEMA = 13
    NERVE = 14


LEVEL_PITCH_MM = 37.0
BODY_HEIGHT_MM = 27.0
FIRST_DISC_MM = 92.0  # height of the T12/L1 disc's centre; disc 5 is L5/S1
CANAL_DEPTH_MM = 26.3
_SIDES = (-1.0, 1.0)


@dataclass(frozen=True)
class Points:
    """Points near the spine in its own curved coordinates.

    Attributes
    ----------
    x, z : float32 arrays, mm
        Patient coordinates (LPS).
    depth : float32 array, mm
        Distance behind the centre line of the vertebral bodies.
    level : float32 array
        Position along the spine in discs: 0 = T12/L1, 4 = L4/5, 5 = L5/S1.
    nearest : float32 array
        The nearest disc's number.
    from_disc : float32 array, mm
        Distance from that disc's centre, positive towards the feet.
    """

    x: Floats
    z: Floats
    depth: Floats
    level: Floats
    nearest: Floats
    from_disc: Floats

    @property
    def in_vertebra(self) -> Floats:
        """Where between two discs: 0 at the upper one, 1 at the lower one."""
        return self.level - np.floor(self.level)


def curve_mm(z: Any) -> Any:
    """Return y of the spine's centre line at height `z`: the lordosis and the sacrum's kink."""
    below = np.minimum(z + 100.0, 0.0)
    return 0.0017 * (z + 10.0) ** 2 + 0.0075 * below**2


def disc_centre_mm(disc: int) -> tuple[float, float]:
    """Return (y, z) of a disc's centre, 0 = T12/L1 ... 5 = L5/S1."""
    z = FIRST_DISC_MM - LEVEL_PITCH_MM * disc
    return float(curve_mm(z)), z


def disc_tilt_degrees(disc: int) -> float:
    """Return how far a disc's plane leans out of the axial plane."""
    _, z = disc_centre_mm(disc)
    slope = (float(curve_mm(z + 0.5)) - float(curve_mm(z - 0.5))) / 1.0
    return float(np.degrees(np.arctan(slope)))


def tissues_at(x: Floats, y: Floats, z: Floats) -> Labels:
    """Return the tissue at each point.

    Parameters
    ----------
    x, y, z : float32 arrays of one shape, mm, LPS.

    Returns
    -------
    uint8 array of the same shape, values of `Tissue`.
    """
    shape = x.shape
    x, y, z = x.ravel(), y.ravel(), z.ravel()
    labels = np.zeros(x.shape, np.uint8)
    _paint_trunk(x, y, z, labels)
    slope = curve_mm(z + 0.5) - curve_mm(z - 0.5)
    cosine = 1.0 / np.sqrt(1.0 + slope**2)
    depth = (y - curve_mm(z)) * cosine
    near = np.flatnonzero((np.abs(x) < 68) & (depth > -48) & (depth < 86) & (labels > 0))
    if near.size:
        along = z[near] + slope[near] * depth[near] * cosine[near]
        level = (FIRST_DISC_MM - along) / LEVEL_PITCH_MM
        nearest = np.round(level)
        points = Points(x[near], z[near], depth[near], level, nearest, (level - nearest) * 37.0)
        part = labels[near]
        for paint in STRUCTURES:
            paint(points, part)
        labels[near] = part
    return labels.reshape(shape)


def _ball(*axes: tuple[Floats, float]) -> Floats:
    """Return the sum of squared distances in units of each half axis: below 1 is inside."""
    total = (axes[0][0] / axes[0][1]) ** 2
    for distance, half in axes[1:]:
        total = total + (distance / half) ** 2
    return total


def _paint_trunk(x: Floats, y: Floats, z: Floats, labels: Labels) -> None:
    labels[_ball((x, 175), (y + 20, 118)) < 1] = Tissue.FAT
    labels[_ball((x, 152), (y + 26, 98)) < 1] = Tissue.MUSCLE
    belly = _ball((x, 125), (y + 45, 72)) < 1
    labels[belly] = Tissue.BOWEL
    waves = (
        np.sin(x / 9 + 2 * np.sin(z / 13))
        * np.sin(y / 8 + 2 * np.cos(z / 17))
        * np.sin(z / 11 + x / 25)
    )
    labels[belly & (waves > 0.12)] = Tissue.FAT
    for side in _SIDES:
        kidney = _ball((x - side * 72, 28), (y - 5, 24), (z - 62, 55))
        labels[kidney < 1.25] = Tissue.FAT
        labels[kidney < 1] = Tissue.KIDNEY


def _paint_muscles(p: Points, labels: Labels) -> None:
    width = np.clip((110 - p.z) / 150, 0.15, 1)
    for side in _SIDES:
        psoas = ((p.x - side * (30 + 14 * width)) / (8 + 14 * width)) ** 2
        psoas += ((p.depth - 2) / (10 + 13 * width)) ** 2
        labels[psoas < 1] = Tissue.MUSCLE
        labels[_ball((p.x - side * 32, 31), (p.depth - 56, 25)) < 1.08] = Tissue.FAT
        labels[_ball((p.x - side * 33, 29), (p.depth - 57, 23)) < 1] = Tissue.MUSCLE
        labels[_ball((p.x - side * 12, 9), (p.depth - 52, 17)) < 1] = Tissue.MUSCLE


def _paint_vessels(p: Points, labels: Labels) -> None:
    aorta = _ball((p.x - 10, 1), (p.depth + 31, 1))
    labels[aorta < 11**2] = Tissue.FAT
    labels[aorta < 9**2] = Tissue.VESSEL
    labels[_ball((p.x + 16, 13), (p.depth + 29, 9)) < 1] = Tissue.VESSEL


def _disc_half_height(p: Points) -> Floats:
    half = np.full(p.x.shape, (LEVEL_PITCH_MM - BODY_HEIGHT_MM) / 2, np.float32)
    half[p.nearest >= 6] *= 0.25
    half[p.nearest == 4] *= 0.72
    half[p.nearest == 5] *= 0.85
    return half


def _paint_bodies_and_discs(p: Points, labels: Labels) -> None:
    waist = (1 - np.abs(p.in_vertebra - 0.5) * 2) ** 1.5
    sacrum = np.clip((p.level - 5.3) / 3, 0, 1)
    deep = (16.5 - 1.8 * waist) * (1 - 0.55 * sacrum)
    wide = (24 - 3 * waist) * (1 + 0.35 * np.clip(sacrum * 3, 0, 1))
    body = (p.x / wide) ** 2 + (p.depth / deep) ** 2
    inside = (body < 1) & (p.level < 9)
    height, half = np.abs(p.from_disc), _disc_half_height(p)
    labels[(body < 1.10) & (p.level < 9)] = Tissue.CORTEX
    labels[inside] = Tissue.MARROW
    labels[inside & (height < half + 1.3)] = Tissue.CORTEX
    in_disc = (height < half) & (p.nearest <= 6)
    rim = _ball((p.x, 25), (p.depth, 17.6)) < 1
    bulge = (p.nearest == 5) & (_ball((p.x, 25), (p.depth, 19.5)) < 1)
    labels[in_disc & (rim | bulge)] = Tissue.ANNULUS
    core = (_ball((p.x, 17), (p.depth - 1, 11)) < 1) & (height < half * 0.8) & (p.nearest <= 5)
    labels[core & (p.nearest < 4)] = Tissue.NUCLEUS
    labels[core & (p.nearest >= 4)] = Tissue.DRY_DISC
    oedema = _ball((p.x, 18), (p.depth + 4, 12), ((p.level - 3.80) * LEVEL_PITCH_MM, 6)) < 1
    labels[inside & oedema & (height > half + 1.3)] = Tissue.OEDEMA
    vein = (_ball((p.x, 3.5), (p.depth - 14, 4)) < 1) & (np.abs(p.in_vertebra - 0.5) < 0.06)
    labels[vein & (p.level < 5.3)] = Tissue.NERVE


def _paint_posterior_arch(p: Points, labels: Labels) -> None:
    arch, where = p.level < 6.2, p.in_vertebra
    for side in _SIDES:
        off = np.abs(p.x - side * 15)
        shell = (off < 5.5) & (p.depth > 12) & (p.depth < 28.5) & (where > 0.15) & (where < 0.58)
        labels[shell & arch] = Tissue.CORTEX
        labels[shell & arch & (off < 4.5) & (where > 0.18) & (where < 0.55)] = Tissue.MARROW
        reach = p.x * side
        process = (reach > 18) & (reach < 42) & (np.abs(p.depth - 22) < 3.6)
        process &= (np.abs(where - 0.36) < 0.10) & arch
        labels[process] = Tissue.CORTEX
        labels[process & (np.abs(p.depth - 22) < 2.6)] = Tissue.MARROW
        _paint_facet_and_lamina(p, labels, side, arch)
    spine = (np.abs(p.x) < 4.2) & (p.depth > 41) & (p.depth < 70) & (p.level < 5.9)
    labels[spine & (where > 0.42) & (where < 0.96)] = Tissue.CORTEX
    core = spine & (np.abs(p.x) < 3) & (p.depth > 42) & (p.depth < 68.5)
    labels[core & (where > 0.46) & (where < 0.92)] = Tissue.MARROW


def _paint_facet_and_lamina(p: Points, labels: Labels, side: float, arch: Mask) -> None:
    height = np.minimum(np.abs(p.in_vertebra - 0.02), np.abs(p.in_vertebra - 1.02)) * 37.0
    facet = _ball((p.x - side * 19, 7.5), (p.depth - 33, 7.5), (height, 11))
    labels[(facet < 1.25) & arch] = Tissue.CORTEX
    labels[(facet < 0.85) & arch] = Tissue.MARROW
    joint = np.abs((p.x - side * 19) * 0.8 + (p.depth - 33) * 0.5 * side) < 0.8
    labels[(facet < 0.85) & joint & arch] = Tissue.FLUID
    across = p.x * side
    slope = np.abs((across - 2) * 0.62 + (p.depth - 42))
    lamina = (slope < 3.4) & (across > 0) & (across < 18) & arch
    lamina &= (p.in_vertebra > 0.35) & (p.in_vertebra < 0.95)
    labels[lamina] = Tissue.CORTEX
    labels[lamina & (slope < 2.2)] = Tissue.MARROW


def _root_places() -> tuple[tuple[float, float], ...]:
    rng = np.random.default_rng(7)
    return tuple((float(rng.uniform(-7, 7)), float(rng.uniform(-1, 5))) for _ in range(14))


_ROOTS = _root_places()


def _paint_canal(p: Points, labels: Labels) -> None:
    taper = np.clip(1 - np.maximum(p.level - 6, 0) / 3, 0.15, 1)
    behind = p.depth - CANAL_DEPTH_MM
    canal = (p.x / (11.5 * taper)) ** 2 + (behind / (8.8 * taper)) ** 2
    above_end = p.level < 8
    labels[(canal < 1.35) & above_end] = Tissue.FAT
    labels[(canal < 1.12) & above_end] = Tissue.CORTEX
    labels[(canal < 1) & above_end] = Tissue.FLUID
    inner = np.flatnonzero((canal < 0.92) & (p.level > -3) & (p.level < 7))
    if not inner.size:
        return
    x, level, depth = p.x[inner], p.level[inner], behind[inner]
    fan = np.clip((level - 0.5) / 5, 0, 1)
    part = labels[inner]
    for root_x, root_y in _ROOTS:
        away = (x - root_x * (0.55 + 0.6 * fan)) ** 2 + (depth - root_y * (1 - 0.5 * fan)) ** 2
        part[(away < 0.75**2) & (level > 0.6)] = Tissue.NERVE
    cord = _ball((x, 5), (depth - 0.5, 4)) < np.clip((1.0 - level) / 0.8, 0, 1)
    part[cord & (level < 1.1)] = Tissue.CORD
    labels[inner] = part


def _paint_foramina(p: Points, labels: Labels) -> None:
    for side in _SIDES:
        hole = _ball((p.x - side * 19, 6), (p.depth - 21, 6)) < 1
        hole &= (np.abs(p.from_disc + 3) < 7) & (p.level < 5.4) & (p.level > -0.5)
        labels[hole] = Tissue.FAT
        root = _ball((p.x - side * 19, 2.6), (p.depth - 21, 2.6), (p.from_disc + 4, 2.6)) < 1
        labels[hole & root] = Tissue.NERVE


def _paint_extrusion(p: Points, labels: Labels) -> None:
    """Put a left paracentral extrusion behind the L4/5 disc."""
    height = (p.level - 4.07) * LEVEL_PITCH_MM
    extrusion = _ball((p.x - 5, 6.5), (p.depth - 20, 5.8), (height, 7.5))
    labels[extrusion < 1.2] = Tissue.CORTEX
    labels[extrusion < 1] = Tissue.DRY_DISC


STRUCTURES: tuple[Callable[[Points, Labels], None], ...] = (
    _paint_muscles,
    _paint_vessels,
    _paint_bodies_and_discs,
    _paint_posterior_arch,
    _paint_canal,
    _paint_foramina,
    _paint_extrusion,
)
