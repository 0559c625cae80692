"""Without scripts a ZIP file goes through a plain form, and behind it through the same checks."""

import zipfile

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases import lifecycle, originals
from cases.models import Bundle, Upload, UploadedInstance
from cases.models.upload import UploadState
from imaging.errors import Code
from tests.cases.uploading import Session, digests
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.uploading import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

#: What turns our browser into an older one, which runs the page's modules all the same.
OLDER = {
    "no CompressionStream, as Safari 16.3": "delete globalThis.CompressionStream",
    "no AbortSignal.timeout, as Safari 15": "delete AbortSignal.timeout",
    "no module workers, as Firefox 113": """
        const Module = Worker;
        globalThis.Worker = class extends Module { constructor(url) { super(url); } };""",
}


@pytest.fixture
def study(tmp_path):
    return discs.lumbar(tmp_path / "study", series=("T2 SAG",))


def unpacked(tmp_path):
    (tmp_path / "out").mkdir(exist_ok=True)
    list(originals.lay_out(Bundle.objects.all(), tmp_path / "out"))
    return tmp_path / "out"


def send(user, case, path):
    with path.open("rb") as file:
        return Session(user).client.post(
            f"/cases/{case.code}/upload/zip/", {"archive": file}, follow=True
        )


def test_a_browser_without_scripts_sends_a_zip(
    new_page, ana, live_server, s3, study, tmp_path, axe, shot
):
    page = new_page(java_script_enabled=False)
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{make_case(ana).code}/upload/")
    send_by_form(page, study, tmp_path)
    expect(page.get_by_text("The ZIP file has arrived.")).to_be_visible()
    expect(page.get_by_role("link", name="Continue").first).to_be_visible()
    assert Upload.objects.get().state == UploadState.COMPLETE
    assert digests(unpacked(tmp_path)) == digests(study.folder)


@pytest.mark.parametrize("script", OLDER.values(), ids=OLDER)
def test_a_browser_that_lacks_what_the_page_needs_keeps_the_form(
    new_page, ana, live_server, s3, study, tmp_path, script
):
    page = new_page()
    page.add_init_script(script)
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{make_case(ana).code}/upload/")
    send_by_form(page, study, tmp_path)
    expect(page.get_by_text("The ZIP file has arrived.")).to_be_visible()


def test_a_page_whose_workers_do_not_load_keeps_the_form(
    new_page, ana, live_server, s3, study, tmp_path
):
    page = new_page()
    page.route("**/upload/worker*.js", lambda route: route.abort())
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{make_case(ana).code}/upload/")
    send_by_form(page, study, tmp_path)
    expect(page.get_by_text("The ZIP file has arrived.")).to_be_visible()


def send_by_form(page, study, tmp_path) -> None:
    field = page.get_by_label("ZIP file with the pictures")
    expect(field).to_be_visible()
    expect(page.locator("#upload-choose")).to_be_hidden()
    field.set_input_files(discs.zipped(study.folder, tmp_path / "mri.zip"))
    page.get_by_role("button", name="Send the ZIP file").click()


def test_a_second_run_of_the_worker_finds_the_same_files(ana, s3, study, tmp_path):
    send(ana, make_case(ana), discs.zipped(study.folder, tmp_path / "mri.zip"))
    first = sorted(path.name for path in unpacked(tmp_path).iterdir())
    assert sorted(path.name for path in unpacked(tmp_path).iterdir()) == first
    members = UploadedInstance.objects.filter(coding="member")
    assert sorted(str(pk) for pk in members.values_list("pk", flat=True)) == first


def test_an_archive_that_is_not_safe_is_refused_by_the_worker(ana, s3, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM1", bytes(300_000_000))
    send(ana, make_case(ana), path)
    assert list(unpacked(tmp_path).iterdir()) == []
    assert UploadedInstance.objects.get().outcome == Code.ARCHIVE


def test_the_same_file_in_another_request_is_asked_about(
    new_page, ana, live_server, s3, study, tmp_path
):
    first, second = make_case(ana), make_case(ana)
    send(ana, first, discs.zipped(study.folder, tmp_path / "mri.zip"))
    page = new_page(java_script_enabled=False)
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{second.code}/upload/")
    send_by_form(page, study, tmp_path)
    expect(page.get_by_text(f"before, in request {first.code}")).to_be_visible()
    assert not Upload.objects.filter(case=second).exists()
    page.get_by_label("Send these pictures here, too").check()
    send_by_form(page, study, tmp_path)
    expect(page.get_by_text("The ZIP file has arrived.")).to_be_visible()
    assert Upload.objects.get(case=second).state == UploadState.COMPLETE


def test_another_zip_with_the_same_pictures_is_told_to_the_coordinator(
    ana, cole, sign_in, s3, study, tmp_path
):
    first, second = make_case(ana), make_case(ana)
    send(ana, first, discs.zipped(study.folder, tmp_path / "a.zip"))
    send(ana, second, discs.zipped(study.folder, tmp_path / "b.zip", zipfile.ZIP_STORED))
    unpacked(tmp_path)
    lifecycle.advance(second, "submit", by=ana, submitted_at=timezone.now())
    UploadedInstance.objects.filter(coding="member").update(outcome=Code.OK)
    text = sign_in(cole).get(f"/queue/{second.code}/").content.decode()
    assert "sent the same pictures with another request" in text
    assert first.code in text


def test_other_files_are_refused_at_once(ana, s3, tmp_path):
    (tmp_path / "film.zip").write_bytes(b"\xff\xd8\xff\xe0")
    answer = send(ana, make_case(ana), tmp_path / "film.zip")
    assert "Please choose a ZIP file" in answer.content.decode()
    assert not Upload.objects.exists()


def test_the_limits_hold_here_too(ana, s3, study, tmp_path, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    path = discs.zipped(study.folder, tmp_path / "mri.zip")
    answer = send(ana, make_case(ana), path)
    assert "This examination is larger than" in answer.content.decode()
    assert not Upload.objects.exists()


def test_another_patients_request_does_not_exist(ana, ben, s3, study, tmp_path):
    path = discs.zipped(study.folder, tmp_path / "mri.zip")
    assert send(ben, make_case(ana), path).status_code == 404
