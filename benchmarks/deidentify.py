"""Measure de-identification against its peers, interleaved, on one generated study.

    .venv/bin/python -m benchmarks.deidentify [--rounds 5] [--vendor siemens] [--update]

Each peer gets an environment of its own below .cache/benchmarks. It also measures the first look at
a study and the refusal of a deflate bomb. With --update all of it replaces what stands in
docs/benchmarks.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydicom.dataset import FileMetaDataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import DeflatedExplicitVRLittleEndian, MRImageStorage

from imaging.errors import Code
from imaging.gate import admit
from imaging.inspect import inspect_path
from imaging.synthetic import build_study
from imaging.synthetic.identifiers import SEEDS
from tests.imaging import scoring

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "benchmarks"
TOOL = Path(__file__).with_name("deidentify_tool.py")
PAGE = ROOT / "docs" / "benchmarks.md"
START, END = "<!-- deidentify: start -->", "<!-- deidentify: end -->"
TOOLS = {
    "copy": None,
    "pydicom": "pydicom==3.0.2",
    "dicognito": "dicognito==0.19.0",
    "dicom-anonymizer": "dicom-anonymizer==2.1.0",
    "grand-challenge": "grand-challenge-dicom-de-identifier==0.1.1",
    "dcmanon": "dcmanon==0.3.1",
    "secondread": None,
}
GOALS = {"grand-challenge": 3.0, "dicognito": 5.0, "dcmanon": 1.0, "pydicom": 1.5}
SAMPLE = 8  # files that go through dciodvfy


@dataclass
class Measured:
    """All rounds of one tool, and the scores of its last output."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    instances: int = 0
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Instances per second of processor time, median of the rounds."""
        return self.instances / statistics.median(self.cpu)


def environment(name: str, requirement: str | None) -> Path:
    """Return the Python that has the tool, installing it when it is not there yet."""
    if requirement is None:
        return Path(sys.executable)
    folder = CACHE / "environments" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", requirement], check=True)
        (folder / "ready").touch()
    return python


def study(vendor: str) -> Path:
    folder = CACHE / f"study-{vendor}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        build_study(folder / "files", vendor, size="full", identifiers=True)
        for path in sorted((folder / "files").iterdir())[200:]:
            path.unlink()
        (folder / "ready").touch()
    return folder / "files"


def run(name: str, python: Path, source: Path, measured: Measured) -> None:
    """Run a tool once into an empty folder."""
    target = CACHE / "output" / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    done = subprocess.run(
        [python, TOOL, name, source, target],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT) if name == "secondread" else ""},
    )
    cost = json.loads(done.stdout)
    measured.cpu.append(cost["cpu"])
    measured.wall.append(cost["wall"])
    measured.memory.append(cost["memory_mb"])
    measured.instances, measured.failed = cost["instances"], cost["failed"]


def scores(name: str, source: Path) -> list[str]:
    """Return the cells on quality of one tool's output."""
    if name in {"copy", "pydicom"}:
        return ["-"] * 4
    target = CACHE / "output" / name
    left = scoring.identifiers_left(target, SEEDS, pixels=False)
    broken, whole = scoring.references_broken(target)
    kept = scoring.reading_attributes_kept(source, target)
    before = scoring.validator_errors(_sample(source))
    after = scoring.validator_errors(_sample(target))
    new = sum(count for error, count in after.items() if error not in before)
    references = f"{broken}/{broken + whole}" if broken + whole else "dropped"
    return [str(len(left)), references, str(len(kept)), f"{new / SAMPLE:.1f}"]


def _sample(folder: Path) -> list[Path]:
    files = scoring.dicom_files(folder)
    return files[:: max(1, len(files) // SAMPLE)][:SAMPLE]


def table(measured: dict[str, Measured], source: Path) -> list[str]:
    present = len(scoring.identifiers_left(source, SEEDS, pixels=False))
    heads = (
        "tool", "instances per CPU-s", "wall s", "memory MB", f"identifiers left (of {present})",
        "references broken", "reading attributes (of 26)", "new dciodvfy errors a file",
    )  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, one in measured.items():
        cells = [
            TOOLS[name]
            or {"copy": "plain file copy", "secondread": "**SecondRead, verified**"}[name],
            f"{one.per_second:.0f}",
            f"{statistics.median(one.wall):.2f}",
            f"{max(one.memory):.0f}",
            *scores(name, source),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    ours = measured["secondread"].per_second
    ratios = [f"{ours / measured[name].per_second:.1f} times {name} (goal {goal:g})"
              for name, goal in GOALS.items() if name in measured]  # fmt: skip
    return [*lines, "", "SecondRead is " + ", ".join(ratios) + "."]


def seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Return the seconds of processor time that some work takes, median of the rounds."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


def bomb(folder: Path) -> Path:
    """Write a deflated file of 1.46 MB that would inflate to 1.5 GB."""
    path = folder / "bomb"
    if not path.exists():
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MRImageStorage, "1.2.3"
        meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
        block = packer.compress(bytes(1 << 24)) + packer.flush(zlib.Z_FULL_FLUSH)
        with path.open("wb") as stream:
            stream.write(bytes(128) + b"DICM")
            write_file_meta_info(stream, meta)
            stream.write(block * 90 + packer.flush())
    return path


def first_looks(source: Path) -> str:
    """Measure what happens before any cleaning: headers with geometry, and a bomb's refusal."""
    today = date(2026, 1, 1)
    scan = seconds(lambda: inspect_path(source, None, today=today))
    path = bomb(CACHE)
    if admit(path).code is not Code.SYNTAX:
        raise SystemExit("the bomb was not refused")
    refusal = seconds(lambda: admit(path))
    return (
        f"Headers, geometry and checks of the {len(list(source.iterdir()))} instances take"
        f" {scan:.2f} CPU-s (goal 0.25); a deflate bomb of {path.stat().st_size / 1e6:.2f} MB is"
        f" refused in {refusal * 1000:.2f} ms (goal 50)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--vendor", default="siemens")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--only", nargs="*", default=list(TOOLS))
    arguments = parser.parse_args()
    source = study(arguments.vendor)
    pythons = {name: environment(name, TOOLS[name]) for name in arguments.only}
    measured = {name: Measured() for name in pythons}
    for _ in range(arguments.rounds):
        for name, python in pythons.items():
            run(name, python, source, measured[name])
    lines = [*table(measured, source), "", first_looks(source)]
    print("\n".join(lines))
    if arguments.update:
        text = PAGE.read_text("utf-8")
        before, rest = text.split(START)
        _, after = rest.split(END)
        PAGE.write_text(f"{before}{START}\n{chr(10).join(lines)}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
