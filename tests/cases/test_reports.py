"""Reading, saving, locking, signing and adding: each refusal beside its success."""

import io
import threading

import pypdf
import pytest
from django.db import IntegrityError, connection, transaction

from cases import report_pdf
from cases.lifecycle import (
    ASSIGNED,
    READING,
    READY,
    REPORTED,
    ActorNotAllowedError,
    IllegalTransitionError,
)
from cases.models import Instance, KeyImage, Notification, Report, Series, Study
from cases.report_template import content_from_form, fingerprint
from cases.report_text import plain_result
from cases.services import assignments, reports
from cases.services.reports import ReportIncompleteError, RevisionConflictError
from tests.cases.report_forms import posted
from tests.factories import make_case

pytestmark = pytest.mark.django_db
QUESTION = "Do I need an operation?"
KINDS: tuple[report_pdf.PaperKind, ...] = ("clinician", "patient")


def assigned_case(patient, reader, **answers):
    case = make_case(patient, ASSIGNED, assignee=reader)
    for name, value in ({"main_question": QUESTION, "age_years": 46} | answers).items():
        setattr(case.intake, name, value)
    case.intake.save()
    return case


def filled_draft(case, reader, **changes):
    report = reports.start_reading(case=case, by=reader)
    content = content_from_form(posted(**changes), [QUESTION])
    return reports.save_draft(report=report, by=reader, content=content, revision=report.revision)


def signed_report(case, reader):
    report = filled_draft(case, reader)
    return reports.sign_report(
        report=report, by=reader, revision=report.revision, credentials="FRCR"
    )


def test_opening_an_assigned_case_starts_the_reading(ana, mia):
    case = assigned_case(ana, mia)
    report = reports.start_reading(case=case, by=mia)
    assert case.status == READING
    assert report.content["answers"] == [{"question": QUESTION, "answer": ""}]
    assert reports.start_reading(case=case, by=mia).pk == report.pk


def test_a_case_of_somebody_else_cannot_be_read(ana, mia, noor, cole):
    case = assigned_case(ana, mia)
    for other in (noor, cole):
        with pytest.raises((IllegalTransitionError, ActorNotAllowedError)):
            reports.start_reading(case=case, by=other)
    with pytest.raises(IllegalTransitionError):
        reports.start_reading(case=make_case(ana, READY), by=mia)


def test_a_save_from_an_old_revision_changes_nothing_and_shows_what_is_there(ana, mia):
    report = filled_draft(assigned_case(ana, mia), mia)
    stale = report.revision - 1
    with pytest.raises(RevisionConflictError) as conflict:
        reports.save_draft(report=report, by=mia, content={}, revision=stale)
    assert conflict.value.current.content["levels"]["L4-L5"]["canal"] == "2"


def test_a_draft_is_closed_to_others_and_after_the_case_is_taken_away(ana, mia, noor, cole):
    case = assigned_case(ana, mia)
    report = filled_draft(case, mia)
    with pytest.raises(RevisionConflictError):
        reports.save_draft(report=report, by=noor, content={}, revision=report.revision)
    assignments.assign(case=case, to=noor, by=cole)
    with pytest.raises(RevisionConflictError):
        reports.save_draft(report=report, by=mia, content={}, revision=report.revision)


def test_locking_keeps_what_was_seen_and_happens_once(ana, mia):
    report = filled_draft(
        assigned_case(ana, mia, has_first_report=True, first_report_text="Normal."), mia
    )
    seen = report.content
    reports.lock_blind_read(report=report, by=mia, revision=report.revision)
    assert report.blind_content == seen
    assert report.case.events.filter(name="lock_blind_read").count() == 1
    with pytest.raises(RevisionConflictError):
        reports.lock_blind_read(report=report, by=mia, revision=report.revision)


def test_signing_reports_the_case_and_owes_the_patient_a_mail(ana, mia):
    case = assigned_case(ana, mia)
    report = signed_report(case, mia)
    case.refresh_from_db()
    assert case.status == REPORTED
    assert report.content_sha256 == fingerprint(report.content)
    assert report.content["signed"]["credentials"] == "FRCR"
    assert Notification.objects.get(case=case).template == "result_ready"


