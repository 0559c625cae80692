"""The patient's pages in a browser: axe in both themes at three widths, and what moves."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.forms.pages import PAGES
from cases.lifecycle import Status
from cases.models import Case
from tests.ui import scenes
from tests.ui.looks import looks_right


def url(name, case, *more):
    return reverse(f"cases:{name}", args=[case.code, *more])


def test_question_pages_look_right(page, axe, live_server, sign_in_page, ana):
    sign_in_page(page, ana)
    case = scenes.answered_case(ana, Status.DRAFT)
    looks_right(page, live_server.url, reverse("cases:start"), axe)
    for asked in PAGES:
        looks_right(page, live_server.url, url("page", case, asked.slug), axe)
    for name in ("detail", "emergency", "check"):
        looks_right(page, live_server.url, url(name, case), axe)


def test_pages_of_a_sent_request_look_right(
    page, axe, live_server, sign_in_page, ana, mia, tmp_path
):
    sign_in_page(page, ana)
    looks_right(page, live_server.url, reverse("cases:requests"), axe)
    reading = scenes.with_receipt(scenes.reading_case(ana, mia), tmp_path)
    for name in ("detail", "sent", "readings", "receipt", "withdraw"):
        looks_right(page, live_server.url, url(name, reading), axe)
    for case in (scenes.processing_case(ana), scenes.returned_case(ana)):
        looks_right(page, live_server.url, url("detail", case), axe)
    for opened in (False, True):
        case = scenes.reported_case(ana, mia, opened=opened)
        looks_right(page, live_server.url, url("result", case), axe)
    looks_right(page, live_server.url, url("full_report", case), axe)
    looks_right(page, live_server.url, reverse("cases:requests"), axe)


@pytest.mark.parametrize("asked", PAGES, ids=lambda page: page.slug)
def test_mistakes_are_listed_first_and_lead_to_their_field(page, axe, sign_in_page, ana, asked):
    if asked.slug == "feeling":
        pytest.skip("nothing on this page must be answered")
    sign_in_page(page, ana)
    case = scenes.answered_case(ana, Status.DRAFT)
    empty = type(case.intake)(pk=case.intake.pk, case=case)
    empty.save()
    page.goto(url("page", case, asked.slug))
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    links = page.locator("[data-error-summary] a")
    for number in range(links.count()):
        links.nth(number).click()
        assert page.evaluate("document.activeElement.matches('main input, textarea, select')")
    axe(page)


def test_the_whole_intake_by_keyboard_and_mouse(page, sign_in_page, ana):
    sign_in_page(page, ana)
    page.goto(reverse("cases:start"))
    page.get_by_role("button", name="Start now").click()
    page.get_by_label("New loss of control of your bowels").check()
    page.get_by_label("None of these").check()
    expect(page.get_by_label("New loss of control of your bowels")).not_to_be_checked()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What you agree to")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your question")
    page.get_by_label("What do you want to know?").fill("Is a nerve pressed in my back?")
    page.get_by_role("button", name="Save and come back later").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your request")
    assert Case.objects.get().intake.main_question == "Is a nerve pressed in my back?"


def test_the_first_report_page_asks_only_for_what_was_chosen(page, sign_in_page, ana):
    sign_in_page(page, ana)
    case = scenes.answered_case(ana, Status.DRAFT)
    page.goto(url("page", case, "first-report"))
    expect(page.get_by_label("Text of the report")).to_be_visible()
    page.get_by_label("No, I have none").check()
    expect(page.get_by_label("Text of the report")).to_be_hidden()
    expect(page.get_by_label("Who wrote it?")).to_be_hidden()
    page.get_by_label("Yes, I send it as a file").check()
    expect(page.get_by_label("File with the report")).to_be_visible()


def test_the_timeline_moves_on_by_itself_and_comes_to_rest(page, sign_in_page, ana):
    sign_in_page(page, ana)
    case = scenes.processing_case(ana)
    page.goto(url("detail", case))
    expect(page.get_by_text("64 of 105")).to_be_visible()
    Case.objects.filter(pk=case.pk).update(progress_done=100)
    expect(page.get_by_text("100 of 105")).to_be_visible()
    Case.objects.filter(pk=case.pk).update(
        previous_status=Status.PROCESSING,
        status=Status.READY,
        ready_at=case.submitted_at,
        claim_token=None,
    )
    expect(page.get_by_role("heading", name="Your pictures are complete")).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Your pictures are complete")
    assert page.locator("#progress[hx-trigger]").count() == 0


def test_reading_the_result_is_the_patients_choice(page, sign_in_page, ana, mia):
    sign_in_page(page, ana)
    case = scenes.reported_case(ana, mia, opened=False)
    page.goto(url("detail", case))
    page.get_by_role("link", name="Open the result").click()
    page.get_by_role("button", name="Call me first").click()
    expect(page.get_by_text("We call you before you open it.")).to_be_visible()
    assert case.events.filter(name="call_requested").count() == 1
    page.goto(url("result", case))
    page.get_by_role("button", name="Read it now").click()
    expect(page.get_by_role("heading", name="An important point is different")).to_be_visible()
    expect(page.get_by_text("See a spine surgeon within days")).to_be_visible()
    with page.expect_download() as paper:
        page.get_by_role("link", name="Download in plain words").click()
    assert paper.value.suggested_filename == f"{case.code}-patient.pdf"
