"""Every number the study checks compare with: its unit, its meaning and where it comes from.

docs/study-checks.md is printed from this module (``python -m imaging.checks_page``). A design
value is where we start; it stays marked until a radiologist has confirmed or changed it.
"""

from typing import Final, Self

PENDING: Final = "design value, pending radiologist review"
REAL_HEADERS: Final = "set from real headers, pending radiologist review"
RAPIDOCR: Final = "rapidocr's default, pending a look at more real studies"
TRIED: Final = "tried on generated and real studies (ADR 8), pending a look at more real ones"
TECHNICAL: Final = "technical, no clinical judgement; pending a look at more real headers"
ACR_SPINE: Final = (
    "design value near the ACR accreditation's limits for the cervical spine; "
    "pending radiologist review"
)

THRESHOLDS: Final[dict[str, "Threshold"]] = {}


class Threshold(float):
    """A number with its name, unit, meaning and source; compares like any other number."""

    __slots__ = ("meaning", "name", "source", "unit")
    name: str
    unit: str
    meaning: str
    source: str

    def __new__(cls, name: str, number: float, unit: str, meaning: str, source: str) -> Self:
        self = super().__new__(cls, number)
        self.name, self.unit, self.meaning, self.source = name, unit, meaning, source
        THRESHOLDS[name] = self
        return self


_T = Threshold


def _whole(name: str, number: int, unit: str, meaning: str, source: str) -> int:
    """Name a whole number as `Threshold` does; code goes on with a plain int."""
    return int(Threshold(name, number, unit, meaning, source))


# Planes and stacks
PLANE_DEGREES: Final = _T(
    "PLANE_DEGREES", 35, "degrees", "a normal this close to x or y is sagittal or coronal", PENDING
)
AXIAL_DEGREES: Final = _T(
    "AXIAL_DEGREES", 45, "degrees", "axial blocks parallel to a disc lean this far", PENDING
)
PARALLEL_DEGREES: Final = _T(
    "PARALLEL_DEGREES", 2, "degrees", "slices within this angle form one stack", PENDING
)
SAME_PLACE_MM: Final = _T("SAME_PLACE_MM", 0.1, "mm", "closer slices share a place", PENDING)
GAP_STEPS: Final = _T(
    "GAP_STEPS", 1.5, "steps", "a step over this many times the median is a hole", REAL_HEADERS
)

LOST_SHARE_MAX: Final = _T(
    "LOST_SHARE_MAX",
    0.5,
    "of a set",
    "where a series has several pictures at each place, more missing ones are no loss",
    PENDING,
)
OBLIQUE_AXES_MAX: Final = _T(
    "OBLIQUE_AXES_MAX",
    0.01,
    "cosine",
    "rows and columns further from a right angle are no orientation (PS3.3 C.7.6.2.1.1)",
    TECHNICAL,
)
AXIS_LENGTH_OFF_MAX: Final = _T(
    "AXIS_LENGTH_OFF_MAX",
    0.1,
    "of its square",
    "a direction further from the length 1 is none (PS3.3 C.7.6.2.1.1)",
    TECHNICAL,
)

# Weighting
STIR_TI_MIN: Final = _T("STIR_TI_MIN", 80, "ms", "shortest inversion time of STIR", REAL_HEADERS)
STIR_TI_MAX: Final = _T("STIR_TI_MAX", 350, "ms", "longest inversion time of STIR", REAL_HEADERS)
T1_FLAIR_TI_MIN: Final = _T("T1_FLAIR_TI_MIN", 600, "ms", "shortest TI of a T1 FLAIR", PENDING)
T1_FLAIR_TI_MAX: Final = _T("T1_FLAIR_TI_MAX", 1200, "ms", "longest TI of a T1 FLAIR", PENDING)
FLAIR_TI_MIN: Final = _T("FLAIR_TI_MIN", 1500, "ms", "shortest TI of a T2 FLAIR", PENDING)
LONG_TR: Final = _T("LONG_TR", 1500, "ms", "T2, PD and STIR repeat no faster", REAL_HEADERS)
T1_TR_MIN: Final = _T("T1_TR_MIN", 200, "ms", "T1 repeats slower than this", REAL_HEADERS)
T2_TE_MIN: Final = _T("T2_TE_MIN", 60, "ms", "shortest echo time of T2", REAL_HEADERS)
T1_TE_MAX: Final = _T("T1_TE_MAX", 30, "ms", "T1 has a shorter echo time", REAL_HEADERS)
PD_TE_MAX: Final = _T("PD_TE_MAX", 50, "ms", "PD has a shorter echo time", PENDING)
LOCALIZER_TR: Final = _T("LOCALIZER_TR", 30, "ms", "a 2D localizer repeats faster", REAL_HEADERS)
LOCALIZER_FRAMES: Final = _T(
    "LOCALIZER_FRAMES", 40, "images", "a localizer has fewer images", PENDING
)
ISOTROPIC_MM: Final = _T("ISOTROPIC_MM", 1.5, "mm", "thinner 3D slices can be reformatted", PENDING)

