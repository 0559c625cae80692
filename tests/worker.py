"""A real Celery worker in a process of its own, to be watched, killed and restarted; and beat."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from stack import portal
from stack.bootstrap import ROOT
from stack.processes import Program, spawn

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0


class Worker:
    """`with Worker(environment, folder, lock) as worker: ...` starts one and waits for it."""

    def __init__(self, environment: Mapping[str, str], folder: Path, lock: IO[str]) -> None:
        self.environment = environment
        self.lock = lock
        self.log_path = folder / f"worker-{time.monotonic_ns()}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        celery = [sys.executable, "-m", "celery", "-A", "portal", "worker"]
        options = ["-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle", "-n"]
        program = Program(
            name="worker",
            command=[*celery, *options, f"worker-{os.getpid()}-{time.monotonic_ns()}@localhost"],
            is_ready=lambda: True,
            environment=self.environment,
            folder=ROOT,
            orphan_signal=signal.SIGKILL,
        )
        self.process = spawn(program, self.log_path, lock=self.lock.fileno())
        self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        if self.alive:
            self._process.send_signal(signal.SIGQUIT)  # cold: a test has nothing more to await
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self.kill()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def pool_pids(self) -> list[int]:
        """The pool's children, in which tasks run."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def kill(self) -> None:
        """End the worker and its pool by kill -9."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "the worker was never started"
        return self.process

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while " ready." not in self.log:
            if not self.alive or time.monotonic() > deadline:
                raise AssertionError(f"the worker did not start:\n{self.log}")
            time.sleep(0.05)


@contextmanager
def beat(environment: Mapping[str, str], folder: Path, lock: IO[str]) -> Iterator[None]:
    """Run what sends the sweep and the heartbeat on time, as `bin/demo` starts it."""
    program = portal.beat(environment, folder)
    process = spawn(program, folder / "beat.log", lock=lock.fileno())
    try:
        yield
    finally:
        process.kill()
        process.wait()
