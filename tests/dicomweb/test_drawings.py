"""Each measuring tool draws with the mouse, and what it draws outlives the page.

Drawings are kept with the draft, drawn again at their place, and gone for good.
"""

from typing import Any

from playwright.sync_api import expect

from cases.models import Report
from cases.services import reports
from tests.dicomweb.reader import CODE, HOLDS_TOOL, MEASURED, Reader, report_alone
from tests.fixtures.browser import wait_until

#: Boxes of every line, outline and word drawn in each viewport, without the reference lines.
PLACES = """() => {
  const { measurementService: m, cornerstoneViewportService: c, viewportGridService: g } =
    secondread.services;
  const ours = m.getMeasurements().map(({ uid }) => uid);
  const isOurs = ({ dataset: { id } }) => !id || ours.some(uid => id.startsWith(uid));
  const box = one => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [one.tagName, ...[x, y, width, height].map(Math.round)].join(" ");
  };
  return [...g.getState().viewports.keys()].map(id =>
    [...c.getCornerstoneViewport(id).element
      .querySelectorAll('svg.svg-layer :is(line, path, circle, ellipse, rect, text)')]
      .filter(isOurs).map(box).sort());
}"""
IS_SELECTED = "uid => cornerstoneTools.annotation.selection.isAnnotationSelected(uid)"
#: Which viewport, which tool, and the strokes of the mouse; one point is a click.
STROKES: list[tuple[int, str, list[tuple[tuple[float, float], ...]]]] = [
    (0, "Length", [((0.45, 0.25), (0.45, 0.35))]),
    (0, "Bidirectional", [((0.40, 0.55), (0.50, 0.70))]),
    (1, "EllipticalROI", [((0.42, 0.20), (0.48, 0.30))]),
    (1, "CircleROI", [((0.45, 0.50), (0.48, 0.56))]),
    (1, "RectangleROI", [((0.42, 0.75), (0.50, 0.85))]),
    (2, "CobbAngle", [((0.40, 0.20), (0.50, 0.25)), ((0.40, 0.50), (0.50, 0.45))]),
    (2, "Angle", [((0.40, 0.70), (0.50, 0.75)), ((0.43, 0.85),)]),
    (3, "Probe", [((0.45, 0.35),)]),
    (3, "ArrowAnnotate", [((0.45, 0.60), (0.55, 0.70))]),
]
WITHOUT_A_VALUE = {"ArrowAnnotate", "Probe"}
WITH_A_VALUE = len([name for _, name, _ in STROKES if name not in WITHOUT_A_VALUE])


def open_report(reader, case, mia):
    """Open the report with no images beside it: they are in windows of their own."""
    reports.start_reading(case=case, by=mia)
    page = report_alone(reader.page)
    page.goto(f"/read/{CODE}/")
    expect(page.locator("[data-problems] li").first).to_be_visible()  # the scripts run
    return page


def draw_with_each_tool(reader):
    for number, name, strokes in STROKES:
        viewport = reader.viewports[number]
        reader.activate(viewport)
        reader.press(name)
        reader.page.wait_for_function(HOLDS_TOOL, arg=name)
        for stroke in strokes:
            (reader.drag if len(stroke) > 1 else reader.click)(viewport, *stroke)
            reader.page.wait_for_timeout(600)  # a double click would be another gesture
    reader.page.get_by_role("dialog").get_by_role("textbox").fill("Here")
    reader.page.keyboard.press("Enter")


def each_has_measured(reader):
    def measured():
        found = reader.page.evaluate(MEASURED)
        return {name for name, words in found if words or name in WITHOUT_A_VALUE}

    # a frame after they are drawn
    wait_until(reader.page, lambda: measured() == {name for _, name, _ in STROKES})
    assert len(reader.page.evaluate(MEASURED)) == len(STROKES)


