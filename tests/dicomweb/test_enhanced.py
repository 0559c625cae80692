"""Enhanced MR in the viewer: one instance holds a whole series, frames tell its slices apart."""

import pytest

from cases.lifecycle import ASSIGNED
from tests.dicomweb.conftest import put_study
from tests.dicomweb.reader import KEY_IMAGES, MEASURED, SAY, labels
from tests.factories import make_case
from tests.fixtures.browser import wait_until

CODE = "SR-ENH234"
SERIES = ["T1 SAG", "T2 SAG", "STIR SAG", "T2 AX"]
LAST_TOLD = "heard.findLast(({ type }) => type === 'viewer:measurement')"
#: Does what `k` does, in the moment in which a drawing is there and what it measures is not yet.
KEY_IMAGE_AT_ONCE = """() => {
  const { measurementService: m } = secondread.services;
  const { unsubscribe } = m.subscribe(m.EVENTS.MEASUREMENT_ADDED, ({ measurement }) => {
    unsubscribe();
    window.measuredAtOnce = measurement.displayText?.primary ?? [];
    secondread.commandsManager.run("secondreadKeyImage");
  });
}"""


@pytest.fixture
def hung(reader, ana, mia, enhanced):
    tree, result = enhanced
    put_study(make_case(ana, ASSIGNED, code=CODE, assignee=mia), tree, result)
    return reader.open(f"case={CODE}")


def frame_of(viewport) -> int:
    return int(viewport["image"].split("/frames/")[1].split("/")[0])


def go_to(reader, number, frame):
    viewport = reader.viewports[number]
    reader.activate(viewport)
    reader.scroll(viewport, frame - 1 - viewport["index"])
    assert frame_of(reader.viewports[number]) == frame
    return reader.viewports[number]


def test_enhanced_mr_hangs_right_and_is_linked(hung, enhanced):
    result = enhanced[1]
    assert labels(hung, result) == SERIES
    frames = {one.label: one.frames for one in result.series}
    assert [one["count"] for one in hung.viewports] == [frames[label] for label in SERIES]
    axial = hung.viewports[3]
    hung.activate(axial)
    hung.scroll(axial, 1)
    before = hung.reference_lines()
    hung.scroll(axial, 3)
    hung.reference_lines(before)

    t1, t2, stir, axial = (one["index"] for one in hung.viewports)
    hung.activate(hung.viewports[0])
    hung.scroll(hung.viewports[0], 2)
    hung.wait_for(t1 + 2, t2 + 2, stir + 2, axial)


def test_a_key_image_has_the_measurements_of_its_frame_only_and_leads_back(hung):
    report = hung.report(CODE)
    third = go_to(hung, 1, 3)
    hung.tool("Length")
    hung.drag(third, (0.45, 0.45), (0.45, 0.55))
    fifth = go_to(hung, 1, 5)

    def key_image(press=lambda: hung.page.keyboard.press("k")):
        known = len(report.evaluate(KEY_IMAGES))
        press()
        wait_until(report, lambda: len(report.evaluate(KEY_IMAGES)) > known)
        return report.evaluate(KEY_IMAGES)[-1]

    sent = key_image()
    assert (sent["frame"], sent["measurements"]) == (5, [])
    go_to(hung, 1, 3)
    (text,) = key_image()["measurements"]
    ((_tool, (value, *_)),) = hung.page.evaluate(MEASURED)
    assert value in text

    place = {name: sent[name] for name in ("series", "sop", "frame")}
    report.evaluate(SAY, {"type": "viewer:show", "case": CODE} | place)
    wait_until(hung.page, lambda: hung.viewports[1]["image"] == fifth["image"])

    hung.page.get_by_text("Saved to the report.").first.wait_for()
    wait_until(report, lambda: report.evaluate(LAST_TOLD)["text"] == text)  # after those on the way
    drawn = report.evaluate(LAST_TOLD)
    assert drawn["frame"] == 3
    another = {"uid": "0f8fad5b-d9cb-469f-a165-70867728950e", "frame": 5}
    rows = {"type": "viewer:drawings", "case": CODE, "rows": [drawn | another]}
    hung.page.evaluate(KEY_IMAGE_AT_ONCE)
    assert key_image(lambda: report.evaluate(SAY, rows))["measurements"] == [text]
    assert hung.page.evaluate("measuredAtOnce") == []
