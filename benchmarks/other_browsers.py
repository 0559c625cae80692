"""Send a generated disc by browsers that are not Chromium, to a real demo.

    .venv/bin/python -m benchmarks.other_browsers [--browser firefox] [--size full] [--update]

Firefox (Debian: firefox-esr, xvfb, libegl1, libgl1-mesa-dri) and WebKitGTK, whose engine is
Safari's (webkit2gtk-driver, xvfb); each sends the disc's files, and the same as a ZIP. The page
must take them, send every image, and the worker must make the study ready: it compares each file
with the SHA-256 that the browser took. In the end the reading room must hang it in this browser.
With --update the table replaces the one in docs/benchmarks.md.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.docs import write_block
from benchmarks.hospital_disc import Disc, hospital_disc
from benchmarks.upload import demo
from benchmarks.webdriver import Driven, firefox, webkit
from stack.browser import Browser as Person
from stack.check import Check

BROWSERS: Final[dict[str, Callable[[], AbstractContextManager[Driven]]]] = {
    "firefox": firefox,
    "webkit": webkit,
}
HEAD: Final = """\
| browser | chosen | summary after | sent after | images on the disc | in the study | sets on view |
|---|---|--:|--:|--:|--:|--:|"""
#: How long a second factor's code stays the same (RFC 6238, section 5.2).
CODE_SECONDS: Final = 30
#: How many sets the reading room hangs at first.
SETS: Final = 4
#: The sets on view: each says which of its pictures is shown.
ON_VIEW: Final = r"""(() => {
  const viewer = document.querySelector("iframe")?.contentDocument?.body;
  return (viewer?.innerText.match(/I:\s*\d+ \(\d+\/\d+\)/g) ?? []).length;
})()"""
INTRO: Final = """`python -m benchmarks.other_browsers --update`

The hospital's disc by Firefox, and by WebKitGTK, whose engine is Safari's, without a narrowed line.
Every image must be in the study in the end; the worker compares each file with the SHA-256 that the
browser took. Then the reading room is opened in the same browser. The files are given to the field
for a folder one by one, not by its dialog."""


@dataclass(frozen=True, slots=True)
class Result:
    browser: str
    chosen: str
    looked_s: float
    sent_s: float  # from the button until the page says that all has arrived
    images: int
    ready: int
    on_view: int

    def row(self) -> str:
        times = f"{self.looked_s:.1f} s | {self.sent_s:.1f} s"
        counts = f"{self.images} | {self.ready} | {self.on_view}"
        return f"| {self.browser} | {self.chosen} | {times} | {counts} |"


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="other-browsers-") as name:
        folder = Path(name)
        disc, _ = hospital_disc(folder, size=options.size)
        archive = Path(shutil.make_archive(str(folder / "disc"), "zip", disc.folder))
        with demo(folder / "demo") as portal:
            wanted = options.browser or list(BROWSERS)
            results = [one for name in wanted for one in measure(name, portal, disc, archive)]
    table = "\n".join([HEAD, *[result.row() for result in results]])
    print(table)
    if options.update:
        write_block("other browsers", "The upload in other browsers", INTRO, table)
    return int(any(result.images != result.ready for result in results))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", choices=list(BROWSERS), action="append")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--update", action="store_true", help="write the table to the docs")
    return parser.parse_args()


def measure(name: str, portal: dict[str, Any], disc: Disc, archive: Path) -> Iterator[Result]:
    files = sorted(path for path in disc.folder.rglob("*") if path.is_file())
    with BROWSERS[name]() as browser:
        yield send(browser, portal, disc, "all files", "#upload-folder", files)
        yield send(browser, portal, disc, "a ZIP file", "#upload-file", [archive])


def send(
    browser: Driven, portal: dict[str, Any], disc: Disc, chosen: str, field: str, files: list[Path]
) -> Result:
    """Send the disc with a request of its own, and follow it until the study is ready."""
    walk = Check(portal["url"], portal["accounts"], disc.folder)
    walk.patient_signs_in()
    walk.patient_answers_the_questions()
    browser.open(portal["url"])
    be(walk.patient, browser)
    browser.open(f"{portal['url']}/cases/{walk.code}/upload/")
    browser.wait_for("document.querySelector('#upload[data-ready]') !== null")
    browser.choose(field, *files)
    browser.wait_for(is_shown("#upload-found"))
    browser.click("#upload-mine")
    started = time.monotonic()
    browser.click("[data-send]")
    browser.wait_for(f"{is_shown('#upload-done')} || {is_shown('#upload-twice')}")
    if browser.ask(is_shown("#upload-twice")):  # an earlier way has sent this examination
        started = time.monotonic()
        browser.click("#upload-twice button")
        browser.wait_for(is_shown("#upload-done"))
    sent_s = time.monotonic() - started
    looked_ms = browser.ask("document.getElementById('upload').dataset.lookedMs")
    walk.patient_sends_the_request()
    ready = walk.worker_makes_it_ready()
    return Result(
        browser=browser.name,
        chosen=chosen,
        looked_s=int(looked_ms) / 1000,
        sent_s=sent_s,
        images=len(disc.images),
        ready=int(ready.split()[-2]),
        on_view=read(browser, walk),
    )


def read(browser: Driven, walk: Check) -> int:
    """Open the case as its radiologist; return how many sets are on view."""
    time.sleep(CODE_SECONDS - time.time() % CODE_SECONDS)  # no code is taken twice
    walk.coordinator_signs_in()
    walk.coordinator_confirms_the_proposal()
    walk.radiologist_signs_in()
    walk.radiologist_sees_the_images()
    be(walk.reader, browser)
    browser.open(f"{walk.url}/read/{walk.code}/")
    browser.wait_for(f"{ON_VIEW} === {SETS}")
    return int(browser.ask(ON_VIEW))


def be(person: Person, browser: Driven) -> None:
    """Hand the session of somebody who has signed in to the browser."""
    for cookie in person.cookies:
        browser.add_cookie(cookie.name, cookie.value or "")


def is_shown(selector: str) -> str:
    return f"document.querySelector('{selector}').checkVisibility()"


if __name__ == "__main__":
    sys.exit(main())
