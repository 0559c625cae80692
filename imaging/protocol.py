"""What kind of sequence a series is: weighting, fat suppression, contrast, 3D, localizer, Dixon.

Two witnesses are heard: the physics (TR, TE, TI, scanning sequence) and the words of the series'
description. When they disagree in a way that no habit of a vendor explains, the weighting is
UNSURE and a person decides.

References
----------
DICOM PS3.3 sections C.7.6.1.1.2 (Image Type), C.8.3.1 (MR Image) and C.8.13 (Enhanced MR).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

from imaging.headers import InstanceHeader, Physics
from imaging.stacks import Plane, Stack
from imaging.thresholds import (
    FLAIR_TI_MIN,
    LOCALIZER_FRAMES,
    LOCALIZER_TR,
    LONG_TR,
    PD_TE_MAX,
    STIR_TI_MAX,
    STIR_TI_MIN,
    T1_FLAIR_TI_MAX,
    T1_FLAIR_TI_MIN,
    T1_TE_MAX,
    T1_TR_MIN,
    T2_TE_MIN,
)
from imaging.words import folded


class Weighting(StrEnum):
    """The contrast of a sequence; OTHER when nothing tells it, UNSURE when witnesses disagree."""

    T1 = "T1"
    T2 = "T2"
    STIR = "STIR"
    PD = "PD"
    FLAIR = "FLAIR"
    GRE = "GRE"
    EPI = "EPI"
    DWI = "DWI"
    ADC = "ADC"
    SUBTRACTION = "SUB"
    OTHER = "MR"
    UNSURE = "UNSURE"


@dataclass(frozen=True, slots=True)
class SequenceKind:
    """One series classified. `dixon` is WATER, FAT, IN, OPP or "" ."""

    plane: Plane
    weighting: Weighting
    fat_suppressed: bool = False
    contrast: bool = False
    is_3d: bool = False
    is_localizer: bool = False
    is_reformatted: bool = False
    dixon: str = ""

    @property
    def label(self) -> str:
        """A normalised name such as ``T2 FS SAG`` that may replace any free text."""
        if self.is_localizer:
            return "LOC"
        shows_fat = self.fat_suppressed and self.weighting is not Weighting.STIR and not self.dixon
        parts = (
            self.weighting.value,
            f"DIXON {self.dixon}" if self.dixon else "",
            "FS" if shows_fat else "",
            "3D" if self.is_3d else "",
            self.plane.value,
            "MPR" if self.is_reformatted else "",
            "+C" if self.contrast else "",
        )
        return " ".join(part for part in parts if part)


_HEAD: Final = r"(?<![a-z0-9])(?:sag|cor|ax|tra|trans|[acdeos])?"
_TAIL: Final = r"(?:w|wi|weighted|tse|fse|fs|sag|ax|cor|tra|stir|tirm|flair)?(?![a-z0-9])"
_T1: Final = re.compile(_HEAD + "t1" + _TAIL)
_T2: Final = re.compile(_HEAD + "t2" + _TAIL)
_PD: Final = re.compile(_HEAD + "(?:pd|dp|rho|proton density)" + _TAIL)
_STIR: Final = re.compile(r"\b(?:stir|tirm|tir|\w+stir|stir\w+)\b")
_FLAIR: Final = re.compile(r"\b(?:t[12])?flair|\bdark fluid\b")
_DIFFUSION: Final = re.compile(r"\b(?:dwi|dwibs|diff|diffusion|trace\w?)\b|\bb ?[5-9]00\b")
_ADC: Final = re.compile(r"\be?adc\b|\bapparent diffusion\b")
_GRADIENT: Final = re.compile(
    r"\b(?:merge|medic|me2d|gre|ffe|bffe|fiesta|ciss|truefisp|swi|fl[23]d)\b"
)
_LOCALIZER: Final = re.compile(
    r"\b(?:loc|localizer|localiser|lokalizer|lokalizator|localizador|localizzatore|locator|scout"
    r"|scouts|survey|topogram|3 ?pl(?:ane)?s?(?: loc)?|plan ?scan|reperage|ubersicht)\b"
)
_FAT_SUPPRESSED: Final = re.compile(
    r"\b(?:fs|fatsat|fat sat|fsat|fat sup\w*|spair|spir|chess|special|fett\w*|(?:t1|t2|pd)fs)\b"
)
_CONTRAST: Final = re.compile(
    r"\+ ?c\b|\bc\+|\+ ?gd|\bgd\b|\bgad\w*|\b(?:post|after|with|nach|mit|apres|dopo|con|po)"
    r" (?:contrast\w*|kontrast\w*|km|mdc|gd|c|inj\w*)\b|\bpostcontrast\b|\bce\b"
    r"|(?<!ohne )(?<!vor )\bkm\b"
)
_PLANES: Final = (
    (re.compile(r"\b(?:sag\w*|t[12]sag)\b"), Plane.SAGITTAL),
    (re.compile(r"\b(?:ax|axial\w*|axi|tra|trans\w*)\b"), Plane.AXIAL),
    (re.compile(r"\b(?:cor|coronal\w*|koronar\w*)\b"), Plane.CORONAL),
)
_DIXON: Final = re.compile(r"\bm?dixon\w*|\bideal\b|\bflex\b")
_VOLUME: Final = re.compile(r"\b(?:space|cube|vista|3d|isofse|mvox)\b")
_WATER: Final = re.compile(r"\b(?:w|water|wasser)\b")
_FAT: Final = re.compile(r"\b(?:f|fat)\b")
_IN: Final = re.compile(r"\b(?:in|ip|inphase)\b")
_OPPOSED: Final = re.compile(r"\b(?:opp|op|out|opp phase|out phase)\b")
_BY_IMAGE_TYPE: Final = {
    "WATER": "WATER", "FAT": "FAT", "IN_PHASE": "IN", "IP": "IN", "OPP_PHASE": "OPP",
    "OUT_PHASE": "OPP", "OP": "OPP", "OPPOSED_PHASE": "OPP",
}  # fmt: skip
_BY_LETTER: Final = {"W": "WATER", "F": "FAT"}
_FAT_OPTIONS: Final = frozenset(["FS", "SFS", "FATSAT", "FAT_SAT", "SPIR", "SPAIR"])
_FAT_SPECTRA: Final = frozenset(["FAT", "FAT_AND_WATER", "SILICON_AND_FAT"])


def classify(instances: Sequence[InstanceHeader], stacks: Sequence[Stack]) -> SequenceKind:
    """Classify one series.

    Parameters
    ----------
    instances : at least one, all of one series
    stacks : the stacks that their frames form
    """
    physics = _strongest(instances)
    words = _words(instances[0])
    dixon = _dixon(physics, words)
    diffusion = any(one.physics.diffusion_b for one in instances)
    weighting = _weigh(physics, words, diffusion=diffusion)
    return SequenceKind(
        plane=_plane(stacks, words),
        weighting=weighting,
        fat_suppressed=dixon == "WATER" or _fat_suppressed(physics, words, weighting),
        contrast=any(one.physics.contrast for one in instances) or bool(_CONTRAST.search(words)),
        is_3d=physics.acquisition == "3D" or bool(_VOLUME.search(words)),
        is_localizer=_is_localizer(physics, words, stacks),
        is_reformatted=_is_reformatted(physics),
        dixon=dixon,
    )


def _strongest(instances: Sequence[InstanceHeader]) -> Physics:
    """Return the physics of the longest echo: a double echo series counts as its T2."""
    return max(instances, key=lambda one: one.physics.echo_ms or 0.0).physics


def _words(instance: InstanceHeader) -> str:
    return folded(f"{instance.descriptions.series} | {instance.descriptions.protocol}")


def _plane(stacks: Sequence[Stack], words: str) -> Plane:
    """Return the plane of the geometry; the words are asked only when there is none."""
    planes = {stack.plane for stack in stacks}
    if not planes:
        planes = {plane for pattern, plane in _PLANES if pattern.search(words)}
        return planes.pop() if len(planes) == 1 else Plane.NONE
    return planes.pop() if len(planes) == 1 else Plane.MIXED


def weighting_by_physics(physics: Physics) -> Weighting | None:
    """Return what the timing says, None when it says nothing."""
    sequence = set(physics.scanning_sequence)
    if "EP" in sequence:
        return Weighting.EPI
    if "GR" in sequence and "SE" not in sequence:
        return Weighting.GRE
    if physics.repetition_ms is None or physics.echo_ms is None:
        return None
    if physics.inversion_ms:
        found = _inverted(physics.repetition_ms, physics.echo_ms, physics.inversion_ms)
        if found is not None:
            return found
    return _spin_echo(physics.repetition_ms, physics.echo_ms)


def _inverted(repetition: float, echo: float, inversion: float) -> Weighting | None:
    if STIR_TI_MIN <= inversion <= STIR_TI_MAX and repetition >= LONG_TR:
        return Weighting.STIR
    if T1_FLAIR_TI_MIN <= inversion <= T1_FLAIR_TI_MAX and echo < T1_TE_MAX:
        return Weighting.T1
    if inversion >= FLAIR_TI_MIN and echo >= T2_TE_MIN:
        return Weighting.FLAIR
    return None


def _spin_echo(repetition: float, echo: float) -> Weighting | None:
    if repetition >= LONG_TR and echo >= T2_TE_MIN:
        return Weighting.T2
    if echo < T1_TE_MAX and T1_TR_MIN < repetition < LONG_TR:
        return Weighting.T1
    if repetition >= LONG_TR and echo < PD_TE_MAX:
        return Weighting.PD
    return None


def weighting_by_words(words: str) -> Weighting | None:
    """Return what a folded description says, None when it says nothing or two things."""
    if _ADC.search(words):
        return Weighting.ADC
    if _DIFFUSION.search(words):
        return Weighting.DWI
    if _STIR.search(words):
        return Weighting.STIR
    named = [kind for pattern, kind in _NAMED if pattern.search(words)]
    if _FLAIR.search(words):
        return Weighting.T1 if Weighting.T1 in named else Weighting.FLAIR
    if not named and _GRADIENT.search(words):
        return Weighting.GRE
    return named[0] if len(named) == 1 else None


_NAMED: Final = ((_T1, Weighting.T1), (_T2, Weighting.T2), (_PD, Weighting.PD))

_HABITS: Final[dict[tuple[Weighting, Weighting], Weighting]] = {
    # (words, physics): what the pair means
    (Weighting.STIR, Weighting.T2): Weighting.STIR,  # inversion time not written
    (Weighting.STIR, Weighting.PD): Weighting.STIR,
    (Weighting.T2, Weighting.STIR): Weighting.STIR,  # "t2_tirm"
    (Weighting.T2, Weighting.GRE): Weighting.GRE,  # T2*
    (Weighting.T1, Weighting.GRE): Weighting.T1,  # spoiled gradient echo
    (Weighting.PD, Weighting.GRE): Weighting.GRE,
    (Weighting.T2, Weighting.EPI): Weighting.EPI,
    (Weighting.FLAIR, Weighting.T2): Weighting.FLAIR,
    (Weighting.FLAIR, Weighting.T1): Weighting.T1,
}


def combine(by_words: Weighting | None, by_physics: Weighting | None) -> Weighting:
    """Return one weighting from two witnesses."""
    if by_words is None or by_physics is None:
        return by_words or by_physics or Weighting.OTHER
    if by_words is by_physics or by_words in {Weighting.ADC, Weighting.DWI, Weighting.GRE}:
        return by_words
    return _HABITS.get((by_words, by_physics), Weighting.UNSURE)


def _weigh(physics: Physics, words: str, *, diffusion: bool) -> Weighting:
    kinds = set(physics.image_type)
    if "ADC" in kinds:
        return Weighting.ADC
    if diffusion or "DIFFUSION" in kinds or "TRACEW" in kinds:
        return Weighting.ADC if _ADC.search(words) else Weighting.DWI
    if kinds & {"SUB", "SUBTRACTED", "SUBTRACTION"}:
        return Weighting.SUBTRACTION
    return combine(weighting_by_words(words), weighting_by_physics(physics))


def _dixon(physics: Physics, words: str) -> str:
    kinds = set(physics.image_type)
    for name in physics.image_type:
        if name in _BY_IMAGE_TYPE:
            return _BY_IMAGE_TYPE[name]
    if "DIXON" not in kinds and not _DIXON.search(words):
        return ""
    for name in physics.image_type:
        if name in _BY_LETTER:
            return _BY_LETTER[name]
    patterns = ((_WATER, "WATER"), (_OPPOSED, "OPP"), (_IN, "IN"), (_FAT, "FAT"))
    return next((name for pattern, name in patterns if pattern.search(words)), "")


def _fat_suppressed(physics: Physics, words: str, weighting: Weighting) -> bool:
    return (
        weighting is Weighting.STIR
        or bool(_FAT_OPTIONS.intersection(physics.scan_options))
        or bool(_FAT_SPECTRA.intersection(physics.suppression))
        or bool(_FAT_SUPPRESSED.search(words))
    )


def _is_localizer(physics: Physics, words: str, stacks: Sequence[Stack]) -> bool:
    frames = sum(stack.frames for stack in stacks)
    if "LOCALIZER" in physics.image_type:
        return True
    if frames >= LOCALIZER_FRAMES:
        return False
    if _LOCALIZER.search(words) or len({stack.plane for stack in stacks}) > 1:
        return True
    fast = physics.repetition_ms is not None and 0 < physics.repetition_ms < LOCALIZER_TR
    return fast and physics.acquisition == "2D"


def _is_reformatted(physics: Physics) -> bool:
    kinds = set(physics.image_type)
    if "DERIVED" not in kinds or kinds & {"COMPOSED", "COMP_SP"}:
        return False
    return bool(
        kinds & {"MPR", "REFORMATTED", "MIP", "MINIP", "PROJECTION IMAGE", "CURVED", "CSA MPR"}
    )


def median_or_none(numbers: Sequence[float | None]) -> float | None:
    """Return the median of the known numbers."""
    known = [number for number in numbers if number is not None]
    return median(known) if known else None
