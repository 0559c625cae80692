"""Level labels set on the images, and measurements that go to their level, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from cases.models import Report
from cases.services import reports
from imaging.synthetic.anatomy import disc_centre_mm
from tests.dicomweb.reader import (
    CODE,
    LOADED_MS,
    MEASURED,
    NAMED,
    VIEWPORTS,
    Reader,
    framed_viewer,
    held_frames,
)
from tests.fixtures.browser import wait_until
from tests.ui.looks import THEMES

#: Texts of all level labels in sight.
PLACES = "() => [...document.querySelectorAll('g[data-levels] text')].map(t => t.textContent)"
VIEWPORT = "secondread.services.cornerstoneViewportService.getCornerstoneViewport"
TO_CANVAS = f"""([id, at]) => {{
  const v = {VIEWPORT}(id);
  const [x, y] = v.worldToCanvas(at), r = v.element.getBoundingClientRect();
  return [r.x + x, r.y + y];
}}"""
ASK_FOR = f"([id, index]) => void {VIEWPORT}(id).setImageIdIndex(index)"
SHOW = f"([id, index]) => {VIEWPORT}(id).setImageIdIndex(index)"
RENDER = f"""id => new Promise(done => {{
  const v = {VIEWPORT}(id);
  v.element.addEventListener('CORNERSTONE_IMAGE_RENDERED', done, {{ once: true }});
  v.render();
}})"""
SHOWS = f"([id, index]) => {VIEWPORT}(id).getCurrentImageIdIndex() === index"
LENGTH_IS_ACTIVE = """() => secondread.services.toolGroupService.getToolGroup('default')
  .getActivePrimaryMouseButtonTool() === 'Length'"""
TEXTS_OF = f"""id => [...{VIEWPORT}(id).element.querySelectorAll('g[data-levels] text')]
  .map(t => t.textContent)"""
SAYS_FIRST = f"([id, level]) => ({TEXTS_OF})(id)[0] === level"


@pytest.fixture
def desk(reader, case, mia):
    """The reading room: images left, report right; and the frame of the images."""
    reports.start_reading(case=case, by=mia)
    page = reader.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
    return page, settled(page)


def settled(page):
    frame = framed_viewer(page)
    frame.wait_for_selector("svg.svg-layer", state="attached")
    return frame


def corner(page):
    box = page.locator("iframe[data-viewer]").bounding_box()
    return box["x"], box["y"]


def centre(vertebra: int) -> list[float]:
    """Return the middle of a vertebra of the phantom, 0 for T12."""
    (upper_y, upper_z), (lower_y, lower_z) = map(disc_centre_mm, (vertebra - 1, vertebra))
    return [0.0, (upper_y + lower_y) / 2, (upper_z + lower_z) / 2]


def scroll_to(frame, viewport, index):
    frame.evaluate(SHOW, [viewport["id"], index])
    frame.evaluate(RENDER, viewport["id"])


def press(page, frame, viewport, at):
    left, top = corner(page)
    x, y = frame.evaluate(TO_CANVAS, [viewport["id"], at])
    page.mouse.click(left + x, top + y)


def number_the_levels(page, frame, count=6):
    """Click from S1 upwards; returns the sagittal viewport that was clicked on."""
    sagittal = frame.evaluate(VIEWPORTS)[1]
    frame.click("[data-cy='SecondReadLevels']")
    frame.wait_for_selector("#level-bar")
    for vertebra in range(6, 6 - count, -1):
        press(page, frame, sagittal, centre(vertebra))
    return sagittal


def measure(page, frame, viewport, start, end):
    """Draw a length with the mouse, between two positions in mm."""
    left, top = corner(page)
    page.mouse.click(left + viewport["x"] + 20, top + viewport["y"] + 60)
    page.keyboard.press("d")  # at once, as readers do: the click before it chose the viewport
    frame.wait_for_function(LENGTH_IS_ACTIVE)
    drag(page, frame, viewport, start, end)


def drag(page, frame, viewport, start, end):
    left, top = corner(page)
    (x1, y1), (x2, y2) = (frame.evaluate(TO_CANVAS, [viewport["id"], at]) for at in (start, end))
    page.mouse.move(left + x1, top + y1, steps=4)
    page.mouse.down()
    page.mouse.move(left + x2, top + y2, steps=8)
    page.wait_for_timeout(150)  # the tool follows the pointer frame by frame
    page.mouse.up()


def has_no_barriers(page, axe):
    """Look at our page around the viewer; inside its frame is OHIF's, but for our own parts."""
    for theme in THEMES:
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        axe(page, colours=theme != THEMES[0])


