"""A template forks a child for each job, outlives their deaths, and ends with its thread."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from imaging import template
from imaging.ingest import IngestOptions
from imaging.sandbox import ChildDiedError, Limits, run_ingest, run_prepare
from imaging.synthetic.build import build_study
from stack.bootstrap import ROOT

OPTIONS = IngestOptions("SR-ABC234", b"k" * 32)
SECONDS = 50
ONE_JOB = """
import sys, time
from pathlib import Path
from imaging import template
from imaging.sandbox import run_prepare
source, destination = map(Path, sys.argv[1:])
run_prepare(source, destination)
print(template.of_this_thread().pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def study(tmp_path):
    build_study(tmp_path / "study", "siemens", size="tiny")
    return tmp_path / "study"


@pytest.fixture
def job(tmp_path):
    """Return what does a small job in a child."""

    def done():
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "out").mkdir(exist_ok=True)
        return run_prepare(tmp_path / "in", tmp_path / "out")

    return done


def pid_of_mine() -> int:
    """Return the number of this thread's template."""
    found = template.of_this_thread()
    assert found is not None
    return found.pid


@pytest.fixture
def pid(job):
    """Return the number of this thread's template, which has done a job."""
    assert job() == {}
    return pid_of_mine()


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def once_it_reads(pipe: Path, then) -> None:
    """Do something in a thread as soon as somebody has opened this pipe to read."""

    def wait():
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads yet
                time.sleep(0.02)
                continue
            then()
            os.close(writer)
            return

    threading.Thread(target=wait, daemon=True).start()


def test_jobs_of_a_thread_share_a_template_that_keeps_no_child(pid, job):
    assert job() == {}
    assert pid_of_mine() == pid
    assert children_of(pid) == []


def test_threads_have_templates_of_their_own(pid, job):
    found = []

    def another():
        job()
        found.append(pid_of_mine())
        template.forget()

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    assert found != [pid]
    assert len(found) == 1


def test_a_killed_child_names_the_file_it_had_open(pid, study, job, tmp_path):
    """A pipe that nobody fills makes the reader wait at this one file."""
    os.mkfifo(study / "A-waits")
    once_it_reads(study / "A-waits", lambda: os.kill(children_of(pid)[0], signal.SIGKILL))
    with pytest.raises(ChildDiedError) as caught:
        run_ingest(study, tmp_path / "out", OPTIONS, limits=Limits(wall_seconds=SECONDS))
    assert (caught.value.file, caught.value.reason) == ("A-waits", "killed")
    assert job() == {}
    assert pid_of_mine() == pid


def test_a_child_that_takes_too_long_ends_with_its_template(pid, study, job, tmp_path):
    os.mkfifo(study / "A-waits")
    with pytest.raises(ChildDiedError) as caught:
        run_ingest(study, tmp_path / "out", OPTIONS, limits=Limits(wall_seconds=2))
    assert (caught.value.file, caught.value.reason) == ("A-waits", "timeout")
    assert not Path(f"/proc/{pid}").exists()
    assert job() == {}


def test_a_template_that_was_killed_is_replaced(pid, job):
    os.kill(pid, signal.SIGKILL)
    assert job() == {}
    assert pid_of_mine() != pid


def test_a_template_killed_at_work_takes_its_child_along(pid, study, job, tmp_path):
    os.mkfifo(study / "A-waits")
    workers: list[int] = []

    def kill():
        workers.extend(children_of(pid))
        os.kill(pid, signal.SIGKILL)

    once_it_reads(study / "A-waits", kill)
    with pytest.raises(ChildDiedError) as caught:
        run_ingest(study, tmp_path / "out", OPTIONS, limits=Limits(wall_seconds=SECONDS))
    assert (caught.value.file, caught.value.reason) == ("A-waits", "killed")
    assert len(workers) == 1
    assert job() == {}


def test_a_template_that_cannot_start_says_so(job, monkeypatch):
    template.forget()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(template.TemplateDiedError):
        job()


def test_a_template_ends_with_the_process_that_made_it(tmp_path):
    folders = [tmp_path / "in", tmp_path / "out"]
    for folder in folders:
        folder.mkdir()
    command = [sys.executable, "-c", ONE_JOB, *map(str, folders)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        owner.kill()
    deadline = time.monotonic() + SECONDS
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
