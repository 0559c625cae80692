"""CPU-seconds of the processes that a benchmark started, by what they are; from /proc (Linux)."""

import os
import threading
from collections import defaultdict
from pathlib import Path
from typing import Final, Self

_TICKS: Final = os.sysconf("SC_CLK_TCK")
#: Kind -> a word that its first process has in its command line.
KINDS: Final = {
    "browser": "--remote-debugging",
    "web": "gunicorn",
    "worker": "celery -A portal worker",
}
#: What a process uses between its last look and its end is not seen.
LOOK_SECONDS = 0.25


class Meter:
    """Add up what each kind uses, with all the processes under it, also those that end meanwhile.

    with Meter() as meter:
        ...
    meter.used["worker"]
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], float] = {}
        self._last: dict[tuple[str, str], tuple[str, float]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        for process, (_, seconds) in _looked_at().items():
            self._first[process] = seconds
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()
        self._last |= _looked_at()

    @property
    def used(self) -> dict[str, float]:
        total = dict.fromkeys(KINDS, 0.0)
        for process, (kind, seconds) in self._last.items():
            total[kind] += seconds - self._first.get(process, 0.0)
        return total

    def _watch(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            self._last |= _looked_at()


def _looked_at() -> dict[tuple[str, str], tuple[str, float]]:
    """Return kind and own seconds by process: its number, and when it began."""
    stats = {}
    children = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := _stat(folder):
            stats[folder.name] = fields
            children[fields[1]].append(folder.name)
    found = {}
    waiting: list[tuple[str, str | None]] = [(str(os.getpid()), None)]
    while waiting:
        above, its_kind = waiting.pop()
        for pid in children[above]:
            kind = its_kind or _kind(pid)
            waiting.append((pid, kind))
            if kind:
                fields = stats[pid]
                found[pid, fields[19]] = kind, sum(map(int, fields[11:13])) / _TICKS
    return found


def _kind(pid: str) -> str | None:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return None
    return next((kind for kind, word in KINDS.items() if word in command), None)


def _stat(folder: Path) -> list[str]:
    """Return the fields behind the name, which may hold spaces: state, parent, ..."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
