"""The viewer in Chromium: how soon the first image and the whole study are there."""

import os
import re
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from stack.chromium import tab
from stack.testing import find_chromium

FLAGS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LATENCY_MS = 20
QUIET_S = 8.0
LONG_MS = 300_000
SCREEN = {"width": 1600, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
#: How long a reader looks at the worklist before `n`.
AHEAD_S = 20.0
NEXT_TIMES = 5
FRAME = re.compile(r"/frames/\d+$")
#: Count the images drawn, in this document.
COUNT = """window.__shown = 0; addEventListener('CORNERSTONE_IMAGE_RENDERED', ({ detail }) => {
  const engines = cornerstone.getRenderingEngines();
  const viewport = engines.map(e => e.getViewport(detail.viewportId)).find(Boolean);
  if (viewport?.getCurrentImageId?.()) window.__shown += 1;
}, true);"""
#: Whether a viewport of the framed viewer holds a pixel that is not dark. Looking costs time, so it
#: looks once an image is decoded.
SHOWN = """(() => {
  const viewer = document.querySelector("iframe[data-viewer]").contentDocument;
  if (!viewer.defaultView.cornerstone?.cache.getCacheSize()) return false;
  return [...viewer.querySelectorAll("canvas.cornerstone-canvas")].some((canvas) => {
    const pen = new OffscreenCanvas(64, 64).getContext("2d");
    pen.drawImage(canvas, 0, 0, 64, 64);
    return pen.getImageData(0, 0, 64, 64).data.some((value, at) => at % 4 < 3 && value > 60);
  });
})()"""
RAW = 'multipart/related; type="application/octet-stream"'


HEAD = (
    "| line | frames as | first image after opening | after the first frame request "
    "| whole study | of the raw floor | frames | MB | requests |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|"
)
NOTE = """
The viewer's own files are in the browser's cache, as on every visit but the first. The floor is the
raw pixels ({:.1f} MB) at line rate; the whole study counts from the first frame request. Software
rendering.

`n` on the worklist until a viewport shows pixels, median and worst of {} times: {} with the page
drawn ahead, {} in a browser that does not draw ahead and has nothing cached."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A signed-in radiologist with one case to read."""

    url: str
    code: str
    cookie: str
    session: str

    def context(self, browser: Browser) -> BrowserContext:
        context = browser.new_context(
            base_url=self.url, viewport={"width": 1600, "height": 1000}, locale="en-GB"
        )
        context.set_default_timeout(LONG_MS)
        cookie = {"name": self.cookie, "value": self.session, "url": self.url}
        context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie is a TypedDict there
        context.add_init_script(COUNT)
        return context


@dataclass
class Seen:
    """What went over the line, told by the browser (Chrome DevTools Protocol)."""

    bytes: int = 0
    requests: int = 0
    asked_at: float = 0.0
    ends: dict[str, float] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def watch(self, cdp: Any) -> None:
        cdp.on("Network.requestWillBeSent", self._asked)
        cdp.on("Network.loadingFinished", self._finished)

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        self.urls[event["requestId"]] = url
        if FRAME.search(url) and not self.asked_at:
            self.asked_at = time.monotonic()

    def _finished(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.bytes += int(event["encodedDataLength"])
        url = self.urls.get(event["requestId"], "")
        if FRAME.search(url):
            self.ends[url] = time.monotonic()


def browser_tables(visit: Visit, raw_bytes: int, rates: list[int]) -> str:
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        lines = [HEAD]
        for rate in rates:
            for raw in (False, True):
                lines.append(f"| {shaped(browser, visit, raw_bytes, rate, raw=raw)} |")
                print(lines[-1], flush=True)
        browser.close()
    took = [next_seconds(visit, ahead=ahead) for ahead in (True, False)]
    lines.append(NOTE.format(raw_bytes / 1e6, NEXT_TIMES, *took))
    return "\n".join(lines)


def shaped(browser: Browser, visit: Visit, raw_bytes: int, rate: int, *, raw: bool) -> str:
    """Load the viewer once so that its own files are cached, then again on the shaped line."""
    context = visit.context(browser)
    page = context.new_page()
    warm(page, visit.code)
    if raw:
        page.route("**/frames/*", as_raw)
    cdp, seen = context.new_cdp_session(page), Seen()
    cdp.send("Network.enable")
    throughput = rate * 1e6 / 8
    shape = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": throughput}
    cdp.send("Network.emulateNetworkConditions", shape | {"uploadThroughput": throughput})
    seen.watch(cdp)
    started = time.monotonic()
    page.goto(f"/viewer/basic?case={visit.code}", wait_until="domcontentloaded")
    page.wait_for_function("() => window.__shown > 0", polling=50)
    shown = time.monotonic()
    quiet_since, count = time.monotonic(), 0
    while time.monotonic() - quiet_since < QUIET_S:
        page.wait_for_timeout(200)
        if len(seen.ends) != count:
            quiet_since, count = time.monotonic(), len(seen.ends)
    whole = max(seen.ends.values()) - seen.asked_at
    context.close()
    cells = (
        f"{rate} Mbit/s",
        "raw" if raw else "HTJ2K",
        f"{shown - started:.1f} s",
        f"{shown - seen.asked_at:.1f} s",
        f"{whole:.1f} s",
        f"{whole / (raw_bytes * 8 / rate / 1e6):.2f}",
        str(count),
        f"{seen.bytes / 1e6:.1f}",
        str(seen.requests),
    )
    return " | ".join(cells)


def as_raw(route: Route) -> None:
    route.continue_(headers=route.request.headers | {"accept": RAW})


def warm(page: Page, code: str) -> None:
    """Load the viewer's own files, which a browser keeps for good, and no image."""
    page.route("**/frames/*", lambda route: route.abort())
    page.goto(f"/viewer/basic?case={code}", wait_until="domcontentloaded")
    page.wait_for_function(
        "() => window.secondread?.services.displaySetService?.getActiveDisplaySets().length"
    )
    page.wait_for_timeout(5_000)
    page.unroute("**/frames/*")
    page.goto("about:blank")


def next_seconds(visit: Visit, *, ahead: bool) -> str:
    took = [next_to_first_image(visit, ahead=ahead) for _ in range(NEXT_TIMES)]
    return f"{statistics.median(took):.2f} and {max(took):.2f} s"


def next_to_first_image(visit: Visit, *, ahead: bool) -> float:
    """Return the seconds from `n` on the worklist until a viewport shows more than black."""
    with tab(find_chromium() or "", *FLAGS) as browser:
        page = browser.page
        cookie = {"name": visit.cookie, "value": visit.session, "url": visit.url}
        browser.send("Network.setCookie", page, **cookie)
        browser.send("Emulation.setDeviceMetricsOverride", page, **SCREEN)
        browser.send("Page.setPrerenderingAllowed", page, isAllowed=ahead)
        browser.open(f"{visit.url}/worklist/")
        browser.wait_for("location.pathname === '/worklist/' && document.readyState === 'complete'")
        time.sleep(AHEAD_S if ahead else 1)
        if ahead != bool(browser.ahead):
            raise SystemExit("the next case was drawn ahead" if browser.ahead else "nothing ahead")
        started = time.monotonic()
        browser.press("n")
        browser.wait_for(f"location.pathname.startsWith('/read/') && {SHOWN}", seconds=120)
        return time.monotonic() - started
