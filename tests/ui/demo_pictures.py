"""Pictures of the staff's pages for docs/screenshots, from a running demo with its real studies.

`bin/demo` in one terminal, then `.venv/bin/python -m tests.ui.demo_pictures` in another.
"""

import argparse
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from stack import totp
from stack.bootstrap import ROOT
from stack.testing import find_chromium
from tests.fixtures.browser import FLAGS
from tests.ui.looks import FOLDER, keep

Theme = Literal["light", "dark"]
_USED: set[str] = set()

DESK: ViewportSize = {"width": 1440, "height": 1000}
WORKSTATION: ViewportSize = {"width": 1920, "height": 1080}
THEMES: tuple[Theme, ...] = ("light", "dark")
#: The viewer has hung the study when every viewport has an image.
HUNG = """() => {
  const services = document.querySelector("iframe")?.contentWindow?.secondread?.services;
  try {
    const { viewportGridService: grid, cornerstoneViewportService: shown } = services;
    const ids = [...grid.getState().viewports.keys()];
    const views = ids.map((id) => shown.getCornerstoneViewport(id));
    return views.length > 1 && views.every((view) => view.getCurrentImageId());
  } catch {
    return false;
  }
}"""

#: The same for a window of images alone.
ALL_SHOWN = """() => document.querySelectorAll("canvas.cornerstone-canvas").length > 1"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="the demo's folder")
    demo = json.loads((parser.parse_args().var / "demo.json").read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, "--no-sandbox"]
        )
        for theme in THEMES:
            take_queue(browser, demo, theme)
            take_worklist(browser, demo, theme)
        take_reading_room(browser, demo)
        take_two_monitors(browser, demo)
        browser.close()


def fresh_code(secret: str) -> str:
    """Return a code that was not used yet: each opens one session only."""
    while (code := totp.code(secret)) in _USED:
        time.sleep(1)
    _USED.add(code)
    return code


@contextmanager
def signed_in(
    browser: Browser, demo: dict[str, Any], name: str, viewport: ViewportSize, theme: Theme
) -> Iterator[Page]:
    """Yield a page on which a demo account has signed in with its second factor."""
    account = next(one for one in demo["accounts"] if one["email"].startswith(f"{name}@"))
    context = browser.new_context(
        base_url=demo["url"], viewport=viewport, color_scheme=theme, locale="en-GB"
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator('input[name="login"]').fill(account["email"])
    page.locator('input[name="password"]').fill(account["password"])
    page.locator("main form button[type=submit]").first.click()
    page.locator('input[name="code"]').fill(fresh_code(account["totp_secret"]))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/*/")
    yield page
    context.close()


def take_queue(browser: Browser, demo: dict[str, Any], theme: Theme) -> None:
    with signed_in(browser, demo, "cole", DESK, theme) as page:
        page.goto("/queue/")
        keep(page, f"queue-{theme}", full_page=False)
        page.goto("/queue/?tab=mine")
        page.locator("table a").first.click()
        page.wait_for_load_state("networkidle")
        keep(page, f"case-file-{theme}")


def take_worklist(browser: Browser, demo: dict[str, Any], theme: Theme) -> None:
    with signed_in(browser, demo, "mia", WORKSTATION, theme) as page:
        page.goto("/worklist/")
        page.wait_for_load_state("networkidle")
        keep(page, f"worklist-{theme}", full_page=False)


def take_reading_room(browser: Browser, demo: dict[str, Any]) -> None:
    with signed_in(browser, demo, "mia", WORKSTATION, "dark") as page:
        page.goto("/worklist/")
        page.locator("table a").first.click()
        page.wait_for_load_state("networkidle")
        page.wait_for_function(HUNG, timeout=60_000)
        page.wait_for_load_state("networkidle")
        take_over = page.get_by_role("button", name="Read here instead")
        if take_over.is_visible():  # a window of the pictures before had it open
            take_over.click()
        page.wait_for_timeout(3000)
        keep(page, "reading-room-1920", full_page=False)


def take_two_monitors(browser: Browser, demo: dict[str, Any]) -> None:
    """Two windows of one reader side by side: images alone left, images and report right."""
    with signed_in(browser, demo, "mia", WORKSTATION, "dark") as page:
        page.goto("/worklist/")
        code = page.locator("table a").first.inner_text()
        page.goto(f"/read/{code}/open/")
        page.wait_for_function(HUNG, timeout=60_000)
        other = page.context.new_page()
        other.goto(f"/viewer/basic?case={code}")
        other.wait_for_function(ALL_SHOWN, timeout=60_000)
        corner = (WORKSTATION["width"] * 0.6, WORKSTATION["height"] * 0.75)
        other.mouse.click(*corner)
        for _ in range(4):
            other.mouse.wheel(0, 100)
            other.wait_for_timeout(200)
        for window in (other, page):
            window.wait_for_load_state("networkidle")
            window.wait_for_timeout(2000)
        keep_side_by_side([other, page], "two-monitors")


def keep_side_by_side(windows: list[Page], name: str) -> None:
    """Write the windows as they stand beside each other, at half their size."""
    pictures = [Image.open(io.BytesIO(one.screenshot(animations="disabled"))) for one in windows]
    width, height = pictures[0].size
    desk = Image.new("RGB", (width * len(pictures), height))
    for place, picture in enumerate(pictures):
        desk.paste(picture, (width * place, 0))
    half = desk.resize((desk.width // 2, desk.height // 2), Image.Resampling.LANCZOS)
    half.save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
