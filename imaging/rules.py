"""The catalogue of findings: code, level, what it does to the verdict, and its English text.

docs/study-checks.md is printed from this table. A text names its values in braces; they are the
finding's `params` and never hold an identifier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from imaging.study import Finding, Level, Verdict

Findings: TypeAlias = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of finding; `verdict` is None when it leaves the verdict alone."""

    code: str
    level: Level
    verdict: Verdict | None
    text: str


_INFO, _WARN, _FAIL = Level.INFO, Level.WARN, Level.FAIL
_LIMITS, _INCOMPLETE = Verdict.READABLE_WITH_LIMITS, Verdict.INCOMPLETE

_TABLE: Final = (
    # What was uploaded
    Entry("NO-MR-IMAGES", _FAIL, Verdict.NO_IMAGES, "No readable MR image was found."),
    Entry(
        "SEVERAL-PATIENTS", _FAIL, Verdict.SEVERAL_PATIENTS,
        "The images belong to {patients} different people.",
    ),
    Entry(
        "SEVERAL-STUDIES", _FAIL, Verdict.SEVERAL_STUDIES,
        "The upload holds {studies} examinations; one is read and {priors} older one may come"
        " along.",
    ),
    Entry(
        "STUDIES-UNORDERED", _FAIL, Verdict.SEVERAL_STUDIES,
        "The dates of the two examinations do not say which one is the newer.",
    ),
    Entry(
        "STUDIES-OTHER-BODY", _FAIL, Verdict.SEVERAL_STUDIES,
        "One of the two examinations names the {region} ({words}), not the lower back.",
    ),
    Entry(
        "PRIOR", _INFO, None,
        "An older examination came along for comparison, about {months} months before this one.",
    ),
    Entry("DUPLICATE", _INFO, None, "{count} files came twice; one of each was kept."),
    Entry(
        "CONFLICT", _FAIL, _INCOMPLETE,
        "{count} files carry the number of another file but show another picture.",
    ),
    # Which body part
    Entry(
        "BODY-CONTRARY", _FAIL, Verdict.NOT_LUMBAR_MR,
        "The examination names the {region} ({words}), not the lower back.",
    ),
    Entry(
        "BODY-UNPROVEN", _WARN, Verdict.UNSURE,
        "The headers do not prove that this is the lower back ({region}).",
    ),
    # Completeness
    Entry("MISSING-SAG-T2", _FAIL, _INCOMPLETE, "A sagittal T2 series is missing."),
    Entry("MISSING-AX-T2", _FAIL, _INCOMPLETE, "An axial T2 series is missing."),
    Entry(
        "AX-T2-FROM-3D", _WARN, _LIMITS,
        "There is no axial T2 series; it can be reformatted from a 3D T2 series.",
    ),
    Entry("MISSING-SAG-T1", _WARN, _LIMITS, "A sagittal T1 series is missing."),
    Entry(
        "MISSING-SAG-FS", _WARN, _LIMITS,
        "No sagittal fat-suppressed fluid-sensitive series: oedema, infection and marrow can be"
        " judged with limits only.",
    ),
    Entry("MISSING-AX-T1", _INFO, None, "There is no axial T1 series."),
    Entry(
        "AX-T1-WANTED", _WARN, _LIMITS,
        "There is no axial T1 series; it is wanted after an operation on the back.",
    ),
    Entry(
        "CONTRAST-WANTED", _INFO, None,
        "There is no series with contrast medium; it is wanted {why}.",
    ),
    Entry(
        "SAG-T2-ONLY-FS", _INFO, None, "The only sagittal T2 series is fat-suppressed."
    ),
    Entry("ONLY-REFORMATS", _WARN, _LIMITS, "{label} exists only as a reformatted series."),
    Entry(
        "SEQUENCE-UNSURE", _WARN, Verdict.UNSURE,
        "Series {number} could be the missing {needed}, but its header does not tell.",
    ),
    Entry(
        "SEQUENCE-ODD", _INFO, None, "The name and the timing of series {number} disagree."
    ),
    Entry(
        "FEW-SAG-SLICES", _FAIL, _INCOMPLETE,
        "{label} has {slices} slices; fewer than {least} do not show the spine.",
    ),
    Entry(
        "NARROW-SAG", _WARN, _LIMITS,
        "{label} has {slices} slices; the outer foramina may be missing ({wanted} wanted).",
    ),
    Entry(
        "AX-COVERAGE", _WARN, _LIMITS,
        "The axial T2 slices reach {reach} mm; {wanted} mm cover L3/4 to L5/S1.",
    ),
    Entry("AX-BLOCKS", _INFO, None, "{label} lies in blocks with room between them."),
    # Holes
    Entry(
        "SLICES-MISSING", _FAIL, _INCOMPLETE,
        "{label} (series {number}) lacks {missing} slices in its middle.",
    ),
    Entry(
        "SLICE-MISSING", _WARN, _LIMITS,
        "{label} (series {number}) lacks {missing} slices in its middle.",
    ),
    Entry(
        "NO-GEOMETRY", _WARN, _LIMITS,
        "{label} (series {number}) does not say where its slices lie.",
    ),
    # Technical limits
    Entry("THICK", _WARN, _LIMITS, "{label}: slices of {found} mm ({wanted} mm wanted)."),
    Entry("VERY-THICK", _FAIL, _LIMITS, "{label}: slices of {found} mm (over {limit} mm)."),
    Entry("WIDE-GAP", _WARN, _LIMITS, "{label}: {found} mm between slices ({wanted} mm wanted)."),
    Entry("VERY-WIDE-GAP", _FAIL, _LIMITS, "{label}: {found} mm between slices (over {limit} mm)."),
    Entry("COARSE", _WARN, _LIMITS, "{label}: pixels of {found} mm ({wanted} mm wanted)."),
    Entry("VERY-COARSE", _FAIL, _LIMITS, "{label}: pixels of {found} mm (over {limit} mm)."),
    Entry("LOW-FIELD", _WARN, _LIMITS, "Field strength {found} T ({wanted} T wanted)."),
    Entry("VERY-LOW-FIELD", _WARN, _LIMITS, "Field strength {found} T (below {limit} T)."),
    Entry("LOSSY", _WARN, _LIMITS, "{label} was compressed with loss."),
    Entry("VERY-LOSSY", _FAIL, _LIMITS, "{label} was compressed with loss, {found} to 1."),
    Entry("STUDY-OLD", _WARN, None, "The examination is {months} months old."),
    Entry("STUDY-TOO-OLD", _WARN, _LIMITS, "The examination is {months} months old."),
    Entry("STUDY-DATE-FUTURE", _WARN, None, "The examination's date lies in the future."),
    Entry("STUDY-DATE-MISSING", _INFO, None, "The examination has no date."),
    # Whose examination
    Entry("AGE-DIFFERS", _WARN, None, "The age differs from the form by {years} years."),
    Entry("SEX-DIFFERS", _WARN, None, "The sex in the header differs from the form."),
)  # fmt: skip
CATALOGUE: Final[dict[str, Entry]] = {rule.code: rule for rule in _TABLE}


def finding(code: str, **params: object) -> Finding:
    """Return a finding of the catalogue with its text filled in."""
    rule = CATALOGUE[code]
    return Finding(code, rule.level, rule.text.format(**params), params)


PRECEDENCE: Final = (
    Verdict.NO_IMAGES,
    Verdict.SEVERAL_PATIENTS,
    Verdict.SEVERAL_STUDIES,
    Verdict.NOT_LUMBAR_MR,
    Verdict.UNSURE,
    Verdict.INCOMPLETE,
    Verdict.READABLE_WITH_LIMITS,
)
"""The verdict of several findings is the first of these that any of them asks for."""


def verdict_of(findings: list[Finding]) -> Verdict:
    """Return the verdict that findings add up to."""
    asked = {CATALOGUE[found.code].verdict for found in findings}
    return next((verdict for verdict in PRECEDENCE if verdict in asked), Verdict.COMPLETE)
