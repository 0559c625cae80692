"""What a child process that opens strangers' bytes takes upon itself, and what it is given."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any, Final

GRACE_S: Final = 5
PR_SET_PDEATHSIG: Final = 1
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000
PACKAGE_ROOT: Final = Path(__file__).resolve().parents[1]
FORBIDDEN_EVENTS: Final = frozenset(
    {"socket.__new__", "socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.fork"}
    | {"os.forkpty", "os.posix_spawn", "os.spawn", "pty.spawn"}
)


def environment(scratch: Path) -> dict[str, str]:
    """Return the child's whole environment: no secret of the worker is in it."""
    single = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "PYTHONPATH": str(PACKAGE_ROOT),
        "TMPDIR": str(scratch),
        "LC_ALL": "C.UTF-8",
        **dict.fromkeys(single, "1"),
    }


def end_with(parent: int) -> None:
    """Have the kernel kill this process when the process `parent` ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


def restrict(limits: dict[str, Any], parent: int) -> None:
    """Take limits upon this process; none of them can be lifted again.

    Parameters
    ----------
    limits
        ``address_space``, ``cpu_seconds``, ``open_files`` and ``file_bytes``.
    parent
        The process with which this one is to end.
    """
    end_with(parent)
    # An own, empty network where the system allows it; the hook below holds everywhere.
    ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_forbid)
    for kind, soft, hard in (
        (resource.RLIMIT_AS, limits["address_space"], limits["address_space"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + GRACE_S),
        (resource.RLIMIT_NOFILE, limits["open_files"], limits["open_files"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"], limits["file_bytes"]),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        _lower(kind, soft, hard)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Set a limit; where a lower one is there already, that one stays."""
    there = resource.getrlimit(kind)[1]
    if there != resource.RLIM_INFINITY:
        soft, hard = min(soft, there), min(hard, there)
    resource.setrlimit(kind, (soft, hard))


def _forbid(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN_EVENTS:
        raise PermissionError(event)
