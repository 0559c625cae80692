"""Pages that stayed open while their person signed in again in another tab: they go on."""

from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import get_random_string
from playwright.sync_api import Page, expect

from cases.lifecycle import DRAFT
from cases.models import Report
from cases.services import reports
from tests.fixtures.browser import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in_elsewhere(page: Page) -> None:
    """Do what signing in again does to tabs that stay: the cookie has another token."""
    name, url = settings.CSRF_COOKIE_NAME, urljoin(page.url, "/")
    page.context.add_cookies([{"name": name, "value": get_random_string(32), "url": url}])


def test_a_reader_who_was_signed_out_signs_in_beside_it_and_loses_no_word(
    open_as, mia, assigned, sign_in, axe
):
    page = open_as(mia, f"/read/{assigned.code}/")
    page.get_by_role("button", name="Read this case").click()
    expect(page.locator("[data-claim]")).to_have_attribute("data-state", "here")
    page.context.clear_cookies()
    page.locator("#findings").fill("Typed while signed out.")
    state = page.locator("[data-save-state]")
    expect(state).to_contain_text("Signed out", timeout=20_000)
    axe(page)
    link = page.get_by_role("link", name="Sign in (opens in a new tab)")
    link.focus()
    with page.expect_response(f"**/read/{assigned.code}/**"):
        pass  # it is tried again by itself
    expect(state).to_contain_text("Signed out")
    expect(link).to_be_focused()
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.locator('input[name="password"]')).to_be_visible()
    session = sign_in(mia).cookies[settings.SESSION_COOKIE_NAME]
    cookie = {"name": session.key, "value": session.value, "url": urljoin(page.url, "/")}
    page.context.add_cookies([cookie])
    expect(state).to_contain_text("Draft saved", timeout=20_000)
    expect(link).to_be_hidden()
    assert Report.objects.get().content["findings"]["text"] == "Typed while signed out."


def test_what_is_typed_before_the_scripts_run_is_kept(open_as, mia, assigned):
    """As over a slow line, and where a page that was drawn ahead still tells that it is seen."""
    reports.start_reading(case=assigned, by=mia)
    page = open_as(mia, "/worklist/")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/js/reading*.js", hold)
    page.goto(f"/read/{assigned.code}/", wait_until="commit")
    page.get_by_label("L4-L5 Disc", exact=True).select_option("bulge")
    page.locator("#findings").fill("Typed at once.")
    page.keyboard.press("Tab")
    wait_until(page, lambda: held)
    for route in held:
        route.continue_()
    expect(page.locator("[data-save-state]")).to_contain_text("Draft saved")
    page.wait_for_load_state()
    expect(page.locator("#findings")).to_have_value("Typed at once.")
    content = Report.objects.get().content
    assert content["findings"]["text"] == "Typed at once."


def test_a_page_that_nobody_touched_is_not_saved(open_as, mia, assigned):
    page = open_as(mia, f"/read/{assigned.code}/")
    page.get_by_role("button", name="Read this case").click()
    expect(page.locator("[data-claim]")).to_have_attribute("data-state", "here")
    page.wait_for_timeout(1500)  # a draft is saved a second after its last change
    assert Report.objects.get().revision == 0


def test_an_answer_is_taken_from_a_page_that_stayed_open(open_as, ana, new_case):
    page = open_as(ana, reverse("cases:page", args=[new_case(DRAFT).code, "pain-where"]))
    sign_in_elsewhere(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How it hurts")


def test_a_coordinator_assigns_from_a_page_that_stayed_open(open_as, cole, mia, noor, new_case):
    case = new_case()
    page = open_as(cole, "/queue/?tab=unassigned")
    sign_in_elsewhere(page)
    page.get_by_role("button", name=f"for {case.code}").first.click()
    expect(page.locator("main")).to_contain_text("1 case assigned")


def test_a_reader_keeps_case_and_draft_on_a_page_that_stayed_open(open_as, mia, assigned):
    page = open_as(mia, f"/read/{assigned.code}/")
    page.get_by_role("button", name="Read this case").click()
    expect(page.locator("[data-claim]")).to_have_attribute("data-state", "here")
    sign_in_elsewhere(page)
    with page.expect_response("**/claim/") as beat:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert beat.value.ok
    page.locator("#findings").fill("Normal discs.")
    expect(page.locator("[data-save-state]")).to_contain_text("Draft saved")
