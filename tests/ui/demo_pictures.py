"""Pictures for docs/screenshots that need whole studies, from a running demo: staff and upload.

`bin/demo` in one terminal, then `.venv/bin/python -m tests.ui.demo_pictures` in another.
"""

import argparse
import io
import json
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import typst
from PIL import Image
from playwright.sync_api import Browser, Page, Route, ViewportSize, sync_playwright

from imaging.synthetic import Subject, build_study
from stack import totp
from stack.bootstrap import ROOT
from stack.check import Check
from stack.testing import find_chromium
from tests.fixtures.browser import FLAGS
from tests.ui.looks import FOLDER, keep

Theme = Literal["light", "dark"]
_USED: set[str] = set()

DESKTOP: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}
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

#: Whose account sends the disc.
BEN = Subject(name="EXAMPLE^BEN", birth_date="19570611", sex="M", patient_id="SYN-2026-0204")
PUT = re.compile(r"/uploads/[0-9a-f-]+/[0-9a-f-]+\?")
LANDED = 4
UNDER_WAY = "() => document.querySelector('#upload-sending progress').value > 200"
UPLOAD_VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 860}},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "phone-german": {"viewport": {"width": 390, "height": 844}, "locale": "de-DE"},
}
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
        confirm_proposals(browser, demo)
        for theme in THEMES:
            take_worklist(browser, demo, theme)
            take_reading_room(browser, demo, theme)
            take_requests(browser, demo, theme)
        take_two_monitors(browser, demo)
        take_report(browser, demo)
        take_papers(browser, demo)
        with tempfile.TemporaryDirectory() as folder:
            for view, options in UPLOAD_VIEWS.items():  # a study each: none was sent before
                disc = build_study(Path(folder) / view, seed=view, patient=BEN).folder
                take_upload(browser, demo, disc, view, options)
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
    """Yield a page on which a demo account has signed in, with its second factor if it has one."""
    account = next(one for one in demo["accounts"] if one["email"].startswith(f"{name}@"))
    context = browser.new_context(
        base_url=demo["url"], viewport=viewport, color_scheme=theme, locale="en-GB"
    )
    # Where people work it is dark unless they chose.
    context.add_init_script(f"localStorage.setItem('theme', '{theme}')")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator('input[name="login"]').fill(account["email"])
    page.locator('input[name="password"]').fill(account["password"])
    page.locator("main form button[type=submit]").first.click()
    if account.get("totp_secret"):
        page.locator('input[name="code"]').fill(fresh_code(account["totp_secret"]))
        page.locator("main form button[type=submit]").first.click()
    page.wait_for_function("() => !location.pathname.startsWith('/accounts/')")
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


def confirm_proposals(browser: Browser, demo: dict[str, Any]) -> None:
    """Let the coordinator follow what is proposed: the worklist is longer then."""
    with signed_in(browser, demo, "cole", DESK, "light") as page:
        page.goto("/queue/")
        page.get_by_role("row").get_by_role("button", name=re.compile("^Confirm")).first.click()
        page.wait_for_load_state("networkidle")


def take_worklist(browser: Browser, demo: dict[str, Any], theme: Theme) -> None:
    with signed_in(browser, demo, "mia", WORKSTATION, theme) as page:
        page.goto("/worklist/")
        page.wait_for_load_state("networkidle")
        keep(page, f"worklist-{theme}", full_page=False)


def take_requests(browser: Browser, demo: dict[str, Any], theme: Theme) -> None:
    """The patient's requests, of which each asks something else, at a desk and on a phone."""
    with signed_in(browser, demo, "ana", DESKTOP, theme) as page:
        page.goto("/cases/")
        keep(page, f"requests-{theme}")
        if theme == "light":
            page.set_viewport_size(PHONE)
            keep(page, "requests-phone")


def take_reading_room(browser: Browser, demo: dict[str, Any], theme: Theme) -> None:
    with signed_in(browser, demo, "mia", WORKSTATION, theme) as page:
        open_draft(page)
        keep(page, f"reading-room-{theme}", full_page=False)


