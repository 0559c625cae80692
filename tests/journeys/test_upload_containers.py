"""The same study as a ZIP file, a disc image or a dropped folder arrives byte for byte."""

import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import expect

from cases.models import Upload, UploadedInstance
from cases.models.upload import UploadState
from tests.journeys import discs
from tests.journeys.locked_zip import locked_zip

pytestmark = pytest.mark.django_db(transaction=True)
#: Of these small studies, on a busy machine; docs/benchmarks.md has a disc's.
MOST_LOOKED_MS = 10_000


@pytest.fixture
def study(tmp_path):
    return discs.lumbar(tmp_path / "study")


@pytest.fixture
def expect_arrival(request, record_property) -> Callable[..., None]:
    """Check that all arrives, and print how long the page looked before it said what it found."""

    def expect_all(upload_page, study) -> None:
        expect_all_of(upload_page, study)
        looked_ms = int(upload_page.page.locator("#upload").get_attribute("data-looked-ms"))
        record_property("summary_after_ms", looked_ms)
        sys.stdout.write(f"{request.node.name}: summary after {looked_ms} ms\n")
        assert looked_ms < MOST_LOOKED_MS

    return expect_all


def expect_all_of(upload_page, study) -> None:
    expect(upload_page.found()).to_contain_text(
        f"MRI of the lower back, 12 March 2026, 2 sets, {len(study.paths)} pictures"
    )
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths))
    assert Upload.objects.get().state == UploadState.COMPLETE
    sent = set(UploadedInstance.objects.values_list("sha256", flat=True))
    assert sent == {sha256(path.read_bytes()).hexdigest() for path in study.paths}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file(upload_page, study, expect_arrival, tmp_path, method):
    upload_page.choose_file(discs.zipped(study.folder, tmp_path / "mri.zip", method))
    expect_arrival(upload_page, study)


def test_a_zip64_file(upload_page, study, expect_arrival, tmp_path):
    target = tmp_path / "mri.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for path in study.paths:
            with archive.open(path.name, "w", force_zip64=True) as member:
                member.write(path.read_bytes())
    force_zip64_directory(target)
    upload_page.choose_file(target)
    expect_arrival(upload_page, study)


@pytest.mark.parametrize("aes", [True, False], ids=["WinZip AES", "classic"])
def test_a_zip_file_with_a_password(upload_page, study, expect_arrival, tmp_path, aes, axe, shot):
    target = locked_zip(study.folder, tmp_path / "mri.zip", "14.02.1980", aes=aes)
    if not aes:
        with zipfile.ZipFile(target) as archive:  # another reader agrees that it is one
            archive.read(study.paths[0].name, b"14.02.1980")
    page = upload_page.page
    upload_page.choose_file(target)
    field = page.get_by_label("Password of the ZIP file")
    expect(field).to_be_visible()
    axe(page)
    shot(page, "upload-password")
    field.fill("14021980")
    page.get_by_role("button", name="Open the ZIP file").click()
    expect(page.get_by_text("This password does not open the ZIP file.")).to_be_visible()
    expect(field).to_be_focused()
    field.fill("14.02.1980")
    page.keyboard.press("Enter")
    expect_arrival(upload_page, study)


@pytest.mark.parametrize("joliet", [True, False])
def test_a_disc_image(upload_page, study, expect_arrival, tmp_path, joliet):
    upload_page.choose_file(discs.disc_image(study.folder, tmp_path / "cd.iso", joliet=joliet))
    expect_arrival(upload_page, study)


def test_a_zip_file_in_a_chosen_folder(upload_page, study, expect_arrival, tmp_path):
    (tmp_path / "downloads").mkdir()
    discs.zipped(study.folder, tmp_path / "downloads" / "mri.zip")
    upload_page.choose_folder(tmp_path / "downloads")
    expect_arrival(upload_page, study)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_what_is_dropped_on_the_page(upload_page, study, expect_arrival, tmp_path, kind):
    dropped = study.folder
    if kind == "zip":
        dropped = discs.zipped(study.folder, tmp_path / "mri.zip")
    drop(upload_page.page, dropped)
    expect_arrival(upload_page, study)


def test_a_whole_disc_with_a_directory_and_a_viewer(upload_page, tmp_path):
    disc, study = discs.hospital_disc(tmp_path / "disc")
    upload_page.choose_folder(disc)
    found = upload_page.found()
    expect(found).to_contain_text("3 other files, such as the viewer program")
    expect(found).to_contain_text("a file here that may be the first report.")
    expect(found).not_to_contain_text("could not be found")
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths))


def drop(page, path: Path) -> None:
    """Drop a file or folder of this computer, as the system does."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def force_zip64_directory(path: Path) -> None:
    """Rewrite the end of a ZIP so that only its zip64 record tells where the directory is."""
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    count, size, start = (
        int.from_bytes(data[end + 10 : end + 12], "little"),
        int.from_bytes(data[end + 12 : end + 16], "little"),
        int.from_bytes(data[end + 16 : end + 20], "little"),
    )
    version = (45).to_bytes(2, "little")
    record = b"PK\x06\x06" + (44).to_bytes(8, "little") + version * 2 + bytes(8)
    record += b"".join(n.to_bytes(8, "little") for n in (count, count, size, start))
    locator = b"PK\x06\x07" + bytes(4) + end.to_bytes(8, "little") + (1).to_bytes(4, "little")
    full = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + b"\xff" * 8 + bytes(2)
    path.write_bytes(data[:end] + record + locator + full)
