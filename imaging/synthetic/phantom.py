"""Slices of the synthetic spine as an MR scanner might show them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from imaging.synthetic.anatomy import Floats, Labels, Tissue, tissues_at

Vector = tuple[float, float, float]

_CONTRASTS = ("T1", "T2", "STIR", "PD")
_SIGNALS: dict[Tissue, tuple[float, float, float, float]] = {
    Tissue.AIR: (2, 2, 2, 2),
    Tissue.FAT: (900, 800, 60, 820),
    Tissue.MUSCLE: (330, 220, 190, 380),
    Tissue.MARROW: (600, 470, 110, 560),
    Tissue.CORTEX: (60, 50, 40, 60),
    Tissue.ANNULUS: (300, 170, 110, 260),
    Tissue.NUCLEUS: (330, 760, 560, 620),
    Tissue.DRY_DISC: (290, 250, 180, 330),
    Tissue.FLUID: (150, 1080, 1000, 520),
    Tissue.CORD: (430, 470, 430, 560),
    Tissue.VESSEL: (50, 50, 50, 50),
    Tissue.BOWEL: (400, 440, 380, 480),
    Tissue.KIDNEY: (430, 640, 600, 600),
    Tissue.OEDEMA: (380, 640, 620, 560),
    Tissue.NERVE: (400, 420, 380, 450),
}
_FAT_SATURATED = {Tissue.FAT: 0.12, Tissue.MARROW: 0.45}
_ENHANCING = {Tissue.VESSEL: 900.0, Tissue.OEDEMA: 700.0}


@dataclass(frozen=True, slots=True)
class SlicePlane:
    """Where a slice lies in the patient (LPS, mm).

    Attributes
    ----------
    row, column : unit vectors
        Direction in which the column index grows, and the row index (as ImageOrientationPatient).
    position : mm
        Centre of the first pixel (ImagePositionPatient).
    rows : int
        Height and width in pixels.
    pixel_mm : float
        Distance between pixel centres.
    """

    row: Vector
    column: Vector
    position: Vector
    rows: int
    pixel_mm: float

    @property
    def normal(self) -> Vector:
        a, b, c = np.cross(self.row, self.column)
        return (float(a), float(b), float(c))


@lru_cache(maxsize=192)
def _labels(plane: SlicePlane) -> Labels:
    steps = np.arange(plane.rows, dtype=np.float32) * plane.pixel_mm
    x, y, z = (
        np.float32(plane.position[i])
        + np.float32(plane.row[i]) * steps[None, :]
        + np.float32(plane.column[i]) * steps[:, None]
        for i in range(3)
    )
    labels = tissues_at(x, y, z)
    labels.flags.writeable = False
    return labels


def _signals(weighting: str, *, fat_saturated: bool, enhanced: bool) -> Floats:
    column = _CONTRASTS.index(weighting)
    table = np.array([_SIGNALS[tissue][column] for tissue in Tissue], np.float32)
    if fat_saturated:
        for tissue, factor in _FAT_SATURATED.items():
            table[tissue] *= factor
    if enhanced:
        for tissue, signal in _ENHANCING.items():
            table[tissue] = signal
    return table


def _blur(image: Floats) -> Floats:
    """Soften by one pixel or so, as an antenna and a finite matrix do."""
    image = image.astype(np.float32, copy=True)
    for axis in (0, 1):
        image[...] = image * np.float32(0.5) + (
            np.roll(image, 1, axis) + np.roll(image, -1, axis)
        ) * np.float32(0.25)
    return image


@lru_cache(maxsize=8)
def _grain(rows: int) -> Floats:
    rng = np.random.default_rng(2026)
    real, imaginary = rng.standard_normal((2, rows, rows), np.float32)
    grain: Floats = np.stack([real, imaginary, _blur(_blur(imaginary))])
    grain.flags.writeable = False
    return grain


def _coil_gain(plane: SlicePlane) -> Floats:
    y, z = (_coordinate(plane, axis) for axis in (1, 2))
    gain = (0.62 + 0.75 / (1 + np.exp(-(y - 10) / 45))) * np.exp(-((z / 190) ** 4))
    return gain.astype(np.float32)


def _coordinate(plane: SlicePlane, axis: int) -> Floats:
    """Return where pixels lie along an axis, in mm: (1, n) or (n, 1) where one side decides it."""
    steps = np.arange(plane.rows, dtype=np.float32) * plane.pixel_mm
    place: Floats = np.full((1, 1), plane.position[axis], np.float32)
    if plane.row[axis]:
        place = place + plane.row[axis] * steps[None, :]
    if plane.column[axis]:
        place = place + plane.column[axis] * steps[:, None]
    return place


def _stored(image: Floats) -> NDArray[np.uint16]:
    stored: NDArray[np.uint16] = np.clip(image, 0, 4095).astype(np.uint16)
    return stored


def render_slice(
    plane: SlicePlane,
    weighting: str,
    *,
    fat_saturated: bool = False,
    enhanced: bool = False,
    noise: float = 20.0,
    roll: int = 0,
) -> NDArray[np.uint16]:
    """Return the picture of one slice.

    Parameters
    ----------
    plane : SlicePlane
    weighting : "T1", "T2", "STIR" or "PD"
    fat_saturated, enhanced : bool
        Fat suppression; uptake of a contrast agent.
    noise : float
        Standard deviation of the noise in each channel (Rician magnitude).
    roll : int
        Moves the noise pattern, so that neighbouring slices differ.

    Returns
    -------
    uint16 array of shape (rows, rows), 0 to 4095, row first.
    """
    table = _signals(weighting, fat_saturated=fat_saturated, enhanced=enhanced)
    image = _blur(table[_labels(plane)]) * _coil_gain(plane)
    # The softened grain may be rolled, too: softening goes round the edges.
    grain = (np.roll(g, (roll * 37, roll * 53), (0, 1)) for g in _grain(plane.rows))
    real, imaginary, soft = grain
    image *= 1 + 0.025 * soft
    return _stored(np.hypot(image + noise * real, noise * imaginary))


def render_blob(plane: SlicePlane, *, roll: int = 0) -> NDArray[np.uint16]:
    """Return a featureless ellipse: pixels for a body part that has no phantom."""
    axis = np.linspace(-1, 1, plane.rows, dtype=np.float32)
    inside = (axis[None, :] / 0.7) ** 2 + (axis[:, None] / 0.8) ** 2
    image = np.where(inside < 1, 700 * (1 - 0.5 * inside), 0).astype(np.float32)
    return _stored(image + np.abs(np.roll(_grain(plane.rows)[0], roll * 31, 1)) * 20)
