"""The portal's own processes on a stack: web, worker, beat, and its management commands."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from stack.bootstrap import ROOT
from stack.environment import merged
from stack.errors import StackError
from stack.processes import Program
from stack.supervisor import Supervisor

NAMES = ("web", "worker", "beat")
_STOP_GROUP = 1


def web(environment: Mapping[str, str], port: int) -> Program:
    bind = f"127.0.0.1:{port}"
    options = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--bind", bind]
    options.append("--preload")  # workers are forked from one that has loaded every page
    return Program(
        name="web",
        command=[_tool("gunicorn"), "portal.wsgi:application", *options, "--no-control-socket"],
        environment=environment,
        folder=ROOT,
        is_ready=lambda: _answers(f"http://{bind}/healthz"),
        orphan_signal=signal.SIGQUIT,
        stop_group=_STOP_GROUP,
        restarts=True,
    )


def worker(environment: Mapping[str, str], log: Path) -> Program:
    options = ["--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    return Program(
        name="worker",
        command=[_tool("celery"), "-A", "portal", "worker", *options],
        environment=environment,
        folder=ROOT,
        is_ready=lambda: b" ready." in log.read_bytes(),
        # Without its broker a cold shutdown may hang; the pool ends when its parent is gone.
        orphan_signal=signal.SIGKILL,
        stop_group=_STOP_GROUP,
        restarts=True,
    )


def beat(environment: Mapping[str, str], var: Path) -> Program:
    schedule = var / "beat-schedule"
    options = ["--loglevel", "INFO", "--pidfile=", "--schedule", str(schedule)]
    return Program(
        name="beat",
        command=[_tool("celery"), "-A", "portal", "beat", *options],
        environment=environment,
        folder=ROOT,
        is_ready=lambda: True,
        stop_group=_STOP_GROUP,
        restarts=True,
    )


def start(
    supervisor: Supervisor, roles: Mapping[str, Mapping[str, str]], var: Path, port: int
) -> None:
    """Start the three, each with the environment of its role."""
    supervisor.start(web(roles["web"], port))
    supervisor.start(worker(roles["worker"], supervisor.logs / "worker.log"))
    supervisor.start(beat(roles["web"], var))
    supervisor.wait_until_ready(*NAMES)


def begin(environment: Mapping[str, str], *command: str) -> subprocess.Popen[str]:
    """Start a management command; `finish` waits for it.

    Without Django's checks, which load every page and take longer than most commands: .ci/run
    does them, and what must not start at all is refused by the settings themselves.
    """
    return subprocess.Popen(
        [sys.executable, "manage.py", *command, "--skip-checks"],
        cwd=ROOT,
        env=merged(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a management command and return what it printed."""
    output, errors = process.communicate()
    if process.returncode != 0:
        command = " ".join(map(str, process.args)) if isinstance(process.args, list) else ""
        raise StackError(f"{command} failed:\n{output}{errors}")
    return output


def _tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _answers(url: str) -> bool:
    with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - always http
        return bool(response.status == 200)
