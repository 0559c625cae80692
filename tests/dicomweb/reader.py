"""A radiologist's hand on mouse and keyboard of the diagnostic viewer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Frame, Page, Route
from playwright.sync_api import TimeoutError as WaitedTooLongError

CODE = "SR-TEST23"
LOADED_MS = 60_000
ASK_AGAIN_MS = 5_000
VIEWPORTS = """() => {
  const { cornerstoneViewportService: c, viewportGridService: g } = secondread.services;
  return [...g.getState().viewports.keys()].map(id => {
    const v = c.getCornerstoneViewport(id), r = v.element.getBoundingClientRect();
    return { id, x: r.x, y: r.y, w: r.width, h: r.height, count: v.getImageIds().length,
             index: v.getCurrentImageIdIndex(), image: v.getCurrentImageId() };
  });
}"""
READY = """() => {
  try {
    const { viewportGridService: g, cornerstoneViewportService: c } = secondread.services;
    const ids = [...g.getState().viewports.keys()];
    const shows = v => v.getCornerstoneImage()?.imageId === v.getCurrentImageId();
    return ids.length > 0 && ids.every(id => shows(c.getCornerstoneViewport(id)));
  } catch { return false; }
}"""
#: The images are known, but none has come.
NAMED = READY.replace("shows(", "(v => v.getCurrentImageId())(")
LINES = """() => [...document.querySelectorAll('svg.svg-layer line')].map(
  l => ['x1', 'y1', 'x2', 'y2'].map(a => Math.round(l.getAttribute(a))).join(','))"""
LINES_MOVED = f"""previous => {{
  const lines = ({LINES})();
  return lines.length > 0 && lines.every(line => !previous.includes(line));
}}"""
INDEX = """id => secondread.services.cornerstoneViewportService
  .getCornerstoneViewport(id).getCurrentImageIdIndex()"""
INDEX_IS = f"([id, index]) => ({INDEX})(id) === index"
SHOW_IMAGES = """wanted => {
  const { cornerstoneViewportService: c, viewportGridService: g } = secondread.services;
  const shown = [...g.getState().viewports.keys()].map(id => c.getCornerstoneViewport(id)).map(
    v => v.getImageIds().indexOf(v.getCornerstoneImage()?.imageId));
  return shown.join() === wanted.join();
}"""
#: Tools that have a key; the others are buttons of the toolbar.
TOOL_KEYS = {
    "WindowLevel": "w",
    "Length": "d",
    "Angle": "g",
    "CobbAngle": "b",
    "EllipticalROI": "e",
}
IS_ACTIVE = "id => secondread.services.viewportGridService.getActiveViewportId() === id"
HOLDS_TOOL = """name => secondread.services.toolGroupService.getToolGroup('default')
  .getActivePrimaryMouseButtonTool() === name"""
MEASURED = """() => secondread.services.measurementService.getMeasurements().map(
  m => [m.toolName, m.displayText?.primary])"""

LISTEN = """code => {
  window.heard = [];
  window.channel = new BroadcastChannel(`secondread-${code}`);
  channel.onmessage = ({ data }) => {
    heard.push(data);
    if (data.type === 'viewer:key-image')
      channel.postMessage({ type: 'viewer:stored', case: code, id: data.id, ok: true });
  };
}"""
KEY_IMAGES = "heard.filter(({ type }) => type === 'viewer:key-image')"
SAY = "message => channel.postMessage(message)"


def framed_viewer(page: Page) -> Frame:
    """Return the frame with the images beside the report, once pictures are on view in it.

    Of 28 waits that began while the frame left its first, empty page Playwright lost one, although
    all pictures were there: so it is asked anew.
    """
    element = page.wait_for_selector("iframe[data-viewer]")
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    for _ in range(LOADED_MS // ASK_AGAIN_MS - 1):
        with suppress(WaitedTooLongError):
            frame.wait_for_function(READY, timeout=ASK_AGAIN_MS)
            return frame
    frame.wait_for_function(READY, timeout=ASK_AGAIN_MS)
    return frame


def report_alone(page: Page) -> Page:
    """Return another page of the same browser, where no viewer loads beside the report."""
    report = page.context.new_page()

    def empty(route: Route) -> None:
        route.fulfill(body="", content_type="text/html")

    report.route("**/viewer/basic?**", empty)
    return report


@contextmanager
def held_frames(page: Page) -> Iterator[list[Route]]:
    """Keep the pictures back, as on a slow line; what was asked for comes when this ends."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/frames/**", hold)
    yield held
    for route in held:  # those that come meanwhile are added to them
        route.continue_()
    page.unroute("**/frames/**")


