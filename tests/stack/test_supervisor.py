"""What the supervisor does when a program ends by itself."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import supervisor
from stack.bootstrap import ROOT
from stack.errors import StackError
from stack.processes import Program
from stack.supervisor import Supervisor, locked

SECONDS = 10


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watched(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    with locked(tmp_path / "var") as lock:
        watching = Supervisor(tmp_path / "var", lock, said.append)
        yield watching
        watching.stop()


def one_that_ends(*, restarts: bool) -> Program:
    command = [sys.executable, "-S", "-c", "raise SystemExit('out of cheese')"]
    return Program("cook", command, is_ready=lambda: True, restarts=restarts)


def check_until(watched: Supervisor, said: list[str], deaths: int) -> None:
    deadline = time.monotonic() + SECONDS
    while len(said) < deaths:
        assert time.monotonic() < deadline, said
        watched.check()


def test_a_program_that_holds_data_ends_the_stack_with_the_end_of_its_log(watched, said):
    watched.start(one_that_ends(restarts=False))
    with pytest.raises(StackError, match=r"^cook ended with 1\. Its log, .*\nout of cheese"):
        check_until(watched, said, 1)


def test_a_program_that_dies_each_time_is_started_three_times_again(watched, said):
    watched.start(one_that_ends(restarts=True))
    with pytest.raises(StackError, match=r"^cook dies each time it is started\. .*\nout of ch"):
        check_until(watched, said, 10)
    assert said == ["cook ended with 1; it is started again"] * 3


def test_deaths_that_lie_far_apart_do_not_add_up(watched, said, monkeypatch):
    monkeypatch.setattr(supervisor, "_IN_A_ROW_SECONDS", 0.0)
    watched.start(one_that_ends(restarts=True))
    check_until(watched, said, 5)


def test_what_a_dead_program_left_behind_ends_before_it_is_started_again(watched, said, tmp_path):
    heir = tmp_path / "heir"
    command = ["sh", "-c", f"sleep 60 & echo $! >> {heir}; exit 1"]
    watched.start(Program("cook", command, is_ready=lambda: True, restarts=True))
    check_until(watched, said, 1)
    assert ended(int(heir.read_text().split()[0]))  # the second may live already


def ended(pid: int) -> bool:
    """Wait for the end of a process that is not our child."""
    deadline = time.monotonic() + SECONDS
    status = Path(f"/proc/{pid}/stat")
    while status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


INTERRUPTED_WHILE_IT_STARTS_ONE = """
import os, signal, sys
from pathlib import Path
from stack.processes import Program
from stack.supervisor import Supervisor, interrupt_on_signals, locked

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

def blocked():
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

interrupt_on_signals()
os.register_at_fork(after_in_parent=interrupt)
command = [sys.executable, "-c", "import time; time.sleep(60)"]
with locked(Path(sys.argv[1])) as lock:
    watching = Supervisor(Path(sys.argv[1]), lock, print)
    try:
        watching.start(Program("cook", command, is_ready=lambda: True))
    except KeyboardInterrupt:
        (_, process), = watching.running
        mask = Path(f"/proc/{process.pid}/status").read_text().split("SigBlk:")[1].split()[0]
        print("interrupted", blocked(), int(mask, 16))
    watching.stop()
    print(process.returncode)
"""


def test_an_interrupt_in_the_middle_of_a_start_is_not_lost(tmp_path):
    """Python forgets what is raised in its callbacks around a fork; this one lost a Ctrl-C."""
    script = [sys.executable, "-c", INTERRUPTED_WHILE_IT_STARTS_ONE, str(tmp_path / "var")]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["interrupted [] 0", "-15"], "")
