"""Every kind of bad file that the gate knows, beside a good study, through the browser."""

import hashlib

import pytest

from cases import preparation
from cases.models import Bundle, UploadedInstance
from imaging.errors import Code
from imaging.synthetic.file_faults import FILE_FAULTS
from tests.imaging.objects import mr_image
from tests.imaging.test_bad_files import BAD
from tests.journeys import discs

pytestmark = pytest.mark.django_db(transaction=True)


def as_the_bad_ones(instances):
    """Make them one study with the bad files, so that the page has no reason to leave those out."""
    example = mr_image()
    for instance in instances:
        for keyword in ("StudyInstanceUID", "PatientName", "PatientID", "PatientBirthDate"):
            setattr(instance.dataset, keyword, example[keyword].value)
    return instances


def test_a_disc_of_bad_files_neither_hangs_nor_hides_the_good_study(upload_page, tmp_path):
    good = discs.lumbar(tmp_path / "disc", edit=as_the_bad_ones)
    (tmp_path / "disc" / "bad").mkdir()
    code_of_digest: dict[str, Code] = {}
    for number, (kind, (data, code)) in enumerate(BAD.items()):
        if FILE_FAULTS[kind].later:
            continue  # found when the case is worked on
        (tmp_path / "disc" / "bad" / f"{number:03}.dcm").write_bytes(data)
        code_of_digest[hashlib.sha256(data).hexdigest()] = code
    upload_page.choose_folder(good.folder)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(r"\d+")
    for bundle in Bundle.objects.all():
        preparation.prepare(bundle.pk)
    outcomes = dict(UploadedInstance.objects.values_list("sha256", "outcome"))
    for path in good.paths:
        assert outcomes.pop(hashlib.sha256(path.read_bytes()).hexdigest()) == Code.OK
    assert outcomes, "the browser judged every bad file by itself: nothing is shown"
    assert outcomes == {digest: code_of_digest[digest] for digest in outcomes}
