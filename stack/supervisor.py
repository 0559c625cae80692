"""Starts the programs in order, waits for each, watches them, stops them in order."""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import IO

from stack.errors import StackError
from stack.processes import STOP_SIGNALS, Program, held_signals, spawn

_POLL_SECONDS = 0.05
_READY_SECONDS = 90.0
_STOP_SECONDS = 15.0
_ORPHANS_SECONDS = 30.0
_LOG_TAIL = 2000
#: A death so soon after the last one is of the same row; one that is longer ends the stack.
_IN_A_ROW_SECONDS = 60.0
_MOST_IN_A_ROW = 3


class Supervisor:
    """Owns the running programs of one stack folder."""

    def __init__(self, var: Path, lock: IO[str], say: Callable[[str], None]) -> None:
        self.logs = var / "log"
        self.logs.mkdir(exist_ok=True)
        self.lock = lock
        self.say = say
        self.running: list[tuple[Program, subprocess.Popen[bytes]]] = []
        self._deaths: dict[str, tuple[int, float]] = {}

    def start(self, program: Program) -> None:
        with held_signals():  # or one that was started is not known to `stop`
            self.running.append((program, self._spawn(program)))

    def wait_until_ready(self, *names: str) -> None:
        for program, process in self.running:
            if program.name in names:
                self._wait_for(program, process)

    def check(self) -> None:
        """Start again what has ended by itself; raise when that is not allowed or no help."""
        for place, (program, process) in enumerate(self.running):
            if process.poll() is not None:
                self._bury(program, process)
                with held_signals():
                    self.running[place] = (program, self._spawn(program))

    def stop(self) -> None:
        by_group = sorted(self.running, key=lambda pair: pair[0].stop_group)
        for _, members in groupby(by_group, key=lambda pair: pair[0].stop_group):
            self._stop_together(list(members))
        self.running.clear()

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        log = self._log(program)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        return spawn(program, log, lock=self.lock.fileno())

    def _bury(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        """End what a dead program left; raise unless it may be started again."""
        _end_session(process)
        obituary = self._obituary(program, process)
        if not program.restarts:
            raise StackError(obituary)
        count, last = self._deaths.get(program.name, (0, 0.0))
        now = time.monotonic()
        count = count + 1 if now - last < _IN_A_ROW_SECONDS else 1
        if count > _MOST_IN_A_ROW:
            raise StackError(f"{program.name} dies each time it is started. {obituary}")
        self._deaths[program.name] = count, now
        self.say(f"{program.name} ended with {process.returncode}; it is started again")

    def _wait_for(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while not _succeeds(program.is_ready):
            if process.poll() is not None:
                raise StackError(self._obituary(program, process))
            if time.monotonic() > deadline:
                raise StackError(f"{program.name} is not ready after {_READY_SECONDS:.0f} s.")
            time.sleep(_POLL_SECONDS)
        self.say(f"{program.name} is ready")

    def _stop_together(self, members: list[tuple[Program, subprocess.Popen[bytes]]]) -> None:
        for program, process in members:
            if process.poll() is None:
                process.send_signal(program.stop_signal)
        for program, process in members:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.say(f"{program.name} does not stop; killing it")
            _end_session(process)
            process.wait()

    def _obituary(self, program: Program, process: subprocess.Popen[bytes]) -> str:
        log = self._log(program)
        tail = log.read_text(errors="replace")[-_LOG_TAIL:]
        return f"{program.name} ended with {process.returncode}. Its log, {log}, ends:\n{tail}"

    def _log(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End what a program left in its session: pool children, a browser."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _succeeds(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except Exception:
        return False


@contextmanager
def locked(var: Path) -> Iterator[IO[str]]:
    """Hold the folder `var` for one stack; refuse while another one runs on it."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (var / "lock").open("a+") as handle:
        _take(handle, var)
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield handle


def _take(handle: IO[str], var: Path) -> None:
    """Take the lock; wait only for the last children of a supervisor that was killed."""
    deadline = time.monotonic() + _ORPHANS_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip()
            if is_alive(holder) or time.monotonic() > deadline:
                raise StackError(
                    f"A stack is running on {var} already (process {holder or 'unknown'}). "
                    "Stop it with Ctrl-C, or choose another folder with --var."
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            return


def is_alive(pid: str) -> bool:
    """Say whether the process of this number runs; what is no number does not."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def raise_keyboard_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def interrupt_on_signals() -> None:
    """Treat Ctrl-C, kill and a closed terminal alike, also when started with `&` or nohup."""
    for number in STOP_SIGNALS:
        signal.signal(number, raise_keyboard_interrupt)


def ignore_signals() -> None:
    """Let no second Ctrl-C cut the stopping short."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
