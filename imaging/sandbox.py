"""Run the imaging core in a child that can be killed, starved or made to crash without harm.

A template without a secret (`imaging.template`) forks the child, which gets the job as JSON and a
pipe. The child (`imaging.child`) first takes limits upon itself, then says on the pipe which
file it is about to open, so that the parent knows which file killed it.
"""

import json
import os
import selectors
import signal
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from imaging.errors import Code
from imaging.ingest import IngestOptions
from imaging.study import IngestResult
from imaging.template import EXIT_MEMORY, child

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use.

    Attributes
    ----------
    address_space : int
        Bytes of virtual memory.
    cpu_seconds : int
        Processor time of a small study; `source_bytes_per_second` adds to it.
    source_bytes_per_second : int
        One more second of processor time for each so many bytes of source.
    wall_seconds : float
        Time after which the parent kills the child.
    open_files : int
        File descriptors.
    file_bytes : int
        The largest file it may write.
    """

    address_space: int = 1536 * MIB
    cpu_seconds: int = 120
    source_bytes_per_second: int = 2 * MIB
    wall_seconds: float = 500.0
    open_files: int = 64
    file_bytes: int = 4096 * MIB

    def cpu_for(self, source: Path) -> int:
        """Return the processor time in seconds for the files in `source`."""
        size = sum(entry.stat().st_size for entry in source.rglob("*") if entry.is_file())
        return self.cpu_seconds + size // self.source_bytes_per_second


class ChildDiedError(Exception):
    """The child ended without a result.

    Parameters
    ----------
    file : str or None
        The source name it was opening, None when it died between files.
    reason : str
        ``killed``, ``timeout``, ``memory`` or ``crash``.
    """

    def __init__(self, file: str | None, reason: str) -> None:
        super().__init__(reason)
        self.file = file
        self.reason = reason


def run_ingest(
    source: Path,
    destination: Path,
    options: IngestOptions,
    *,
    prepared: Path | None = None,
    limits: Limits | None = None,
) -> IngestResult:
    """Run `imaging.ingest.ingest_study` in a restricted child.

    Parameters
    ----------
    source, destination, options, prepared
        As `ingest_study`. The child writes ``destination/result.json`` without the sealed
        identity; the full result comes back through the pipe only.
    limits : Limits, optional
        What the child may use.

    Raises
    ------
    ChildDiedError
        When it is killed, runs too long, asks for too much memory or crashes.
    """
    job = {
        "task": "ingest",
        "prepared": prepared and str(prepared.resolve()),
        "options": {
            **asdict(options),
            "uid_key": options.uid_key.hex(),
            "skip": sorted(options.skip),
            "history": sorted(options.history),
            "clear": sorted(options.clear),
        },
    }
    return IngestResult.from_json(_run(job, source, destination, limits or Limits()))


def run_prepare(
    source: Path, destination: Path, *, limits: Limits | None = None
) -> dict[str, Code]:
    """Run `imaging.prepared.prepare` in a restricted child; parameters as there.

    Raises
    ------
    ChildDiedError
        As `run_ingest`.
    """
    found = json.loads(_run({"task": "prepare"}, source, destination, limits or Limits()))
    return {name: Code(code) for name, code in found.items()}


def run_search(source: Path, *, limits: Limits | None = None) -> list[str]:
    """Run `imaging.searched.search` in a restricted child; parameters as there.

    Raises
    ------
    ChildDiedError
        As `run_ingest`.
    """
    found: list[str] = json.loads(_run({"task": "search"}, source, source, limits or Limits()))
    return found


def _run(job: dict[str, Any], source: Path, destination: Path, limits: Limits) -> str:
    """Give a job to a child and return what it reports when it is done."""
    job |= {
        "source": str(source.resolve()),
        "destination": str(destination.resolve()),
        "limits": asdict(limits) | {"cpu_seconds": limits.cpu_for(source)},
    }
    with (
        tempfile.TemporaryDirectory(prefix="child-") as scratch,
        _Report() as report,
        child(job | {"scratch": scratch}, report.write_end) as template,
    ):
        report.close_write_end()
        if not report.read_until(time.monotonic() + limits.wall_seconds):
            raise ChildDiedError(report.file, "timeout")
        code = template.code()
    if code == 0 and report.result is not None:
        return report.result
    raise ChildDiedError(report.file, _reason(code))


def _reason(code: int) -> str:
    if code == EXIT_MEMORY:
        return "memory"
    if code == -signal.SIGXCPU:
        return "timeout"
    return "killed" if code == -signal.SIGKILL else "crash"


class _Report:
    """The parent's end of the pipe: lines ``opening NAME`` and at last ``done JSON``."""

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        self._is_ours = True
        self._buffer = b""
        self.file: str | None = None
        self.result: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._read_end)
        self.close_write_end()

    def close_write_end(self) -> None:
        """Leave the writing to the child, whose end is then the end of the stream."""
        if self._is_ours:
            os.close(self.write_end)
            self._is_ours = False

    def read_until(self, deadline: float) -> bool:
        """Read lines to the end of the stream; False when `deadline` comes first."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._read_end, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0:
                if not selector.select(left):
                    continue
                chunk = os.read(self._read_end, 65536)
                if not chunk:
                    return True
                self._take(chunk)
        return False

    def _take(self, chunk: bytes) -> None:
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            word, _, rest = line.decode().partition(" ")
            if word == "opening":
                self.file = rest or None
            elif word == "done":
                self.result = rest
