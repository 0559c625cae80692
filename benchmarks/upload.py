"""Measure the upload of a generated disc by a real browser against a real demo.

    .venv/bin/python -m benchmarks.upload [--link cdp] [--way JPEG-LS] [--size full] [--update]
    sudo .venv/bin/python -m benchmarks.upload --link tcp

Starts `bin/demo` in a folder of its own, signs a patient in, and lets Chromium send the same study
in several ways. `--link cdp` narrows the line by the browser's own throttle: good for regressions,
but it hides the cost of handshakes and of distance. `--link tcp` puts the browser at the far end of
a line with real TCP on it (benchmarks/link.py). The floor is the raw bytes at line rate. With
--update the table replaces the one of this link in docs/benchmarks.md.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pydicom
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from pydicom.uid import JPEG2000Lossless

from benchmarks.codings import decoding_speed
from benchmarks.link import is_possible, line
from benchmarks.page_code import MODULES, gzipped_bytes
from imaging.synthetic import build_study
from stack import ports
from stack.check import Check
from stack.state import State
from stack.testing import find_chromium

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "benchmarks.md"
#: Mbit/s up and milliseconds there and back, by kind of link.
LINES = {"cdp": [(20, 40), (5, 40)], "tcp": [(20, 40), (5, 40), (20, 150)]}
LONG_MS = 900_000
#: A person reads what was found before pressing the button; the page packs files meanwhile.
READS_SECONDS = 2
AWAY_SECONDS = 20
#: Looked at in each frame that the page draws; `Locator.wait_for` looks twice a second only.
DONE = "() => document.getElementById('upload-done').checkVisibility()"
AWAY = f"bundles, JPEG-LS, {AWAY_SECONDS} s without network"

AS_THEY_ARE = ("if (!UNCOMPRESSED.has(report.transferSyntax))", "if (UNCOMPRESSED)")
#: How a way of sending differs from ours: module -> (what stands there, what is put in its place).
WAYS: dict[str, dict[str, tuple[str, str]]] = {
    "bundles, JPEG-LS": {},
    "bundles, raw bytes": {"coding.js": AS_THEY_ARE},
    "one PUT a file, raw bytes": {
        "coding.js": AS_THEY_ARE,
        "plan.js": ("const fullAt =", "const fullAt = 1; //"),
    },
}


@dataclass(frozen=True, slots=True)
class Result:
    """One upload: what went over the line, and how long it took."""

    way: str
    rate: int  # Mbit/s
    rtt_ms: int
    first_byte_s: float  # from the button until the first PUT
    looked_s: float
    sent_s: float
    raw_bytes: int
    line_bytes: int
    requests: int
    closing_s: float  # from the last byte until the portal said "complete"
    again: float  # share of the bundles that were put on the line more than once

    @property
    def ratio(self) -> float:
        """Seconds against the raw bytes at line rate."""
        return self.sent_s / (self.raw_bytes * 8 / self.rate / 1e6)

    def row(self) -> str:
        cells = (
            f"{self.way} | {self.rate} Mbit/s, {self.rtt_ms} ms",
            f"{self.sent_s:.1f} s | {self.ratio:.2f}",
            f"{self.raw_bytes / 1e6:.1f} MB | {self.line_bytes / 1e6:.1f} MB | {self.requests}",
            f"{self.looked_s:.2f} s | {self.first_byte_s:.2f} s | {self.closing_s:.2f} s",
            f"{self.again:.0%}",
        )
        return "| " + " | ".join(cells) + " |"


HEAD = (
    "| way | line | send | of the raw floor | files | over the line | app requests "
    "| summary after | first byte after | last byte to complete | sent again |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="benchmark-upload-") as name:
        folder = Path(name)
        print("drawing the study ...", flush=True)
        study = folder / "disc"
        build_study(study, size=options.size)
        packed = compress(study, folder / "compressed")
        with demo(folder / "demo") as portal:
            results = list(measure(portal, study, packed, options))
    table = "\n".join([HEAD, *[result.row() for result in results], "", figures(study_speed())])
    print(table)
    if options.update:
        update(table, options.link)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link", choices=list(LINES), default="cdp")
    parser.add_argument("--line", type=int, action="append", help="only this line: 0, 1, ...")
    parser.add_argument("--way", default="", help="only the ways with this in their name")
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
def demo(var: Path) -> Iterator[dict[str, Any]]:
    """Run `bin/demo` without cases until the block ends."""
    port = ports.draw(set())  # another demo may be starting on the usual one just now
    command = [str(ROOT / "bin" / "demo"), "--no-cases", "--var", str(var), "--port", str(port)]
    environment = {**os.environ, "PYTHON": sys.executable}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 180
        while not (var / "demo.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("bin/demo did not start")
            time.sleep(0.5)
        known = json.loads((var / "demo.json").read_text())
        yield known | {"s3": State.read(var).s3_url}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def measure(
    portal: dict[str, Any], study: Path, packed: Path, options: argparse.Namespace
) -> Iterator[Result]:
    ways = [(way, study, changes) for way, changes in WAYS.items()]
    ways.append(("bundles, JPEG 2000 disc", packed, {}))
    if options.link == "tcp":  # the browser's own narrowing and its "offline" are one switch
        ways.append((AWAY, study, {}))
    for number, (rate, rtt_ms) in enumerate(LINES[options.link]):
        if options.line and number not in options.line:
            continue
        with launch(portal, options.link, rate, rtt_ms) as browser:
            for way, disc, changes in ways:
                if options.way in way:
                    context = browser.new_context(base_url=portal["url"], locale="en-GB")
                    page = prepared(context, changes)
                    if options.link == "cdp":
                        throttle(page, rate, rtt_ms)
                    yield send(page, portal, disc, way, rate, rtt_ms)
                    context.close()


@contextmanager
def launch(portal: dict[str, Any], link: str, rate: int, rtt_ms: int) -> Iterator[Browser]:
    """Run a browser here, or at the far end of a line."""
    chromium = find_chromium() or ""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with ExitStack() as stack:
        how: dict[str, Any] = {"executable_path": chromium, "args": flags}
        if link == "tcp":
            if not is_possible():
                raise SystemExit("--link tcp needs root, ip of iproute2 and /dev/net/tun")
            reached = [urlsplit(url).port or 80 for url in (portal["url"], portal["s3"])]
            how = stack.enter_context(line(rate, rtt_ms, reached, chromium))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(**how)
        yield browser
        browser.close()


def prepared(context: BrowserContext, changes: dict[str, tuple[str, str]]) -> Page:
    """Return a page whose modules differ by `changes`."""
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    for module, (old, new) in changes.items():
        text = (MODULES / module).read_text()
        if old not in text:
            raise SystemExit(f"{module} has changed: {old} is not there")
        changed = text.replace(old, new)
        page.route(f"**/upload/{module.removesuffix('.js')}*.js", script(changed))
    return page


def send(
    page: Page, portal: dict[str, Any], study: Path, way: str, rate: int, rtt_ms: int
) -> Result:
    code = request_with_consent(page.context, portal["url"], portal["accounts"], study)
    seen = Seen(page)
    page.goto(f"/cases/{code}/upload/")
    expect(page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG_MS)
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=folder]").click()
    chooser.value.set_files(study)
    page.locator("#upload-found").wait_for()
    page.locator("#upload-mine").check()
    page.wait_for_timeout(READS_SECONDS * 1000)
    started = press_send(page)
    if way == AWAY:
        lose_the_network(page)
    page.wait_for_function(DONE)
    ended = time.monotonic()
    return Result(
        way=way,
        rate=rate,
        rtt_ms=rtt_ms,
        first_byte_s=seen.first_put - started,
        looked_s=int(page.locator("#upload").get_attribute("data-looked-ms") or 0) / 1000,
        sent_s=ended - started,
        raw_bytes=sum(path.stat().st_size for path in study.iterdir()),
        line_bytes=seen.line_bytes,
        requests=seen.requests,
        closing_s=ended - seen.last_put,
        again=len(seen.puts) / len(set(seen.puts)) - 1,
    )


def press_send(page: Page) -> float:
    """Press "send" and return when; once more where an earlier way has sent this examination."""
    started = time.monotonic()
    with page.expect_response(lambda response: response.url.endswith("/uploads/")) as planned:
        page.locator("[data-send]").click()
    if planned.value.status == HTTPStatus.CONFLICT:
        started = time.monotonic()
        page.locator("#upload-twice button").click()
    return started


class Seen:
    """What the page asked of the portal and sent to the store."""

    def __init__(self, page: Page) -> None:
        self.requests = self.line_bytes = 0
        self.first_put = self.last_put = 0.0
        self.puts: list[str] = []
        page.on("request", self.on_request)
        page.on("requestfinished", self.on_finished)

    def on_request(self, request: Request) -> None:
        if request.method == "PUT":
            self.first_put = self.first_put or time.monotonic()
            self.puts.append(request.url.partition("?")[0])
        if request.method == "POST":
            self.requests += 1
            if request.url.rstrip("/").split("/")[-2] == "bundles":
                self.line_bytes += request.post_data_json["size"]

    def on_finished(self, request: Request) -> None:
        if request.method == "PUT":
            self.last_put = time.monotonic()


def lose_the_network(page: Page) -> None:
    """Take the line away at half of the upload, and give it back after a while."""
    half = "() => document.querySelector('#upload-sending progress').value > 500"
    page.wait_for_function(half)
    page.context.set_offline(True)
    page.wait_for_timeout(AWAY_SECONDS * 1000)
    page.context.set_offline(False)


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


def throttle(page: Page, rate: int, rtt_ms: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": rtt_ms, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions", conditions | {"uploadThroughput": rate * 1e6 / 8}
    )


def study_speed() -> float:
    """Undo the coding of believable instances on one core; return instances a second."""
    with tempfile.TemporaryDirectory() as name:
        built = build_study(Path(name), series=("T2 SAG",), size="small")
        return decoding_speed(built.paths * 8)


def figures(speed: float) -> str:
    return (
        f"Page code: {gzipped_bytes() / 1000:.1f} kB gzipped, without a build step; what only some "
        "discs hold is loaded later. The worker undoes JPEG-LS, and takes the SHA-256, of "
        f"{speed:.0f} instances a second on one core (288 x 288)."
    )


def update(table: str, link: str) -> None:
    start, end = f"<!-- upload {link}: start -->", f"<!-- upload {link}: end -->"
    text = DOCS.read_text()
    before, _, rest = text.partition(start)
    after = rest.partition(end)[2]
    DOCS.write_text(f"{before}{start}\n{table}\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
