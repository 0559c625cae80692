"""A request that came back: the missing pictures are named, and only they are sent."""

import pytest
from playwright.sync_api import expect

from cases import consents, pipeline
from cases.lifecycle import Status
from cases.models import Bundle, Instance, StudyRole, Upload, UploadedInstance
from cases.services import requests
from imaging.synthetic import BuiltStudy
from tests.factories import ANSWERS, make_case, make_upload
from tests.journeys import discs
from tests.journeys.test_upload_folder import digests
from tests.journeys.uploading import UploadPage

pytestmark = pytest.mark.django_db(transaction=True)
AXIAL = "seen from below (called axial T2)"


@pytest.fixture
def disc(tmp_path):
    """The whole disc."""
    return discs.lumbar(tmp_path / "disc", seed="same")


@pytest.fixture
def sagittal(tmp_path):
    """A copy of the disc that lacks the axial pictures."""
    return discs.lumbar(tmp_path / "sagittal", seed="same", series=("T2 SAG",))


def send(upload_page: UploadPage, study: BuiltStudy) -> None:
    upload_page.choose_folder(study.folder)
    upload_page.found()
    upload_page.confirm_and_send()


def submit_and_check(case) -> None:
    """What the patient and the worker do once the pictures are there."""
    for step, answers in ANSWERS.items():
        requests.save_answers(case=case, step=step, answers=answers)
    requests.give_consent(case=case, codes=consents.CODES)
    requests.submit(case=case, by=case.patient)
    pipeline.process(case.pk)
    case.refresh_from_db()


def test_a_returned_request_says_what_is_missing_and_only_that_is_sent(
    upload_page, disc, sagittal, axe, shot
):
    page, case = upload_page.page, upload_page.case
    send(upload_page, sagittal)
    upload_page.expect_done(len(sagittal.paths))
    submit_and_check(case)
    assert (case.status, case.reason_code) == (Status.RETURNED, "FEW")

    upload_page.open()
    needed = page.get_by_role("region", name="What we still need")
    expect(needed).to_contain_text(AXIAL)
    first = Upload.objects.get()
    upload_page.choose_folder(disc.folder)
    new = len(disc.paths) - len(sagittal.paths)
    expect(upload_page.found()).to_contain_text(
        f"We already have {len(sagittal.paths)} of these pictures."
        f" Only the {new} new pictures are sent."
    )
    axe(page)
    shot(page, "upload-again-found")
    upload_page.confirm_and_send()
    upload_page.expect_done(new)

    files = list(UploadedInstance.objects.values_list("sha256", flat=True))
    assert sorted(files) == digests(disc.paths), "nothing twice, nothing missing"
    whole = sum(path.stat().st_size for path in disc.paths)
    again = sum(path.stat().st_size for path in sagittal.paths)
    added = Bundle.objects.exclude(upload=first)
    assert 0 < sum(bundle.size for bundle in added) < whole - again

    case.refresh_from_db()
    submit_and_check(case)
    assert case.status == Status.READY
    in_study = Instance.objects.filter(
        series__study__case=case, series__study__role=StudyRole.CURRENT
    )
    assert in_study.count() == len(disc.paths), "the union of both uploads"


def test_the_same_disc_again_is_recognised(upload_page, disc, axe, shot):
    send(upload_page, disc)
    upload_page.expect_done(len(disc.paths))
    upload_page.open()
    upload_page.choose_folder(disc.folder)
    expect(upload_page.problem()).to_contain_text(
        "These are the same pictures that we already have."
    )
    expect(upload_page.page.get_by_role("link", name="Continue")).to_be_visible()
    axe(upload_page.page)
    shot(upload_page.page, "upload-same-pictures")
    assert UploadedInstance.objects.count() == len(disc.paths)


def test_the_known_one_of_two_examinations_is_not_sent_again(upload_page, disc, tmp_path):
    send(upload_page, disc)
    upload_page.expect_done(len(disc.paths))
    discs.lumbar(disc.folder / "older", seed="older", study_date="20200101", series=("T2 SAG",))
    upload_page.open()
    upload_page.choose_folder(disc.folder)
    found = upload_page.found()
    found.get_by_label("12 March 2026").check()
    upload_page.confirm_and_send()
    expect(found.locator("#upload-studies [data-error]")).to_contain_text("nothing new to send")
    found.locator("[data-studies]").get_by_label("1 January 2020").check()
    upload_page.confirm_and_send()
    upload_page.expect_done(11)


def test_without_the_list_of_what_is_there_everything_is_sent(upload_page, disc, sagittal):
    send(upload_page, sagittal)
    upload_page.expect_done(len(sagittal.paths))
    upload_page.page.route("**/uploads/known/", lambda route: route.abort())
    upload_page.open()
    send(upload_page, disc)
    upload_page.expect_done(len(disc.paths))


@pytest.mark.parametrize("reason", ["IDENT", "STUDIES", "BODY", "CONFLICT"])
def test_pictures_that_do_not_fit_are_to_be_removed_first(client, ana, reason):
    case = make_case(ana, Status.RETURNED, reason_code=reason)
    make_upload(case)
    client.force_login(ana)
    answer = client.get(f"/cases/{case.code}/upload/")
    assert "Remove what is wrong here first" in answer.content.decode()
