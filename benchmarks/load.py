"""Two patients send 5,000 files each at once while a third person looks at pages.

    .venv/bin/python -m benchmarks.load [--files 5000] [--update]

Starts `bin/demo` in a folder of its own, on this machine alone. Each patient is a process that
sends small files by stack/upload_client.py, as fast as it can; the third person opens pages one
after the other. Memory is the proportional set size (PSS) of all processes of the web server and
of the worker.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydicom

from benchmarks.docs import write_block
from benchmarks.upload import demo
from imaging.synthetic import build_study
from stack.browser import Browser
from stack.check import Check, sign_in
from stack.upload_client import upload_folder

INTRO = """\
`python -m benchmarks.load --update` (three minutes): a coordinator opens pages while two patients
send 5,000 small files each. MB are PSS of all processes; a sign-in takes 100 MB for a moment."""
PAGES = ("/", "/queue/?tab=unassigned", "/home/")
#: The program's place in a command line -> what the table calls it.
WATCHED = {"portal.wsgi": "web", "portal worker": "worker", "imaging.child": "worker"}
#: The answer of "are my pictures looked at" when they are.
AT_REST = 286
ALONE_S = 10.0
AFTER_S = 10.0
SAMPLE_S = 2.0


@dataclass
class Watch:
    """Page times and memory of one part of the run."""

    name: str
    pages: dict[str, list[float]] = field(default_factory=lambda: {page: [] for page in PAGES})
    memory: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in WATCHED.values()}
    )
    seconds: float = 0.0

    def row(self) -> str:
        times = [one * 1000 for page in self.pages.values() for one in page]
        cells = [self.name, f"{self.seconds:.0f} s", str(len(times))]
        cells += [f"{statistics.median(times):.0f} ms", f"{percentile_95(times):.0f} ms"]
        cells += [f"{max(times):.0f} ms"]
        for samples in self.memory.values():
            cells.append(f"{samples[0]:.0f} / {max(samples):.0f} / {samples[-1]:.0f}")
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| | lasts | pages | median | 95 % | slowest | web MB first / most / last "
    "| worker MB first / most / last |\n|---|--:|--:|--:|--:|--:|--:|--:|"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000, help="of each of the two patients")
    parser.add_argument("--update", action="store_true", help="write the table to the docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-load-") as name:
        folder = Path(name)
        discs = [disc(folder / f"disc-{who}", who, options.files) for who in (1, 2)]
        with demo(folder / "demo") as running:
            text = measure(running["url"], running["accounts"], discs)
    print(text)
    if options.update:
        write_block("load", "Two patients send, a third person browses", INTRO, text)
    return 0


def disc(folder: Path, who: int, count: int) -> Path:
    """Return a folder of small pictures that differ in their UID."""
    built = build_study(folder.with_name(f"one-{who}"), series=["T2 SAG"], size="tiny")
    data = built.paths[0].read_bytes()
    uid = str(pydicom.dcmread(built.paths[0]).SOPInstanceUID)
    folder.mkdir()
    for number in range(count):
        changed = f"{uid[:-6]}{who}{number:05d}"
        (folder / f"IM{number:05d}").write_bytes(data.replace(uid.encode(), changed.encode()))
    return folder


def measure(url: str, accounts: list[dict[str, Any]], discs: list[Path]) -> str:
    patients = [one for one in accounts if one["role"] == "patient"]
    reader = Browser(url)
    sign_in(reader, next(one for one in accounts if one["role"] == "coordinator"))
    before, during, after = (
        Watch("nobody sends"),
        Watch("both send, a worker looks"),
        Watch("both have sent"),
    )
    watch_for(before, reader, ALONE_S)
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    senders = [
        context.Process(target=send, args=(url, [account], folder, answers))
        for account, folder in zip((patients[0], patients[-1]), discs, strict=True)
    ]
    for sender in senders:
        sender.start()
    look(during, reader, lambda: any(one.is_alive() for one in senders))
    for sender in senders:
        sender.join()
    if any(sender.exitcode != 0 for sender in senders):
        raise SystemExit("an upload failed")
    sent, looked_at = zip(*(answers.get() for _ in senders), strict=True)
    watch_for(after, reader, AFTER_S)
    count = sum(1 for _ in discs[0].iterdir())
    rows = f"{HEAD}\n{before.row()}\n{during.row()}\n{after.row()}"
    return (
        f"{rows}\n\nEach sent {count:,} files, in {min(sent):.0f} and {max(sent):.0f} s; "
        f"a worker had looked at all of them {max(looked_at):.0f} s later."
    )


def send(url: str, accounts: list[dict[str, Any]], folder: Path, answers: Any) -> None:
    walk = Check(url, accounts, folder)
    walk.patient_signs_in()
    walk.patient_answers_the_questions()
    started = time.monotonic()
    upload_folder(walk.patient, walk.code, folder)
    ended = time.monotonic()
    while walk.patient.open(f"/cases/{walk.code}/upload/look/").status != AT_REST:
        time.sleep(1)
    answers.put((ended - started, time.monotonic() - ended))


def watch_for(watch: Watch, reader: Browser, seconds: float) -> None:
    end = time.monotonic() + seconds
    look(watch, reader, lambda: time.monotonic() < end)


def look(watch: Watch, reader: Browser, going: Callable[[], bool]) -> None:
    """Open page after page and note the memory, as long as it is `going`."""
    started, sampled, turn = time.monotonic(), 0.0, 0
    while going():
        if time.monotonic() - sampled >= SAMPLE_S:
            sampled = time.monotonic()
            for name, size in memory().items():
                watch.memory[name].append(size)
        page = PAGES[turn % len(PAGES)]
        turn += 1
        asked = time.monotonic()
        reader.open(page)
        watch.pages[page].append(time.monotonic() - asked)
        time.sleep(0.1)
    watch.seconds = time.monotonic() - started


def memory() -> dict[str, float]:
    """Return the PSS in MB of every process of the web server and of the worker."""
    found = dict.fromkeys(WATCHED.values(), 0.0)
    for process in descendants():
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            name = next(named for part, named in WATCHED.items() if part in command)
            lines = (process / "smaps_rollup").read_text().splitlines()
        except (OSError, StopIteration):
            continue
        pss = next(line for line in lines if line.startswith("Pss:"))
        found[name] += int(pss.split()[1]) / 1024
    return found


def descendants() -> Iterator[Path]:
    """Yield /proc folders of what this process started, and of what that started."""
    waiting = [Path("/proc/self").resolve()]
    while waiting:
        process = waiting.pop()
        for thread in (process / "task").glob("*/children"):
            try:
                children = thread.read_text().split()
            except OSError:
                continue
            waiting += [Path("/proc") / pid for pid in children]
        yield process


def percentile_95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, round(0.95 * len(values)))]


if __name__ == "__main__":
    sys.exit(main())
