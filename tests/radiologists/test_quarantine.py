"""Files that the safety check stopped: what the coordinator reads, and what they can do."""

import pytest

from cases import pipeline, verdicts
from cases.lifecycle import FAILED, HELD, RETURNED, SUBMITTED
from cases.models import Bundle, UploadedInstance
from cases.selectors import quarantine
from cases.services import requests
from imaging.study import Identity, IngestResult, Verdict
from portal.demo.cases import send_files
from tests.factories import fill_request, make_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def stopped_case(new_case):
    """Return `stopped_case(status, reason, *outcomes)`: a case with one file for each outcome."""

    def made(status, reason, *outcomes):
        case = new_case(status, reason_code=reason)
        bundle = Bundle.objects.create(
            upload=make_upload(case), number=0, planned_instances=3, planned_bytes=3
        )
        for number, outcome in enumerate(outcomes):
            UploadedInstance.objects.create(
                bundle=bundle, offset=number, coded_size=1, size=1, coding="raw", outcome=outcome
            )
        return case

    return made


def act(client, case, action):
    page = client.post(f"/queue/{case.code}/{action}/", {"reason": "Looked at it."}, follow=True)
    case.refresh_from_db()
    return page.content.decode()


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (HELD, "QUARANTINE", "UNSAFE"),
        (HELD, "QUARANTINE", "LIMIT"),
        (FAILED, "UNEXPECTED", "UNEXPECTED"),
    ],
)
def test_stopped_files_are_named_in_words_and_set_aside(
    cole, sign_in, stopped_case, status, reason, code
):
    case = stopped_case(status, reason, code, code, "OK")
    client = sign_in(cole)
    page = client.get(f"/queue/{case.code}/").content.decode()
    assert f"2 files ({code})" in page
    assert str(quarantine.WORDS[code]) in page
    assert "Leave these files out" in page
    assert "Release to be read" not in page
    act(client, case, "set-aside")
    assert case.status == SUBMITTED
    outcomes = UploadedInstance.objects.values_list("outcome", flat=True)
    assert sorted(outcomes) == ["OK", "SET-ASIDE", "SET-ASIDE"]
    event = case.events.get(name="files_set_aside")
    assert (event.actor, event.reason) == (cole, f"2 {code}")


def test_a_case_is_not_released_past_its_stopped_files_but_may_be_returned(
    cole, sign_in, stopped_case
):
    case = stopped_case(HELD, "QUARANTINE", "UNSAFE")
    client = sign_in(cole)
    assert "First decide about the files" in act(client, case, "release")
    assert case.status == HELD
    act(client, case, "return")
    assert case.status == RETURNED


def test_a_case_held_for_something_else_has_no_files_to_set_aside(cole, sign_in, stopped_case):
    case = stopped_case(HELD, "BODY", "LIMIT", "OK")
    client = sign_in(cole)
    assert "Leave these files out" not in client.get(f"/queue/{case.code}/").content.decode()
    assert "nothing was changed" in act(client, case, "set-aside")
    assert case.status == HELD
    assert not case.events.filter(name="files_set_aside").exists()


def test_with_every_file_set_aside_the_patient_is_told_so(stopped_case):
    case = stopped_case(HELD, "QUARANTINE", "SET-ASIDE")
    nothing = IngestResult(Verdict.NO_IMAGES, (), None, (), (), Identity())
    assert verdicts.decide(case, nothing) == ("return_to_patient", "SET-ASIDE")


@pytest.mark.usefixtures("s3")
def test_the_worker_opens_no_file_that_was_set_aside(ana, tmp_path):
    source, prepared = tmp_path / "in", tmp_path / "prepared"
    for folder in (source, prepared):
        folder.mkdir()
    sent = [tmp_path / name for name in ("one", "two")]
    for path in sent:
        path.write_text(path.name)
    case = requests.create_request(patient=ana)
    fill_request(case)
    send_files(case, ana, sent)
    requests.submit(case=case, by=ana)
    first, second = UploadedInstance.objects.order_by("offset")
    UploadedInstance.objects.filter(pk=first.pk).update(outcome=quarantine.SET_ASIDE)
    run = pipeline.claim(case.pk)
    assert run is not None
    pipeline.fetch_originals(run, source, prepared)
    assert [path.name for path in source.iterdir()] == [str(second.pk)]
