"""Measure the upload of a generated disc by a real browser against a real demo.

    .venv/bin/python -m benchmarks.upload [--link cdp] [--way JPEG-LS] [--size full] [--update]
    sudo .venv/bin/python -m benchmarks.upload --link tcp

Starts `bin/demo` in a folder of its own, signs a patient in, and lets Chromium send the same disc
in several ways. `--link cdp` narrows the line by the browser's own throttle: good for regressions,
but it hides the cost of handshakes and of distance. `--link tcp` puts the browser at the far end of
a line with real TCP on it (benchmarks/link.py). The disc is a hospital's
(benchmarks/hospital_disc.py); the floor is the bytes of its images, as they lie there, at line
rate. With --update the table replaces the one of this link in docs/benchmarks.md.
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
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from benchmarks.cpu import Meter
from benchmarks.hospital_disc import Disc, hospital_disc
from benchmarks.link import Line, is_possible, line
from benchmarks.upload_browser import LONG_MS, Seen, prepared, press_send, throttle
from benchmarks.upload_table import HEAD, Result, Stream, figures, study_speed, update
from stack import ports
from stack.check import Check
from stack.state import State
from stack.testing import find_chromium

ROOT = Path(__file__).parents[1]
#: Mbit/s up and milliseconds there and back, by kind of link.
LINES = {"cdp": [(20, 40), (5, 40)], "tcp": [(20, 40), (5, 40), (20, 150)]}
#: A person reads what was found before pressing the button; the page packs files meanwhile.
READS_SECONDS = 2
AWAY_SECONDS = 20
READY_POLL_SECONDS = 0.1
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
        "plan.js": ("fullAt = bundles", "fullAt = 1; //"),
    },
}


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="benchmark-upload-") as name:
        folder = Path(name)
        print("drawing the disc ...", flush=True)
        plain, packed = hospital_disc(folder, size=options.size)
        with demo(folder / "demo") as portal:
            results = list(measure(portal, plain, packed, options))
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


@contextmanager
def demo(var: Path, *, cases: bool = False) -> Iterator[dict[str, Any]]:
    """Run `bin/demo`, with its cases or without, until the block ends."""
    port = ports.draw(set())  # another demo may be starting on the usual one just now
    command = [str(ROOT / "bin" / "demo"), "--var", str(var), "--port", str(port)]
    if not cases:
        command.append("--no-cases")
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
    portal: dict[str, Any], plain: Disc, packed: Disc, options: argparse.Namespace
) -> Iterator[Result | Stream]:
    ways = [(way, plain, changes) for way, changes in WAYS.items()]
    ways.append(("bundles, JPEG 2000 disc", packed, {}))
    if options.link == "tcp":  # where the line itself can be taken away
        ways.append((AWAY, plain, {}))
    for number, (rate, rtt_ms) in enumerate(LINES[options.link]):
        if options.line and number not in options.line:
            continue
        with launch(portal, options.link, rate, rtt_ms) as (browser, line_there):
            if line_there:
                size = packed.image_bytes
                yield Stream(rate, rtt_ms, size, line_there.stream_seconds(size))
            for way, disc, changes in ways:
                if options.way in way:
                    context = browser.new_context(base_url=portal["url"], locale="en-GB")
                    page = prepared(context, changes)
                    if options.link == "cdp":
                        throttle(page, rate, rtt_ms)
                    yield send(page, portal, disc, way, rate, rtt_ms, line_there)
                    context.close()


@contextmanager
def launch(
    portal: dict[str, Any], link: str, rate: int, rtt_ms: int
) -> Iterator[tuple[Browser, Line | None]]:
    """Run a browser here, or at the far end of a line."""
    chromium = find_chromium() or ""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with ExitStack() as stack:
        how: dict[str, Any] = {"executable_path": chromium, "args": flags}
        laid = None
        if link == "tcp":
            if not is_possible():
                raise SystemExit("--link tcp needs root, ip of iproute2 and /dev/net/tun")
            reached = [urlsplit(url).port or 80 for url in (portal["url"], portal["s3"])]
            laid = stack.enter_context(line(rate, rtt_ms, reached, chromium))
            how = laid.options
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(**how)
        yield browser, laid
        browser.close()


def send(
    page: Page,
    portal: dict[str, Any],
    disc: Disc,
    way: str,
    rate: int,
    rtt_ms: int,
    laid: Line | None,
) -> Result:
    walk = request_with_consent(page.context, portal["url"], portal["accounts"], disc.folder)
    seen = Seen(page)
    choose(page, walk.code, disc)
    wire = Wire(laid, urlsplit(portal["s3"]).port or 80)
    with Meter() as meter:
        started = press_send(page)
        if way == AWAY:
            lose_the_network(page, wire)
        page.wait_for_function(DONE)
        ended = time.monotonic()
    if seen.files != len(disc.images):
        raise SystemExit(f"{seen.files} files were sent of {len(disc.images)} images")
    again = wire.share_again(seen)
    return Result(
        way=way,
        rate=rate,
        rtt_ms=rtt_ms,
        first_byte_s=seen.first_put - started,
        looked_s=int(page.locator("#upload").get_attribute("data-looked-ms") or 0) / 1000,
        sent_s=ended - started,
        raw_bytes=disc.image_bytes,
        line_bytes=seen.line_bytes,
        requests=seen.requests,
        closing_s=ended - seen.last_put,
        ready_s=wait_until_ready(walk) - seen.last_put,
        cpu=meter.used,
        again=again,
        lost_s=wire.silent_s() + again * seen.line_bytes * 8 / rate / 1e6 if way == AWAY else None,
    )


def choose(page: Page, code: str, disc: Disc) -> None:
    """Choose the disc, and look at what was found as long as a person does."""
    page.goto(f"/cases/{code}/upload/")
    expect(page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG_MS)
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=folder]").click()
    chooser.value.set_files(disc.folder)
    page.locator("#upload-found").wait_for()
    page.locator("#upload-mine").check()
    page.wait_for_timeout(READS_SECONDS * 1000)


class Wire:
    """What went over the line to the store during one upload."""

    def __init__(self, laid: Line | None, port: int) -> None:
        self.laid, self.port = laid, port
        self.before = laid.counts(port)[0] if laid else 0

    def share_again(self, seen: Seen) -> float:
        """Return what was sent more than once: of the bytes, or else of the bundles by their tries.

        The heads of the requests, some kB of an upload, count as sent again.
        """
        if self.laid is None:
            return len(seen.puts) / len(set(seen.puts)) - 1
        return (self.laid.counts(self.port)[0] - self.before) / seen.line_bytes - 1

    def silent_s(self) -> float:
        """Return how long nothing came after the line was back."""
        return self.laid.counts(self.port)[1] if self.laid else 0.0


def lose_the_network(page: Page, wire: Wire) -> None:
    """Take the line away at half of the upload; it comes back after a while."""
    page.wait_for_function("() => document.querySelector('#upload-sending progress').value > 500")
    if wire.laid:
        wire.laid.drop(AWAY_SECONDS)


def wait_until_ready(walk: Check) -> float:
    """Send the request as its patient would, and return when the study was ready."""
    walk.patient_sends_the_request()
    walk.wait_until_processed(READY_POLL_SECONDS)
    ready = time.monotonic()
    walk.worker_makes_it_ready()  # it came to rest; this asks for the pictures
    return ready


def request_with_consent(
    context: BrowserContext, url: str, accounts: list[dict[str, Any]], study: Path
) -> Check:
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
    return walk


if __name__ == "__main__":
    sys.exit(main())
