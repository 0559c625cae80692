"""The toolbar with a real mouse: no button lies on another, every tool does what it says.

Those that measure are in test_drawings.py.
"""

import pytest

from cases.models import KeyImage
from cases.services import reports
from tests.dicomweb.reader import CODE, LINES, VIEWPORTS, framed_viewer
from tests.fixtures.browser import wait_until

#: Pairs of what can be clicked in the head of the viewer and lies on one another.
OVERLAPS = """() => {
  const seen = [...document.querySelectorAll('button, [data-cy=return-to-work-list]')]
    .map(one => [one.dataset.cy ?? one.ariaLabel, one.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.bottom < 50);
  return seen.flatMap(([name, a], index) => seen.slice(index + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1)
    .map(([other]) => `${name} ${other}`));
}"""
LOOKS = """id => {
  const v = secondread.services.cornerstoneViewportService.getCornerstoneViewport(id);
  const { parallelScale, focalPoint } = v.getCamera();
  const { voiRange, invert } = v.getProperties();
  return { zoom: Math.round(parallelScale), place: focalPoint.map(Math.round), invert,
           window: [voiRange.lower, voiRange.upper].map(Math.round) };
}"""


@pytest.fixture
def room(reader, case, mia):
    """Return what opens the reading room at a width, with the frame of its images."""

    def opened(width):
        page = reader.page
        page.set_viewport_size({"width": width, "height": 1080})
        page.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
        frame = framed_viewer(page)
        frame.wait_for_selector("[data-cy=SecondReadKeyImage]")
        return frame

    reports.start_reading(case=case, by=mia)
    return opened


def test_no_button_lies_on_another_beside_the_report(room, reader):
    frame = room(1920)
    assert frame.evaluate(OVERLAPS) == []
    for width in (1700, 1600, 1440, 1366, 1280):
        reader.page.set_viewport_size({"width": width, "height": 1000})
        frame.wait_for_function(f"() => !({OVERLAPS})().length")
    reader.page.set_viewport_size({"width": 1920, "height": 1080})
    frame.click("[data-cy=SecondReadKeyImage]")
    reader.page.locator("[data-key-image-list] img").wait_for()
    assert KeyImage.objects.count() == 1


def lines_at_rest(page):
    """Return the reference lines once they stay: they follow the image a frame later."""
    seen = []

    def stay():
        seen.append(page.evaluate(LINES))
        page.wait_for_timeout(300)
        return seen[-1] == page.evaluate(LINES)

    wait_until(page, stay)
    return seen[-1]


def test_each_other_tool_does_what_it_says(reader):
    page = reader.open().page
    t2 = reader.viewports[1]
    reader.activate(t2)

    def looks():
        return page.evaluate(LOOKS, t2["id"])

    def wait_for_another(what, before):
        wait_until(page, lambda: looks()[what] != before[what])

    first = looks()
    for name, changes in (("Zoom", "zoom"), ("Pan", "place"), ("WindowLevel", "window")):
        before = looks()
        reader.press(name)
        reader.drag(t2, (0.60, 0.40), (0.66, 0.55))
        wait_for_another(changes, before)
    reader.press("invert")
    wait_for_another("invert", first)
    reader.press("Reset")
    wait_until(page, lambda: looks() == first)

    lines = lines_at_rest(page)
    reader.press("ReferenceLines")
    wait_until(page, lambda: len(page.evaluate(LINES)) < len(lines))
    reader.press("ReferenceLines")
    wait_until(page, lambda: page.evaluate(LINES) == lines)

    reader.press("SecondReadCompare")
    page.get_by_text("There is no older study in this case.").wait_for()
    reader.press("SecondReadLevels")
    page.locator("#level-bar").wait_for()
    page.keyboard.press("Escape")
    reader.press("SecondReadKeyImage")
    page.get_by_text("Not saved").wait_for()
    reader.press("Layout")
    page.click("[data-cy='Layout-0-0']")
    page.wait_for_function(f"({VIEWPORTS})().length === 1")
