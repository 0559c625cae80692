"""Measure the upload of a generated disc by a real browser against a real demo.

    .venv/bin/python -m benchmarks.upload [--rate 20 --rate 5] [--size full] [--update]

Starts `bin/demo` in a folder of its own, signs a patient in, and lets Chromium send the same study
in several ways over a line that the browser's own throttle narrows (CDP: good for regressions; it
hides the cost of handshakes and of distance). The floor is the raw bytes at line rate. With
--update the table replaces the one in docs/benchmarks.md.
"""

import argparse
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from playwright.sync_api import BrowserContext, Page, Request, expect, sync_playwright
from pydicom.uid import JPEG2000Lossless

from imaging.coding import Coding, decode, encode
from imaging.synthetic import build_study
from stack.check import Check
from stack.testing import find_chromium

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "benchmarks.md"
START, END = "<!-- upload: start -->", "<!-- upload: end -->"
MODULES = ROOT / "static" / "js" / "upload"
LATENCY_MS = 40
LONG_MS = 900_000

#: How a way of sending differs from ours: module -> (what stands there, what is put in its place).
WAYS: dict[str, dict[str, tuple[str, str]]] = {
    "bundles, d16": {},
    "bundles, raw bytes": {"coding.js": ('? "d16" : "deflate"', '? "raw" : "raw"')},
    "one PUT a file, raw bytes": {
        "coding.js": ('? "d16" : "deflate"', '? "raw" : "raw"'),
        "plan.js": ("BUNDLE_BYTES = 4 * 2 ** 20", "BUNDLE_BYTES = 1"),
    },
}


@dataclass(frozen=True, slots=True)
class Result:
    """One upload: what went over the line, and how long it took."""

    way: str
    rate: int  # Mbit/s
    looked_s: float
    sent_s: float
    raw_bytes: int
    line_bytes: int
    requests: int
    closing_s: float  # from the last byte until the portal said "complete"

    @property
    def ratio(self) -> float:
        """Seconds against the raw bytes at line rate."""
        return self.sent_s / (self.raw_bytes * 8 / self.rate / 1e6)

    def row(self) -> str:
        cells = (
            f"{self.way} | {self.rate} Mbit/s | {self.sent_s:.1f} s | {self.ratio:.2f}",
            f"{self.raw_bytes / 1e6:.1f} MB | {self.line_bytes / 1e6:.1f} MB | {self.requests}",
            f"{self.looked_s:.2f} s | {self.closing_s:.2f} s",
        )
        return "| " + " | ".join(cells) + " |"


HEAD = (
    "| way | line | send | of the raw floor | files | over the line | app requests "
    "| summary after | last byte to complete |\n|---|---|--:|--:|--:|--:|--:|--:|--:|"
)


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="benchmark-upload-") as name:
        folder = Path(name)
        print("drawing the study ...", flush=True)
        study = folder / "disc"
        build_study(study, size=options.size)
        packed = compress(study, folder / "compressed")
        with demo(folder / "demo") as (url, accounts):
            results = list(measure(url, accounts, study, packed, options.rate or [20, 5]))
    table = "\n".join([HEAD, *[result.row() for result in results], "", figures(study_speed())])
    print(table)
    if options.update:
        update(table)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, action="append", help="Mbit/s up; default 20 and 5")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--update", action="store_true", help="write the table to the docs")
    return parser.parse_args()


def compress(study: Path, target: Path) -> Path:
    """Return the same study in JPEG 2000 lossless."""
    target.mkdir()
    for path in study.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
        dataset.StudyInstanceUID += ".2"
        dataset.save_as(target / path.name)
    return target


