"""What the intake and the study checks say about folders of real files, as a Markdown table.

Usage: python -m benchmarks.real_files [--clean] FOLDER [FOLDER ...]

Prints for each folder how many files were accepted, left out (the code's fate is ignored or
rejected) and held (quarantined, held, failed), the verdicts of its studies, CPU seconds and peak
memory; every folder is read in a process of its own, and a process that dies is counted.

With --clean the files are de-identified, and what comes out is searched for the values of all that
went in (`benchmarks.real_leaks`), again with a process for each folder.
"""

import json
import resource
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from benchmarks.real_leaks import Leaks, leaks_of
from imaging.errors import Code, Fate

HELD = {Fate.QUARANTINED, Fate.HELD, Fate.FAILED}
HEAD = "| folder | accepted | left out | held | crashes | studies | CPU s |"
HEAD_OF_CLEAN = (
    "| folder | files | values found in | cleaned | left out | held | values left in | crashes |"
)


def inspected(folder: Path) -> tuple[dict, int]:
    """Inspect one folder in a process of its own; return its JSON and 1 when it crashed."""
    command = [sys.executable, "-W", "error", "-m", "imaging", "inspect", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    crashed = done.returncode not in {0, 1} or bool(done.stderr)
    return ({} if crashed else json.loads(done.stdout)), int(crashed)


def listed(counts: Counter) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "0"


def refusals(codes: Counter) -> tuple[str, str]:
    """Return which codes left a file out, and which hold it."""
    held = Counter({code: n for code, n in codes.items() if Code(code).fate in HELD})
    return listed(codes - held), listed(held)


def row(folder: Path) -> str:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found, crashed = inspected(folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    codes = Counter(one["code"] for one in found.get("refused", []))
    verdicts = Counter(study["verdict"] for study in found.get("studies", []))
    cells = (
        folder.name, str(found.get("files", {}).get("read", 0)), *refusals(codes),
        str(crashed), listed(verdicts), f"{after.ru_utime - before.ru_utime:.1f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def row_of_clean(folder: Path) -> str:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            leaks = pool.submit(leaks_of, folder).result()
        except BrokenProcessPool:
            leaks = Leaks(crashes=1)
    cells = (
        folder.name, leaks.files, leaks.found, leaks.cleaned, *refusals(leaks.refused),
        leaks.left, leaks.crashes,
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main() -> int:
    is_cleaning = "--clean" in sys.argv
    folders = [Path(argument) for argument in sys.argv[1:] if argument != "--clean"]
    if not folders:
        print(__doc__)
        return 2
    head, told = (HEAD_OF_CLEAN, row_of_clean) if is_cleaning else (HEAD, row)
    print(head, "|" + " --- |" * (head.count("|") - 1), sep="\n")
    for folder in folders:
        print(told(folder), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
