"""CPU-seconds of the processes that a benchmark started, by what they are; from /proc (Linux)."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
#: Kind -> a word that its first process has in its command line.
KINDS: Final = {
    "browser": "--remote-debugging",
    "web": "gunicorn",
    "worker": "celery -A portal worker",
}


def cpu_seconds() -> dict[str, float]:
    """Return what each kind has used so far, with all the processes under it, ended ones too."""
    children = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(folder)
        if fields:
            children[int(fields[1])].append(int(folder.name))
    used = dict.fromkeys(KINDS, 0.0)
    waiting = [os.getpid()]
    while waiting:
        for pid in children[waiting.pop()]:
            kind = _kind(pid)
            if kind:
                used[kind] += _of_tree(pid, children)
            else:
                waiting.append(pid)
    return used


def since(before: dict[str, float]) -> dict[str, float]:
    return {kind: used - before[kind] for kind, used in cpu_seconds().items()}


def _kind(pid: int) -> str | None:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return None
    return next((kind for kind, word in KINDS.items() if word in command), None)


def _of_tree(pid: int, children: dict[int, list[int]]) -> float:
    """Return the time of a process, of those it has waited for, and of all that live under it."""
    fields = _stat(Path(f"/proc/{pid}"))
    own = sum(map(int, fields[11:15])) / _TICKS if fields else 0.0
    return own + sum(_of_tree(child, children) for child in children[pid])


def _stat(folder: Path) -> list[str]:
    """Return the fields behind the name, which may hold spaces: state, parent, ..."""
    try:
        return (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
