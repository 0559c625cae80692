"""The reading room itself: dark and at rest, time that runs, limits in sight, two sides of keys."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.lifecycle import ASSIGNED
from cases.models import Case, Finding, Report
from cases.services import claims
from tests.fixtures.browser import wait_until
from tests.radiologists.test_reading_browser import begin, busy_list, has_no_sideways_scroll

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["busy_list"]
LIMIT = "The STIR series is missing; bone marrow oedema is harder to see."
LIGHT = {"color_scheme": "light", "reduced_motion": "no-preference"}
#: Red, green and blue of the page's own ground, each 0 to 255.
GROUND = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"


def is_dark(page) -> bool:
    return bool(max(page.evaluate(GROUND)[:3]) < 40)


def test_both_pages_are_dark_where_nobody_chose_and_nothing_moves(open_as, busy_list, mia):
    page = open_as(mia, "/worklist/", **LIGHT)
    assert page.evaluate("localStorage.getItem('theme')") is None
    assert is_dark(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press("Enter")
    page.wait_for_url("**/read/*/")
    assert is_dark(page)
    page.wait_for_timeout(500)
    assert page.evaluate("document.getAnimations().length") == 0
    page.evaluate("localStorage.setItem('theme', 'light')")
    page.reload()
    assert not is_dark(page)


def test_the_time_left_runs_on_while_one_reads(open_as, mia, new_case):
    now = timezone.now()
    case = new_case(
        ASSIGNED, assignee=mia, submitted_at=now - timedelta(hours=2),
        due_at=now + timedelta(hours=1, minutes=5),
    )  # fmt: skip
    page = open_as(mia, f"/read/{case.code}/")
    begin(page)
    clock = page.locator("[data-clock]")
    expect(clock).to_contain_text("1 h")
    Case.objects.filter(pk=case.pk).update(due_at=now - timedelta(minutes=3))

    def is_late() -> bool:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(500)  # a beat on its way when the case changed told of before
        return "overdue 0 h" in clock.inner_text()

    wait_until(page, is_late)
    expect(clock.locator("progress.is-late")).to_be_visible()


@pytest.mark.parametrize("width", [1920, 1366])
def test_limits_of_the_study_stay_in_sight_with_the_question(open_as, mia, assigned, width):
    study = assigned.studies.get()
    Finding.objects.create(study=study, code="NO_STIR", level="warn", message=LIMIT)
    page = open_as(mia, f"/read/{assigned.code}/", viewport={"width": width, "height": 900})
    begin(page)
    page.locator("#plain").focus()
    for words in (LIMIT, "Do I need"):
        expect(page.locator(".asked").get_by_text(words)).to_be_in_viewport(ratio=1)
    assert page.locator("#plain").evaluate("one => one.closest('.report-side').scrollTop > 0")
    assert has_no_sideways_scroll(page)


def test_a_page_whose_word_that_it_leaves_comes_late_raises_no_alarm(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    box = page.locator("[data-claim]")
    expect(box).to_have_attribute("data-state", "here")
    left = uuid.uuid4()
    answers = []

    def answer(route) -> None:
        response = route.fetch()
        answers.append(response.json()["state"])
        if len(answers) == 1:
            claims.leave(report=Report.objects.get(), tab=left)
        route.fulfill(response=response)

    page.goto("/worklist/")
    Report.objects.update(open_in=left, seen_at=timezone.now())
    page.route("**/claim/", answer)
    page.goto(f"/read/{assigned.code}/")
    expect(box).to_have_attribute("data-state", "here")
    expect(box).to_be_hidden()
    assert answers == ["elsewhere", "here"]
