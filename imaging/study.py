"""What the portal learns from an upload: the result of one run of the imaging core.

Nothing in these classes but `Identity` and `StudySummary.study_date_found` comes from the patient's
side of the header; the caller seals those two and logs neither.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from imaging.burned_in import HoldReason
from imaging.errors import Code
from imaging.plain import from_plain, to_plain
from imaging.regions import Region

Number = int | float
Params = dict[str, object]


class Verdict(StrEnum):
    """What the checks say about the whole upload."""

    COMPLETE = "COMPLETE"
    READABLE_WITH_LIMITS = "READABLE_WITH_LIMITS"
    INCOMPLETE = "INCOMPLETE"  # a required sequence is missing: back to the patient
    NOT_LUMBAR_MR = "NOT_LUMBAR_MR"  # contrary evidence: back to the patient with the words shown
    NO_IMAGES = "NO_IMAGES"
    SEVERAL_PATIENTS = "SEVERAL_PATIENTS"
    SEVERAL_STUDIES = "SEVERAL_STUDIES"
    UNSURE = "UNSURE"  # the body part is not proven: a person decides


class Level(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule saw.

    Attributes
    ----------
    code : str
        Stable code, such as ``MISSING-SAG-T2``; see docs/study-checks.md.
    level : Level
    message : str
        English, for staff. Never an identifier.
    params : dict
        Plain values behind the message, for translated texts.
    """

    code: str
    level: Level
    message: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """The person and the place as the headers name them: sealed by the caller, never logged.

    Dates are ISO (1980-02-14) or None when absent or impossible. `sex` is "F", "M", "O" or None.
    """

    patient_name: str = ""
    patient_id: str = ""
    birth_date: str | None = None
    sex: str | None = None
    study_date: str | None = None
    institution: str = ""

    def __repr__(self) -> str:
        return "Identity(sealed)"


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """How one source file ended. `name` is the name the caller gave it."""

    name: str
    code: Code
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """One source file that a person must look at (code BURNED).

    Attributes
    ----------
    name : str
        The name the caller gave the file.
    group : int
        1-based; pictures of one series and size stand in one group.
    rows, columns : int
        Of the picture in pixels; 0 when it could not be drawn.
    frames : int
        How many pictures the file holds; the drawing lays them over each other.
    regions : tuple of Region
        Where text stands, as far as it was found; no text.
    can_be_read : bool
        Whether the file could go on at all: a colour picture cannot.
    """

    name: str
    reason: HoldReason
    group: int
    rows: int = 0
    columns: int = 0
    frames: int = 1
    regions: tuple[Region, ...] = ()
    can_be_read: bool = True


@dataclass(frozen=True, slots=True)
class InstanceSummary:
    """One stored instance. `ordinal` is 1-based, in the geometric order of its series.

    `position_mm` is the place along the series' normal (LPS), None without geometry.
    """

    ordinal: int
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str
    instance_number: int | None
    frames: int
    size: int
    pixel_sha256: str
    position_mm: float | None
    source: str


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series, classified. `gaps` holds, for each hole, how many slices are missing there.

    `preview_ends` says for each frame where its preview ends in the series' ``previews.pack``.
    """

    ordinal: int
    series_instance_uid: str
    number: int | None
    label: str
    plane: str
    weighting: str
    fat_suppressed: bool
    contrast: bool
    is_3d: bool
    is_localizer: bool
    thickness_mm: float | None
    spacing_mm: float | None
    pixel_mm: float | None
    rows: int
    columns: int
    frames: int
    instances: tuple[InstanceSummary, ...]
    gaps: tuple[int, ...] = ()
    preview_ends: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StudySummary:
    """The study as a whole. `label` says what the evidence shows, such as ``MRI lumbar spine``.

    `body_part` is the evidence class (LUMBAR, CERVICAL, KNEE ... or UNKNOWN).
    `study_date_found` is ISO and belongs to the sealed side.
    """

    study_instance_uid: str
    modality: str
    body_part: str
    label: str
    study_date_found: str | None
    field_strength_t: float | None
    manufacturer: str
    model: str


@dataclass(frozen=True, slots=True)
class PriorSummary:
    """An older examination of the same person, for comparison; its findings only inform.

    `months` is how much earlier it was made, in whole months: the dates themselves are removed.
    """

    study: StudySummary
    series: tuple[SeriesSummary, ...]
    findings: tuple[Finding, ...]
    months: int
    receipt: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IngestResult:
    """All that one run over a case's files found out.

    `study`, `series` and `receipt` are of the examination that is read.
    """

    verdict: Verdict
    files: tuple[FileOutcome, ...]
    study: StudySummary | None
    series: tuple[SeriesSummary, ...]
    findings: tuple[Finding, ...]
    identity: Identity
    receipt: dict[str, object] = field(default_factory=dict)
    prior: PriorSummary | None = None
    held: tuple[HeldPicture, ...] = ()

    def to_json(self) -> str:
        """Return the result as JSON, keys sorted, so that equal results give equal bytes."""
        return json.dumps(to_plain(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the result that `to_json` wrote.

        Raises
        ------
        ValueError, TypeError
            When the text is not such a result.
        """
        return from_plain(cls, json.loads(text))
