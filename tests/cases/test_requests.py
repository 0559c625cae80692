"""A patient's request, from the empty draft to sent, withdrawn and read."""

import pytest
from django.http import Http404
from django.urls import reverse

from cases import access, consents
from cases.lifecycle import ActorNotAllowedError, IllegalTransitionError, Status
from cases.models import Case, Notification, Priority
from cases.models.upload import UploadState
from cases.services import requests
from tests.factories import ANSWERS, fill_request, make_case, make_upload

pytestmark = pytest.mark.django_db


def test_a_new_request_is_an_empty_draft_of_its_patient(ana):
    case = requests.create_request(patient=ana)
    assert (case.status, case.patient, case.intake.steps_done) == (Status.DRAFT, ana, [])
    assert len(bytes(case.secret.uid_key)) == 32
    assert [event.name for event in case.events.all()] == ["created"]


def test_two_cases_never_share_a_key_or_a_code(ana):
    first, second = (requests.create_request(patient=ana) for _ in range(2))
    assert first.code != second.code
    assert bytes(first.secret.uid_key) != bytes(second.secret.uid_key)


def test_each_page_is_stored_when_it_is_left(ana):
    case = requests.create_request(patient=ana)
    requests.save_answers(case=case, step="pain", answers=ANSWERS["pain"])
    case = Case.objects.get(pk=case.pk)
    assert case.intake.pain_worst == 8
    assert case.intake.steps_done == ["pain"]
    requests.save_answers(case=case, step="pain", answers={"pain_worst": 9})
    assert Case.objects.get(pk=case.pk).intake.steps_done == ["pain"]


def test_an_answer_that_does_not_exist_is_refused(ana):
    case = requests.create_request(patient=ana)
    with pytest.raises(ValueError, match="no such answer"):
        requests.save_answers(case=case, step="pain", answers={"salary": 1})


def test_a_complete_request_is_sent(ana, django_capture_on_commit_callbacks):
    case = fill_request(requests.create_request(patient=ana))
    with django_capture_on_commit_callbacks() as hints:
        requests.submit(case=case, by=ana)
    case.refresh_from_db()
    assert case.status == Status.SUBMITTED
    assert case.submitted_at is not None
    assert case.due_at is not None
    assert case.due_at > case.submitted_at
    assert len(hints) == 1
    assert Notification.objects.get(case=case).template == "request_sent"


@pytest.mark.parametrize("step", requests.STEPS)
def test_a_request_without_one_of_its_steps_is_not_sent(ana, step):
    case = fill_request(requests.create_request(patient=ana))
    if step == "upload":
        case.uploads.update(state=UploadState.OPEN)
    elif step == "consent":
        other = requests.create_request(patient=ana)
        for name, answers in ANSWERS.items():
            requests.save_answers(case=other, step=name, answers=answers)
        make_upload(other)
        case = other
    else:
        case.intake.steps_done = [s for s in case.intake.steps_done if s != step]
        case.intake.save()
    case = Case.objects.get(pk=case.pk)
    with pytest.raises(requests.NotReadyError) as refused:
        requests.submit(case=case, by=ana)
    assert refused.value.missing == [step]


def test_a_request_is_sent_once(ana):
    case = fill_request(requests.create_request(patient=ana))
    requests.submit(case=case, by=ana)
    with pytest.raises(IllegalTransitionError):
        requests.submit(case=case, by=ana)


def test_only_a_patient_sends_a_request(ana, cole):
    case = fill_request(requests.create_request(patient=ana))
    with pytest.raises(ActorNotAllowedError):
        requests.submit(case=case, by=cole)


def test_a_sent_request_cannot_be_changed(ana):
    case = make_case(ana, Status.SUBMITTED)
    with pytest.raises(requests.NotEditableError):
        requests.save_answers(case=case, step="pain", answers=ANSWERS["pain"])
    with pytest.raises(requests.NotEditableError):
        requests.give_consent(case=case, codes=consents.CODES)


@pytest.mark.parametrize(
    ("flags", "priority"),
    [
        ([], Priority.ROUTINE),
        (["RF10"], Priority.ROUTINE),
        (["RF9"], Priority.PRIORITY),
        (["RF9", "RF7"], Priority.URGENT),
        (["RF7", "RF3"], Priority.STAT),
        (["made up"], Priority.ROUTINE),
    ],
)
def test_red_flags_decide_how_soon(ana, flags, priority):
    case = fill_request(requests.create_request(patient=ana))
    requests.save_answers(case=case, step="safety", answers={"red_flags": flags})
    case = Case.objects.get(pk=case.pk)
    requests.submit(case=case, by=ana)
    assert Case.objects.get(pk=case.pk).priority == priority


@pytest.mark.parametrize("status", [s for s in Status if s not in {"reported", "withdrawn"}])
def test_an_open_request_can_be_withdrawn_at_any_time(ana, mia, status):
    assignee = {"assignee": mia} if status in {"assigned", "reading"} else {}
    case = make_case(ana, status, **assignee)
    requests.withdraw(case=case, by=ana, reason="I feel better")
    case.refresh_from_db()
    assert (case.status, case.assignee, case.claim_token) == (Status.WITHDRAWN, None, None)


def test_a_finished_case_cannot_be_withdrawn(ana, mia):
    case = make_case(ana, Status.REPORTED, assignee=mia)
    with pytest.raises(IllegalTransitionError):
        requests.withdraw(case=case, by=ana, reason="too late")


# --- who sees what --------------------------------------------------------------------------


@pytest.mark.parametrize("status", list(Status))
def test_who_sees_a_case(ana, ben, mia, noor, cole, olga, status):
    assigned = status in {"assigned", "reading", "reported"}
    case = make_case(ana, status, **({"assignee": mia} if assigned else {}))
    assert access.case_for(ana, case.code) == case
    for stranger in [ben, noor, olga] + ([] if assigned else [mia]):
        with pytest.raises(Http404):
            access.case_for(stranger, case.code)
    if assigned:
        assert access.case_for(mia, case.code) == case
    if status == Status.DRAFT:
        with pytest.raises(Http404):
            access.case_for(cole, case.code)
    else:
        assert access.case_for(cole, case.code) == case


def test_a_case_that_does_not_exist_looks_like_one_that_is_not_yours(ana):
    with pytest.raises(Http404):
        access.case_for(ana, "SR-222222")


def test_an_account_that_was_closed_sees_nothing(ana):
    make_case(ana)
    ana.is_active = False
    assert not access.visible_cases(ana).exists()


def test_no_image_is_taken_before_the_patient_has_agreed(ana, client):
    case = make_case(ana, consented=False)
    client.force_login(ana)
    page = client.get(reverse("cases:upload", args=[case.code]))
    assert page.url == reverse("cases:page", args=[case.code, "consent"])
    plan = {
        "fingerprint": "0" * 64,
        "pictures": 1,
        "series": 1,
        "bundles": [{"instances": 1, "bytes": 1000}],
    }
    refused = client.post(
        reverse("cases:upload_plan", args=[case.code]), plan, content_type="application/json"
    )
    assert refused.status_code == 403
    assert not case.uploads.exists()
