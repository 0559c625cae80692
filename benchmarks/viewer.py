"""Measure what a viewer is sent: bytes and time of each encoding, and the browser's own clock.

    .venv/bin/python -m benchmarks.viewer [--update]
    .venv/bin/python -m benchmarks.viewer --site http://127.0.0.1:8000 --case SR-... --cookie VALUE

The first form codes one generated study of about 200 instances. The second drives Chromium against
a running portal as the radiologist whose session cookie is given, on shaped lines. With --update
the table replaces the one in docs/benchmarks.md.
"""

import argparse
import gzip
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from playwright.sync_api import Page, sync_playwright

from imaging.decode import FrameSource
from imaging.dicom_json import write_series_metadata
from imaging.display import encode_frame
from imaging.preview import Window, render_preview
from imaging.synthetic import build_study
from stack.testing import find_chromium

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
START, END = "<!-- viewer: start -->", "<!-- viewer: end -->"
LINES = {"20 Mbit/s": 20e6, "100 Mbit/s": 100e6}
FLAGS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]

Encoder = Callable[[Any], bytes]
ENCODERS: dict[str, Encoder] = {
    "raw": lambda frame: bytes(frame.tobytes()),
    "gzip 6": lambda frame: gzip.compress(frame.tobytes(), 6),
    "HTJ2K, decoded again and compared": lambda frame: encode_frame(frame)[1],
    "JPEG-LS": lambda frame: bytes(imagecodecs.jpegls_encode(frame)),
    "preview (WebP 512)": lambda frame: render_preview(
        frame, Window(float(frame.min()), float(frame.max()) + 1)
    ),
}


@dataclass
class Row:
    """One encoding over the whole study."""

    name: str
    size: int = 0
    seconds: float = 0.0


def study() -> list[Path]:
    folder = CACHE / "study-full"
    if not folder.exists():
        build_study(folder, "siemens", size="full")
    return sorted(folder.iterdir())


def measure_encodings(paths: list[Path]) -> tuple[list[Row], int]:
    rows = [Row(name) for name in ENCODERS]
    frames = 0
    for path in paths:
        for frame in FrameSource(path):
            frames += 1
            plain = np.ascontiguousarray(frame)
            for row in rows:
                started = time.process_time()
                row.size += len(ENCODERS[row.name](plain))
                row.seconds += time.process_time() - started
    return rows, frames


def encoding_table(paths: list[Path]) -> str:
    rows, frames = measure_encodings(paths)
    raw = rows[0].size
    lines = [
        f"{frames} frames, {raw / 1e6:.1f} MB of pixels; CPU time of one process.",
        "",
        "| encoding | MB | ratio | encode ms a frame | " + " | ".join(LINES) + " | of raw |",
        "|---|---:|---:|---:|" + "---:|" * (len(LINES) + 1),
    ]
    for row in rows:
        times = " | ".join(f"{row.size * 8 / rate:.1f} s" for rate in LINES.values())
        lines.append(
            f"| {row.name} | {row.size / 1e6:.1f} | {raw / row.size:.2f} "
            f"| {row.seconds / frames * 1000:.1f} | {times} | {row.size / raw:.2f} |"
        )
    packed = CACHE / "metadata.json.gz"
    write_series_metadata(paths, packed, "/dicomweb/c/SR-BENCH2")
    plain = len(gzip.decompress(packed.read_bytes()))
    lines += ["", f"Metadata: {plain / 1000:.0f} kB, {packed.stat().st_size / 1000:.0f} kB sent."]
    return "\n".join(lines)


def measure_browser(site: str, code: str, cookie: str) -> str:
    lines = [
        "| line | first image | whole study | frames | MB | requests |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        for name, rate in [("unshaped", 0.0), *LINES.items()]:
            context = browser.new_context(base_url=site, viewport={"width": 1600, "height": 1000})
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
            lines.append(f"| {name} | {shaped_run(context.new_page(), code, rate)} |")
            context.close()
        browser.close()
    return "\n".join(lines)


def shaped_run(page: Page, code: str, rate: float) -> str:
    """Load the viewer once so that its own files are cached, then again on the shaped line."""
    warm(page, code)
    seen = {"bytes": 0, "requests": 0}
    ends: dict[str, float] = {}
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    if rate:
        shape = {"offline": False, "latency": 20, "downloadThroughput": rate / 8}
        cdp.send("Network.emulateNetworkConditions", shape | {"uploadThroughput": rate / 32})
    urls: dict[str, str] = {}
    cdp.on(
        "Network.requestWillBeSent", lambda e: urls.update({e["requestId"]: e["request"]["url"]})
    )

    def finished(event: dict[str, Any]) -> None:
        seen["requests"] += 1
        seen["bytes"] += int(event["encodedDataLength"])
        url = urls.get(event["requestId"], "")
        if re.search(r"/frames/\d+$", url):
            ends[url] = time.monotonic()

    cdp.on("Network.loadingFinished", finished)
    started = time.monotonic()
    page.goto(f"/viewer/basic?case={code}", wait_until="domcontentloaded")
    page.wait_for_function("() => window.__shown > 0", timeout=120_000)
    first = time.monotonic() - started
    quiet_since, count = time.monotonic(), 0
    while time.monotonic() - quiet_since < 8:
        page.wait_for_timeout(200)
        if len(ends) != count:
            quiet_since, count = time.monotonic(), len(ends)
    whole = max(ends.values()) - started
    megabytes = seen["bytes"] / 1e6
    return f"{first:.1f} s | {whole:.1f} s | {count} | {megabytes:.1f} | {seen['requests']}"


def warm(page: Page, code: str) -> None:
    """Load the viewer's own files, which a browser keeps for good, and no image."""
    page.add_init_script(
        "window.__shown = 0; addEventListener('CORNERSTONE_IMAGE_RENDERED',"
        " () => { window.__shown += 1; }, true);"
    )
    page.route("**/frames/*", lambda route: route.abort())
    page.goto(f"/viewer/basic?case={code}", wait_until="domcontentloaded")
    page.wait_for_timeout(15_000)
    page.unroute("**/frames/*")
    page.goto("about:blank")


def update(table: str) -> None:
    text = PAGE.read_text() if PAGE.exists() else "# Benchmarks\n"
    block = f"{START}\n{table}\n{END}"
    if START in text:
        text = re.sub(
            f"{re.escape(START)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL
        )
    else:
        text += f"\n## What a viewer is sent\n\n`python -m benchmarks.viewer`\n\n{block}\n"
    PAGE.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--site")
    parser.add_argument("--case")
    parser.add_argument("--cookie")
    options = parser.parse_args()
    if options.site:
        print(measure_browser(options.site, options.case, options.cookie))
        return
    table = encoding_table(study())
    print(table)
    if options.update:
        update(table)


if __name__ == "__main__":
    main()
