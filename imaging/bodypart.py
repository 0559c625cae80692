"""Does this study show the low back? Evidence for and against, from words in many languages.

BodyPartExamined alone proves little: it is empty, wrong or generic in many real headers. So each
place where a header names a body part gives points, and only enough points prove it. Words for
another region speak against it and are shown to the patient. Without either, a person decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imaging.assembly import Study
from imaging.headers import InstanceHeader
from imaging.stacks import Plane
from imaging.thresholds import (
    BODY_CODE_POINTS,
    BODY_FIELD_POINTS,
    BODY_SERIES_POINTS,
    BODY_SMALL_FIELD_POINTS,
    BODY_STUDY_POINTS,
    LUMBAR_FIELD_MIN,
    PROVEN_SCORE,
    SPINE_FIELD_MAX,
    SPINE_FIELD_MIN,
)
from imaging.words import folded, unaccented


class Region(StrEnum):
    """Body regions that headers name."""

    LUMBAR = "LUMBAR"
    CERVICAL = "CERVICAL"
    THORACIC = "THORACIC"
    SPINE = "SPINE"  # no part of it named
    HEAD = "HEAD"
    KNEE = "KNEE"
    HIP = "HIP"
    PELVIS = "PELVIS"
    SHOULDER = "SHOULDER"
    ARM = "ARM"
    FOOT = "FOOT"
    ABDOMEN = "ABDOMEN"
    CHEST = "CHEST"
    NECK = "NECK"
    UNKNOWN = "UNKNOWN"


class Proof(StrEnum):
    """What the evidence amounts to."""

    PROVEN = "proven"
    CONTRARY = "contrary"
    OPEN = "open"


NAMES: Final[dict[Region, str]] = {
    Region.LUMBAR: "lumbar spine",
    Region.CERVICAL: "cervical spine",
    Region.THORACIC: "thoracic spine",
    Region.SPINE: "spine",
    Region.HEAD: "head",
    Region.KNEE: "knee",
    Region.HIP: "hip",
    Region.PELVIS: "pelvis",
    Region.SHOULDER: "shoulder",
    Region.ARM: "arm or hand",
    Region.FOOT: "ankle or foot",
    Region.ABDOMEN: "abdomen",
    Region.CHEST: "chest",
    Region.NECK: "neck",
    Region.UNKNOWN: "unknown body part",
}

# Matched against folded words (lower case, no accents, single spaces): see imaging.words.
VOCABULARY: Final[dict[Region, str]] = {
    Region.LUMBAR: (
        r"(?:thoraco|thorako|dorso)?lumb(?:ar|al)(?:e|es|is|ni|a|en|er|t)?"
        r"|(?:thoraco|dorso)?lumbo ?sacr\w*|lumbo ?sakr\w*|lumbalwirbel\w*|(?:dorso)?lombaires?"
        r"|lombar(?:e|es)?|(?:dorso)?lombo ?sacr\w*|(?:l|ls|tl|l s) ?spine|l ?sp|lspn"
        r"|lws|lwk|l ?s|ls ?pater|ledzwiow\w*|поясн\w*|пкоп|поп|bedern\w* pater\w*|agyeki\w*"
        r"|slabinsk\w*|lanneranka\w*|landrygg\w*|lendenwirbel\w*|lendewervel\w*|lomber"
        r"|bel omurga\w*|οσφυ\w*|low back|lower back|lower spine|腰椎|腰部|요추\w*"
        r"|t1[012] s\d|l1 (?:l5|s\d)|l[345] s1|whole ?spine|total ?spine|full ?spine"
        r"|ganzwirbelsaule|rachis entier"
    ),
    Region.CERVICAL: (
        r"cervical\w*|cervico\w*|c ?spine|csp|hws|szyjn\w*|шейн\w*|zervikal\w*|krcni\w*"
        r"|kaularanka\w*|servikal|halskotpelare\w*|halswirbel\w*|頚椎|颈椎|경추\w*|αυχεν\w*"
    ),
    Region.THORACIC: (
        r"thoraci\w*|thorac|torac(?:ica|ico)|thorakal\w*|t ?spine|tsp|bws|dorsal\w?|piersiow\w*"
        r"|грудн\w*|hrudni\w*|torakal\w*|brustwirbel\w*|胸椎|흉추\w*|θωρακ\w*"
    ),
    Region.SPINE: (
        r"\w?spine|spinal\w*|wirbelsaule\w*|ws|rachis|colonn?a|columna|coluna|kregoslup\w*"
        r"|позвоночник\w*|pater|vertebra\w*|omurga|脊柱|脊椎|척추\w*|wervelkolom|ryg|ryggrad"
        r"|selkaranka|columna vertebral"
    ),
    Region.HEAD: (
        r"head|brain|skull|cranium|crane|kopf|schadel|hirn|neurocranium|cerveau|encephal\w*"
        r"|encefal\w*|cervello|cerebr\w*|glow[ay]|mozg|mozgu|mozgowia|голов\w*|мозг\w*|pituitary"
        r"|hypophys\w*|iac|orbits?|tete|testa|cabeza|cabeca|hlav[ay]|beyin|頭|頭部|뇌"
    ),
    Region.KNEE: (
        r"knees?|knie|kniegelenk\w*|genou|genoux|ginocchi[oa]?|rodillas?|joelhos?|kolan[oa]?"
        r"|колен\w*|kolen[oai]|polvi|kna|kne|diz|膝|膝関節|무릎"
    ),
    Region.HIP: (
        r"hips?|hufte\w?|huftgelenk\w*|hanches?|anca|anche|caderas?|quadril|biodr[oa]"
        r"|тазобедр\w*|kycel\w*|kycle|lonkka|hofte\w?|hoft|kalca|股関節|髋"
    ),
    Region.PELVIS: (
        r"pelvi[sc]?|pelvien\w*|becken|bassin|bacino|miednic[ay]|малый таз|таз\w?|panev|lantio"
        r"|backen|prostat[ae]?|rectum|rektum|uterus|sacroilia\w*|si joints?|sij|isg|骨盤|盆腔"
    ),
    Region.SHOULDER: (
        r"shoulders?|schulter|schultergelenk|epaules?|spalla|hombros?|ombros?|bark|barku|плеч\w*"
        r"|rameno|olkapaa|axel|skulder|omuz|肩|肩関節"
    ),
    Region.ARM: (
        r"elbows?|wrists?|hand|hands|fingers?|forearm|humerus|ellenbogen|handgelenk|coude"
        r"|poignet|gomito|polso|codo|muneca|lokiec|nadgarst\w*|локт\w*|запяст\w*|кист[ьи]"
    ),
    Region.FOOT: (
        r"ankles?|foot|feet|toe|toes|sprunggelenk|fuss|osg|cheville|pied|caviglia|piede"
        r"|tobillo|pie|tornozelo|stop[ay]|голеностоп\w*|стоп[аы]|calcaneus|hindfoot|forefoot"
    ),
    Region.ABDOMEN: (
        r"abdom\w*|liver|leber|foie|fegato|higado|mrcp|kidneys?|renal|pancreas|brzuch\w*"
        r"|живот\w*|брюшн\w*|печен\w*|bauch|oberbauch|enterograph\w*"
    ),
    Region.CHEST: (
        r"chest|breasts?|mamm[ao]|mammograph\w*|heart|cardiac|herz|coeur|cuore|lungs?|brust"
        r"|piersi|сердц\w*|молочн\w*"
    ),
    Region.NECK: r"neck|hals|larynx|thyroid|cou|collo|cuello|szy[ij]a?|шеи|шея",
}
"""Patterns of whole words, stems only where no surname begins so; see imaging.words."""
_PATTERNS: Final = {
    region: re.compile(rf"(?<!\w)(?:{unaccented(pattern)})(?!\w)")
    for region, pattern in VOCABULARY.items()
}
_SPINAL: Final = frozenset([Region.LUMBAR, Region.SPINE, Region.CERVICAL, Region.THORACIC])


@dataclass(frozen=True, slots=True)
class BodyPart:
    """The verdict on the body part.

    Attributes
    ----------
    region : Region
        The region with most points; UNKNOWN without any.
    proof : Proof
    words : tuple of str
        The words found for `region`, folded, for the finding; only words of the vocabulary, so
        that no name can be among them.
    points : int
    """

    region: Region
    proof: Proof
    words: tuple[str, ...]
    points: int

    @property
    def label(self) -> str:
        return f"MRI {NAMES[self.region]}"


def regions_in(text: str) -> dict[Region, str]:
    """Return the regions that a text names, each with the word that names it.

    "Spine" alone is dropped beside a named part of it, and a thoracolumbar word names both.
    """
    words = folded(text)
    found = {
        region: match.group()
        for region, pattern in _PATTERNS.items()
        if (match := pattern.search(words)) is not None
    }
    if len(_SPINAL.intersection(found)) > 1:
        found.pop(Region.SPINE, None)
    return found


def judge(study: Study) -> BodyPart:
    """Weigh the evidence of one study."""
    points: dict[Region, int] = {}
    words: dict[Region, dict[str, None]] = {}
    for texts, worth in _places(study.instances):
        for region, found in _named(texts).items():
            points[region] = points.get(region, 0) + worth
            words.setdefault(region, {}).update(found)
    if Region.LUMBAR in points:
        points[Region.LUMBAR] += _geometry_points(study)
    return _decide(points, words)


def _places(instances: Iterable[InstanceHeader]) -> Iterable[tuple[set[str], int]]:
    """Return the texts of each kind of place with its worth; each kind counts once."""
    headers = [one.descriptions for one in instances]
    requested = {text for one in headers for text in one.requested}
    return (
        ({one.body_part for one in headers}, BODY_CODE_POINTS),
        ({one.study for one in headers} | requested, BODY_STUDY_POINTS),
        ({text for one in headers for text in (one.series, one.protocol)}, BODY_SERIES_POINTS),
    )


def _named(texts: set[str]) -> dict[Region, dict[str, None]]:
    named: dict[Region, dict[str, None]] = {}
    for text in sorted(texts):
        for region, word in regions_in(text).items():
            named.setdefault(region, {})[word] = None
    return named


def _geometry_points(study: Study) -> int:
    """Return the points for a sagittal field that fits, or for one that is far too small."""
    fields = [
        series.field_mm
        for series in study.series
        if series.kind.plane is Plane.SAGITTAL and not series.kind.is_localizer and series.field_mm
    ]
    if not fields:
        return 0
    if max(fields) < LUMBAR_FIELD_MIN:
        return BODY_SMALL_FIELD_POINTS
    fits = any(SPINE_FIELD_MIN <= field <= SPINE_FIELD_MAX for field in fields)
    return BODY_FIELD_POINTS if fits else 0


def _decide(points: dict[Region, int], words: dict[Region, dict[str, None]]) -> BodyPart:
    if not points:
        return BodyPart(Region.UNKNOWN, Proof.OPEN, (), 0)
    lumbar = points.get(Region.LUMBAR)
    others = {
        region: score
        for region, score in points.items()
        if region not in _SPINAL or (lumbar is None and region is not Region.SPINE)
    }
    against = max(others, key=lambda region: others[region], default=Region.UNKNOWN)
    if lumbar is None:
        spine = points.get(Region.SPINE, 0)
        contrary = against in _SPINAL or others.get(against, 0) > spine
        region = against if contrary else Region.SPINE
        proof = Proof.CONTRARY if contrary else Proof.OPEN
    else:
        enough = lumbar >= PROVEN_SCORE and lumbar > others.get(against, 0)
        region, proof = Region.LUMBAR, Proof.PROVEN if enough else Proof.OPEN
    return BodyPart(region, proof, tuple(words[region]), points[region])
