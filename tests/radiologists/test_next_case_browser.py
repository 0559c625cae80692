"""From the reading room to the next case: one key, never without the text that was typed."""

import pytest
from playwright.sync_api import expect

from cases.lifecycle import ASSIGNED, READING
from cases.models import Report
from tests.fixtures.browser import wait_until, wait_until_painted
from tests.radiologists.test_reading_browser import NARROW, begin, has_no_sideways_scroll, saved

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "Alt+Shift+N"


@pytest.fixture
def waiting(new_case, mia):
    """The case that comes after the one being read."""
    return new_case(ASSIGNED, assignee=mia)


def reading(open_as, case, mia, **options):
    page = open_as(mia, f"/read/{case.code}/", **options)
    begin(page)
    return page


def test_the_key_saves_what_was_just_typed_and_opens_the_next_case(open_as, assigned, waiting, mia):
    page = reading(open_as, assigned, mia)
    page.locator("#findings").fill("Typed a moment before.")
    page.keyboard.press(KEY)
    page.wait_for_url(f"**/read/{waiting.code}/")
    left = Report.objects.get(case=assigned)
    assert left.content["findings"]["text"] == "Typed a moment before."
    free = Report.objects.filter(case=assigned, open_in=None)
    wait_until(page, free.exists)  # the claim, for whoever comes back
    for case in (assigned, waiting):
        case.refresh_from_db()
        assert case.status == READING
    page.go_back()
    expect(page.locator("#findings")).to_have_value("Typed a moment before.")


def test_nothing_typed_leaves_no_draft_revision(open_as, assigned, waiting, mia):
    page = reading(open_as, assigned, mia)
    page.get_by_role("button", name="Next case").click()
    page.wait_for_url(f"**/read/{waiting.code}/")
    assert Report.objects.get(case=assigned).revision == 0


def test_without_a_network_the_page_stays_with_its_text(open_as, assigned, waiting, mia):
    page = reading(open_as, assigned, mia)
    page.context.set_offline(True)
    page.locator("#findings").fill("Typed without a network.")
    page.keyboard.press(KEY)
    expect(page.locator("[data-save-state]")).to_contain_text("Not saved")
    assert page.url.endswith(f"/read/{assigned.code}/")
    expect(page.locator("#findings")).to_have_value("Typed without a network.")
    page.context.set_offline(False)
    saved(page)
    page.keyboard.press(KEY)
    page.wait_for_url(f"**/read/{waiting.code}/")
    text = Report.objects.get(case=assigned).content["findings"]["text"]
    assert text == "Typed without a network."


def test_a_conflict_keeps_the_page_with_both_texts(open_as, assigned, waiting, mia):
    first = reading(open_as, assigned, mia)
    second = first.context.new_page()
    second.goto(f"/read/{assigned.code}/")
    first.locator("#findings").fill("From the first tab.")
    saved(first)
    second.locator("#findings").fill("From the second tab.")
    second.keyboard.press(KEY)
    expect(second.locator("[data-conflict]")).to_be_visible()
    second.keyboard.press(KEY)
    expect(second.locator("[data-conflict]")).to_contain_text("From the second tab.")
    assert second.url.endswith(f"/read/{assigned.code}/")


def test_a_key_image_on_its_way_is_waited_for_and_keeps_the_page_if_it_is_lost(
    open_as, assigned, waiting, mia
):
    page = open_as(mia, f"/read/{assigned.code}/")
    held = {}

    def hold(route):
        held[route.request.method] = route

    page.route("**/key-images/", hold)
    begin(page)
    wait_until(page, lambda: "GET" in held)  # the page asks for its list, and hears by now
    page.evaluate(
        """code => new BroadcastChannel(`secondread-${code}`).postMessage(
             { type: "viewer:key-image", case: code, id: "1", sop: "1", frame: 1 })""",
        assigned.code,
    )
    wait_until(page, lambda: "POST" in held)
    page.keyboard.press(KEY)
    held["POST"].abort()
    lost = page.locator("[data-key-image-error]")
    expect(lost).to_have_text("The key image was not saved.")
    with page.expect_response("**/key-images/"):
        held["GET"].continue_()
    page.wait_for_load_state()
    wait_until_painted(page)
    expect(lost).to_have_text("The key image was not saved.")  # also after the list came
    assert page.url.endswith(f"/read/{assigned.code}/")
    page.keyboard.press(KEY)  # the reader was told: now they may go
    page.wait_for_url(f"**/read/{waiting.code}/")


def test_where_no_case_waits_the_worklist_says_so(open_as, assigned, mia):
    page = reading(open_as, assigned, mia)
    page.keyboard.press(KEY)
    page.wait_for_url("**/worklist/")
    expect(page.locator("main")).to_contain_text("There is no other case waiting for you.")


def test_the_key_stands_in_the_help_and_on_its_button(open_as, axe, shot, assigned, mia):
    page = reading(open_as, assigned, mia)
    page.get_by_role("button", name="Keys").click()
    line = page.locator("[data-keys-list] dt", has_text=KEY)
    expect(line).to_have_count(1)
    expect(page.locator("[data-keys-list]")).to_contain_text("save, then the next case")
    axe(page)
    shot(page, "reading-room-keys", full_page=False)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.set_viewport_size(NARROW)
    assert has_no_sideways_scroll(page)
    axe(page)
    shot(page, "reading-room-bar-320", full_page=False)
