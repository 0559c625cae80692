"""Run the imaging core in a child that can be killed, starved or made to crash without harm.

The parent starts ``python -m imaging.sandbox`` with an empty environment, hands it the job as
JSON on standard input and listens on a pipe. The child first takes limits upon itself, then says
on the pipe which file it is about to open, so that the parent knows which file killed it.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from imaging.confinement import environment, restrict
from imaging.errors import Code
from imaging.holding import Decision
from imaging.ingest import IngestOptions, ingest_study
from imaging.persons import History
from imaging.plain import from_plain
from imaging.prepared import prepare
from imaging.searched import search
from imaging.study import IngestResult

MIB: Final = 1024 * 1024
EXIT_MEMORY: Final = 3


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
        "parent": os.getpid(),
    }
    with tempfile.TemporaryDirectory(prefix="child-") as scratch:
        report = _Report()
        with _child(job, Path(scratch), report) as process:
            timed_out = not report.read_until(time.monotonic() + limits.wall_seconds)
            if timed_out:
                process.kill()
            code = process.wait()
    if code == 0 and report.result is not None:
        return report.result
    raise ChildDiedError(report.file, "timeout" if timed_out else _reason(code))


@contextlib.contextmanager
def _child(
    job: dict[str, Any], scratch: Path, report: "_Report"
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-B", "-m", "imaging.sandbox", str(report.write_end)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a library's message may quote a value
        cwd=scratch,
        env=environment(scratch),
        pass_fds=(report.write_end,),
        start_new_session=True,
    )
    report.close_write_end()
    try:
        with contextlib.suppress(BrokenPipeError), process.stdin or contextlib.nullcontext():
            _send(process.stdin, job)
        yield process
    finally:
        process.kill()
        process.wait()
        report.close()


def _send(stream: IO[bytes] | None, job: dict[str, Any]) -> None:
    if stream is not None:
        stream.write(json.dumps(job).encode())


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
        self._buffer = b""
        self.file: str | None = None
        self.result: str | None = None

    def close_write_end(self) -> None:
        os.close(self.write_end)

    def close(self) -> None:
        os.close(self._read_end)

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


def main(report_end: int) -> int:
    """Do the job that stands on standard input; return the exit code."""
    job = json.load(sys.stdin)
    with os.fdopen(report_end, "w", encoding="utf-8") as report:
        restrict(job["limits"], job["parent"])

        def opening(name: str) -> None:
            print("opening", name, file=report, flush=True)

        try:
            result = _TASKS[job["task"]](job, opening)
        except MemoryError:
            return EXIT_MEMORY
        print("done", result, file=report, flush=True)
    return 0


def _ingest(job: dict[str, Any], opening: Callable[[str], None]) -> str:
    given = job["options"]
    made = {
        "uid_key": bytes.fromhex(given["uid_key"]),
        "skip": frozenset(given["skip"]),
        "history": frozenset(map(History, given["history"])),
        "clear": frozenset(given["clear"]),
        "decisions": tuple(from_plain(Decision, one) for one in given["decisions"]),
    }
    options = IngestOptions(**given | made)
    prepared = Path(job["prepared"]) if job["prepared"] else None
    source, destination = Path(job["source"]), Path(job["destination"])
    return ingest_study(source, destination, options, opening=opening, prepared=prepared).to_json()


def _prepare(job: dict[str, Any], opening: Callable[[str], None]) -> str:
    return json.dumps(prepare(Path(job["source"]), Path(job["destination"]), opening=opening))


def _search(job: dict[str, Any], opening: Callable[[str], None]) -> str:
    opening("")  # it opens what a child of ours wrote
    return json.dumps(search(Path(job["source"])))


_TASKS: Final = {"ingest": _ingest, "prepare": _prepare, "search": _search}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
