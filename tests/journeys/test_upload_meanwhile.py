"""What a person does while the pictures travel, and the whole way without a mouse."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Locator, Page, Route, expect

from cases.models import Bundle
from tests.fixtures.browser import wait_until
from tests.journeys import discs
from tests.journeys.uploading import PUT

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Do the pictures show that I need an operation?"
MOST_TABS = 40


@pytest.fixture
def study(tmp_path):
    return discs.lumbar(tmp_path / "disc")


def test_the_other_questions_are_answered_while_the_pictures_travel(upload_page, study):
    page, case = upload_page.page, upload_page.case
    held: list[Route] = []

    def hold(route) -> None:
        held.append(route)

    page.route(PUT, hold)
    upload_page.choose_folder(study.folder)
    upload_page.found()
    upload_page.confirm_and_send()
    wait_until(page, lambda: held)

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Answer the other questions meanwhile").click()
    questions = opened.value
    questions.get_by_role("link", name="Your question").click()
    questions.get_by_label("What do you want to know?").fill(QUESTION)
    with questions.expect_navigation():
        questions.locator("main form[method=post] button[type=submit]").first.click()
    case.intake.refresh_from_db()
    assert case.intake.main_question == QUESTION
    assert not Bundle.objects.filter(landed_at__isnull=False).exists()
    expect(page.locator("#upload-sending")).to_be_visible()

    page.unroute(PUT)
    for route in held:
        with suppress(Error):  # the page has given it up meanwhile, and tries again
            route.continue_()
    upload_page.expect_done(len(study.paths))


def test_the_whole_way_by_keyboard_alone(upload_page, study):
    page, choosers = upload_page.page, []

    def see(chooser) -> None:
        choosers.append(chooser)

    page.on("filechooser", see)  # from the start: a key is faster than `expect_file_chooser`
    tab_to(page, page.get_by_role("button", name="Choose a folder or CD"))
    page.keyboard.press("Enter")
    wait_until(page, lambda: choosers)
    choosers[0].set_files(study.folder)
    expect(upload_page.found().get_by_role("heading").first).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Send these pictures"))
    page.keyboard.press("Enter")
    mine = page.get_by_label("these are my pictures")
    expect(mine).to_be_focused()  # it was forgotten, and is pointed out
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Send these pictures"))
    page.keyboard.press("Enter")
    upload_page.expect_done(len(study.paths))
    expect(page.get_by_role("heading", name="Your pictures have arrived")).to_be_focused()
    tab_to(page, page.locator("#upload-done").get_by_role("link", name="Continue"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/cases/{upload_page.case.code}/check/"))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{target} cannot be reached by Tab")
