"""Processes that are forked from one that has used the store have connections of their own.

Two that share one would each read the answer that comes first, be it the other's: the picture of
another patient.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stack import portal, ports, runs
from stack.bootstrap import ROOT
from tests.journeys.servers import Server, running

#: Each of two children reads an object of its own, at the same moment; prints who read another's.
READ_AT_ONCE = """
import os
import django
django.setup()
from cases import storage

wrong = 0
for child in (1, 2):
    storage.write(storage.STUDIES, f"forks/{child}", bytes([child]) * 200_000)
for _ in range(20):
    storage.read(storage.STUDIES, "forks/1")  # a connection is open, and idle
    go, start = os.pipe()
    children = []
    for child in (1, 2):
        children.append(os.fork())
        if children[-1] == 0:
            os.close(start)
            os.read(go, 1)
            found = storage.read(storage.STUDIES, f"forks/{child}")
            os._exit(found != bytes([child]) * 200_000)
    os.close(start)
    os.close(go)
    wrong += sum(os.waitpid(child, 0)[1] != 0 for child in children)
print(wrong)
"""
#: Of a worker and of a web server, as they are started here.
PROCESSES = 2
#: Until all of them are there; a child that was just forked has not let go yet.
SECONDS = 10.0
#: State of a line of /proc/net/tcp (proc_pid_net(5)) whose two ends are connected.
ESTABLISHED = "01"


def test_forked_processes_read_what_they_asked_for(slot, s3):
    finished = subprocess.run(
        [sys.executable, "-c", READ_AT_ONCE],
        cwd=ROOT,
        env={**slot.environment, "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout == "0\n"


@pytest.fixture
def web(process_settings, slot, tmp_path) -> Iterator[Server]:
    """The web server, as the demo starts it."""
    port = ports.draw(set(slot.state.ports.values()))
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        runs.FOLDER: str(tmp_path),
        "PORTAL_SITE_URL": f"http://127.0.0.1:{port}",
    }
    program = portal.web(process_settings | own, port)
    with running(Server(program, tmp_path / "web.log", slot.lock.fileno())) as server:
        yield server


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_born_with_a_connection(celery_worker):
    assert_nothing_shared(celery_worker.pid)


@pytest.mark.django_db(transaction=True)
def test_no_web_process_is_born_with_a_connection(web):
    assert web.process is not None
    assert_nothing_shared(web.process.pid)


def assert_nothing_shared(parent: int) -> None:
    """Require of all children, once they are there, that they hold no connection of `parent`."""
    deadline = time.monotonic() + SECONDS
    while len(shared := shared_connections(parent)) < PROCESSES or any(shared.values()):
        assert time.monotonic() < deadline, shared
        time.sleep(0.05)


def shared_connections(parent: int) -> dict[int, set[str]]:
    """Return for each child of a process which of the process's connections it holds."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return {int(child): connections(int(child)) & connections(parent) for child in children}


def connections(pid: int) -> set[str]:
    """Return the TCP connections that a process holds, by the inodes of their sockets."""
    lines = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    connected = {f"socket:[{line[9]}]" for line in lines if line[3] == ESTABLISHED}
    held = set()
    for end in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed while we look
            held.add(str(end.readlink()))
    return connected & held
