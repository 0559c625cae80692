"""Half of a disc is sent from one browser, the rest from another, which has it in another shape."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cases import originals
from cases.models import Bundle, Case, Upload
from cases.models.upload import UploadState
from tests.cases.uploading import digests
from tests.factories import make_case
from tests.fixtures.browser import wait_until
from tests.journeys import discs
from tests.journeys.uploading import PUT, UploadPage, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX")
SENT_FIRST = 2


def open_upload_page(page: Page, case: Case, url: str) -> UploadPage:
    sign_in(page, case.patient, url)
    return UploadPage(page, case).open()


def send_two_bundles(upload_page: UploadPage, folder: Path) -> None:
    """Choose the folder and close the browser when two bundles are there."""
    page = upload_page.page
    passed: list[str] = []

    def pass_two(route) -> None:
        if len(passed) < SENT_FIRST:
            passed.append(route.request.url)
            route.continue_()

    page.route(PUT, pass_two)
    upload_page.choose_folder(folder)
    upload_page.found()
    upload_page.confirm_and_send()
    landed = Bundle.objects.filter(landed_at__isnull=False)
    wait_until(page, lambda: landed.count() == SENT_FIRST)
    page.context.close()


def shuffled_zip(paths: Sequence[Path], target: Path) -> Path:
    """Return the files as a hospital's portal would give them: other names, folders and order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, path in enumerate(reversed(paths)):
            archive.write(path, f"export/{number % 7}/{number:08x}")
    return target


def test_another_browser_sends_only_what_is_missing(new_page, ana, live_server, s3, tmp_path):
    study = discs.incompressible(tmp_path / "disc", series=SERIES)
    case = make_case(ana)
    send_two_bundles(open_upload_page(new_page(), case, live_server.url), study.folder)

    other = open_upload_page(new_page(), case, live_server.url)
    expect(other.page.get_by_text("You have an upload that is not finished")).to_be_visible()
    puts: list[str] = []
    other.page.on("request", lambda r: puts.append(r.url) if r.method == "PUT" else None)
    other.choose_file(shuffled_zip(study.paths, tmp_path / "mri.zip"))
    other.found()
    other.confirm_and_send()
    other.expect_done(len(study.paths))

    upload = Upload.objects.get()
    assert upload.state == UploadState.COMPLETE
    assert len(puts) == upload.bundle_count - SENT_FIRST > 1
    (tmp_path / "arrived").mkdir()
    list(originals.lay_out(upload.bundles.all(), tmp_path / "arrived"))
    assert digests(tmp_path / "arrived") == digests(study.folder)
