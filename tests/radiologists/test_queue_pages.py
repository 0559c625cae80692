"""The coordinator's pages: each refusal beside its success."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import notifications
from cases.lifecycle import ASSIGNED, FAILED, HELD, READING, READY, REPORTED, RETURNED, SUBMITTED
from cases.models import CaseEvent, Notification
from cases.models.notification import NotificationState
from cases.selectors import calls, worklists
from cases.services import requests
from radiologists.models import Proposal
from tests.ui import scenes

pytestmark = pytest.mark.django_db


def text_of(response):
    return response.content.decode()


def status_of(case):
    case.refresh_from_db()
    return case.status


def test_the_queue_shows_the_proposal_with_its_reasons_and_makes_it_once(
    noor, mia, cole, sign_in, new_case
):
    new_case(READY)
    client = sign_in(cole)
    page = text_of(client.get("/queue/"))
    assert "Noor" in page
    assert "only or mostly leg pain (neuro +2)" in page
    client.get("/queue/")
    assert Proposal.objects.count() == 1


def test_the_most_overdue_stand_first(cole, mia, sign_in, new_case):
    now = timezone.now()
    calm = new_case(READY, due_at=now + timedelta(hours=40))
    late = new_case(READY, due_at=now - timedelta(hours=2))
    page = text_of(sign_in(cole).get("/queue/"))
    assert page.index(late.code) < page.index(calm.code)
    assert "overdue 2 h" in page


def test_the_tiles_count_what_is_there(ana, mia, new_case):
    now = timezone.now()
    new_case(READY, due_at=now - timedelta(minutes=1))
    new_case(ASSIGNED, assignee=mia)
    for hours in (10, 20, 30):
        new_case(
            REPORTED,
            assignee=mia,
            submitted_at=now - timedelta(hours=hours),
            reported_at=now,
            due_at=now + timedelta(hours=25 - hours),
        )
    tiles = worklists.tiles()
    assert (tiles.open, tiles.unassigned, tiles.overdue) == (2, 1, 1)
    assert tiles.median_turnaround == timedelta(hours=20)
    assert tiles.on_time_percent == 67


def test_an_empty_queue_has_no_figures_and_says_so(cole, sign_in):
    tiles = worklists.tiles()
    assert (tiles.open, tiles.median_turnaround, tiles.on_time_percent) == (0, None, None)
    assert "Nothing here" in text_of(sign_in(cole).get("/queue/"))


def test_a_queue_of_many_cases_needs_few_queries(
    mia, noor, cole, sign_in, new_case, django_assert_max_num_queries
):
    for _ in range(6):
        new_case(READY)
    client = sign_in(cole)
    client.get("/queue/")
    with django_assert_max_num_queries(12):
        client.get("/queue/")


def test_one_button_confirms_the_proposal(noor, cole, sign_in, new_case):
    case = new_case(READY)
    answer = sign_in(cole).post("/queue/assign/", {"confirm": case.code})
    assert f"assigned={case.code}" in answer["Location"]
    assert status_of(case) == ASSIGNED
    assert case.assignee == noor


def test_several_are_assigned_to_somebody_else_and_taken_back(mia, noor, cole, sign_in, new_case):
    cases = [new_case(READY), new_case(READY)]
    client = sign_in(cole)
    codes = [case.code for case in cases]
    client.post("/queue/assign/", {"cases": codes, "action": "assign", "to": mia.radiologist.pk})
    assert {status_of(case) for case in cases} == {ASSIGNED}
    assert {case.assignee for case in cases} == {mia}
    client.post("/queue/undo/", {"cases": ",".join(codes)})
    assert {status_of(case) for case in cases} == {READY}


def test_an_assignment_is_not_undone_after_ten_minutes_or_after_the_reading_began(
    mia, cole, sign_in, new_case
):
    case = new_case(READY)
    client = sign_in(cole)
    client.post(
        "/queue/assign/", {"cases": case.code, "action": "assign", "to": mia.radiologist.pk}
    )
    sign_in(mia).post(f"/read/{case.code}/start/")
    client.post("/queue/undo/", {"cases": case.code})
    assert status_of(case) == READING


@pytest.mark.parametrize("data", [{}, {"to": ""}, {"to": "999999"}, {"to": "x"}])
def test_a_choice_that_makes_no_sense_assigns_nothing(mia, cole, sign_in, new_case, data):
    case = new_case(READY)
    client = sign_in(cole)
    client.post("/queue/assign/", {"cases": case.code, "action": "assign"} | data)
    assert status_of(case) == READY
    assert client.post("/queue/assign/", {"action": "assign"}).status_code == 302


def test_a_case_whose_reader_left_meanwhile_says_why(noor, cole, sign_in, new_case):
    case = new_case(READY)
    client = sign_in(cole)
    client.get("/queue/")
    noor.radiologist.is_available = False
    noor.radiologist.save()
    client.post("/queue/assign/", {"confirm": case.code})
    assert status_of(case) == READY
    assert "away or not available" in text_of(client.get("/queue/"))


@pytest.mark.parametrize(
    ("status", "action", "after"),
    [
        (HELD, "release", READY),
        (HELD, "requeue", SUBMITTED),
        (FAILED, "requeue", SUBMITTED),
        (HELD, "return", RETURNED),
        (READY, "return", RETURNED),
    ],
)
def test_each_decision_needs_a_reason_and_moves_the_case(
    cole, sign_in, new_case, status, action, after
):
    case = new_case(status)
    client = sign_in(cole)
    client.post(f"/queue/{case.code}/{action}/", {"reason": " "})
    assert status_of(case) == status
    client.post(f"/queue/{case.code}/{action}/", {"reason": "Looked at it."})
    assert status_of(case) == after
    event = CaseEvent.objects.filter(case=case).last()
    assert event is not None
    assert (event.actor, event.reason) == (cole, "Looked at it.")


def test_a_case_with_a_radiologist_is_taken_back(mia, cole, sign_in, new_case):
    case = new_case(ASSIGNED, assignee=mia)
    sign_in(cole).post(f"/queue/{case.code}/take-back/", {"reason": "Ill."})
    assert status_of(case) == READY


def test_a_decision_that_is_not_open_changes_nothing(cole, sign_in, new_case):
    case = new_case(SUBMITTED)
    client = sign_in(cole)
    client.post(f"/queue/{case.code}/release/", {"reason": "Try."})
    assert status_of(case) == SUBMITTED
    assert client.post(f"/queue/{case.code}/erase/", {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["ana", "mia", "olga"])
def test_nobody_else_sees_or_decides(request, who, cole, mia, new_case, sign_in):
    case = new_case(READY)
    client = sign_in(request.getfixturevalue(who))
    for page in ("", f"{case.code}/"):
        assert client.get(f"/queue/{page}").status_code == 404
    for page in ("assign/", "undo/", f"{case.code}/release/", f"{case.code}/propose/"):
        data = {"reason": "x", "cases": case.code, "confirm": case.code}
        assert client.post(f"/queue/{page}", data).status_code == 404
    assert status_of(case) == READY


def test_a_draft_request_is_not_in_the_queue(ana, cole, sign_in, new_case):
    case = new_case("draft")
    client = sign_in(cole)
    assert case.code not in text_of(client.get("/queue/"))
    assert client.get(f"/queue/{case.code}/").status_code == 404


def test_the_case_file_has_the_receipt_in_every_detail(cole, sign_in, new_case, tmp_path):
    case = new_case(READY)
    scenes.with_receipt(case, tmp_path)
    page = text_of(sign_in(cole).get(f"/queue/{case.code}/"))
    assert "113100" in page
    assert "Basic Application Confidentiality Profile" in page
    assert "AcquisitionDate, AcquisitionTime" in page
    assert "every series searched" in page


def test_the_case_file_tells_who_was_passed_over_and_what_happened(
    ana, mia, noor, cole, sign_in, new_case
):
    case = new_case(READY)
    client = sign_in(cole)
    page = text_of(client.get(f"/queue/{case.code}/"))
    assert "Mia: other subspecialty" in page
    assert ana.email in page
    client.post("/queue/assign/", {"confirm": case.code, "back": "case"})
    page = text_of(client.get(f"/queue/{case.code}/"))
    assert "With Noor." in page
    assert "<strong>assign</strong>" in page


def test_the_words_of_the_first_report_are_copied_for_the_reader(mia, cole, sign_in, new_case):
    case = new_case(ASSIGNED, assignee=mia, answers={"has_first_report": True})
    client = sign_in(cole)
    client.post(f"/queue/{case.code}/first-report/", {"text": "L4/5 protrusion."})
    case.intake.refresh_from_db()
    assert case.intake.first_report_text == "L4/5 protrusion."
    assert case.events.filter(name="first_report_copied").count() == 1


def test_every_change_needs_the_csrf_token(mia, cole, sign_in, new_case):
    case = new_case(READY)
    client = sign_in(cole, enforce_csrf_checks=True)
    assert client.post("/queue/assign/", {"confirm": case.code}).status_code == 403
    assert client.post(f"/queue/{case.code}/return/", {"reason": "x"}).status_code == 403
    assert status_of(case) == READY


def test_who_is_to_be_called_stands_on_a_tab_until_somebody_called(
    ana, mia, cole, sign_in, new_case
):
    now = timezone.now()
    asked = new_case(REPORTED, assignee=mia, reported_at=now)
    requests.ask_for_call(case=asked, by=ana)
    silent = new_case(REPORTED, assignee=mia, reported_at=now - timedelta(days=8))
    fresh = new_case(REPORTED, assignee=mia, reported_at=now - timedelta(days=6))
    new_case(REPORTED, assignee=mia, reported_at=now - timedelta(days=8), result_opened_at=now)
    client = sign_in(cole)
    page = text_of(client.get("/queue/?tab=call"))
    assert (asked.code in page, silent.code in page, fresh.code in page) == (True, True, False)
    assert worklists.tab_counts(worklists.queue_cases(), worklists.QUEUE_TABS)["call"] == 2

    assert "wants to be called" in text_of(client.get(f"/queue/{asked.code}/"))
    assert "not opened for a week" in text_of(client.get(f"/queue/{silent.code}/"))
    assert "Call the patient" not in text_of(client.get(f"/queue/{fresh.code}/"))
    for _ in range(2):
        client.post(f"/queue/{asked.code}/called/")
    assert asked.events.filter(name="patient_called", actor=cole).count() == 1
    assert "Call the patient" not in text_of(client.get(f"/queue/{asked.code}/"))
    assert worklists.tab_counts(worklists.queue_cases(), worklists.QUEUE_TABS)["call"] == 1


def lose_mail(case, template, recipient, *, state=NotificationState.UNDELIVERABLE):
    """Write a row as `notifications.deliver` leaves it."""
    owed = notifications.owe(case, template, recipient, occasion=str(case.notifications.count()))
    Notification.objects.filter(pk=owed.pk).update(state=state)


@pytest.mark.parametrize(
    ("status", "template", "told"),
    [
        (REPORTED, "result_ready", "The mail about the result could not be delivered."),
        (REPORTED, "result_unread", "The mail about the result could not be delivered."),
        (RETURNED, "returned", "asks the patient for something more could not be delivered."),
        (RETURNED, "answer_awaited", "asks the patient for something more could not be delivered."),
    ],
)
def test_whom_no_mail_reached_is_to_be_called(
    ana, mia, cole, sign_in, new_case, status, template, told
):
    case = new_case(status, assignee=mia if status == REPORTED else None)
    client = sign_in(cole)
    assert case.code not in text_of(client.get("/queue/?tab=call"))
    lose_mail(case, template, ana)
    line = text_of(client.get("/queue/?tab=call"))
    assert case.code in line
    assert "mail not delivered" in line
    page = text_of(client.get(f"/queue/{case.code}/"))
    assert told in page
    assert "There is no telephone number: look whether the e-mail address is right" in page
    for _ in range(2):
        client.post(f"/queue/{case.code}/called/")
    assert case.events.filter(name="patient_called", actor=cole).count() == 1
    assert case.code not in text_of(client.get("/queue/?tab=call"))
    assert "mail not delivered" not in text_of(client.get(f"/queue/?q={case.code}"))


def test_a_lost_mail_is_made_good_by_a_later_one_or_by_an_opened_result(ana, mia, new_case):
    case = new_case(REPORTED, assignee=mia)
    lose_mail(case, "result_ready", ana)
    assert calls.is_to_be_called(case)
    lose_mail(case, "result_unread", ana, state=NotificationState.SENT)
    assert not calls.is_to_be_called(case)
    lose_mail(case, "result_ready", ana)
    type(case).objects.filter(pk=case.pk).update(result_opened_at=timezone.now())
    assert not calls.is_to_be_called(case)
    lose_mail(case, "result_ready", ana)
    assert calls.is_to_be_called(case), "the mail about an addendum"


def test_lost_mail_to_others_or_about_what_is_over_asks_for_no_call(ana, mia, cole, new_case):
    case = new_case(REPORTED, assignee=mia)
    lose_mail(case, "request_sent", ana)
    lose_mail(case, "returned", ana)
    lose_mail(case, "assigned", mia)
    lose_mail(case, "needs_coordinator", cole)
    assert not calls.is_to_be_called(case)


def test_a_call_about_a_question_of_ours_leaves_the_one_about_the_result_due(
    ana, cole, mia, new_case
):
    case = new_case(REPORTED, assignee=mia, reported_at=timezone.now() + timedelta(seconds=1))
    case.events.create(
        name="patient_called", status_before=RETURNED, status_after=RETURNED, actor=cole
    )
    requests.ask_for_call(case=case, by=ana)
    assert calls.is_to_be_called(case)


def test_a_call_about_a_result_that_is_not_there_cannot_be_noted(cole, sign_in, new_case):
    case = new_case(READY)
    assert sign_in(cole).post(f"/queue/{case.code}/called/").status_code == 404
    assert not case.events.filter(name="patient_called").exists()
