"""A disc of very many files is looked through and sent without trouble."""

import time

import pydicom
import pytest

from cases.models import Upload, UploadedInstance
from cases.models.upload import UploadState
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.uploading import UploadPage, sign_in

MANY = 2_000


@pytest.fixture
def big_disc(tmp_path):
    """Many instances of one set, made by changing the UID in the bytes of a black one."""
    built = discs.lumbar(tmp_path / "one", series=("T2 SAG",), size="tiny")
    data = built.paths[0].read_bytes()
    uid = str(pydicom.dcmread(built.paths[0]).SOPInstanceUID)
    disc = tmp_path / "disc"
    disc.mkdir()
    for number in range(MANY):
        changed = uid[:-5] + f"{number:05d}"
        (disc / f"IM{number:05d}").write_bytes(data.replace(uid.encode(), changed.encode()))
    return disc


@pytest.mark.django_db(transaction=True)
def test_two_thousand_files(page, ana, live_server, s3, big_disc, record_property):
    sign_in(page, ana, live_server.url)
    upload_page = UploadPage(page, make_case(ana)).open()
    page.set_default_timeout(120_000)
    upload_page.choose_folder(big_disc)
    upload_page.found()
    started = time.monotonic()
    upload_page.confirm_and_send()
    upload_page.expect_done(f"{MANY:,}")
    looked = int(page.locator("#upload").get_attribute("data-looked-ms")) / 1000
    record_property("summary_s", looked)
    record_property("sent_s", time.monotonic() - started)
    assert Upload.objects.get().state == UploadState.COMPLETE
    assert UploadedInstance.objects.count() == MANY
