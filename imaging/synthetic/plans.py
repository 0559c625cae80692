"""Which series a synthetic study has, and how each was "scanned"."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from imaging.synthetic.anatomy import disc_centre_mm, disc_tilt_degrees
from imaging.synthetic.phantom import SlicePlane, Vector

SAGITTAL: tuple[Vector, Vector] = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
CORONAL: tuple[Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
AXIAL: tuple[Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))

CENTRE: Vector = (0.0, 20.0, -8.0)


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """One series: what it shows, its timing and its geometry.

    Attributes
    ----------
    key : str
        The normalised label, such as ``T2 SAG``.
    plane : "SAG", "AX", "COR", "LOC" (three planes) or "BLOCKS" (axial, angled to each disc)
    weighting : "T1", "T2", "STIR" or "PD"
    slices, rows : int
    field_mm, thickness_mm, spacing_mm : float
    repetition_ms, echo_ms, inversion_ms : float, inversion None without an inversion pulse
    """

    key: str
    plane: str
    weighting: str
    slices: int
    rows: int
    field_mm: float
    thickness_mm: float
    spacing_mm: float
    repetition_ms: float
    echo_ms: float
    inversion_ms: float | None = None
    fat_saturated: bool = False
    contrast_agent: str = ""
    acquisition: str = "2D"
    sequence: str = "SE"
    echo_train: int = 15
    image_types: tuple[str, ...] = ()
    diffusion_b: float | None = None
    description: str = ""
    centre_mm: Vector = CENTRE

    @property
    def pixel_mm(self) -> float:
        return round(self.field_mm / self.rows, 6)

    def planes(self) -> Iterator[SlicePlane]:
        """Yield each slice's place, right to left, head to feet or front to back."""
        if self.plane == "LOC":
            for axes in (SAGITTAL, CORONAL, AXIAL):
                yield from self._stack(axes, max(1, self.slices // 3), self.centre_mm)
        elif self.plane == "BLOCKS":
            for disc in (3, 4, 5):
                yield from self._block(disc, max(1, self.slices // 3))
        else:
            axes = {"SAG": SAGITTAL, "AX": AXIAL, "COR": CORONAL}[self.plane]
            yield from self._stack(axes, self.slices, self.centre_mm)

    def _block(self, disc: int, slices: int) -> Iterator[SlicePlane]:
        lean = np.radians(disc_tilt_degrees(disc))
        axes = ((1.0, 0.0, 0.0), (0.0, float(np.cos(lean)), float(-np.sin(lean))))
        y, z = disc_centre_mm(disc)
        yield from self._stack(axes, slices, (0.0, y + 15.0, z))

    def _stack(
        self, axes: tuple[Vector, Vector], slices: int, centre: Vector
    ) -> Iterator[SlicePlane]:
        row, column = (np.array(axis) for axis in axes)
        direction = np.cross(row, column)
        if direction @ np.array((1.0, 1.0, -1.0)) < 0:
            direction = -direction
        corner = np.array(centre) - (row + column) * self.pixel_mm * (self.rows - 1) / 2
        for i in range(slices):
            place = corner + direction * self.spacing_mm * (i - (slices - 1) / 2)
            x, y, z = (round(float(v), 4) for v in place)
            yield SlicePlane(axes[0], axes[1], (x, y, z), self.rows, self.pixel_mm)


def _sagittal(key: str, weighting: str, times: tuple[float, float], **more: object) -> SeriesPlan:
    plan = SeriesPlan(key, "SAG", weighting, 17, 448, 280.0, 4.0, 4.4, *times)
    return replace(plan, **more)  # type: ignore[arg-type]  # replace() checks the names itself


def _axial(key: str, weighting: str, times: tuple[float, float], **more: object) -> SeriesPlan:
    low_back: Vector = (0.0, 12.0, -57.0)
    plan = SeriesPlan(key, "AX", weighting, 32, 384, 200.0, 4.0, 4.4, *times, centre_mm=low_back)
    return replace(plan, **more)  # type: ignore[arg-type]  # replace() checks the names itself


_PLANS = (
    SeriesPlan("LOC", "LOC", "T2", 9, 256, 400.0, 6.0, 12.0, 8.6, 4.0, sequence="GR", echo_train=1),
    _sagittal("T1 SAG", "T1", (620.0, 9.8), echo_train=3),
    _sagittal("T2 SAG", "T2", (3500.0, 102.0)),
    _sagittal("STIR SAG", "STIR", (4200.0, 48.0), inversion_ms=160.0, sequence="IR"),
    _axial("T2 AX", "T2", (4100.0, 98.0)),
    _axial("T1 AX", "T1", (650.0, 11.0), echo_train=3),
    _axial("T2 AX BLOCKS", "T2", (4100.0, 98.0), plane="BLOCKS", slices=15),
    _sagittal("T2 COR", "T2", (3800.0, 95.0), plane="COR", slices=24, field_mm=340.0),
    _sagittal("STIR COR", "STIR", (4300.0, 50.0), plane="COR", inversion_ms=160.0, sequence="IR"),
    _sagittal("T2 FS SAG", "T2", (3600.0, 88.0), fat_saturated=True),
    _sagittal("T1 FS SAG +C", "T1", (640.0, 10.0), fat_saturated=True, contrast_agent="Gadobutrol"),
    _axial("T1 FS AX +C", "T1", (660.0, 11.0), fat_saturated=True, contrast_agent="Gadobutrol"),
    _sagittal("T1 SAG +C", "T1", (620.0, 9.8), contrast_agent="Gadobutrol"),
    _sagittal("PD SAG", "PD", (2600.0, 24.0), echo_train=6),
    _sagittal("PD FS SAG", "PD", (2600.0, 30.0), fat_saturated=True, echo_train=6),
    _sagittal(
        "T2 DIXON WATER SAG", "T2", (3500.0, 90.0), fat_saturated=True, image_types=("WATER",)
    ),
    _sagittal("T2 DIXON FAT SAG", "T2", (3500.0, 90.0), image_types=("FAT",)),
    _axial("GRE AX", "T2", (620.0, 18.0), sequence="GR", echo_train=1),
    _sagittal("DWI SAG", "T2", (3200.0, 70.0), sequence="EP", diffusion_b=800.0, rows=192),
    _sagittal(
        "T2 3D SAG",
        "T2",
        (1500.0, 130.0),
        acquisition="3D",
        slices=60,
        thickness_mm=1.0,
        spacing_mm=1.0,
        rows=320,
    ),
)
CATALOGUE: dict[str, SeriesPlan] = {plan.key: plan for plan in _PLANS}
"""Every series the builder knows, by its label."""

FULL = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX", "T2 COR", "T2 AX BLOCKS")
STANDARD = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX")


def plans_for(size: str, series: tuple[str | SeriesPlan, ...] | None = None) -> list[SeriesPlan]:
    """Return the plans of a study.

    Parameters
    ----------
    size : "full" (about 200 instances of 384 to 448 pixels), "small" (about 60 of 192 to 288)
        or "tiny" (as small, but black: for tests that look at headers only)
    series : keys of `CATALOGUE` or plans of one's own; None for the size's usual set

    Raises
    ------
    ValueError
        When the size or a key is unknown.
    """
    if size not in {"full", "small", "tiny"}:
        raise ValueError(f"unknown size {size!r}")
    chosen = series if series is not None else (FULL if size == "full" else STANDARD)
    unknown = [key for key in chosen if isinstance(key, str) and key not in CATALOGUE]
    if unknown:
        raise ValueError(f"unknown series {', '.join(map(repr, unknown))}")
    plans = [CATALOGUE[key] if isinstance(key, str) else key for key in chosen]
    if size == "full":
        return [replace(plan, slices=plan.slices + _EXTRA.get(plan.key, 0)) for plan in plans]
    return [
        _shrunk(plan) if isinstance(key, str) else plan
        for key, plan in zip(chosen, plans, strict=True)
    ]


_EXTRA = {"T1 SAG": 2, "T2 SAG": 2, "STIR SAG": 2, "T2 AX": 16, "T1 AX": 16}


def _shrunk(plan: SeriesPlan) -> SeriesPlan:
    if plan.plane == "LOC":
        return replace(plan, rows=192, slices=plan.slices // 3)
    if plan.plane == "BLOCKS":
        return replace(plan, rows=192, slices=9, field_mm=170.0)
    if plan.plane == "AX":
        slices = 6 if plan.key == "T1 AX" else 17
        small = replace(plan, rows=192, slices=slices, field_mm=170.0)
        return replace(small, thickness_mm=4.4, spacing_mm=5.2)
    slices = plan.slices if plan.acquisition == "3D" else 11
    return replace(plan, rows=288, slices=slices, field_mm=256.0)
