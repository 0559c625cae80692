"""Starting programs that cannot outlive us.

Each child asks the kernel for a signal at its parent's death (PR_SET_PDEATHSIG), so that even
kill -9 of the supervisor leaves nothing behind.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_FAILED_TO_PREPARE = 97
#: What asks a stack to stop: Ctrl-C, kill, a closed terminal.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class RunAs:
    """Under which identity a program runs; by default under ours."""

    user_namespace: bool = False
    uid: int | None = None
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """One program of the stack.

    `stop_group` orders the end: lower groups stop first, all of a group at once. One that
    `restarts` keeps nothing that its death could lose, and is started again after it.
    """

    name: str
    command: Sequence[str | Path]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    run_as: RunAs = field(default_factory=RunAs)
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    stop_group: int = 0
    restarts: bool = False


def spawn(program: Program, log: Path, *, lock: int) -> subprocess.Popen[bytes]:
    """Start `program` in its own session, writing to `log`.

    The child keeps the lock's file descriptor open: the lock is free only when the last process
    of a stack is gone, whatever happened to its supervisor.
    """
    parent = os.getpid()
    with log.open("ab", buffering=0) as output, held_signals():
        return subprocess.Popen(
            [str(part) for part in program.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=base_environment() | dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
            pass_fds=(lock,),
            user=program.run_as.uid,
            group=program.run_as.gid,
            extra_groups=[] if program.run_as.uid is not None else None,
            preexec_fn=lambda: _prepare_child(program, parent),  # noqa: PLW1509 - we have one thread
        )


def run(command: Sequence[str | Path], run_as: RunAs) -> subprocess.CompletedProcess[str]:
    """Run a short program to its end under `run_as` and return what it printed."""
    with held_signals():
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=base_environment(),
            cwd="/",
            user=run_as.uid,
            group=run_as.gid,
            extra_groups=[] if run_as.uid is not None else None,
            preexec_fn=lambda: _prepare_short_child(run_as),  # noqa: PLW1509 - we have one thread
        )
    with process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@contextmanager
def held_signals() -> Iterator[None]:
    """Let a signal that asks us to stop wait until this block is left.

    Python runs callbacks around a fork (`os.register_at_fork`; logging has one), and prints and
    forgets what is raised in them: a Ctrl-C at that moment would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def base_environment() -> dict[str, str]:
    """Return what a child inherits: nothing of ours but the machine's own settings."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def user_namespaces_work() -> bool:
    """Tell whether an unprivileged identity can be had by a user namespace."""
    true = shutil.which("true") or "/bin/true"
    try:
        return run([true], RunAs(user_namespace=True)).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _prepare_short_child(run_as: RunAs) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    if run_as.user_namespace:
        _enter_user_namespace()


def _prepare_child(program: Program, parent: int) -> None:
    _prepare_short_child(program.run_as)
    _LIBC.prctl(_PR_SET_PDEATHSIG, program.orphan_signal, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the kernel was asked
        os._exit(_FAILED_TO_PREPARE)


def _enter_user_namespace() -> None:
    """Appear as uid 1000 to ourselves while every file stays owned by the real user."""
    if _LIBC.unshare(_CLONE_NEWUSER) != 0:
        os._exit(_FAILED_TO_PREPARE)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1")
    Path("/proc/self/gid_map").write_text("1000 0 1")