def stored_names():
    return [point["name"] for point in Report.objects.get().content["numbering"]["points"]]


def test_levels_are_set_once_and_shown_on_every_series(desk, reader, axe, shot):
    page, frame = desk
    number_the_levels(page, frame)
    axe(frame, within="#level-bar")
    assert page.locator("[data-numbering]").text_content() == (
        "Level labels L1 to S1, set by you on the images."
    )
    page.keyboard.press("Backspace")  # one step back, then again
    expect(page.locator("[data-numbering]")).to_contain_text("L2 to S1")
    press(page, frame, frame.evaluate(VIEWPORTS)[1], centre(1))
    page.keyboard.press("Escape")
    frame.wait_for_selector("#level-bar", state="detached")
    frame.get_by_text("Saved to the report.").wait_for()
    assert stored_names() == ["S1", "L5", "L4", "L3", "L2", "L1"]
    for viewport in frame.evaluate(VIEWPORTS)[:3]:
        assert set(frame.evaluate(TEXTS_OF, viewport["id"])) == {"L1", "L2", "L3", "L4", "L5", "S1"}
    shot(page, "levels-1920", full_page=False)

    with held_frames(page) as held:
        page.reload()  # to its end: until then the frame may be the one before
        a_label_needs_a_picture(page, held)
    frame = settled(page)
    frame.wait_for_function(f"() => ({PLACES})().includes('L4')")
    second = Reader(page.context.new_page()).open()
    second.page.wait_for_function(f"() => ({PLACES})().includes('L4')")


def a_label_needs_a_picture(page, held):
    """Where none is on view yet, a click has no place."""
    frame = page.wait_for_selector("iframe[data-viewer]").content_frame()
    frame.wait_for_function(NAMED, timeout=LOADED_MS)
    wait_until(page, lambda: held)
    sagittal = frame.evaluate(VIEWPORTS)[1]
    left, top = corner(page)
    frame.click("[data-cy='SecondReadLevels']")
    middle = left + sagittal["x"] + sagittal["w"] / 2, top + sagittal["y"] + sagittal["h"] / 2
    page.mouse.click(*middle)
    expect(frame.locator("#level-bar [role=status]")).to_contain_text("still loading")
    page.keyboard.press("Escape")
    assert stored_names() == ["S1", "L5", "L4", "L3", "L2", "L1"]


def test_the_axial_image_says_its_level_and_the_form_follows(desk, shot):
    page, frame = desk
    number_the_levels(page, frame)
    page.keyboard.press("Escape")
    axial = frame.evaluate(VIEWPORTS)[3]
    left, top = corner(page)
    page.mouse.click(left + axial["x"] + axial["w"] * 0.9, top + axial["y"] + axial["h"] * 0.1)
    seen = []
    for index in range(axial["count"]):
        scroll_to(frame, axial, index)
        seen += frame.evaluate(TEXTS_OF, axial["id"])[:1]
    order = list(dict.fromkeys(seen))
    assert order in (["L3-L4", "L4-L5", "L5-S1"], ["L5-S1", "L4-L5", "L3-L4"])
    marked = page.locator("tbody.is-at")
    expect(marked).to_have_attribute("data-level", order[-1])
    shot(page, "levels-axial-1920", full_page=False)
    while_the_next_image_loads_the_one_on_view_counts(page, frame, axial, order)
    expect(marked).to_have_attribute("data-level", order[0])
    page.locator("[data-go-to-level]").click()
    expect(marked.locator("select").first).to_be_focused()


def while_the_next_image_loads_the_one_on_view_counts(page, frame, axial, order):
    """Ask for the first slice while the last one is on view: its level stays, no line begins."""
    frame.evaluate("() => cornerstone.cache.purgeCache()")
    with held_frames(page) as held:
        frame.evaluate(ASK_FOR, [axial["id"], 0])
        wait_until(page, lambda: held)
        frame.evaluate(RENDER, axial["id"])
        assert frame.evaluate(TEXTS_OF, axial["id"]) == order[-1:]
        page.keyboard.press("d")
        frame.wait_for_function(LENGTH_IS_ACTIVE)
        draw_in_the_middle(page, axial)
        frame.get_by_text("still loading").wait_for()
        assert frame.evaluate(MEASURED) == []
    frame.wait_for_function(SAYS_FIRST, arg=[axial["id"], order[0]])
    draw_in_the_middle(page, axial)
    frame.wait_for_function(f"() => ({MEASURED})().length === 1")


