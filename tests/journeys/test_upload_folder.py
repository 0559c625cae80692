"""Ana picks the folder of her disc, sees what is on it, and sends it."""

import hashlib

import pytest
from playwright.sync_api import expect

from cases import storage
from cases.models import Upload
from cases.models.upload import UploadState
from imaging.coding import Coding, decode
from imaging.synthetic import Subject, build_study
from tests.journeys.uploading import PUT

#: Each small picture has something bright on it.
EVERY_SET_IS_DRAWN = """() => [...document.querySelectorAll("[data-pictures] canvas")].every(
  (canvas) => canvas.getContext("2d").getImageData(0, 0, 112, 112).data.some(
    (value, i) => i % 4 < 3 && value > 200))"""
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disc(tmp_path):
    study = build_study(
        tmp_path / "disc" / "DICOM", study_date="20260312", patient=Subject(name="Example^Ana")
    )
    (tmp_path / "disc" / "VIEWER.EXE").write_bytes(b"MZ" * 500)
    (tmp_path / "disc" / "README.TXT").write_text("Viewer")
    return tmp_path / "disc", study


def test_a_folder_arrives_byte_for_byte(upload_page, disc, axe, shot):
    folder, study = disc
    axe(upload_page.page)
    shot(upload_page.page, "upload-choose")
    upload_page.choose_folder(folder)

    found = upload_page.found()
    pictures = len(study.paths)
    sets = len(study.series_instance_uids)
    expect(found).to_contain_text(
        f"MRI of the lower back, 12 March 2026, {sets} sets, {pictures} pictures"
    )
    expect(found).to_contain_text("Ana Example, born 14 February 1980")
    expect(found).to_contain_text("2 other files, such as the viewer program")
    expect(found.get_by_role("heading", name="What we found")).to_be_focused()
    expect(found.get_by_role("list", name="The sets").get_by_role("listitem")).to_have_count(sets)
    upload_page.page.wait_for_function(EVERY_SET_IS_DRAWN)
    axe(upload_page.page)
    shot(upload_page.page, "upload-found")

    upload_page.confirm_and_send()
    upload_page.expect_done(pictures)
    axe(upload_page.page)
    shot(upload_page.page, "upload-done")
    upload = Upload.objects.get()
    assert upload.state == UploadState.COMPLETE
    assert stored_digests(upload) == digests(study.paths)


def test_the_pictures_are_sent_only_after_the_name_is_confirmed(upload_page, disc):
    upload_page.choose_folder(disc[0])
    found = upload_page.found()
    found.get_by_role("button", name="Send these pictures").click()
    expect(found).to_contain_text("Confirm that these are your pictures.")
    expect(found.get_by_role("checkbox")).to_be_focused()
    assert not Upload.objects.exists()


def test_a_closed_page_goes_on_where_it_stopped(upload_page, disc):
    folder, study = disc
    page = upload_page.page
    passed: list[str] = []

    def pass_one(route) -> None:
        if passed:
            route.abort()
        else:
            passed.append(route.request.url)
            route.continue_()

    page.route(PUT, pass_one)
    page.route("**/landed/", lambda route: route.abort())  # it lands without a word
    upload_page.choose_folder(folder)
    upload_page.found()
    upload_page.confirm_and_send()
    trouble = page.locator("#upload-sending p[data-trouble]")
    expect(trouble).to_contain_text("The connection is interrupted")
    page.unroute_all(behavior="ignoreErrors")
    page.on("dialog", lambda dialog: dialog.accept())
    upload_page.open()
    expect(page.get_by_text("You have an upload that is not finished")).to_be_visible()

    puts: list[str] = []
    page.on("request", lambda r: puts.append(r.url) if r.method == "PUT" else None)
    upload_page.choose_folder(folder)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths))
    upload = Upload.objects.get()
    assert len(puts) < upload.bundle_count
    assert stored_digests(upload) == digests(study.paths)


def digests(paths) -> list[str]:
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)


def stored_digests(upload: Upload) -> list[str]:
    """Decode what lies in S3 as the worker does."""
    found = []
    for bundle in upload.bundles.all():
        data = storage.read(storage.ORIGINALS, bundle.key)
        assert hashlib.sha256(data).hexdigest() == bundle.sha256
        for item in bundle.instances.all():
            coded = data[item.offset : item.offset + item.coded_size]
            content = decode(coded, Coding(item.coding), item.size)
            assert hashlib.sha256(content).hexdigest() == item.sha256
            found.append(item.sha256)
    return sorted(found)