# Body part
PROVEN_SCORE: Final = _T("PROVEN_SCORE", 3, "points", "evidence that proves the body part", PENDING)
BODY_CODE_POINTS: Final = _whole("BODY_CODE_POINTS", 2, "points", "BodyPartExamined", PENDING)
BODY_STUDY_POINTS: Final = _whole(
    "BODY_STUDY_POINTS",
    3,
    "points",
    "study description, requested and performed procedure, code meanings",
    PENDING,
)
BODY_SERIES_POINTS: Final = _whole(
    "BODY_SERIES_POINTS", 2, "points", "series descriptions and protocol names", PENDING
)
BODY_FIELD_POINTS: Final = _whole(
    "BODY_FIELD_POINTS", 1, "points", "a sagittal field that fits, beside lumbar words", PENDING
)
BODY_SMALL_FIELD_POINTS: Final = _whole(
    "BODY_SMALL_FIELD_POINTS", -2, "points", "a sagittal field far too small", PENDING
)
LUMBAR_FIELD_MIN: Final = _T(
    "LUMBAR_FIELD_MIN", 200, "mm", "a smaller sagittal field is no lumbar spine", PENDING
)
SPINE_FIELD_MIN: Final = _T(
    "SPINE_FIELD_MIN",
    240,
    "mm",
    "smallest sagittal field that speaks for the low back",
    REAL_HEADERS,
)
SPINE_FIELD_MAX: Final = _T(
    "SPINE_FIELD_MAX",
    400,
    "mm",
    "largest sagittal field that speaks for the low back",
    REAL_HEADERS,
)

# Completeness and quality
SAGITTAL_SLICES_GOOD: Final = _T(
    "SAGITTAL_SLICES_GOOD", 11, "slices", "a sagittal series reaches both foramina", PENDING
)
SAGITTAL_SLICES_MIN: Final = _T(
    "SAGITTAL_SLICES_MIN", 8, "slices", "fewer sagittal slices cannot be read", PENDING
)
SAGITTAL_THICK_GOOD: Final = _T("SAGITTAL_THICK_GOOD", 4.0, "mm", "sagittal slice", ACR_SPINE)
SAGITTAL_THICK_MAX: Final = _T("SAGITTAL_THICK_MAX", 5.0, "mm", "sagittal slice", ACR_SPINE)
SAGITTAL_GAP_GOOD: Final = _T("SAGITTAL_GAP_GOOD", 1.0, "mm", "between sagittal slices", ACR_SPINE)
SAGITTAL_GAP_MAX: Final = _T("SAGITTAL_GAP_MAX", 1.5, "mm", "between sagittal slices", ACR_SPINE)
AXIAL_THICK_GOOD: Final = _T("AXIAL_THICK_GOOD", 4.5, "mm", "axial slice", ACR_SPINE)
AXIAL_THICK_MAX: Final = _T("AXIAL_THICK_MAX", 5.0, "mm", "axial slice", ACR_SPINE)
AXIAL_GAP_GOOD: Final = _T("AXIAL_GAP_GOOD", 1.0, "mm", "between axial slices", ACR_SPINE)
AXIAL_GAP_MAX: Final = _T("AXIAL_GAP_MAX", 1.5, "mm", "between axial slices", ACR_SPINE)
AXIAL_COVERAGE_GOOD: Final = _T(
    "AXIAL_COVERAGE_GOOD", 70, "mm", "height from the L3/4 to the L5/S1 disc", PENDING
)
PIXEL_GOOD: Final = _T("PIXEL_GOOD", 0.9, "mm", "distance of pixels", ACR_SPINE)
PIXEL_MAX: Final = _T("PIXEL_MAX", 1.3, "mm", "distance of pixels", ACR_SPINE)
FIELD_GOOD: Final = _T("FIELD_GOOD", 1.0, "T", "field strength", PENDING)
FIELD_MIN: Final = _T("FIELD_MIN", 0.5, "T", "field strength", PENDING)
MISSING_SLICES_MAX: Final = _T(
    "MISSING_SLICES_MAX", 1, "slices", "more missing in a required series cannot be read", PENDING
)
GAUSS_MIN: Final = _T("GAUSS_MIN", 100, "T", "a larger field strength is meant in gauss", TECHNICAL)
LOSSY_RATIO_MAX: Final = _T(
    "LOSSY_RATIO_MAX", 10, "to 1", "stronger lossy compression is a marked limit", PENDING
)