def test_what_is_signed_holds_no_name_or_address_of_the_patient(ana, mia):
    report = signed_report(assigned_case(ana, mia), mia)
    text = str(report.content)
    assert ana.email not in text
    assert ana.full_name not in text


def test_an_incomplete_report_is_not_signed(ana, mia):
    case = assigned_case(ana, mia)
    report = filled_draft(case, mia, plain="")
    with pytest.raises(ReportIncompleteError) as refused:
        reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    assert [problem.code for problem in refused.value.problems] == ["plain-missing"]
    case.refresh_from_db()
    assert case.status == READING


def test_a_first_report_must_be_compared_before_signing(ana, mia):
    report = filled_draft(
        assigned_case(ana, mia, has_first_report=True, first_report_text="Normal."), mia
    )
    with pytest.raises(ReportIncompleteError):
        reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")


def test_nobody_else_signs_and_nothing_older_is_signed(ana, mia, noor, cole):
    report = filled_draft(assigned_case(ana, mia), mia)
    for by, revision in ((noor, report.revision), (cole, report.revision), (mia, 0)):
        with pytest.raises(RevisionConflictError):
            reports.sign_report(report=report, by=by, revision=revision, credentials="")


def test_a_signed_report_never_changes_whoever_asks(ana, mia):
    report = signed_report(assigned_case(ana, mia), mia)
    with pytest.raises(RevisionConflictError):
        reports.save_draft(report=report, by=mia, content={}, revision=report.revision)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).update(content={})
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.filter(pk=report.pk).delete()


def instance_of(case, ordinal=1, frame_count=1):
    """Return an instance of the one series that the case has."""
    study, _ = Study.objects.get_or_create(
        case=case, study_instance_uid="2.25.1", verdict="COMPLETE"
    )
    series, _ = Series.objects.get_or_create(
        study=study, ordinal=1, series_instance_uid="2.25.2", label="T2 SAG", plane="SAG",
        weighting="T2", rows=1, columns=1, frame_count=1, instance_count=1,
    )  # fmt: skip
    return Instance.objects.create(
        series=series, ordinal=ordinal, sop_instance_uid=f"2.25.3.{ordinal}", sop_class_uid="1.2",
        offset=0, size=1, transfer_syntax_uid="1.2.840.10008.1.2.1", pixel_sha256="0" * 64,
        frame_count=frame_count,
    )  # fmt: skip


def test_a_frame_of_an_enhanced_image_is_numbered_among_all_frames_of_its_series(ana, mia):
    report = filled_draft(assigned_case(ana, mia), mia)
    instance_of(report.case, 1, frame_count=20)
    second = instance_of(report.case, 2, frame_count=20)
    image = KeyImage.objects.create(report=report, instance=second, frame=3)
    assert image.number == 23
    signed = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    assert signed.content["signed"]["key_images"][0]["instance"] == 23


def test_the_pictures_of_a_signed_report_never_change(ana, mia):
    report = filled_draft(assigned_case(ana, mia), mia)
    instance = instance_of(report.case)
    image = KeyImage.objects.create(report=report, instance=instance, caption="L4-L5")
    KeyImage.objects.filter(pk=image.pk).update(caption="L4-L5, left")
    signed = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    assert signed.content["signed"]["key_images"][0]["caption"] == "L4-L5, left"
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyImage.objects.filter(pk=image.pk).update(caption="L5-S1")
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyImage.objects.filter(pk=image.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyImage.objects.create(report=report, instance=instance)


@pytest.mark.django_db(transaction=True)
def test_of_two_signatures_at_once_one_counts(ana, mia):
    report = filled_draft(assigned_case(ana, mia), mia)
    outcomes, start = [], threading.Barrier(2)

    def sign():
        start.wait()
        try:
            mine = Report.objects.get(pk=report.pk)
            reports.sign_report(report=mine, by=mia, revision=report.revision, credentials="")
            outcomes.append("signed")
        except RevisionConflictError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "signed"]
    assert Notification.objects.filter(template="result_ready").count() == 1


