"""Undo the codings of whole bundles in a child process, which takes one after the other.

What comes in is made by strangers and read by native decoders, so it is undone where a fault can do
no harm: no secret, no network, a temporary folder of its own, little memory, little time. The child
starts while the first bundle is on its way. It answers with one byte a file, so that its death
tells which file it was at.
"""

import contextlib
import hashlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from imaging.coding import Coding, decode
from imaging.confinement import environment, restrict

MIB: Final = 1024 * 1024
LIMITS: Final = {
    "address_space": 1536 * MIB,
    "cpu_seconds": 600,
    "open_files": 64,
    "file_bytes": 2048 * MIB,
}
START_SECONDS: Final = 60
#: A child that does not get through a file in this time is taken for dead.
ANSWER_SECONDS: Final = 120
#: A file with which so many children died is set aside.
MOST_DEATHS: Final = 3
READY, DONE, BROKEN, NO_DISK = b".", b"1", b"0", b"!"


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a bundle; `name` is the caller's own and names what is written."""

    name: str
    offset: int
    length: int
    coding: str
    size: int
    sha256: str


class UndoingError(OSError):
    """The child cannot work, or cannot write: no fault of any file."""


class Undoer:
    """A child while it is needed; threads may share it, and wait for each other.

    Parameters
    ----------
    answer_seconds
        How long one file may take.
    limits
        What differs from `LIMITS`.
    """

    def __init__(self, answer_seconds: float = ANSWER_SECONDS, **limits: int) -> None:
        self._answer_seconds = answer_seconds
        self._limits = LIMITS | limits
        self._lock = threading.Lock()
        self._is_ready = False
        self._scratch = tempfile.TemporaryDirectory(prefix="child-")

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._scratch.cleanup()

    def undo(self, bundle: bytes, parts: Sequence[Part], destination: Path) -> list[str]:
        """Write the files of a bundle into `destination`; return the names of the others.

        Those are files whose bytes are not the declared ones.

        Raises
        ------
        UndoingError
        """
        left, broken, deaths = list(parts), [], 0
        with self._lock:
            while left:
                answers = self._ask(bundle, left, destination)
                broken += [
                    part.name for part, answer in zip(left, answers, strict=False)
                    if answer == ord(BROKEN)
                ]  # fmt: skip
                left = left[len(answers) :]
                if not left:
                    break
                self._stop()
                self._start()
                deaths = 1 if answers else deaths + 1
                if deaths == MOST_DEATHS:
                    broken.append(left.pop(0).name)
                    deaths = 0
        return broken

    def _ask(self, bundle: bytes, parts: list[Part], destination: Path) -> bytes:
        """Return an answer for each part up to the one at which the child died, if it did."""
        if not self._is_ready and self._answer(START_SECONDS) != READY:
            raise UndoingError("the child did not start")
        self._is_ready = True
        order = {"size": len(bundle), "destination": str(destination.resolve())}
        order |= {"parts": [asdict(part) for part in parts]}
        pipe = self._child.stdin
        with contextlib.suppress(BrokenPipeError):
            pipe.write(json.dumps(order).encode() + b"\n" + bundle)
            pipe.flush()
        answers = b""
        while len(answers) < len(parts) and (answer := self._answer(self._answer_seconds)):
            if answer == NO_DISK:
                raise UndoingError("a file could not be written")
            answers += answer
        return answers

    def _answer(self, seconds: float) -> bytes:
        """Return the next byte, nothing when the child died or hangs."""
        pipe = self._child.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            return os.read(pipe, 1) if selector.select(seconds) else b""

    def _start(self) -> None:
        self._is_ready = False
        job = json.dumps({"limits": self._limits, "parent": os.getpid()})
        self._child: Any = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-B", "-m", "imaging.undoing", job],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's message may quote a value
            cwd=self._scratch.name,
            env=environment(Path(self._scratch.name)),
            start_new_session=True,
        )

    def _stop(self) -> None:
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def main(job: dict[str, Any]) -> int:
    """Answer orders until there are no more."""
    restrict(job["limits"], job["parent"])
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    for line in orders:
        order = json.loads(line)
        bundle = orders.read(order["size"])
        for part in order["parts"]:
            answers.write(_undo(Part(**part), bundle, Path(order["destination"])))
            answers.flush()
    return 0


def _undo(part: Part, bundle: bytes, destination: Path) -> bytes:
    coded = bundle[part.offset : part.offset + part.length]
    try:
        content = decode(coded, Coding(part.coding), part.size)
    except (ValueError, MemoryError):  # a declared size beyond the limits is not held either
        return BROKEN
    if hashlib.sha256(content).hexdigest() != part.sha256:
        return BROKEN
    try:
        (destination / part.name).write_bytes(content)
    except OSError:
        return NO_DISK
    return DONE


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
