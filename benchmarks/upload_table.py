"""The table of benchmarks/upload.py, and what stands below it in docs/benchmarks.md."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.codings import decoding_speed
from benchmarks.page_code import gzipped_bytes
from imaging.synthetic import build_study

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"


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
    ready_s: float  # from the last byte until the study was ready; the request is sent at once
    cpu: dict[str, float]  # seconds of each kind of process, from the button until "complete"
    again: float  # share sent more than once: of the bytes on a TCP line, else of the bundles
    lost_s: float | None  # beyond an outage: until bytes flowed again, and to send bytes again

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
            f"{self.ready_s:.1f} s | {' / '.join(f'{used:.1f}' for used in self.cpu.values())} s",
            f"{self.again:.1%} | {'-' if self.lost_s is None else f'{self.lost_s:.1f} s'}",
        )
        return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True, slots=True)
class Stream:
    """One bare TCP connection that sends as many bytes: less than it takes nothing can."""

    rate: int  # Mbit/s
    rtt_ms: int
    size: int  # bytes
    sent_s: float

    def row(self) -> str:
        ratio = self.sent_s / (self.size * 8 / self.rate / 1e6)
        megabytes = f"{self.size / 1e6:.1f} MB"
        cells = ["a bare TCP stream", f"{self.rate} Mbit/s, {self.rtt_ms} ms"]
        cells += [f"{self.sent_s:.1f} s", f"{ratio:.2f}", megabytes, megabytes, *"--------"]
        return "| " + " | ".join(cells) + " |"


HEAD = (
    "| way | line | send | of the raw floor | files | over the line | app requests "
    "| summary after | first byte after | last byte to complete "
    "| last byte to ready | CPU: browser / web / worker | sent again | lost |\n"
    "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
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