class Reader:
    """Mouse, keyboard, and what the viewer says of itself."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, query: str = f"case={CODE}") -> "Reader":
        self.page.goto(f"/viewer/basic?{query}", wait_until="domcontentloaded")
        self.page.wait_for_function(READY, timeout=LOADED_MS)
        return self

    def report(self, code: str = CODE) -> Page:
        """Return a page that stands for the report on another screen: it hears and stores all."""
        page = self.page.context.new_page()
        page.goto("/healthz")
        page.evaluate(LISTEN, code)
        self.page.bring_to_front()
        return page

    @property
    def viewports(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(VIEWPORTS)
        return found

    def place(self, viewport, across=0.5, down=0.5):
        return viewport["x"] + viewport["w"] * across, viewport["y"] + viewport["h"] * down

    def activate(self, viewport) -> None:
        """Click into a viewport, with the tool in hand that draws nothing."""
        self.tool("WindowLevel")
        self.click(viewport, (0.9, 0.1))
        self.page.wait_for_function(IS_ACTIVE, arg=viewport["id"])

    def scroll(self, viewport, notches: int) -> None:
        """Turn the wheel as fast as it goes; the image is chosen then, not yet on view."""
        start = self.page.evaluate(INDEX, viewport["id"])
        self.page.mouse.move(*self.place(viewport))
        for _ in range(abs(notches)):
            self.page.mouse.wheel(0, 100 if notches > 0 else -100)
        wanted = min(max(0, start + notches), viewport["count"] - 1)
        self.page.wait_for_function(INDEX_IS, arg=[viewport["id"], wanted])

    def wait_for(self, *indices: int) -> None:
        """Wait until each viewport shows the image of that number, counted from 0."""
        self.page.wait_for_function(SHOW_IMAGES, arg=list(indices))

    def reference_lines(self, previous: Sequence[str] = ()) -> list[str]:
        """Return them once none is where it was before."""
        self.page.wait_for_function(LINES_MOVED, arg=list(previous))
        lines: list[str] = self.page.evaluate(LINES)
        return lines

    def drag(self, viewport, start, end) -> None:
        self.page.mouse.move(*self.place(viewport, *start), steps=4)
        self.page.mouse.down()
        self.page.mouse.move(*self.place(viewport, *end), steps=8)
        self.page.wait_for_timeout(80)
        self.page.mouse.up()

    def click(self, viewport, at) -> None:
        self.page.mouse.move(*self.place(viewport, *at), steps=4)
        self.page.mouse.down()
        self.page.wait_for_timeout(50)
        self.page.mouse.up()

    def tool(self, name: str) -> None:
        """Take a tool by its key, or by its button where it has none."""
        if name in TOOL_KEYS:
            self.page.keyboard.press(TOOL_KEYS[name])
        else:
            self.press(name)
        self.page.wait_for_function(HOLDS_TOOL, arg=name)

    def press(self, name: str) -> None:
        """Click a button of the toolbar, in the list of measuring tools where it lies there."""
        button = self.page.locator(f"[data-cy='{name}']").last
        if not button.is_visible():
            self.page.click("[data-cy='MeasurementTools-split-button-secondary']")
        button.click()

    def window(self, viewport) -> Any:
        return self.page.evaluate(
            "id => secondread.services.cornerstoneViewportService"
            ".getCornerstoneViewport(id).getProperties().voiRange",
            viewport["id"],
        )


def labels(reader, result):
    by_uid = {one.series_instance_uid: one.label for one in result.series}
    return [by_uid[one["image"].split("/series/")[1].split("/")[0]] for one in reader.viewports]
