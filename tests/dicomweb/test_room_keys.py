"""From the report to the images and back by keys, with the diagnostic viewer in its frame."""

from playwright.sync_api import expect

from tests.dicomweb.conftest import carry_session
from tests.dicomweb.reader import CODE

LOADED_MS = 120_000
IN_FRAME = "document.activeElement.matches('iframe[data-viewer]')"


def open_room(new_page, live_server, mia):
    page = new_page(viewport={"width": 1600, "height": 1000})
    carry_session(page, live_server, mia)
    page.goto(f"/read/{CODE}/")
    page.get_by_role("button", name="Read this case").click()
    page.wait_for_selector("form[data-report]")
    page.wait_for_load_state()
    field = page.get_by_label("L4-L5 Canal")
    field.focus()
    return page, field


def test_alt_i_leads_to_the_previews_and_back(new_page, live_server, case, mia, settings, tmp_path):
    settings.VIEWER_ROOT = tmp_path  # no viewer is installed there
    page, field = open_room(new_page, live_server, mia)
    page.locator("[data-stack-viewer][data-state=ready]").wait_for()
    page.keyboard.press("Alt+i")
    expect(page.locator("[data-part=picture]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-part=place]")).to_contain_text("7 of 11")
    page.keyboard.press("Alt+i")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog")).to_contain_text("to the images, and back to the report")


def test_alt_i_leads_into_the_viewer_and_back(viewer_root, new_page, live_server, case, mia, axe):
    page, field = open_room(new_page, live_server, mia)
    viewer = page.frame_locator("iframe[data-viewer]")
    viewer.locator("canvas").first.wait_for(timeout=LOADED_MS)
    page.keyboard.press("Alt+i")
    assert page.evaluate(IN_FRAME)
    page.keyboard.press("?")  # a key of the viewer
    expect(viewer.locator("#viewer-keys")).to_be_visible()
    axe(page.query_selector("iframe[data-viewer]").content_frame(), within="#viewer-keys")
    page.keyboard.press("Escape")
    expect(viewer.locator("#viewer-keys")).to_have_count(0)
    page.keyboard.press("Alt+i")
    expect(field).to_be_focused()
