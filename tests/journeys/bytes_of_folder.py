"""Each file of a folder through the browser's upload; run by `benchmarks.real_uploads FOLDER`."""

import os
import shutil
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pydicom
import pytest
from playwright.sync_api import expect

from cases import originals
from cases.models import Bundle, UploadedInstance
from cases.models.upload import UploadState
from tests.factories import make_case
from tests.journeys.uploading import LONG, UploadPage, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
FOLDER, TABLE = Path(os.environ["FOLDER_OF_FILES"]), Path(os.environ["TABLE_OF_FILES"])


def syntax_of(path: Path) -> str:
    return str(pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID.name)


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def send(page, case, path: Path, disc: Path) -> None:
    """Send one file as a disc of its own: those of several people never go together."""
    disc.mkdir()
    shutil.copy(path, disc)
    upload_page = UploadPage(page, case).open()
    upload_page.choose_folder(disc)
    upload_page.found()
    upload_page.confirm_and_send()
    expect(page.locator("#upload-done")).to_be_visible(timeout=LONG)


@pytest.mark.timeout(3600)
def test_every_file_of_the_folder_arrives_byte_for_byte(page, ana, live_server, s3, tmp_path):
    sign_in(page, ana, live_server.url)
    rows: dict[str, Counter[str]] = {}
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    for number, path in enumerate(files):
        case = make_case(ana)
        send(page, case, path, tmp_path / f"disc-{number}")
        bundles = Bundle.objects.filter(upload__case=case, upload__state=UploadState.COMPLETE)
        (tmp_path / f"out-{number}").mkdir()
        list(originals.lay_out(bundles, tmp_path / f"out-{number}"))
        arrived = [digest(one) for one in (tmp_path / f"out-{number}").iterdir()]
        sent = list(UploadedInstance.objects.filter(bundle__in=bundles))
        row = rows.setdefault(syntax_of(path), Counter())
        row["files"] += 1
        row["browser"] += [one.sha256 for one in sent] == [digest(path)]
        row["worker"] += arrived == [digest(path)]
        row["size"] += path.stat().st_size
        row["sent"] += sum(one.coded_size for one in sent)
        case.uploads.update(state=UploadState.ABANDONED)  # the next may be of the same examination
    TABLE.write_text(
        "\n".join(
            f"| {syntax} | {row['files']} | {row['browser']} | {row['worker']} "
            f"| {row['sent'] / row['size']:.2f} |"
            for syntax, row in sorted(rows.items())
        )
    )
    assert all(row["files"] == row["browser"] == row["worker"] for row in rows.values())
