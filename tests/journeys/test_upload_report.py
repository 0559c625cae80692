"""A report that lies on the disc can be attached as the first report with one button."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys import discs

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20
JPG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20
OFFER = "There is a report here, too"


def attach(upload_page, name: str):
    page = upload_page.page
    button = page.get_by_role("button", name=f"Attach this as the first report: {name}")
    button.click()
    answer = page.locator("#upload-report [data-answer]")
    expect(answer).to_be_visible()
    expect(answer).to_be_focused()
    return answer


@pytest.mark.parametrize(
    ("name", "content", "kind"), [("BERICHT.PDF", PDF, "pdf"), ("Befund 2026.jpg", JPG, "jpg")]
)
def test_a_report_beside_the_pictures_is_attached(
    upload_page, folder, s3, axe, shot, name, content, kind
):
    discs.lumbar(folder / "DICOM", series=("T2 SAG",))
    (folder / name).write_bytes(content)
    sent: list[bytes] = []
    upload_page.page.on("request", lambda r: sent.append(r.post_data_buffer or b""))
    upload_page.choose_folder(folder)
    upload_page.found()
    expect(upload_page.page.get_by_role("region", name=OFFER)).to_contain_text(name)
    axe(upload_page.page)
    shot(upload_page.page, f"upload-report-offer-{kind}")

    answer = attach(upload_page, name)
    expect(answer).to_contain_text(f"“{name}” is attached as the first report.")
    expect(answer.get_by_role("link", name=re.compile("first report"))).to_be_visible()
    axe(upload_page.page)
    intake = upload_page.case.intake
    intake.refresh_from_db()
    assert intake.has_first_report
    assert "first-report" in intake.steps_done
    assert intake.first_report_key.endswith(f".{kind}")
    stored = s3.get_object(Bucket=settings.S3_BUCKET_ORIGINALS, Key=intake.first_report_key)
    assert stored["Body"].read() == content
    assert name.encode() not in b"".join(sent), "the file's name stays on the computer"

    upload_page.confirm_and_send()
    upload_page.expect_done(11)


def test_a_report_alone_is_attached_and_the_pictures_are_asked_for(upload_page, folder):
    (folder / "Befund.pdf").write_bytes(PDF)
    upload_page.choose_folder(folder)
    expect(upload_page.problem()).to_contain_text("We need the MRI pictures themselves")
    attach(upload_page, "Befund.pdf")
    upload_page.case.intake.refresh_from_db()
    assert upload_page.case.intake.first_report_key


def test_a_report_inside_a_zip_is_attached(upload_page, folder, tmp_path, s3):
    discs.lumbar(folder / "DICOM", series=("T2 SAG",))
    (folder / "report.pdf").write_bytes(PDF)
    upload_page.choose_file(discs.zipped(folder, tmp_path / "mri.zip"))
    upload_page.found()
    attach(upload_page, "report.pdf")
    intake = upload_page.case.intake
    intake.refresh_from_db()
    stored = s3.get_object(Bucket=settings.S3_BUCKET_ORIGINALS, Key=intake.first_report_key)
    assert stored["Body"].read() == PDF


def test_a_report_that_is_too_large_is_refused_in_plain_words(upload_page, folder):
    discs.lumbar(folder / "DICOM", series=("T2 SAG",))
    (folder / "Befund.pdf").write_bytes(PDF + bytes(11_000_000))
    upload_page.choose_folder(folder)
    upload_page.found()
    expect(attach(upload_page, "Befund.pdf")).to_contain_text("at most 10 MB")
    upload_page.case.intake.refresh_from_db()
    assert not upload_page.case.intake.first_report_key


def test_a_report_that_does_not_get_through_can_be_tried_again(upload_page, folder):
    (folder / "Befund.pdf").write_bytes(PDF)
    upload_page.page.route("**/upload/report/", lambda route: route.abort(), times=1)
    upload_page.choose_folder(folder)
    expect(attach(upload_page, "Befund.pdf")).to_contain_text("could not be attached just now")
    expect(attach(upload_page, "Befund.pdf")).to_contain_text("is attached")


def test_what_the_patient_typed_is_not_replaced(upload_page, folder):
    """Who has given the first report already is not asked again."""
    intake = upload_page.case.intake
    intake.has_first_report, intake.first_report_text = True, "Protrusion L4/5."
    intake.save()
    upload_page.open()
    discs.lumbar(folder / "DICOM", series=("T2 SAG",))
    (folder / "Befund.pdf").write_bytes(PDF)
    upload_page.choose_folder(folder)
    expect(upload_page.found()).to_contain_text("a file here that may be the first report")
    expect(upload_page.page.get_by_role("region", name=OFFER)).to_have_count(0)


def test_photos_without_such_a_name_are_no_report(upload_page, folder):
    discs.lumbar(folder / "DICOM", series=("T2 SAG",))
    (folder / "IMG_0001.jpg").write_bytes(JPG)
    upload_page.choose_folder(folder)
    upload_page.found()
    expect(upload_page.page.locator("#upload-report")).to_be_hidden()