def the_list_of_them_is_saved_as_a_table_only(reader):
    reader.page.click("[data-cy='panelMeasurement-btn']")
    reader.page.get_by_role("button", name="CSV").wait_for()
    assert reader.page.get_by_role("button", name="Create SR").count() == 0


def kept() -> dict[str, dict[str, Any]]:
    """What lies in the database, by the name of the tool."""
    rows = Report.objects.get().content.get("drawings", [])
    return {row["drawing"]["tool"]: row for row in rows}


def read_values(reader) -> list[str]:
    return sorted(map(str, reader.page.evaluate(MEASURED)))


def delete(reader, viewport, at, uid):
    """Click on a drawing with a tool that draws nothing, then take it away by key."""
    reader.tool("WindowLevel")

    def is_selected() -> bool:
        reader.click(viewport, at)  # the first may only have made the viewport the active one
        reader.page.wait_for_timeout(600)
        return bool(reader.page.evaluate(IS_SELECTED, uid))

    wait_until(reader.page, is_selected)
    reader.page.keyboard.press("Backspace")


def test_drawings_come_back_at_their_place_with_their_value_and_go_for_good(
    reader, case, mia, shot
):
    reader.open()
    draw_with_each_tool(reader)
    each_has_measured(reader)
    report = open_report(reader, case, mia)  # nobody listened until now
    wait_until(report, lambda: kept().get("ArrowAnnotate", {}).get("text") == "Here")
    assert len(kept()) == len(STROKES)
    reader.page.bring_to_front()
    delete_and_undo_and_delete_again(reader)
    reader.activate(reader.viewports[0])
    measured, places = read_values(reader), reader.page.evaluate(PLACES)
    assert len(measured) == len(STROKES) - 1

    report.reload()
    waiting = report.locator("[data-measurements] li[data-waiting]")
    expect(waiting).to_have_count(WITH_A_VALUE - 1)
    revision = report.locator("[name=revision]").input_value()
    second = Reader(reader.page.context.new_page()).open()
    wait_until(second.page, lambda: read_values(second) == measured)
    assert second.page.evaluate(PLACES) == places
    shot(second.page, "drawings-again", full_page=False)

    second.scroll(second.viewports[1], 2)
    wait_until(second.page, lambda: second.page.evaluate(PLACES)[1] == [])
    report.get_by_role("button", name="Show EllipticalROI").click()
    wait_until(second.page, lambda: second.page.evaluate(PLACES)[1] == places[1])

    assert report.locator("[name=revision]").input_value() == revision  # nothing new to save
    change_in_one_window_and_see_it_in_the_other(second, reader)
    expect(waiting).to_have_count(WITH_A_VALUE - 2)
    the_list_of_them_is_saved_as_a_table_only(second)


def delete_and_undo_and_delete_again(reader):
    length = kept()["Length"]
    delete(reader, reader.viewports[0], (0.45, 0.30), length["uid"])
    wait_until(reader.page, lambda: "Length" not in kept())
    reader.page.keyboard.press("Control+z")
    wait_until(reader.page, lambda: kept().get("Length") == length)
    reader.page.keyboard.press("Backspace")  # what comes back is selected
    wait_until(reader.page, lambda: "Length" not in kept())


def change_in_one_window_and_see_it_in_the_other(reader, other):
    before, angles = kept()["CobbAngle"]["value"], reader.viewports[2]

    def is_moved() -> bool:
        reader.drag(angles, (0.50, 0.45), (0.50, 0.49))
        reader.page.wait_for_timeout(600)
        return not any(f"{before} °" in words for words in read_values(reader))

    wait_until(reader.page, is_moved)
    wait_until(reader.page, lambda: kept()["CobbAngle"]["value"] != before)
    delete(reader, reader.viewports[0], (0.45, 0.625), kept()["Bidirectional"]["uid"])
    wait_until(reader.page, lambda: "Bidirectional" not in kept())
    wait_until(other.page, lambda: read_values(other) == read_values(reader))