@contextmanager
def demo(var: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run `bin/demo` without cases until the block ends."""
    command = [str(ROOT / "bin" / "demo"), "--no-cases", "--var", str(var)]
    environment = {**os.environ, "PYTHON": sys.executable}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while not (var / "demo.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("bin/demo did not start")
            time.sleep(0.5)
        described = json.loads((var / "demo.json").read_text())
        yield described["url"], described["accounts"]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def measure(
    url: str, accounts: list[dict[str, Any]], study: Path, packed: Path, rates: list[int]
) -> Iterator[Result]:
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        for rate in rates:
            for way, changes in WAYS.items():
                context = browser.new_context(base_url=url, locale="en-GB")
                yield send(context, url, accounts, study, way, rate, changes)
                context.close()
            context = browser.new_context(base_url=url, locale="en-GB")
            yield send(context, url, accounts, packed, "bundles, JPEG 2000 disc", rate, {})
            context.close()
        browser.close()


def send(
    context: BrowserContext,
    url: str,
    accounts: list[dict[str, Any]],
    study: Path,
    way: str,
    rate: int,
    changes: dict[str, tuple[str, str]],
) -> Result:
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    for module, (old, new) in changes.items():
        changed = (MODULES / module).read_text().replace(old, new)
        page.route(f"**/upload/{module.removesuffix('.js')}*.js", script(changed))
    code = request_with_consent(context, url, accounts, study)
    seen = Seen(page)
    page.goto(f"/cases/{code}/upload/")
    expect(page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG_MS)
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=folder]").click()
    chooser.value.set_files(study)
    page.locator("#upload-found").wait_for()
    page.locator("#upload-mine").check()
    throttle(page, rate)
    started = time.monotonic()
    page.locator("[data-send]").click()
    page.locator("#upload-done").wait_for()
    ended = time.monotonic()
    return Result(
        way=way,
        rate=rate,
        looked_s=int(page.locator("#upload").get_attribute("data-looked-ms") or 0) / 1000,
        sent_s=ended - started,
        raw_bytes=sum(path.stat().st_size for path in study.iterdir()),
        line_bytes=seen.line_bytes,
        requests=seen.requests,
        closing_s=ended - seen.last_put,
    )


class Seen:
    """What the page asked of the portal and sent to the store."""

    def __init__(self, page: Page) -> None:
        self.requests = self.line_bytes = 0
        self.last_put = 0.0
        page.on("request", self.on_request)
        page.on("requestfinished", self.on_finished)

    def on_request(self, request: Request) -> None:
        if request.method == "POST":
            self.requests += 1
            if request.url.rstrip("/").split("/")[-2] == "bundles":
                self.line_bytes += request.post_data_json["size"]

    def on_finished(self, request: Request) -> None:
        if request.method == "PUT":
            self.last_put = time.monotonic()


def script(text: str) -> Any:
    return lambda route: route.fulfill(body=text, content_type="text/javascript")


def request_with_consent(
    context: BrowserContext, url: str, accounts: list[dict[str, Any]], study: Path
) -> str:
    """Open a request as a person without a browser would, and hand its session to this one."""
    walk = Check(url, accounts, study)
    walk.patient_signs_in()
    walk.patient_answers_the_questions()
    context.add_cookies(
        [
            {"name": cookie.name, "value": cookie.value or "", "url": url}
            for cookie in walk.patient.cookies
        ]
    )
    return walk.code


def throttle(page: Page, rate: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions", conditions | {"uploadThroughput": rate * 1e6 / 8}
    )


def study_speed() -> float:
    """Decode a believable instance on one core; return instances a second."""
    with tempfile.TemporaryDirectory() as name:
        built = build_study(Path(name), series=("T2 SAG",), size="small")
        raw = built.paths[5].read_bytes()
    coded = encode(raw, Coding.D16)
    count, started = 200, time.process_time()
    for _ in range(count):
        decode(coded, Coding.D16, len(raw))
    return count / (time.process_time() - started)


def figures(speed: float) -> str:
    code = b"".join(path.read_bytes() for path in sorted(MODULES.glob("*.js")))
    lazy = b"".join((MODULES / name).read_bytes() for name in ("aes.js", "unlock.js"))
    size = len(gzip.compress(code, 9)) - len(gzip.compress(lazy, 9))
    return (
        f"Page code: {size / 1000:.1f} kB gzipped, without a build step. The worker undoes d16 of "
        f"{speed:.0f} instances a second on one core (288 x 288)."
    )


def update(table: str) -> None:
    text = DOCS.read_text() if DOCS.exists() else "# Benchmarks\n"
    if START not in text:
        text += f"\n## The patient's upload\n\n`python -m benchmarks.upload`\n\n{START}\n{END}\n"
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    DOCS.write_text(f"{before}{START}\n{table}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
