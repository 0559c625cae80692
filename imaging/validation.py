"""The study checks: one small function for each rule, all of them listed in `RULES`.

A rule looks at one `Study` and yields findings of the catalogue in `imaging.rules`; every number it
compares with has a name in `imaging.thresholds`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from imaging.assembly import Series, Study
from imaging.bodypart import NAMES, Proof, judge
from imaging.comparison import DAYS_PER_MONTH, Choice, choose
from imaging.persons import Demographics, History, age_difference, sex_differs
from imaging.protocol import Weighting
from imaging.rules import Findings, finding, verdict_of
from imaging.stacks import Plane, length_of_union
from imaging.study import Finding, Verdict
from imaging.technique import LIMITS
from imaging.thresholds import (
    AGE_TOLERANCE,
    AXIAL_COVERAGE_GOOD,
    ISOTROPIC_MM,
    MISSING_SLICES_MAX,
    SAGITTAL_SLICES_GOOD,
    SAGITTAL_SLICES_MIN,
    STUDY_AGE_GOOD,
    STUDY_AGE_MAX,
    STUDY_AHEAD_MAX,
)

_SAG, _AX = Plane.SAGITTAL, Plane.AXIAL
_T1, _T2 = Weighting.T1, Weighting.T2


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know beside the study."""

    expected: Demographics | None
    today: date


#: Why a series with contrast is wanted, as the end of a sentence.
WANTED_AFTER: Final = {
    History.OPERATED: "after an operation on the back",
    History.INFECTION: "where an infection is possible",
    History.TUMOUR: "where a tumour is possible",
}

Rule = Callable[[Study, Context], Findings]


def check(
    studies: Sequence[Study], expected: Demographics | None, today: date
) -> tuple[Verdict, tuple[Finding, ...]]:
    """Check everything that was uploaded.

    Parameters
    ----------
    studies : sequence of Study
        From `imaging.assembly.assemble`.
    expected : Demographics or None
        What the patient's form says; None leaves the comparison out.
    today : date
        For the age of the study.

    Returns
    -------
    Verdict and findings
        See `judge_choice`.
    """
    return judge_choice(choose(studies), expected, today)


def judge_choice(
    choice: Choice, expected: Demographics | None, today: date
) -> tuple[Verdict, tuple[Finding, ...]]:
    """Check the examination that is read; an older one to compare with is only named.

    Returns
    -------
    Verdict and findings
        The verdict is the first of `imaging.rules.PRECEDENCE` that a finding asks for, COMPLETE
        when none asks for any. Findings come in the order of `RULES`.
    """
    findings = list(choice.findings)
    if choice.current is not None:
        findings.extend(_findings(RULES, choice.current, expected, today))
    if choice.months is not None:
        findings.append(finding("PRIOR", months=choice.months))
    return verdict_of(findings), tuple(findings)


def judge_prior(prior: Study, expected: Demographics | None, today: date) -> tuple[Finding, ...]:
    """Return what is to be known about an older examination; no verdict follows from it."""
    return tuple(_findings(PRIOR_RULES, prior, expected, today))


def _findings(
    rules: Sequence[Rule], study: Study, expected: Demographics | None, today: date
) -> Findings:
    context = Context(expected, today)
    for rule in rules:
        yield from rule(study, context)


# Which examination


def check_copies(study: Study, _: Context) -> Findings:
    if study.duplicates:
        yield finding("DUPLICATE", count=len(study.duplicates))
    if study.conflicts:
        yield finding("CONFLICT", count=len(study.conflicts))


def check_body_part(study: Study, _: Context) -> Findings:
    body = judge(study)
    name = NAMES[body.region]
    if body.proof is Proof.CONTRARY:
        yield finding("BODY-CONTRARY", region=name, words=", ".join(body.words))
    elif body.proof is Proof.OPEN:
        yield finding("BODY-UNPROVEN", region=name)


def check_demographics(study: Study, context: Context) -> Findings:
    if context.expected is None:
        return
    years = age_difference(study, context.expected, context.today)
    if years is not None and years > AGE_TOLERANCE:
        yield finding("AGE-DIFFERS", years=years)
    if sex_differs(study, context.expected):
        yield finding("SEX-DIFFERS")


def check_study_age(study: Study, context: Context) -> Findings:
    if study.date is None:
        yield finding("STUDY-DATE-MISSING")
        return
    days = (context.today - date.fromisoformat(study.date)).days
    months = int(days / DAYS_PER_MONTH)
    if days < -STUDY_AHEAD_MAX:
        yield finding("STUDY-DATE-FUTURE")
    elif months >= STUDY_AGE_MAX:
        yield finding("STUDY-TOO-OLD", months=months)
    elif months >= STUDY_AGE_GOOD:
        yield finding("STUDY-OLD", months=months)


# Completeness


def _having(study: Study, plane: Plane, weighting: Weighting) -> list[Series]:
    """Return the series of a plane and weighting, but for Dixon fat images."""
    return [
        series
        for series in study.diagnostic
        if series.kind.plane is plane
        and series.kind.weighting is weighting
        and series.kind.dixon != "FAT"
    ]


def _fat_suppressed(study: Study, plane: Plane) -> list[Series]:
    """Return the fluid-sensitive series with the fat suppressed: STIR, T2 or PD, Dixon water."""
    fluid = {Weighting.STIR, Weighting.T2, Weighting.PD}
    return [
        series
        for series in study.diagnostic
        if series.kind.plane is plane
        and series.kind.weighting in fluid
        and series.kind.fat_suppressed
    ]


