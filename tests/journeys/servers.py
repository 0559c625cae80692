"""Servers of a journey's own, to be killed and started again."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stack.processes import Program, spawn

if TYPE_CHECKING:
    import subprocess


class Server:
    """A server of this test's own, to be killed and started again."""

    def __init__(self, program: Program, log: Path, lock: int) -> None:
        self.program, self.log, self.lock = program, log, lock
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = spawn(self.program, self.log, lock=self.lock)
        deadline = time.monotonic() + 60
        while not answers(self.program.is_ready):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"{self.program.name} does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def answers(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except Exception:
        return False


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.kill()