# The person and the dates
AGE_TOLERANCE: Final = _T(
    "AGE_TOLERANCE", 1, "years", "age in the form against the header", PENDING
)
STUDY_AGE_GOOD: Final = _T("STUDY_AGE_GOOD", 12, "months", "age of the examination", PENDING)
STUDY_AGE_MAX: Final = _T("STUDY_AGE_MAX", 24, "months", "age of the examination", PENDING)
STUDY_AHEAD_MAX: Final = _T(
    "STUDY_AHEAD_MAX", 1, "days", "a later date than today, as of another time zone", TECHNICAL
)
YEAR_MIN: Final = _T("YEAR_MIN", 1851, "", "a date of an earlier year is a mistake", TECHNICAL)

# Text printed into pictures
TEXT_DARK: Final = _T("TEXT_DARK", 1, "percentile", "darker values become black", TRIED)
TEXT_BRIGHT: Final = _T("TEXT_BRIGHT", 99.5, "percentile", "brighter values become white", TRIED)
TEXT_SHORT_SIDE: Final = _whole(
    "TEXT_SHORT_SIDE", 544, "pixels", "pictures with a shorter side are enlarged to it", TRIED
)
TEXT_LONG_SIDE: Final = _whole(
    "TEXT_LONG_SIDE", 1600, "pixels", "pictures with a longer side are made smaller", TRIED
)
TEXT_LETTER: Final = _T(
    "TEXT_LETTER", 0.3, "probability", "from here on a pixel belongs to a letter", RAPIDOCR
)
TEXT_AREA: Final = _T(
    "TEXT_AREA", 0.5, "mean probability", "from here on a marked area counts", RAPIDOCR
)
TEXT_CELL: Final = _whole(
    "TEXT_CELL", 2, "pixels", "marked pixels are joined on a grid of this size", TRIED
)
TEXT_CELLS_MIN: Final = _whole("TEXT_CELLS_MIN", 12, "cells", "a smaller area is a speck", TRIED)
TEXT_MARGIN: Final = _T(
    "TEXT_MARGIN", 0.6, "of its thickness", "by so much a marked line grows on each side", TRIED
)
TEXT_SECOND_MARGIN: Final = _T(
    "TEXT_SECOND_MARGIN",
    0.8,
    "of its thickness",
    "it is read once more, cut out with this margin: anatomy seldom passes for letters twice",
    TRIED,
)
TEXT_MARGIN_MIN: Final = _whole(
    "TEXT_MARGIN_MIN", 2, "pixels", "by so much it grows at least", TRIED
)
TEXT_TURNED: Final = _T(
    "TEXT_TURNED", 1.5, "height to width", "a steeper line is read after a quarter turn", RAPIDOCR
)
TEXT_LETTERS_MIN: Final = _whole(
    "TEXT_LETTERS_MIN", 3, "letters", "R and L beside the patient are no identity", TRIED
)
TEXT_SURE: Final = _T(
    "TEXT_SURE", 0.5, "mean probability", "from here on letters count as read", RAPIDOCR
)
TEXT_AROUND: Final = _whole(
    "TEXT_AROUND", 24, "pixels", "around a place that are looked at on the single slice", TRIED
)
TEXT_SLICES: Final = _whole(
    "TEXT_SLICES", 2, "slices", "with text stand for their whole series", TRIED
)
TEXT_HELD_SEARCHED_MAX: Final = _whole(
    "TEXT_HELD_SEARCHED_MAX",
    100,
    "pictures",
    "held for their header are searched for the places of text",
    TRIED,
)
