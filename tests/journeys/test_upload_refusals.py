"""What the portal refuses, and what else is said of a disc: each in its own plain words."""

import pytest
from playwright.sync_api import expect

from cases import consents
from cases.models import Upload
from cases.models.upload import UploadState
from cases.services import requests
from imaging.synthetic import Subject
from tests.factories import fill_request, make_case, make_upload
from tests.journeys import discs
from tests.journeys.locked_zip import locked_zip
from tests.journeys.test_upload_containers import drop
from tests.journeys.uploading import declare_nothing_at_once, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path):
    """Eleven pictures."""
    folder = tmp_path / "disc"
    discs.lumbar(folder, series=("T2 SAG",))
    return folder


def send(upload_page, folder) -> None:
    upload_page.choose_folder(folder)
    upload_page.found()
    upload_page.confirm_and_send()


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [
        ("UPLOAD_MAX_INSTANCES", 5, "This examination has more than 5 files."),
        ("UPLOAD_MAX_BYTES", 1_000_000, "This examination is larger than 1 MB."),
        ("UPLOAD_MAX_ACCOUNT_BYTES", 1_000_000, "Your account already holds 1 MB of pictures."),
    ],
)
def test_a_limit_is_named(upload_page, folder, settings, limit, value, text):
    setattr(settings, limit, value)
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text(text)
    again = upload_page.page.get_by_role("button", name="Choose something else").locator(
        "visible=true"
    )
    expect(again).to_be_visible()
    assert not Upload.objects.exists()


def test_unfinished_uploads_elsewhere_are_named(upload_page, folder, settings, ana):
    settings.UPLOAD_MAX_OPEN = 1
    make_upload(make_case(ana), state=UploadState.OPEN, fingerprint="f" * 64, completed_at=None)
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text("You have 1 uploads that are not finished.")


def test_a_consent_to_an_older_text_is_asked_for_again(upload_page, folder, monkeypatch):
    monkeypatch.setattr(consents, "TEXT_VERSION", "a newer one")
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text("Please agree to the terms")
    assert not Upload.objects.exists()


def test_a_request_that_was_sent_in_another_tab_takes_no_more(upload_page, folder):
    requests.submit(case=fill_request(upload_page.case), by=upload_page.case.patient)
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text("Your request was sent already")


def test_a_fault_of_ours_is_no_dead_end(upload_page, folder):
    upload_page.page.route("**/uploads/", lambda route: route.fulfill(status=500), times=1)
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text("Something went wrong on our side.")
    upload_page.page.get_by_role("button", name="Send these pictures").click()
    upload_page.expect_done(11)


def test_a_line_that_is_down_from_the_start_is_told(upload_page, folder):
    upload_page.page.route("**/uploads/", lambda route: route.abort(), times=1)
    send(upload_page, folder)
    expect(upload_page.problem()).to_contain_text("check your internet connection")
    upload_page.page.get_by_role("button", name="Send these pictures").click()
    upload_page.expect_done(11)


def test_a_busy_server_is_waited_for(upload_page, folder):
    page = upload_page.page
    declare_nothing_at_once(page)
    page.route(
        "**/bundles/0/", lambda route: route.fulfill(status=503, json={"error": "store-away"})
    )
    send(upload_page, folder)
    expect(page.locator("#upload-sending p[data-trouble]")).to_contain_text("Our server is busy.")
    page.unroute_all(behavior="ignoreErrors")
    upload_page.expect_done(11)


def test_an_empty_folder_is_told(upload_page, tmp_path):
    (tmp_path / "empty").mkdir()
    drop(upload_page.page, tmp_path / "empty")
    expect(upload_page.problem()).to_contain_text("This folder is empty.")


def test_archives_beside_the_pictures_are_told(upload_page, folder, tmp_path):
    (folder / "more.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(4000))
    discs.lumbar(tmp_path / "more", seed="more", series=("T2 SAG",))
    locked_zip(tmp_path / "more", folder / "locked.zip", "secret", aes=True)
    upload_page.choose_folder(folder)
    found = upload_page.found()
    expect(found).to_contain_text("This page cannot open 7z and RAR archives.")
    expect(found).to_contain_text("There is also a ZIP file with a password here.")


def test_examinations_that_are_no_mri_stay_where_they_are(upload_page, folder):
    def as_ct(instances):
        for instance in instances:
            instance.dataset.Modality = "CT"
        return instances

    discs.lumbar(folder / "ct", seed="ct", series=("T2 SAG",), edit=as_ct)
    upload_page.choose_folder(folder)
    expect(upload_page.found()).to_contain_text("1 other examination here is not an MRI.")
    upload_page.confirm_and_send()
    upload_page.expect_done(11)


def test_a_disc_without_name_and_date_says_so(upload_page, tmp_path):
    def bare(instances):
        for instance in instances:
            instance.dataset.StudyDate = ""
        return instances

    discs.lumbar(tmp_path / "bare", series=("T2 SAG",), patient=Subject(name=""), edit=bare)
    upload_page.choose_folder(tmp_path / "bare")
    found = upload_page.found()
    expect(found).to_contain_text("MRI of the lower back, date unknown, 1 set, 11 pictures")
    expect(found).to_contain_text("no name on the disc")


@pytest.mark.parametrize("birth_date", ["19800000", "19800230", "19801301"])
def test_a_day_that_no_calendar_has_is_shown_as_it_stands(upload_page, folder, birth_date):
    """Who is to confirm a date must not be shown another one."""
    for path in folder.iterdir():
        dates = path.read_bytes().replace(b"19800214", birth_date.encode())
        path.write_bytes(dates.replace(b"20260312", b"20260231"))
    upload_page.choose_folder(folder)
    found = upload_page.found()
    expect(found).to_contain_text(f"Ana Example, born {birth_date}")
    expect(found).to_contain_text("MRI of the lower back, date unknown, 1 set, 11 pictures")


def test_dates_numbers_and_plurals_are_german_in_a_german_browser(
    new_page, ana, live_server, s3, folder
):
    page = new_page(locale="de-DE")
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{make_case(ana).code}/upload/")
    with page.expect_file_chooser() as chooser:
        page.locator("#upload[data-ready] [data-pick=folder]").click()
    chooser.value.set_files(folder)
    line = page.locator("#upload-found [data-single] [data-line]")
    expect(line).to_contain_text("12. März 2026")
    expect(line).to_contain_text("11 Bilder")
