"""Images in a window of their own: in step with the report, and never those of another case."""

import pytest

from cases.lifecycle import ASSIGNED
from cases.services import reports
from tests.dicomweb.reader import (
    CODE,
    LOADED_MS,
    NAMED,
    READY,
    SAY,
    Reader,
    held_frames,
    report_alone,
)
from tests.factories import make_case
from tests.fixtures.browser import wait_until

OTHER = "SR-NEXT22"
#: The series of the images of which a window said that it shows them now.
TOLD = "heard.filter(({ type }) => type === 'viewer:at').map(({ series }) => series)"
SHOWS = """([place, window]) => {
  const { cornerstoneViewportService: c, viewportGridService: g } = secondread.services;
  return [...g.getState().viewports.keys()].map(id => c.getCornerstoneViewport(id)).some(v => {
    const { lower, upper } = v.getProperties().voiRange ?? {};
    return v.getCurrentImageId().includes(`${place.sop}/frames/${place.frame}`)
      && (!window || (Math.abs(upper - lower - window.width) < 1
        && Math.abs((upper + lower) / 2 - window.centre) < 1));
  });
}"""


def test_a_second_window_keeps_step_and_does_not_lead_back(reader):
    """Its linked viewports move too; told, they took the first window back while it scrolled on."""
    reader.open()
    report = reader.report()
    second = Reader(reader.page.context.new_page())
    open_with_a_click(second)
    second.page.wait_for_timeout(600)  # a window says where it is 120 ms after it came there
    assert report.evaluate(TOLD) == []  # its first images are none that the reader went to
    second.activate(second.viewports[0])
    reader.page.bring_to_front()
    moved = reader.viewports[1]
    reader.activate(moved)
    reader.scroll(moved, 3)
    wait_until(second.page, lambda: second.viewports[0]["index"] == moved["index"] + 3)
    second.page.wait_for_timeout(600)
    assert set(report.evaluate(TOLD)) == {moved["image"].split("/series/")[1].split("/")[0]}


def open_with_a_click(reader):
    """Click into a viewport whose pictures have not come yet."""
    with held_frames(reader.page) as held:
        reader.page.goto(f"/viewer/basic?case={CODE}", wait_until="domcontentloaded")
        reader.page.wait_for_function(NAMED, timeout=LOADED_MS)
        wait_until(reader.page, lambda: held)
        reader.click(reader.viewports[0], (0.9, 0.1))
    reader.page.wait_for_function(READY, timeout=LOADED_MS)


def test_a_window_of_the_case_before_covers_itself(reader, ana, mia, case, axe):
    """The report goes on to another case: the images on the second monitor must not stay."""
    reports.start_reading(case=case, by=mia)
    report = report_alone(reader.page)
    report.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
    reader.open()
    notice = reader.page.locator("#other-case")
    assert notice.count() == 0

    other = make_case(ana, ASSIGNED, code=OTHER, assignee=mia)
    reports.start_reading(case=other, by=mia)
    report.goto(f"/read/{OTHER}/", wait_until="domcontentloaded")
    notice.get_by_text(f"The report is on {OTHER}.").wait_for()
    axe(reader.page, within="#other-case")
    box = notice.bounding_box()
    assert (box["width"], box["height"]) == (1600, 1000)
    link = notice.get_by_role("link", name=f"Open the images of {OTHER}")
    assert link.get_attribute("href") == f"/viewer/basic?case={OTHER}"
    reader.page.keyboard.press("?")
    reader.page.wait_for_timeout(300)
    assert reader.page.locator("#viewer-keys").count() == 0  # the keys sleep, too

    report.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
    notice.wait_for(state="detached")
    reader.page.keyboard.press("?")
    reader.page.locator("#viewer-keys").wait_for()


def test_a_window_that_opens_late_asks_which_case_is_read(
    reader, slot, ana, mia, case, result, tmp_path_factory
):
    other = make_case(ana, ASSIGNED, code=OTHER, assignee=mia)
    reports.start_reading(case=other, by=mia)
    report = report_alone(reader.page)
    report.goto(f"/read/{OTHER}/", wait_until="domcontentloaded")
    report.locator("[data-claim]").wait_for(state="attached")
    reader.open()
    reader.page.locator("#other-case").get_by_text(f"on {OTHER}.").wait_for()


@pytest.fixture
def hidden(result):
    """Return a place in a series that hangs nowhere."""
    series = next(one for one in result.series if one.label == "T1 AX")
    sop = series.instances[2].sop_instance_uid
    return {"series": series.series_instance_uid, "sop": sop, "frame": 1}


def test_a_jump_waits_for_a_busy_line_and_brings_its_window(reader, hidden):
    held = []
    frames = f"**/series/{hidden['series']}/**/frames/**"
    reader.page.route(frames, lambda route: held.append(route))  # noqa: PLW0108 - no signature
    reader.open()
    report = reader.report()
    window = {"centre": 300, "width": 444}
    report.evaluate(SAY, {"type": "viewer:show", "case": CODE, "window": window} | hidden)
    wait_until(reader.page, lambda: held)
    assert not reader.page.evaluate(SHOWS, [hidden, window])
    reader.page.unroute(frames)  # lets go of what it held
    reader.page.wait_for_function(SHOWS, arg=[hidden, window])
    assert all(one["index"] == one["count"] // 2 for one in reader.viewports[1:])
    assert reader.page.get_by_text("The image did not come in time.").count() == 0


def test_a_jump_that_does_not_arrive_says_so(reader, hidden):
    frames = f"**/series/{hidden['series']}/**/frames/**"
    reader.page.route(frames, lambda _route: None)  # no answer ever
    reader.open()
    report = reader.report()
    report.evaluate(SAY, {"type": "viewer:show", "case": CODE} | hidden)
    reader.page.get_by_text("The image did not come in time.").wait_for(timeout=20_000)