def draw_in_the_middle(page, viewport):
    left, top = corner(page)
    x, y = left + viewport["x"] + viewport["w"] / 2, top + viewport["y"] + viewport["h"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 40, steps=4)
    page.mouse.up()


def test_a_measurement_goes_to_its_level_with_one_key_and_leads_back(desk, axe, shot):
    page, frame = desk
    sagittal = number_the_levels(page, frame)
    page.keyboard.press("Escape")
    y, z = disc_centre_mm(4)  # the disc L4-L5
    measure(page, frame, sagittal, [0.0, y - 6, z], [0.0, y + 6, z])
    waiting = page.locator("[data-measurements] li[data-waiting]")
    expect(waiting).to_contain_text(re.compile(r"1[12]\.\d mm"))
    expect(waiting.locator("select").first).to_have_value("L4-L5")
    shot(page, "measurement-waiting-1920", full_page=False)
    has_no_barriers(page, axe)
    revision = page.locator("[name=revision]")
    before = revision.input_value()
    page.keyboard.press("a")
    expect(waiting).to_have_count(0)
    value = float(page.locator("[name='level.L4-L5.size_mm']").input_value())
    assert value == pytest.approx(12, abs=1.5)
    expect(revision).not_to_have_value(before)
    (kept,) = Report.objects.get().content["measurements"]
    assert (kept["level"], kept["field"], kept["value"]) == ("L4-L5", "size_mm", value)
    assert kept["sop"] in sagittal["image"]

    what_is_accepted_at_once_is_what_was_drawn(page, frame, sagittal)
    scroll_to(frame, sagittal, sagittal["index"] + 3)
    page.get_by_role("button", name="on the images").first.click()
    frame.wait_for_function(SHOWS, arg=[sagittal["id"], sagittal["index"]])
    page.reload()
    expect(page.locator("[data-measurements] li").first).to_contain_text("L4-L5")


def what_is_accepted_at_once_is_what_was_drawn(page, frame, sagittal):
    """Press the key right behind the mouse: it means the measurement and the value of just now."""
    y, z = disc_centre_mm(3)
    drag(page, frame, sagittal, [0.0, y - 4, z], [0.0, y + 4, z])
    waiting = page.locator("[data-measurements] li[data-waiting]")
    expect(waiting).to_contain_text(re.compile(r"[78]\.\d+ mm"))
    other_y, other_z = disc_centre_mm(2)
    drag(page, frame, sagittal, [0.0, other_y - 8, other_z], [0.0, other_y + 8, other_z])
    page.keyboard.press("a")
    value = page.locator("[name='level.L2-L3.size_mm']")
    expect(value).to_have_value(re.compile(r"1[567]"))
    expect(waiting).to_contain_text(re.compile(r"[78]\.\d+ mm"))
    drag(page, frame, sagittal, [0.0, y + 4, z], [0.0, y + 9, z])
    page.keyboard.press("a")
    expect(waiting).to_have_count(0)
    expect(page.locator("[name='level.L3-L4.size_mm']")).to_have_value(re.compile(r"1[234]"))


def test_without_labels_the_reader_picks_the_level(desk):
    page, frame = desk
    measure(page, frame, frame.evaluate(VIEWPORTS)[1], [0.0, -10.0, 0.0], [0.0, 10.0, 0.0])
    waiting = page.locator("[data-measurements] li[data-waiting]")
    expect(waiting).to_contain_text(re.compile(r"(19|20|21)\.?\d* mm"))
    expect(waiting.locator("select").first).to_have_value("")
    waiting.get_by_role("button", name="Take over").click()
    expect(page.locator("[data-from-images-status]")).to_contain_text("Choose the level")
    waiting.locator("select").first.select_option("L5-S1")
    waiting.get_by_role("button", name="Take over").click()
    expect(page.locator("[name='level.L5-S1.size_mm']")).not_to_have_value("")