def test_an_addendum_follows_a_signed_report_of_ones_own(ana, mia, noor):
    report = filled_draft(assigned_case(ana, mia), mia)
    with pytest.raises(ValueError, match="signed"):
        reports.add_addendum(report=report, by=mia, text="More.", plain_text="More.")
    signed = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    with pytest.raises(ValueError, match="own"):
        reports.add_addendum(report=signed, by=noor, text="More.", plain_text="More.")
    reports.add_addendum(report=signed, by=mia, text="Prior seen.", plain_text="No change.")
    assert [added.text for added in plain_result(signed).additions] == ["No change."]
    assert Notification.objects.filter(template="result_ready").count() == 2


def pages_of(pdf):
    return pypdf.PdfReader(io.BytesIO(pdf))


def test_both_papers_are_tagged_and_say_what_was_signed(ana, mia):
    report = signed_report(assigned_case(ana, mia), mia)
    for kind, wanted in zip(KINDS, ("Bartynski", "presses on the nerve"), strict=True):
        pdf = report_pdf.render(report, kind=kind)
        reader = pages_of(pdf)
        text = " ".join(page.extract_text() for page in reader.pages)
        assert wanted in " ".join(text.split())
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        assert b"pdfuaid:part" in pdf or "/Metadata" in reader.trailer["/Root"]
        assert pdf == report_pdf.render(report, kind=kind)


def test_the_patients_paper_holds_no_internal_score(ana, mia):
    case = assigned_case(ana, mia)
    report = filled_draft(case, mia, agreement__radpeer="2b", agreement__research="4")
    report = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    for kind in KINDS:
        pages = pages_of(report_pdf.render(report, kind=kind)).pages
        text = "".join(page.extract_text() for page in pages)
        assert "RADPEER" not in text.upper()
        assert "likely to matter" not in text


def test_words_of_the_typesetter_in_a_text_are_printed_as_they_are(ana, mia):
    hostile = '#panic("x") *b* $x$ #read("/etc/passwd") \\ <l> @ref'
    report = filled_draft(assigned_case(ana, mia), mia, plain=hostile)
    report = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    text = pages_of(report_pdf.render(report, kind="patient")).pages[0].extract_text()
    assert '#read("/etc/passwd")' in " ".join(text.split()).replace("“", '"').replace("”", '"')


@pytest.mark.parametrize("text", ["Is it bad? \U0001f600", "\u6c49\u5b57", "\u0645\u0631\u062d"])
def test_a_character_that_no_font_of_ours_has_does_not_stop_the_printing(ana, mia, text):
    report = filled_draft(assigned_case(ana, mia), mia, plain=text)
    report = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    for kind in KINDS:
        assert report_pdf.render(report, kind=kind).startswith(b"%PDF-")


def test_control_characters_are_taken_out_before_they_are_stored(ana, mia):
    changes = {"level.L4-L5.comment": "a\x00b", "plain": "x\x00\x07y\r\nz"}
    report = filled_draft(assigned_case(ana, mia), mia, **changes)
    assert report.content["levels"]["L4-L5"]["comment"] == "ab"
    assert report.content["plain"]["text"] == "xy\nz"


def test_a_draft_is_not_printed(ana, mia):
    report = filled_draft(assigned_case(ana, mia), mia)
    with pytest.raises(report_pdf.NotSignedError):
        report_pdf.render(report, kind="patient")
    with pytest.raises(ValueError, match="draft"):
        plain_result(report)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({}, "no_first_report"),
        ({"has_first_report": False}, "no_first_report"),
        ({"has_first_report": True}, "not_compared"),
    ],
)
def test_a_patient_is_told_why_there_is_no_comparison(ana, mia, answers, state):
    report = filled_draft(assigned_case(ana, mia, **answers), mia)
    report = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    assert plain_result(report).agreement == state
    assert plain_result(report).agreement_sentence


def test_a_compared_report_gives_the_agreement(ana, mia):
    told = {"has_first_report": True, "first_report_text": "Normal."}
    report = filled_draft(assigned_case(ana, mia, **told), mia, agreement__scale="refined")
    report = reports.lock_blind_read(report=report, by=mia, revision=report.revision)
    report = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    assert plain_result(report).agreement == "refined"
