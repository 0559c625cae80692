"""Who is reading: two tabs, a tab that falls silent, and a case that is taken away."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cases import recovery
from cases.lifecycle import ASSIGNED, READING
from cases.models import Report
from cases.services import assignments, reports

pytestmark = pytest.mark.django_db
ONE, OTHER = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


@pytest.fixture
def browser(assigned, mia, sign_in):
    """Mia, signed in, with the case begun."""
    reports.start_reading(case=assigned, by=mia)
    return sign_in(mia)


@pytest.fixture
def ask(assigned, browser):
    """Return `ask(tab, ...)`: the answer that Mia's tab gets to its heartbeat."""

    def asked(tab, **extra):
        return browser.post(f"/read/{assigned.code}/claim/", {"tab": tab} | extra)

    return asked


def silent_for(case, **time):
    Report.objects.filter(case=case).update(seen_at=timezone.now() - timedelta(**time))


def test_of_two_tabs_one_holds_the_case_until_it_leaves_or_is_taken_over(ask):
    assert ask(ONE).json()["state"] == "here"
    assert ask(OTHER).json()["state"] == "elsewhere"
    assert ask(ONE).json()["state"] == "here"
    assert ask(OTHER, take="1").json()["state"] == "here"
    assert ask(ONE).json()["state"] == "elsewhere"
    assert ask(OTHER, leave="1").status_code == 204
    assert ask(ONE).json()["state"] == "here"


def test_a_tab_that_was_killed_holds_it_for_two_minutes_only(ask, assigned):
    ask(ONE)
    silent_for(assigned, seconds=100)
    assert ask(OTHER).json()["state"] == "elsewhere"
    silent_for(assigned, seconds=130)
    assert ask(OTHER).json()["state"] == "here"


def test_a_case_that_lapsed_is_among_the_drafts_if_something_was_written(
    ask, assigned, mia, browser
):
    def in_drafts():
        page = browser.get("/worklist/?tab=drafts")
        (tab,) = [one for one in page.context["tabs"] if one["code"] == "drafts"]
        shown = [row.case.code for row in page.context["rows"]]
        assert tab["count"] == len(shown)
        return assigned.code in shown

    ask(ONE)
    silent_for(assigned, minutes=16)
    recovery.lapse_lost_readings()
    assert not in_drafts()

    reports.start_reading(case=type(assigned).objects.get(pk=assigned.pk), by=mia)
    report = Report.objects.get()
    reports.save_draft(report=report, by=mia, content=report.content, revision=0)
    silent_for(assigned, minutes=16)
    assert recovery.lapse_lost_readings() == 1
    assert in_drafts()


def test_a_lost_tab_gives_the_claim_back_and_keeps_the_draft(ask, assigned, mia):
    ask(ONE)
    report = Report.objects.get()
    reports.save_draft(report=report, by=mia, content=report.content, revision=0)
    silent_for(assigned, minutes=14)
    assert recovery.lapse_lost_readings() == 0
    silent_for(assigned, minutes=16)
    assert recovery.lapse_lost_readings() == 1
    assert recovery.lapse_lost_readings() == 0
    assigned.refresh_from_db()
    assert (assigned.status, assigned.assignee) == (ASSIGNED, mia)
    event = assigned.events.last()
    assert (event.name, event.actor) == ("lapse_reading", None)
    assert Report.objects.get().revision == 1

    assert ask(ONE).json()["state"] == "resumed"
    assigned.refresh_from_db()
    assert assigned.status == READING
    assert ask(ONE).json()["state"] == "here"


def test_a_case_given_to_somebody_else_is_gone_for_its_tab(ask, assigned, cole, noor):
    ask(ONE)
    assignments.assign(case=assigned, to=noor, by=cole)
    assert ask(ONE).status_code == 404
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED


def test_a_tab_that_leaves_does_not_resume(ask, assigned):
    silent_for(assigned, hours=1)
    recovery.lapse_lost_readings()
    assert ask(ONE, leave="1").status_code == 204
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED


@pytest.mark.parametrize("tab", ["", "x", "1"])
def test_a_tab_has_a_number(ask, tab):
    assert ask(tab).status_code == 404


def test_lists_say_who_reads_and_when_they_were_seen(ask, browser, assigned, cole, sign_in):
    ask(ONE)
    assert "Mia, open now" in browser.get("/worklist/").content.decode()
    queue = sign_in(cole)
    assert "Mia, open now" in queue.get("/queue/").content.decode()
    silent_for(assigned, minutes=5)
    assert "Mia, last seen" in queue.get("/queue/").content.decode()
