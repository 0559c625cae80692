"""The technical limits of a study: thickness, gaps, pixels, field strength, lossy compression.

None of them sends a study back; they are printed in the report.
"""

from collections.abc import Callable
from typing import Final

from imaging.assembly import Series, Study
from imaging.protocol import Weighting
from imaging.rules import Findings, finding
from imaging.stacks import Plane
from imaging.thresholds import (
    AXIAL_GAP_GOOD,
    AXIAL_GAP_MAX,
    AXIAL_THICK_GOOD,
    AXIAL_THICK_MAX,
    FIELD_GOOD,
    FIELD_MIN,
    LOSSY_RATIO_MAX,
    PIXEL_GOOD,
    PIXEL_MAX,
    SAGITTAL_GAP_GOOD,
    SAGITTAL_GAP_MAX,
    SAGITTAL_THICK_GOOD,
    SAGITTAL_THICK_MAX,
    Threshold,
)

_SAG, _AX = Plane.SAGITTAL, Plane.AXIAL
_T1, _T2 = Weighting.T1, Weighting.T2


def _judged(study: Study) -> list[Series]:
    """Return the series that quality is asked of: sagittal and axial T1, T2, PD and STIR."""
    asked = {_T1, _T2, Weighting.PD, Weighting.STIR}
    return [
        series
        for series in study.diagnostic
        if series.kind.plane in {_SAG, _AX}
        and series.kind.weighting in asked
        and not series.kind.is_reformatted
    ]


def _over(
    code: str, label: str, found: float | None, good: Threshold, limit: Threshold
) -> Findings:
    if found is None or found <= good:
        return
    if found <= limit:
        yield finding(code, label=label, found=round(found, 2), wanted=float(good))
    else:
        yield finding(f"VERY-{code}", label=label, found=round(found, 2), limit=float(limit))


def check_thickness(study: Study) -> Findings:
    for series in _judged(study):
        sagittal = series.kind.plane is _SAG
        good = SAGITTAL_THICK_GOOD if sagittal else AXIAL_THICK_GOOD
        limit = SAGITTAL_THICK_MAX if sagittal else AXIAL_THICK_MAX
        yield from _over("THICK", series.label, series.thickness_mm, good, limit)


def check_slice_gap(study: Study) -> Findings:
    for series in _judged(study):
        if series.spacing_mm is None or series.thickness_mm is None:
            continue
        sagittal = series.kind.plane is _SAG
        good = SAGITTAL_GAP_GOOD if sagittal else AXIAL_GAP_GOOD
        limit = SAGITTAL_GAP_MAX if sagittal else AXIAL_GAP_MAX
        gap = round(series.spacing_mm - series.thickness_mm, 3)
        yield from _over("WIDE-GAP", series.label, gap, good, limit)


def check_pixel_size(study: Study) -> Findings:
    for series in _judged(study):
        pixel = series.pixel_mm
        rounded = None if pixel is None else round(pixel, 3)
        yield from _over("COARSE", series.label, rounded, PIXEL_GOOD, PIXEL_MAX)


def check_field_strength(study: Study) -> Findings:
    known = [one.field_strength_t for one in study.instances if one.field_strength_t]
    found = min(known, default=None)
    if found is None or found >= FIELD_GOOD:
        return
    if found >= FIELD_MIN:
        yield finding("LOW-FIELD", found=found, wanted=float(FIELD_GOOD))
    else:
        yield finding("VERY-LOW-FIELD", found=found, limit=float(FIELD_MIN))


def check_compression(study: Study) -> Findings:
    for series in _judged(study):
        if not any(one.raster.lossy for one in series.instances):
            continue
        ratio = max((one.raster.lossy_ratio or 0.0) for one in series.instances)
        if ratio > LOSSY_RATIO_MAX:
            yield finding("VERY-LOSSY", label=series.label, found=round(ratio))
        else:
            yield finding("LOSSY", label=series.label)


LIMITS: Final[tuple[Callable[[Study], Findings], ...]] = (
    check_thickness,
    check_slice_gap,
    check_pixel_size,
    check_field_strength,
    check_compression,
)
"""The rules in the order in which their findings are listed."""
