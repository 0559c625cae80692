"""Requests in the states that the pages are looked at in; every word in them is invented."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from cases import report_plain
from cases.lifecycle import Status
from cases.models import AccessRecord, Case, Report, Series, Study
from cases.report_context import questions_of, signed_context
from cases.report_template import VERSION, content_from_form, fingerprint
from imaging.deidentify import DatePolicy, DeidentifyContext
from imaging.deidentify_command import Cleaning, clean
from imaging.policy import POLICY
from imaging.receipt import build_receipt
from imaging.synthetic import build_study
from tests.cases.report_forms import posted
from tests.factories import ANSWERS, make_case

SERIES = (("T2 SAG", 15), ("T1 SAG", 15), ("STIR SAG", 15), ("T2 AX", 30), ("T1 AX", 30))


def answered_case(patient, status, **fields) -> Case:
    """Return a case whose every page is answered."""
    case = make_case(patient, status, **fields)
    intake = case.intake
    for answers in ANSWERS.values():
        for name, value in answers.items():
            setattr(intake, name, value)
    intake.steps_done = list(ANSWERS)
    intake.main_question = "My foot became weak last week. Do I need an operation?"
    intake.extra_questions = ["May I go back to running?"]
    intake.has_first_report = True
    intake.first_report_text = "L4/5: small protrusion without contact to a nerve."
    intake.save()
    return case


def with_study(case) -> Study:
    study = Study.objects.create(
        case=case,
        study_instance_uid="2.25.1",
        verdict="COMPLETE",
        details={"label": "MRI of the lower back", "field_strength_t": 1.5},
    )
    for ordinal, (label, frames) in enumerate(SERIES, start=1):
        Series.objects.create(
            study=study,
            ordinal=ordinal,
            series_instance_uid=f"2.25.1.{ordinal}",
            number=ordinal,
            label=label,
            plane=label.split()[-1],
            weighting=label.split()[0],
            rows=320,
            columns=320,
            frame_count=frames,
            instance_count=frames,
        )
    return study


def with_receipt(case: Case, folder: Path) -> Case:
    """Give the case's study the receipt of a small study that was really de-identified."""
    built = build_study(folder / "study", size="tiny")
    (folder / "clean").mkdir()
    cleaning = Cleaning(folder / "clean", DeidentifyContext(case.code, b"k" * 32))
    results = clean(built.folder, cleaning).results
    receipt = build_receipt(results, POLICY, DatePolicy.REMOVE) | {"text_searched": True}
    Study.objects.filter(case=case).update(receipt=receipt)
    return case


def reading_case(patient, reader) -> Case:
    now = timezone.now()
    case = answered_case(
        patient,
        Status.READING,
        assignee=reader,
        submitted_at=now - timedelta(hours=26),
        ready_at=now - timedelta(hours=25, minutes=40),
        assigned_at=now - timedelta(hours=6),
        reading_started_at=now - timedelta(hours=1),
        due_at=now + timedelta(hours=22),
    )
    with_study(case)
    AccessRecord.objects.create(case=case, user=reader, what="images")
    AccessRecord.objects.create(case=case, user=reader, what="case")
    return case


def processing_case(patient) -> Case:
    return answered_case(
        patient,
        Status.PROCESSING,
        progress_step="storing",
        progress_done=64,
        progress_total=105,
        due_at=timezone.now() + timedelta(hours=48),
    )


def returned_case(patient) -> Case:
    return answered_case(patient, Status.RETURNED, reason_code="FEW")


def reported_case(patient, reader, *, opened=True) -> Case:
    now = timezone.now()
    case = answered_case(
        patient,
        Status.REPORTED,
        assignee=reader,
        assigned_at=now - timedelta(hours=20),
        reading_started_at=now - timedelta(hours=3),
        result_opened_at=now if opened else None,
    )
    with_study(case)
    content = content_from_form(
        posted(
            agreement__scale="importantly_different",
            agreement__comment="The extrusion at L4-L5 was described as a protrusion.",
            answer__0="The images alone cannot decide that. What we see fits a weak foot. "
            "See a spine surgeon within days, not weeks.",
            answer__1="Wait with running until you have seen the surgeon.",
        ),
        questions_of(case),
    )
    content["plain"]["text"] = report_plain.plain_text(content, age=46)
    report = Report(case=case, author=reader, template_version=VERSION, content=content)
    report.content["signed"] = signed_context_unsaved(report)
    report.content_sha256 = fingerprint(report.content)
    report.signed_at = now
    report.save(force_insert=True)
    return case


def signed_context_unsaved(report):
    """Return the context of a report that has no key images yet."""
    report.save(force_insert=True)
    context = signed_context(report, "Specialist in radiology (invented)")
    Report.objects.filter(pk=report.pk).delete()
    return context
