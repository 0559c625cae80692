"""Each kind of wrong file, from the disc to the words that the patient reads, on real parts."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pydicom.uid import CTImageStorage

from cases import consents, pipeline, storage
from cases.lifecycle import READY, RETURNED
from cases.models import Bundle, Case, UploadedInstance
from cases.reasons import REASONS
from cases.selectors import patient
from cases.services import requests
from imaging.synthetic import build_study
from imaging.synthetic.faults import Instances, setting
from imaging.synthetic.file_faults import good_file
from stack.upload_client import upload_folder
from tests.cases.uploading import Draft, Session, declaration_of, put
from tests.dicom import FAULTS, FILE_FAULTS, REGIONS
from tests.dicomweb.conftest import sign_in
from tests.factories import ANSWERS

pytestmark = pytest.mark.django_db

NO_READER_SEES = ("radiologists:read", "radiologists:preview", "dicomweb:search_studies")


def spoilt(*faults: str) -> Callable[[Path], None]:
    """Return a disc with one picture, spoilt in each of these ways."""

    def make(disc: Path) -> None:
        good = good_file()
        for number, fault in enumerate(faults):
            (disc / f"IM{number}").write_bytes(FILE_FAULTS[fault].spoil(good))

    return make


def built(**switches) -> Callable[[Path], None]:
    """Return a disc with a black examination; `switches` are those of `build_study`."""

    def make(disc: Path) -> None:
        build_study(disc, size="tiny", **switches)

    return make


def computed_tomography(instances: Instances) -> Instances:
    return setting(SOPClassUID=CTImageStorage, Modality="CT")(instances[:3])


def bomb(disc: Path) -> None:
    (disc / "IM0").write_bytes(bytes(300_000_000))


@dataclass(frozen=True)
class Kind:
    """What lies on the disc, and what the patient is told of it."""

    make: Callable[[Path], None]
    #: Of the case.
    reason: str
    #: Code -> how many files were left out for it.
    left_out: dict[str, int] = field(default_factory=dict)
    #: It comes as a ZIP file by the plain form, which takes files that other ways leave behind.
    zipped: bool = False


KINDS = {
    "a text file": Kind(spoilt("text"), "NO-IMAGES", {"NOT-DICOM": 1}),
    "an empty file": Kind(spoilt("empty"), "EMPTY", {"EMPTY": 1}, zipped=True),
    "a cut-off file": Kind(spoilt("cut-in-the-pixels"), "CUT-OFF", {"CUT-OFF": 1}),
    "a CT": Kind(built(edit=computed_tomography), "KIND", {"KIND": 3}),
    "a knee": Kind(built(series=["T2 SAG"], **REGIONS["knee"]), "BODY"),
    "two patients": Kind(built(series=["T2 SAG"], edit=FAULTS["two-patients"]), "IDENT"),
    "a ZIP of other things": Kind(
        spoilt("text", "png", "exe"), "NO-IMAGES", {"NOT-DICOM": 3}, zipped=True
    ),
    "a ZIP that is not safe": Kind(bomb, "ARCHIVE", {"ARCHIVE": 1}, zipped=True),
}
#: One bad file beside a good examination: how it is spoilt, and its code.
BESIDE = {
    "text": "NOT-DICOM",
    "empty": "EMPTY",
    "cut-in-the-pixels": "CUT-OFF",
    "ct": "KIND",
    "no-series": "MISSING",
}


@pytest.fixture
def case(ana, s3) -> Case:
    case = requests.create_request(patient=ana)
    for step, answers in ANSWERS.items():
        requests.save_answers(case=case, step=step, answers=answers)
    requests.give_consent(case=case, codes=consents.CODES)
    return case


@pytest.fixture
def disc(tmp_path) -> Path:
    folder: Path = tmp_path / "disc"
    folder.mkdir()
    return folder


def send(case: Case, disc: Path, *, zipped: bool = False) -> dict[str, bytes]:
    """Send the disc as a patient does, have it processed; return what lay in S3 before that."""
    session = Session(case.patient)
    if zipped:
        target = disc.with_suffix(".zip")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(disc.iterdir()):
                archive.write(path, path.name)
        with target.open("rb") as file:
            session.client.post(f"/cases/{case.code}/upload/zip/", {"archive": file})
    else:
        upload_folder(session, case.code, disc)
    before = originals()
    requests.submit(case=case, by=case.patient)
    pipeline.process(case.pk)
    case.refresh_from_db()
    return before


def originals() -> dict[str, bytes]:
    """Return what the patient sent, without what was prepared of it beside."""
    keys = storage.keys(storage.ORIGINALS, "uploads/")
    sent = [key for key in keys if not key.endswith("-prepared")]
    return {key: storage.read(storage.ORIGINALS, key) for key in sent}


def read_by(user, name: str, case: Case) -> str:
    client = Client()
    client.force_login(user)
    return unescape(client.get(reverse(name, args=[case.code])).content.decode())


def assert_nothing_is_lost(before: dict[str, bytes]) -> None:
    """Every bundle lies in S3 as it was declared, and as it lay there before."""
    assert originals() == before
    bundles = {bundle.key: bundle.sha256 for bundle in Bundle.objects.all()}
    assert {key: sha256(data).hexdigest() for key, data in before.items()} == bundles


def assert_told(case: Case, left_out: dict[str, int]) -> None:
    """The page of what was left out says for each code what happened, what to do, how often."""
    page = read_by(case.patient, "cases:receipt", case)
    assert page.count("data-code=") == len(left_out)
    for code, files in left_out.items():
        assert f'data-code="{code}">{files}<' in page
        assert str(REASONS[code].text) in page
        assert str(REASONS[code].todo) in page


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_cannot_be_read_comes_back_with_its_reason(kind, case, disc, mia):
    kind.make(disc)
    before = send(case, disc, zipped=kind.zipped)
    assert (case.status, case.reason_code) == (RETURNED, kind.reason)

    page = read_by(case.patient, "cases:detail", case)
    assert str(REASONS[kind.reason].text) in page
    assert str(REASONS[kind.reason].todo) in page
    assert "Send the pictures again" in page
    assert_told(case, kind.left_out)
    assert "Nothing was passed on" in read_by(case.patient, "cases:receipt", case)
    assert_nothing_is_lost(before)

    assert storage.keys(storage.STUDIES, "") == {}
    reader = Client()
    sign_in(reader, mia)
    for name in NO_READER_SEES:
        assert reader.get(reverse(name, args=[case.code])).status_code == 404, name
    assert case.code not in reader.get(reverse("radiologists:worklist")).content.decode()


def test_a_file_that_did_not_arrive_whole_comes_back_as_cut_off(case):
    draft = Draft(Session(case.patient), case)
    declared = declaration_of(draft.body)
    declared["index"][0]["sha256"] = "0" * 64
    put(draft.sign(declared)[1], draft.body)
    assert draft.post("complete/")[0] == 200
    requests.submit(case=case, by=case.patient)
    pipeline.process(case.pk)
    case.refresh_from_db()
    assert (case.status, case.reason_code) == (RETURNED, "CUT-OFF")
    assert_told(case, {"CUT-OFF": 1})


@pytest.mark.parametrize("fault", BESIDE)
def test_a_bad_file_is_left_out_and_the_good_examination_goes_on(fault, case, disc):
    build_study(disc, size="tiny")
    good = len(list(disc.iterdir()))
    spoilt(fault)(disc)
    before = send(case, disc, zipped=fault == "empty")  # a browser leaves empty files behind
    assert (case.status, case.reason_code) == (READY, "")
    facts = patient.study_facts(case)
    assert facts is not None
    assert facts.pictures == good
    assert facts.words in read_by(case.patient, "cases:detail", case)
    assert_told(case, {BESIDE[fault]: 1})
    assert_nothing_is_lost(before)
    assert UploadedInstance.objects.filter(outcome="OK").count() == good
