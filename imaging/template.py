"""A process that has loaded the imaging core once, and forks a child for each job.

To load the core takes longer than to look at a bundle of pictures. A template belongs to the thread
that made it: the kernel ends it with that thread (PR_SET_PDEATHSIG), and its child with it.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from imaging.confinement import environment

#: To load the core; more on a machine that does much else.
START_SECONDS: Final = 60
#: Where a template is: it writes nothing.
NOWHERE: Final = Path("/")
#: What the template says when it has forked.
STARTED: Final = b"."
#: The bytes of a job, before it; the exit code of its child, after it.
LENGTH: Final = struct.Struct("!Q")
CODE: Final = struct.Struct("!i")
EXIT_MEMORY: Final = 3

Job = dict[str, Any]
_local = threading.local()


class TemplateDiedError(OSError):
    """No child can be started: no fault of any file."""


class Template:
    """The parent's side of a template; it does one job at a time."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._control.settimeout(START_SECONDS)
        given = theirs.fileno(), os.getpid()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-B", "-m", "imaging.child", *map(str, given)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a library's message may quote a value
                cwd=NOWHERE,
                env=environment(NOWHERE),  # a child gets a temporary folder of its own
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.end = weakref.finalize(self, _end, os.getpid(), self._process, self._control)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self.end.alive and self._process.poll() is None

    def start(self, job: Job, report_end: int) -> None:
        """Start a child that does `job` and writes to the descriptor `report_end`.

        Raises
        ------
        TemplateDiedError
        """
        order = json.dumps(job).encode()
        try:
            socket.send_fds(self._control, [LENGTH.pack(len(order))], [report_end])
            self._control.sendall(order)
            if self._control.recv(len(STARTED)) == STARTED:
                return
        except OSError:
            pass
        self.end()
        raise TemplateDiedError("no child could be started")

    def code(self) -> int:
        """Wait for the child's end; return its exit code, negative for a signal."""
        answer = receive(self._control, CODE.size)
        code: int = CODE.unpack(answer)[0] if answer else -signal.SIGKILL
        return code


def _end(owner: int, process: subprocess.Popen[bytes], control: socket.socket) -> None:
    """Kill a template, and with it its child; a fork of its owner has no part in it."""
    control.close()
    if os.getpid() == owner:
        process.kill()
        process.wait()


@contextlib.contextmanager
def child(job: Job, report_end: int) -> Iterator[Template]:
    """Have a child do `job`; it is dead when the block ends by an exception.

    Raises
    ------
    TemplateDiedError
    """
    template = _started(job, report_end)
    try:
        yield template
    except BaseException:
        template.end()
        raise


def _started(job: Job, report_end: int) -> Template:
    """Return the thread's template, at work; one that died between two jobs is replaced."""
    if template := of_this_thread():
        with contextlib.suppress(TemplateDiedError):
            template.start(job, report_end)
            return template
    _local.template = template = Template()
    template.start(job, report_end)
    return template


def of_this_thread() -> Template | None:
    """Return this thread's template, if it has one that runs."""
    template: Template | None = getattr(_local, "template", None)
    return template if template and template.is_running else None


def forget() -> None:
    """End this thread's template, if there is one."""
    if template := of_this_thread():
        template.end()


def receive_job(control: socket.socket) -> tuple[Job, int] | None:
    """Return the next job and the descriptor for its report; None when no more can come."""
    head, descriptors, _, _ = socket.recv_fds(control, LENGTH.size, 1)
    if len(head) < LENGTH.size:
        return None
    order = receive(control, LENGTH.unpack(head)[0])
    return (json.loads(order), descriptors[0]) if order else None


def receive(control: socket.socket, size: int) -> bytes:
    """Return so many bytes; none where the other side ends before."""
    found = bytearray()
    while len(found) < size:
        if not (part := control.recv(size - len(found))):
            return b""
        found += part
    return bytes(found)
