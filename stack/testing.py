"""`bin/test`: the real servers, then pytest against them.

The servers of a `--keep` run stay for the next runs and serve several runs at once; each run has
its own databases, buckets and broker numbers (see stack/runs.py).
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack import postgres, runs, servers
from stack.bootstrap import ROOT, say
from stack.errors import StackError
from stack.runs import KEPT, running_pid
from stack.state import State
from stack.supervisor import (
    Supervisor,
    ignore_signals,
    interrupt_on_signals,
    is_alive,
    locked,
)

#: The headless shell first: the same engine without the rest of a desktop's browser, which costs
#: the tests nearly twice the CPU.
CHROMIUM_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
_MOST_PROCESSES = 6
_START_SECONDS = 90.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.1


def main(arguments: list[str]) -> int:
    options, for_pytest = parse(arguments)
    try:
        if options.serve:
            return serve(KEPT)
        if options.stop:
            return stop_kept()
        if options.keep:
            start_kept()
        return run(for_pytest)
    except StackError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="bin/test",
        description="Run the tests against real servers. Other arguments go to pytest.",
        epilog="Environment: CHROMIUM names the browser; BIN_TEST_PROCESSES, the parallel ones.",
    )
    parser.add_argument("--keep", action="store_true", help="leave the servers for the next runs")
    parser.add_argument("--stop", action="store_true", help="stop the servers that were left")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_known_args(arguments)


def run(for_pytest: list[str]) -> int:
    """Run pytest once, on the kept servers or on ones of its own."""
    environment = {**os.environ, "CHROMIUM": find_chromium()}
    command = [sys.executable, "-m", "pytest", *default_options(for_pytest), *for_pytest]
    with servers_for_a_run() as var:
        environment[runs.FOLDER] = str(var)
        say("servers are ready; running " + " ".join(command[2:]))
        finished = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    return finished.returncode


def default_options(for_pytest: list[str]) -> list[str]:
    """Spread a whole run over some processes; a named part of the tests runs in one."""
    whole = not any(argument.startswith(("tests", "-n")) for argument in for_pytest)
    processes = os.environ.get("BIN_TEST_PROCESSES") or str(some_processes())
    return ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"] if whole else []


def some_processes() -> int:
    """Two more than there are cores: each waits half of its time for a browser or a worker."""
    return min(_MOST_PROCESSES, (os.cpu_count() or 1) + 2)


def find_chromium() -> str:
    named = os.environ.get("CHROMIUM", "")
    found = next(filter(None, map(shutil.which, [named, *CHROMIUM_NAMES])), "")
    if not found:
        say(
            "no Chromium found: the browser tests will fail. "
            "Get it with `apt-get install chromium-headless-shell` (or chromium), "
            "or name one with CHROMIUM=/path."
        )
    return found


@contextmanager
def servers_for_a_run() -> Iterator[Path]:
    """Yield the folder of running servers; servers of our own end with the run."""
    if running_pid(KEPT) is not None:
        yield KEPT
        return
    with tempfile.TemporaryDirectory(prefix="secondread-test-") as folder:
        interrupt_on_signals()
        var = Path(folder)
        with locked(var) as lock:
            supervisor = Supervisor(var, lock, say)
            try:
                start_servers(var, supervisor)
                (var / "ready").write_text(str(os.getpid()))
                yield var
            except KeyboardInterrupt:
                raise StackError("interrupted.") from None
            finally:
                ignore_signals()
                supervisor.stop()
                postgres.forget(State.read(var))


def start_servers(var: Path, supervisor: Supervisor) -> None:
    servers.start(State.load(var), supervisor, durable=False)
    supervisor.wait_until_ready("seaweedfs")


def start_kept() -> None:
    """Start the kept servers unless they run; of two that try at once one waits."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "start.lock").open("w") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        if running_pid(KEPT) is not None:
            return
        command = [sys.executable, "-m", "stack.testing", "--serve"]
        with (KEPT / "serve.log").open("w") as log:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while running_pid(KEPT) is None:
            if server.poll() is not None or time.monotonic() > deadline:
                raise StackError((KEPT / "serve.log").read_text())
            time.sleep(_POLL_SECONDS)


def serve(var: Path) -> int:
    """Hold the servers until a signal comes."""
    interrupt_on_signals()
    with locked(var) as lock:
        supervisor = Supervisor(var, lock, say)
        ready = var / "ready"
        try:
            start_servers(var, supervisor)
            ready.write_text(str(os.getpid()))
            while True:
                supervisor.check()
                time.sleep(1)
        except KeyboardInterrupt:
            return 0
        finally:
            ignore_signals()
            ready.unlink(missing_ok=True)
            supervisor.stop()


def stop_kept() -> int:
    pid = running_pid(KEPT)
    if pid is None:
        say("no test servers are running")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_alive(str(pid)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    with locked(KEPT):  # free when the last of its children is gone
        postgres.forget(State.read(KEPT))
    shutil.rmtree(KEPT)
    say("the test servers are stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