def open_draft(page: Page) -> str:
    """Open the case with a draft and a prior, wait for its images, and return its number."""
    page.goto("/worklist/")
    link = page.get_by_role("row").filter(has_text="slipped disc").get_by_role("link").first
    code = link.inner_text()
    link.click()
    page.wait_for_load_state("networkidle")
    page.wait_for_function(HUNG, timeout=60_000)
    page.wait_for_load_state("networkidle")
    take_over = page.get_by_role("button", name="Read here instead")
    if take_over.is_visible():  # a window of the pictures before had it open
        take_over.click()
    page.wait_for_timeout(3000)
    return code


def take_report(browser: Browser, demo: dict[str, Any]) -> None:
    """The report beside the images: filled, compared with the first one, before signing."""
    with signed_in(browser, demo, "mia", WORKSTATION, "dark") as page:
        open_draft(page)
        page.locator("#level-L4-L5-disc_contour").focus()
        keep_in_both(page, "report")
        page.get_by_role("button", name="Lock my reading and compare").click()
        page.locator(".diff").first.wait_for()
        page.wait_for_function(HUNG, timeout=60_000)
        page.wait_for_timeout(3000)
        page.locator(".diff").first.scroll_into_view_if_needed()
        keep_in_both(page, "compare")
        page.locator('[name="agreement.scale"]').select_option("importantly_different")
        page.locator('[name="agreement.comment"]').fill("The extrusion is larger than described.")
        page.keyboard.press("Control+Enter")
        page.wait_for_url("**/sign/")
        keep_in_both(page, "sign")


def keep_in_both(page: Page, name: str) -> None:
    for theme in THEMES:
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        keep(page, f"{name}-{theme}", full_page=False)


def take_papers(browser: Browser, demo: dict[str, Any]) -> None:
    """The first page of both PDF files, as the patient downloads them."""
    with signed_in(browser, demo, "ana", DESKTOP, "light") as page:
        page.goto("/cases/")
        page.get_by_role("link", name="My surgeon wants to operate").click()
        page.get_by_role("link", name="Open the result").click()
        if (read := page.get_by_role("button", name="Read it now")).is_visible():
            read.click()
        for audience in ("clinician", "patient"):
            link = page.locator(f"a[href*='{audience}']").first.get_attribute("href")
            keep_first_page(page.request.get(str(link)).body(), FOLDER / f"pdf-{audience}.png")


def keep_first_page(paper: bytes, path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "paper.pdf").write_bytes(paper)
        source = Path(folder) / "page.typ"
        source.write_text('#set page(width: auto, height: auto, margin: 0pt)\n#image("paper.pdf")')
        picture = typst.compile(source, format="png", ppi=96)
    page = Image.open(io.BytesIO(picture)).convert("RGB")
    page.quantize(64, Image.Quantize.MAXCOVERAGE).save(path, optimize=True)


def take_two_monitors(browser: Browser, demo: dict[str, Any]) -> None:
    """Two windows of one reader side by side: images alone left, images and report right."""
    with signed_in(browser, demo, "mia", WORKSTATION, "dark") as page:
        code = open_draft(page)
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


def take_upload(
    browser: Browser, demo: dict[str, Any], disc: Path, view: str, options: dict[str, Any]
) -> None:
    """What was found on a disc, and the sending of it, held after the first bundles."""
    walk = Check(demo["url"], demo["accounts"], disc)
    walk.patient_signs_in()
    walk.patient_answers_the_questions()
    context = browser.new_context(base_url=demo["url"], **({"locale": "en-GB"} | options))
    for cookie in walk.patient.cookies:
        context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": demo["url"]}]
        )
    page = context.new_page()
    page.goto(f"/cases/{walk.code}/upload/")
    page.locator("#upload[data-ready]").wait_for(state="attached")
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=folder]").click()
    chooser.value.set_files(disc)
    page.locator("#upload-found").wait_for()
    page.locator("#upload-mine").check()
    page.wait_for_timeout(2000)  # the pictures of each set
    keep(page, f"upload-found-{view}")
    sent: list[str] = []

    def hold(route: Route) -> None:
        if len(sent) < LANDED:
            sent.append(route.request.url)
            route.continue_()

    page.route(PUT, hold)
    page.locator("[data-send]").click()
    page.wait_for_function(UNDER_WAY)
    page.wait_for_timeout(1000)
    keep(page, f"upload-sending-{view}")
    page.unroute_all(behavior="ignoreErrors")  # what was held goes on
    page.locator("#upload-done").wait_for()
    context.close()


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
