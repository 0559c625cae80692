"""Measure what a viewer is sent, how soon the images are there, and what the web processes bear.

    .venv/bin/python -m benchmarks.viewer [--encodings] [--rate 20 --rate 100] [--update]

Codes one generated study of about 200 instances in several ways; then starts `bin/demo` in a folder
of its own, sends that study through the real pipeline to a radiologist, and lets Chromium read it
over a line that the browser's own throttle narrows (viewer_browser.py), and many readers stream it
(viewer_server.py). Everything stays on this machine. With --update the tables replace those in
docs/benchmarks.md. --encodings stops after the first table.
"""

import argparse
import gzip
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np

from benchmarks.upload import demo
from benchmarks.viewer_browser import Visit, browser_tables
from benchmarks.viewer_server import server_table
from imaging.decode import FrameSource
from imaging.dicom_json import write_series_metadata
from imaging.display import encode_frame
from imaging.preview import Window, render_preview
from imaging.synthetic import build_study
from stack.check import Check

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
START, END = "<!-- viewer: start -->", "<!-- viewer: end -->"
LINES = {"20 Mbit/s": 20e6, "100 Mbit/s": 100e6}

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
    # The search for printed text holds it by mistake, and a held case has no reader.
    (folder / "S03_I010.dcm").unlink(missing_ok=True)
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


def raw_bytes_of(paths: list[Path]) -> int:
    return sum(frame.nbytes for path in paths for frame in FrameSource(path))


def measured(paths: list[Path], rates: list[int]) -> str:
    """Return the tables of the browser and of the server, on a demo of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-viewer-") as name,
        demo(Path(name)) as portal,
    ):
        url = portal["url"]
        walk = Check(url, portal["accounts"], paths[0].parent)
        for step in walk.steps[:9]:
            print(step.__name__.replace("_", " "), step(), file=sys.stderr, flush=True)
        session = next(cookie for cookie in walk.reader.cookies if "session" in cookie.name)
        visit = Visit(url, walk.code, session.name, session.value or "")
        browser = browser_tables(visit, raw_bytes_of(paths), rates)
        return f"{browser}\n\n{server_table(visit)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--encodings", action="store_true", help="only code, start nothing")
    parser.add_argument("--rate", type=int, action="append", help="Mbit/s; default 20 and 100")
    options = parser.parse_args()
    paths = study()
    table = encoding_table(paths)
    print(table, flush=True)
    if not options.encodings:
        more = measured(paths, options.rate or [20, 100])
        print(more)
        table = f"{table}\n\n{more}"
    if options.update:
        update(table)


if __name__ == "__main__":
    main()
