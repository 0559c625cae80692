"""The radiologist and the coordinator in a real browser: keyboard, autosave, conflict, axe."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from cases.lifecycle import ASSIGNED, HELD, READY, REPORTED
from cases.models import Report
from tests.cases.test_report_drawings import DRAWN
from tests.fixtures.browser import wait_until, wait_until_painted
from tests.fixtures.people import PASSWORD
from tests.radiologists.keyboard import pick, walk_to
from tests.ui.looks import THEMES

pytestmark = pytest.mark.django_db(transaction=True)
expect.set_options(timeout=20_000)
NARROW = {"width": 320, "height": 800}


def saved(page):
    expect(page.locator("[data-save-state]")).to_contain_text("Draft saved")


def has_no_sideways_scroll(page):
    return page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


@pytest.fixture
def busy_list(new_case, mia, noor):
    now = timezone.now()
    sent = {"submitted_at": now - timedelta(hours=40)}
    new_case(ASSIGNED, assignee=mia, due_at=now - timedelta(minutes=40), priority="urgent", **sent)
    new_case(ASSIGNED, assignee=mia, due_at=now + timedelta(hours=2), **sent)
    flagged = {
        "red_flags": ["RF9"],
        "main_question": "My left foot feels weak. Is a nerve pressed?",
    }
    new_case(ASSIGNED, assignee=mia, due_at=now + timedelta(hours=30), answers=flagged, **sent)
    new_case(READY, due_at=now + timedelta(hours=44))
    back = {
        "back_or_leg": "back_only",
        "worse_with": ["standing"],
        "better_with": ["leaning_forward"],
    }
    new_case(READY, due_at=now + timedelta(hours=20), answers=back | {"pain_regions": []})
    new_case(HELD, due_at=now + timedelta(hours=10), reason_code="BURNED")
    new_case(REPORTED, assignee=mia, reported_at=now, **sent)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_pages_have_no_barriers(open_as, axe, shot, busy_list, mia, cole, compared, theme):
    page = open_as(mia, "/worklist/")
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    page.reload()
    axe(page)
    shot(page, f"worklist-busy-{theme}", full_page=False)
    page.goto("/worklist/availability/")
    axe(page)
    page.goto(f"/read/{compared.code}/")
    axe(page)
    page.get_by_role("button", name="Read this case").click()
    page.get_by_label("L4-L5 Canal").focus()
    axe(page)
    shot(page, f"reading-room-previews-{theme}", full_page=False)
    page.goto(f"/read/{compared.code}/sign/")
    axe(page)
    shot(page, f"sign-blocked-{theme}", full_page=False)
    queue = open_as(cole, "/queue/", viewport={"width": 1440, "height": 1000})
    queue.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    queue.reload()
    axe(queue)
    shot(queue, f"queue-busy-{theme}", full_page=False)
    queue.get_by_role("link", name="SR-").first.click()
    queue.wait_for_url("**/queue/SR-*/")
    axe(queue)
    shot(queue, f"case-file-busy-{theme}")


def test_the_pages_fit_a_narrow_screen(open_as, axe, shot, busy_list, mia, cole, compared):
    page = open_as(mia, "/worklist/", viewport=NARROW)
    assert has_no_sideways_scroll(page)
    axe(page)
    shot(page, "worklist-320")
    page.goto(f"/read/{compared.code}/")
    begin(page)
    assert has_no_sideways_scroll(page)
    axe(page)
    shot(page, "reading-room-320")
    queue = open_as(cole, "/queue/", viewport=NARROW)
    assert has_no_sideways_scroll(queue)
    axe(queue)
    shot(queue, "queue-320")
    queue.get_by_role("link", name="SR-").first.click()
    queue.wait_for_url("**/queue/SR-*/")
    assert has_no_sideways_scroll(queue)


def test_from_the_worklist_to_a_signed_report_by_keyboard_alone(open_as, shot, axe, assigned, mia):
    page = open_as(mia, "/worklist/")
    press = page.keyboard.press
    press("j")
    press("Enter")
    page.wait_for_url("**/read/*/")
    page.wait_for_load_state()  # a key that is pressed before the scripts run is lost
    wait_until_painted(page)
    walk_to(page, "#level-L4-L5-disc_contour", "F3")
    pick(page, "extr")
    for value in ("2", "0", "3"):
        press("Tab")
        page.keyboard.type(value)
    walk_to(page, "#level-L4-L5-symptom_match")
    pick(page, "conc")
    press("Alt+d")
    walk_to(page, '#level-L4-L5-zone [value="left_subarticular"]')
    press("Space")
    walk_to(page, "#level-L4-L5-root_traversing_l")
    pick(page, "compr")
    press("Alt+n")
    press("Alt+r")
    saved(page)
    expect(page.locator("#findings")).to_have_value(holding("Left subarticular disc extrusion"))
    walk_to(page, '[data-regenerate="impression"]')
    press("Enter")
    walk_to(page, "#answer-0", "F3")
    page.keyboard.type("The images alone do not decide that.")
    walk_to(page, '[name="recommendations"][value="specialist"]')
    press("Space")
    shot(page, "report-previews", full_page=False, themes=THEMES)
    press("Control+Enter")
    page.wait_for_url("**/sign/")
    axe(page)
    shot(page, "sign-previews", full_page=False, themes=THEMES)
    press("Control+Enter")
    page.wait_for_url("**/reauthenticate/**")
    wait_until_painted(page)
    walk_to(page, 'input[type="password"]')
    page.keyboard.type(PASSWORD)
    press("Enter")
    page.wait_for_url("**/report/")
    axe(page)
    shot(page, "signed-dark", full_page=False)
    assigned.refresh_from_db()
    assert assigned.status == REPORTED


def test_what_follows_the_last_finding_is_stored_before_one_goes_to_sign(open_as, assigned, mia):
    """The answer to the save changes the text of the findings: it is saved again, then one goes."""
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    page.get_by_label("L4-L5 Disc", exact=True).select_option("bulge")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sign/")
    text = Report.objects.get(case=assigned).content["findings"]["text"]
    assert "Circumferential disc bulge" in text


def holding(text):
    return re.compile(f".*{re.escape(text)}.*", re.DOTALL)


def begin(page):
    page.get_by_role("button", name="Read this case").click()
    page.wait_for_selector("form[data-report]")
    page.wait_for_load_state()  # a key that is pressed before the scripts run is lost
    wait_until_painted(page)


def test_text_is_saved_one_second_after_the_last_key_and_survives_a_reload(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    page.locator("#findings").fill("Dictated by hand.")
    saved(page)
    page.reload()
    expect(page.locator("#findings")).to_have_value("Dictated by hand.")
    page.get_by_label("L4-L5 Disc", exact=True).select_option("bulge")
    expect(page.locator('[name="revision"]')).to_have_value("2")
    expect(page.locator("#findings")).to_have_value("Dictated by hand.")
    page.locator('[data-regenerate="findings"]').click()
    expect(page.locator("#findings")).to_have_value(holding("Circumferential disc bulge"))


def test_two_tabs_get_a_conflict_with_both_texts(open_as, axe, shot, assigned, mia):
    first = open_as(mia, f"/read/{assigned.code}/")
    begin(first)
    second = first.context.new_page()
    second.goto(f"/read/{assigned.code}/")
    first.locator("#findings").fill("From the first tab.")
    saved(first)
    second.locator("#findings").fill("From the second tab.")
    box = second.locator("[data-conflict]")
    expect(box).to_be_visible()
    expect(box).to_contain_text("From the first tab.")
    expect(box).to_contain_text("From the second tab.")
    axe(second)
    shot(second, "conflict-dark", full_page=False)
    box.get_by_role("button", name="Keep what is here").click()
    saved(second)
    assert Report.objects.get(case=assigned).content["findings"]["text"] == "From the second tab."


def test_a_second_tab_whose_viewer_begins_is_no_change_to_save(open_as, assigned, mia):
    first = open_as(mia, f"/read/{assigned.code}/")
    begin(first)
    second = first.context.new_page()
    second.goto(f"/read/{assigned.code}/")
    for page in (first, second):
        expect(page.locator("[data-problems] li").first).to_be_visible()  # the scripts run
    second.evaluate(
        """code => new BroadcastChannel(`secondread-${code}`)
            .postMessage({ type: "viewer:ready", case: code })""",
        assigned.code,
    )
    second.locator("#findings").fill("From the second tab.")
    saved(second)
    expect(first.locator("[data-save-state]")).to_have_text("Nothing saved yet")
    expect(second.locator("[data-conflict]")).to_be_hidden()
    assert Report.objects.get(case=assigned).revision == 1


def test_of_two_tabs_the_one_that_holds_the_case_keeps_a_drawing(open_as, assigned, mia):
    first = open_as(mia, f"/read/{assigned.code}/")
    begin(first)
    expect(first.locator("[data-claim]")).to_have_attribute("data-state", "here")
    second = first.context.new_page()
    second.goto(f"/read/{assigned.code}/")
    expect(second.locator("[data-claim]")).to_have_attribute("data-state", "elsewhere")
    second.evaluate(
        """([code, drawn]) => new BroadcastChannel(`secondread-${code}`)
            .postMessage({ type: "viewer:measurement", case: code, ...drawn })""",
        [assigned.code, DRAWN | {"settled": False}],
    )
    saved(first)
    for page in (first, second):
        expect(page.locator("[data-measurements] li[data-waiting]")).to_contain_text("8.25 mm")
    expect(second.locator("[data-save-state]")).to_have_text("Nothing saved yet")
    report = Report.objects.get(case=assigned)
    assert report.revision == 1
    assert [row["uid"] for row in report.content["drawings"]] == [DRAWN["uid"]]


def test_a_hasty_enter_opens_the_selected_case_and_not_the_one_before(open_as, busy_list, mia):
    page = open_as(mia, "/worklist/")
    second = page.locator("tr[data-case]").nth(1).get_attribute("data-case")
    held = []

    def hold(route):
        held.append(route)

    page.route(f"**/worklist/{second}/", hold)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    wait_until(page, lambda: held)
    held[0].continue_()
    page.wait_for_url(f"**/read/{second}/")


def test_a_pane_that_does_not_come_says_so_and_comes_when_chosen_again(open_as, busy_list, mia):
    page = open_as(mia, "/worklist/")
    second = page.locator("tr[data-case]").nth(1).get_attribute("data-case")
    page.route(f"**/worklist/{second}/", lambda route: route.abort())
    page.keyboard.press("j")
    expect(page.locator("#pane")).to_contain_text("could not be shown")
    page.unroute(f"**/worklist/{second}/")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator("#pane")).to_contain_text(second)


def test_a_lost_connection_keeps_the_text_and_sends_it_later(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    page.context.set_offline(True)
    page.locator("#findings").fill("Typed without a network.")
    expect(page.locator("[data-save-state]")).to_contain_text("Not saved")
    page.context.set_offline(False)
    saved(page)
    text = Report.objects.get(case=assigned).content["findings"]["text"]
    assert text == "Typed without a network."


def test_key_images_that_cannot_be_loaded_are_said_to_be_kept_and_come_later(
    open_as, assigned, mia
):
    page = open_as(mia, f"/read/{assigned.code}/")
    page.route("**/key-images/", lambda route: route.abort())
    begin(page)
    trouble = page.locator("[data-key-image-error]")
    expect(trouble).to_contain_text("They are kept")
    page.unroute("**/key-images/")
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(trouble).to_be_empty()


def test_the_definition_stands_beside_the_control_and_the_checks_lead_to_it(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    page.get_by_label("L3-L4 Recess L").focus()
    expect(page.locator("[data-definitions]")).to_contain_text("Recess obliterated, no CSF")
    page.get_by_role("link", name="L5-S1: Disc is not stated.").click()
    expect(page.get_by_label("L5-S1 Disc", exact=True)).to_be_focused()


def test_each_autosave_brings_the_checks_fresh(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    missing = page.get_by_role("link", name="L5-S1: Disc is not stated.")
    disc = page.get_by_label("L5-S1 Disc", exact=True)
    expect(missing).to_have_count(1)
    disc.select_option(index=1)
    expect(missing).to_have_count(0)
    disc.select_option(index=0)
    expect(missing).to_have_count(1)


def test_the_first_report_opens_after_the_lock_with_what_differs(
    open_as, axe, shot, compared, mia, client
):
    page = open_as(mia, f"/read/{compared.code}/")
    begin(page)
    page.locator("#impression-0-text").fill("L4/5: extrusion compressing the left L5 root.")
    page.get_by_role("button", name="Lock my reading and compare").click()
    expect(page.locator(".diff del").first).to_contain_text("small protrusion")
    expect(page.locator(".diff ins").first).to_contain_text("extrusion")
    axe(page)
    page.locator(".diff").scroll_into_view_if_needed()
    shot(page, "compare-previews", full_page=False, themes=THEMES)


def test_keys_can_be_switched_off_and_the_help_lists_what_is_bound(open_as, axe, busy_list, mia):
    page = open_as(mia, "/worklist/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    for words in ("next line", "open the case", "next case", "search"):
        expect(dialog).to_contain_text(words)
    axe(page)
    dialog.get_by_label("Single keys are on").uncheck()
    dialog.get_by_role("button", name="Close").click()
    before = page.url
    page.keyboard.press("j")
    page.keyboard.press("n")
    assert page.url == before


def test_a_tab_tells_that_it_is_open_without_keeping_its_reader_signed_in(open_as, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/")
    begin(page)
    with page.expect_request("**/claim/") as beat:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert beat.value.headers["x-background"] == "1"
    expect(page.locator("[data-claim]")).to_be_hidden()


@pytest.mark.parametrize("width", [1920, 1366])
def test_the_patients_pain_map_stays_in_sight_beside_the_question(
    open_as, axe, shot, assigned, mia, width
):
    page = open_as(mia, f"/read/{assigned.code}/", viewport={"width": width, "height": 900})
    begin(page)
    figure = page.get_by_role("img", name="Where it hurts: Low back: left; Lower leg, outer side")
    chosen = page.locator(".pain-region.is-chosen")
    assert set(chosen.evaluate_all("all => all.map(one => one.dataset.region)")) == {
        "low_back_left",
        "lower_leg_outer_left",
    }
    expect(page.locator(".asked-symptoms")).to_contain_text("Low back: left")
    page.locator("#plain").focus()
    expect(figure).to_be_in_viewport(ratio=1)
    assert has_no_sideways_scroll(page)
    axe(page)
    shot(page, f"reading-room-pain-map-{width}", full_page=False)


def test_the_pain_map_fits_a_narrow_screen(open_as, axe, shot, assigned, mia):
    page = open_as(mia, f"/read/{assigned.code}/", viewport=NARROW)
    begin(page)
    page.get_by_role("img", name="Where it hurts").scroll_into_view_if_needed()
    assert has_no_sideways_scroll(page)
    axe(page)
    shot(page, "reading-room-pain-map-320", full_page=False)


def test_the_coordinator_sees_the_pain_map_with_the_symptoms(open_as, axe, shot, assigned, cole):
    page = open_as(cole, f"/queue/{assigned.code}/", viewport={"width": 1440, "height": 1000})
    expect(page.get_by_role("img", name="Where it hurts: Low back: left")).to_be_visible()
    axe(page)
    shot(page, "case-file-pain-map")
