"""From what the imaging core found to what becomes of the case: one transaction, one decision."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.models import Role, User
from cases import instance_files, notifications, red_flags, sealing
from cases.lifecycle import advance
from cases.models import (
    Case,
    CaseSecret,
    Finding,
    Instance,
    Series,
    Study,
    StudyRole,
    UploadedInstance,
)
from cases.models.study import SHOWN
from cases.models.upload import UploadState
from cases.selectors import quarantine
from cases.selectors.receipts import left_out_of
from imaging.errors import Code, Fate
from imaging.rules import CATALOGUE
from imaging.study import Finding as Found
from imaging.study import IngestResult, SeriesSummary, StudySummary, Verdict

#: Verdict -> the reason with which the case goes back to the patient.
RETURNS = {
    Verdict.INCOMPLETE: "FEW",
    Verdict.NOT_LUMBAR_MR: "BODY",
    Verdict.SEVERAL_PATIENTS: "IDENT",
    Verdict.SEVERAL_STUDIES: "STUDIES",
}
#: Findings -> the reason with which the case goes back, where it says more than the verdict.
RETURNING_FINDINGS = {
    "CONFLICT": Code.CONFLICT.value,
    "STUDIES-UNORDERED": "STUDIES-ORDER",
    "STUDIES-OTHER-BODY": "STUDIES-BODY",
}
#: What seems to be missing may be what is held or was stopped: a person looks before the patient is
#: asked for it.
HIDDEN_BY_HELD = frozenset({Verdict.NO_IMAGES, Verdict.INCOMPLETE})
#: Findings, of either study, for which a person looks before the case goes on.
HOLDING_FINDINGS = {"AGE-DIFFERS": "DEMOGRAPHICS", "SEX-DIFFERS": "DEMOGRAPHICS"}


def publish(
    case: Case, result: IngestResult, studies: list[Study], *, mine: dict[str, object]
) -> None:
    """Store what was found and move the case on, or change nothing.

    `studies` are those of `cases.pipeline.studies_for`.

    Raises
    ------
    cases.lifecycle.IllegalTransitionError
        When the run has lost its claim.
    """
    step, reason = decide(case, result)
    with transaction.atomic():
        _save_studies(case, studies, result)
        _save_outcomes(result)
        CaseSecret.objects.filter(case=case).update(
            sealed_identity=sealing.seal(asdict(result.identity))
        )
        advance(
            case,
            step,
            by=None,
            reason=reason,
            only_if=mine,
            reason_code=reason,
            progress_step="",
        )
        _tell(case, step)


def decide(case: Case, result: IngestResult) -> tuple[str, str]:
    """Return the transition and its reason code for a result."""
    codes = Counter(item.code for item in result.files)
    stopped = _stopped(result.verdict, codes)
    if stopped:
        return stopped
    if result.verdict in RETURNS:
        return "return_to_patient", _why_returned(result)
    if result.verdict is Verdict.NO_IMAGES:
        return "return_to_patient", _why_no_images(case, codes + _not_whole(case))
    return _hold_or_accept(case, result, codes)


def _stopped(verdict: Verdict, codes: Counter[Code]) -> tuple[str, str] | None:
    """Return the decision when files ended so that the patient can mend nothing.

    LIMIT and CRASHER stop a case only when too little is left: a whole study goes on without them.
    """
    fates = {code.fate for code in codes}
    if Fate.FAILED in fates:
        return "fail", Code.UNEXPECTED.value
    is_hidden = verdict in HIDDEN_BY_HELD
    if is_hidden and Fate.HELD in fates:
        return "hold", Code.BURNED.value
    if is_hidden and Fate.QUARANTINED in fates:
        return "hold", quarantine.QUARANTINE
    if Code.UNSAFE in codes and verdict not in RETURNS:
        return "hold", quarantine.QUARANTINE
    return None


def _why_returned(result: IngestResult) -> str:
    """Return the reason of the verdict, or the closer one of a finding that asks for it."""
    for found in result.findings:
        if found.code in RETURNING_FINDINGS and CATALOGUE[found.code].verdict is result.verdict:
            return RETURNING_FINDINGS[found.code]
    return RETURNS[result.verdict]


def _hold_or_accept(case: Case, result: IngestResult, codes: Counter[Code]) -> tuple[str, str]:
    if result.verdict is Verdict.UNSURE:
        return "hold", "BODY"
    for code in codes:
        if code.fate is Fate.HELD:
            return "hold", code.value
    of_prior = result.prior.findings if result.prior else ()
    for finding in (*result.findings, *of_prior):
        if finding.code in HOLDING_FINDINGS:
            return "hold", HOLDING_FINDINGS[finding.code]
    if result.prior is None and _announces_prior(case):
        return "hold", "PRIOR"
    intake = getattr(case, "intake", None)
    if intake and red_flags.FlagClass.REVIEW in red_flags.classes(intake.red_flags):
        return "hold", "REVIEW"
    return "accept_study", ""


def _announces_prior(case: Case) -> bool:
    """Say whether the patient sent two studies: if one is lost, it may be the newer one."""
    return case.uploads.filter(state=UploadState.COMPLETE, summary__prior=True).exists()


def _not_whole(case: Case) -> Counter[Code]:
    """Count the files that never reached the imaging core: they did not arrive as declared."""
    files = UploadedInstance.objects.filter(
        bundle__upload__case=case,
        bundle__upload__state=UploadState.COMPLETE,
        outcome=Code.CUT_OFF,
    )
    return Counter({Code.CUT_OFF: files.count()})


def _why_no_images(case: Case, codes: Counter[Code]) -> str:
    """Return the commonest reason why files fell out; without any file, NO-IMAGES."""
    codes.pop(Code.OK, None)
    known = [code.value for code, _count in codes.most_common() if code is not Code.NOT_DICOM]
    if not known:
        # What never came to the checks: an archive that was refused, a file that did not arrive
        # whole, one that a person has set aside.
        known = [one.code for one in left_out_of(case) if one.code != Code.NOT_DICOM]
    return known[0] if known else "NO-IMAGES"


def _save_studies(case: Case, studies: list[Study], result: IngestResult) -> None:
    """Store the study that is read and the one it is compared with, in place of earlier ones."""
    if not studies or result.study is None:
        return
    ids = [study.pk for study in studies]
    Study.objects.filter(case=case, role__in=SHOWN).exclude(pk__in=ids).update(
        role=StudyRole.SUPERSEDED
    )
    Study.objects.filter(pk__in=ids).delete()
    for study in studies:
        if not study.is_prior:
            study.verdict, study.receipt = result.verdict, result.receipt
            _save_study(study, result.study, result.series, result.findings)
        elif result.prior is not None:
            study.receipt = result.prior.receipt
            _save_study(study, result.prior.study, result.prior.series, result.prior.findings)


def _save_study(
    study: Study,
    summary: StudySummary,
    series: tuple[SeriesSummary, ...],
    findings: tuple[Found, ...],
) -> None:
    study.details = {
        "body_part": summary.body_part,
        "label": summary.label,
        "modality": summary.modality,
        "field_strength_t": summary.field_strength_t,
        "manufacturer": summary.manufacturer,
        "model": summary.model,
    }
    study.save(force_insert=True)
    for found in series:
        _save_series(study, found)
    Finding.objects.bulk_create(
        Finding(
            study=study,
            code=found.code,
            level=found.level,
            message=found.message,
            params=found.params,
        )
        for found in findings
    )


def _save_series(study: Study, found: SeriesSummary) -> None:
    details: dict[str, Any] = {
        name: getattr(found, name)
        for name in (
            "fat_suppressed",
            "contrast",
            "is_3d",
            "thickness_mm",
            "spacing_mm",
            "pixel_mm",
        )
    }
    series = Series.objects.create(
        study=study,
        ordinal=found.ordinal,
        series_instance_uid=found.series_instance_uid,
        number=found.number,
        label=found.label,
        plane=found.plane,
        weighting=found.weighting,
        is_localizer=found.is_localizer,
        rows=found.rows,
        columns=found.columns,
        frame_count=found.frames,
        instance_count=len(found.instances),
        details=details | {"gaps": list(found.gaps)},
        preview_ends=list(found.preview_ends),
    )
    _save_instances(series, found)


def _save_instances(series: Series, found: SeriesSummary) -> None:
    offsets = instance_files.offsets(item.size for item in found.instances)
    Instance.objects.bulk_create(
        Instance(
            series=series,
            ordinal=item.ordinal,
            sop_instance_uid=item.sop_instance_uid,
            sop_class_uid=item.sop_class_uid,
            transfer_syntax_uid=item.transfer_syntax_uid,
            instance_number=item.instance_number,
            frame_count=item.frames,
            offset=offset,
            size=item.size,
            pixel_sha256=item.pixel_sha256,
            position_mm=item.position_mm,
        )
        for item, offset in zip(found.instances, offsets, strict=True)
    )


def _save_outcomes(result: IngestResult) -> None:
    by_code: dict[str, list[str]] = {}
    for item in result.files:
        by_code.setdefault(item.code.value, []).append(item.name)
    for code, names in by_code.items():
        UploadedInstance.objects.filter(pk__in=names).update(outcome=code)


def _tell(case: Case, step: str) -> None:
    """Owe the mails that the decision asks for."""
    event = case.events.order_by("-pk").values_list("pk", flat=True).first()
    if step == "return_to_patient":
        notifications.owe(case, "returned", case.patient, occasion=str(event))
    if step in {"hold", "fail"}:
        for coordinator in User.objects.filter(role=Role.COORDINATOR, is_active=True):
            notifications.owe(case, "needs_coordinator", coordinator, occasion=str(event))