def _unsure(study: Study, plane: Plane) -> list[Series]:
    """Return the series that may be a T2 of the plane: unsure weighting, or no known plane."""
    doubtful = {Weighting.UNSURE, Weighting.OTHER}
    return [
        series
        for series in study.diagnostic
        if (series.kind.plane is plane and series.kind.weighting in doubtful)
        or (series.kind.plane is Plane.NONE and series.kind.weighting in doubtful | {_T2})
    ]


def _missing(study: Study, plane: Plane, code: str) -> Findings:
    """Yield the finding of a required series that is not there, or may be there unrecognised."""
    candidates = _unsure(study, plane)
    if candidates:
        yield finding("SEQUENCE-UNSURE", number=candidates[0].number, needed=f"T2 {plane.value}")
    else:
        yield finding(code)


def check_sagittal_t2(study: Study, _: Context) -> Findings:
    found = _having(study, _SAG, _T2)
    if not found:
        yield from _missing(study, _SAG, "MISSING-SAG-T2")
    elif all(series.kind.is_reformatted for series in found):
        yield finding("ONLY-REFORMATS", label=found[0].label)
    elif all(series.kind.fat_suppressed for series in found):
        yield finding("SAG-T2-ONLY-FS")


def check_axial_t2(study: Study, _: Context) -> Findings:
    found = _having(study, _AX, _T2)
    if not found:
        if any(_is_isotropic(series) for series in study.diagnostic):
            yield finding("AX-T2-FROM-3D")
        else:
            yield from _missing(study, _AX, "MISSING-AX-T2")
    elif all(series.kind.is_reformatted for series in found):
        yield finding("ONLY-REFORMATS", label=found[0].label)


def _is_isotropic(series: Series) -> bool:
    """Tell whether a T2 volume is thin enough to be cut in another plane."""
    thickness = series.spacing_mm or series.thickness_mm
    thin = thickness is not None and thickness <= ISOTROPIC_MM
    return thin and series.kind.weighting is _T2 and series.kind.is_3d


def check_t1(study: Study, context: Context) -> Findings:
    if not _having(study, _SAG, _T1):
        yield finding("MISSING-SAG-T1")
    if not _having(study, _AX, _T1):
        yield finding("AX-T1-WANTED" if _was_operated(context) else "MISSING-AX-T1")


def _was_operated(context: Context) -> bool:
    return context.expected is not None and History.OPERATED in context.expected.history


def check_contrast(study: Study, context: Context) -> Findings:
    """Note that a series with contrast is missing where the form says what it is wanted for."""
    history = context.expected.history if context.expected else frozenset()
    if history and not any(series.kind.contrast for series in study.diagnostic):
        reasons = [one for one in History if one in history]
        why = " and ".join(WANTED_AFTER[one] for one in reasons)
        yield finding("CONTRAST-WANTED", why=why, history=[one.value for one in reasons])


def check_fat_suppression(study: Study, _: Context) -> Findings:
    if not _fat_suppressed(study, _SAG):
        yield finding("MISSING-SAG-FS")


def check_doubtful_names(study: Study, _: Context) -> Findings:
    for series in study.diagnostic:
        if series.kind.weighting is Weighting.UNSURE:
            yield finding("SEQUENCE-ODD", number=series.number)


def check_sagittal_slices(study: Study, _: Context) -> Findings:
    """Ask for enough slices; a T1 of few is a limit only, as its absence is."""
    for weighting in (_T2, _T1):
        found = _having(study, _SAG, weighting)
        if not found:
            continue
        best = max(found, key=lambda series: series.slices)
        if best.slices < SAGITTAL_SLICES_MIN and weighting is _T2:
            least = int(SAGITTAL_SLICES_MIN)
            yield finding("FEW-SAG-SLICES", label=best.label, slices=best.slices, least=least)
        elif best.slices < SAGITTAL_SLICES_GOOD and not best.kind.is_3d:
            wanted = int(SAGITTAL_SLICES_GOOD)
            yield finding("NARROW-SAG", label=best.label, slices=best.slices, wanted=wanted)


def check_axial_coverage(study: Study, _: Context) -> Findings:
    found = _having(study, _AX, _T2)
    extents = [extent for series in found if (extent := series.extent_mm(2)) is not None]
    reach = length_of_union(extents)  # of the same discs twice, with and without fat, once
    if extents and reach < AXIAL_COVERAGE_GOOD:
        yield finding("AX-COVERAGE", reach=round(reach), wanted=int(AXIAL_COVERAGE_GOOD))


def check_holes(study: Study, _: Context) -> Findings:
    for series in study.diagnostic:
        missing = sum(series.gaps)
        if missing:
            much = missing > MISSING_SLICES_MAX and _is_required(series)
            code = "SLICES-MISSING" if much else "SLICE-MISSING"
            yield finding(code, label=series.label, number=series.number, missing=missing)
        if series.blocks and series.kind.plane is _AX:
            yield finding("AX-BLOCKS", label=series.label)
        if _is_required(series) and not series.stacks:
            yield finding("NO-GEOMETRY", label=series.label, number=series.number)


def _is_required(series: Series) -> bool:
    return series.kind.weighting is _T2 and series.kind.plane in {_SAG, _AX, Plane.NONE}


def check_technique(study: Study, _: Context) -> Findings:
    for limit in LIMITS:
        yield from limit(study)


RULES: Final[tuple[Rule, ...]] = (
    check_copies,
    check_body_part,
    check_demographics,
    check_sagittal_t2,
    check_axial_t2,
    check_t1,
    check_fat_suppression,
    check_contrast,
    check_doubtful_names,
    check_sagittal_slices,
    check_axial_coverage,
    check_holes,
    check_technique,
    check_study_age,
)
"""The rules in the order in which their findings are listed."""

PRIOR_RULES: Final = tuple(rule for rule in RULES if rule not in (check_study_age, check_contrast))
"""The rules for an older examination: that it is old is what it was sent for, and what the form
says of the past may have come after it."""
