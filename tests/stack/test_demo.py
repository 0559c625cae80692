"""`bin/demo` as a person at a terminal meets it."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis
from botocore.exceptions import ClientError

from portal.health import PROBE
from stack import seaweedfs
from stack.bootstrap import ROOT
from stack.ports import draw
from stack.state import State

START_SECONDS = 120
STOP_SECONDS = 40


class Terminal:
    """A terminal in which bin/demo runs."""

    def __init__(self, var: Path, *arguments: str) -> None:
        self.var = var
        command: list[str | Path] = [ROOT / "bin" / "demo", "--var", var, "--no-cases", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def url(self) -> str:
        """Read on until READY and return the address behind it."""
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            printed += line
            if ready := re.search(r"READY (http://127\.0\.0\.1:\d+)$", line.rstrip()):
                return ready.group(1)
        raise AssertionError(printed, processes_of(self.var))

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STOP_SECONDS)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=STOP_SECONDS)


def processes_of(var: Path) -> dict[int, str]:
    """Processes that hold the folder's lock or name the folder in their environment."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = [str(link.readlink()) for link in (process / "fd").iterdir()]
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(var / "lock") in held or f"{var}/".encode() in environment:
            found[int(process.name)] = command
    return found


def wait_until_gone(var: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while left := processes_of(var):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    for pid in processes_of(folder):
        os.kill(pid, signal.SIGKILL)


def test_ctrl_c_leaves_no_process_and_a_second_start_is_refused(var):
    first = Terminal(var)
    url = first.url()
    assert urllib.request.urlopen(f"{url}/healthz", timeout=5).status == 200
    assert len(processes_of(var)) > 8
    assert_private(var)
    assert_each_process_has_its_own_keys(State.read(var))
    written = json.loads((var / "demo.json").read_text())
    assert written["url"] == url
    assert {"role", "email", "password", "totp_secret"} <= set(written["accounts"][0])

    second = Terminal(var)
    output, _ = second.process.communicate(timeout=START_SECONDS)
    assert second.process.returncode == 1
    assert f"A stack is running on {var} already" in output

    assert first.interrupt() == 0
    assert processes_of(var) == {}


def test_kill_9_leaves_no_process_and_the_next_start_keeps_the_data(var):
    first = Terminal(var)
    url = first.url()
    write_everywhere(State.read(var))
    first.kill()

    # At once, while the orphans still end: the start waits for them.
    second = Terminal(var)
    assert second.url() == url
    assert read_everywhere(State.read(var)) == ("kept", "kept", "kept")
    second.kill()
    wait_until_gone(var)


def test_a_taken_port_is_named(var):
    with socket.socket() as other:
        port = draw(set())
        other.bind(("127.0.0.1", port))
        other.listen()
        demo = Terminal(var, "--port", str(port))
        output, _ = demo.process.communicate(timeout=START_SECONDS)
    assert demo.process.returncode == 1
    assert f"error: Port {port} is taken. Choose another one with --port." in output
    assert processes_of(var) == {}


def assert_private(var: Path) -> None:
    for name in (
        "state.json",
        "demo.json",
        "valkey/valkey.conf",
        "seaweedfs-config/security.toml",
        "seaweedfs-config/s3.json",
    ):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(var.stat().st_mode) == 0o700


def assert_each_process_has_its_own_keys(state: State) -> None:
    """The web process takes originals in and opens none; only the worker publishes a study."""
    original, picture = "uploads/1/2", "studies/1/key-images/2.png"
    seaweedfs.client(state).put_object(Bucket="originals", Key=original, Body=b"original")
    assert not may(state, "web", "get_object", Bucket="originals", Key=original)
    assert not may(state, "web", "put_object", Bucket="studies", Key="studies/1/s01/i0001.dcm")
    assert may(state, "web", "put_object", Bucket="studies", Key=picture)
    assert may(state, "web", "get_object", Bucket="studies", Key=picture)
    for bucket in ("originals", "studies"):
        assert may(state, "web", "put_object", Bucket=bucket, Key=PROBE)
    assert may(state, "worker", "get_object", Bucket="originals", Key=original)
    assert may(state, "worker", "put_object", Bucket="studies", Key="studies/1/s01/i0001.dcm")
    for role in seaweedfs.MAY:
        assert not may(state, role, "create_bucket", Bucket="another")
        assert not may(state, role, "put_bucket_policy", Bucket="originals", Policy="{}")


def may(state: State, role: str, operation: str, **parameters: str) -> bool:
    """Try an operation with the keys of a role; a refusal other than "not allowed" is a fault."""
    try:
        getattr(seaweedfs.client(state, role), operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


def write_everywhere(state: State) -> None:
    with closing(psycopg2.connect(state.database_url)) as connection, connection:
        connection.cursor().execute("CREATE TABLE kept AS SELECT 'kept' AS word")
    with closing(redis.Redis.from_url(state.broker_url_of(0))) as broker:
        broker.set("word", "kept")
    seaweedfs.client(state).put_object(Bucket="studies", Key="word", Body=b"kept")
    time.sleep(1.1)  # the broker writes its log to disk each second


def read_everywhere(state: State) -> tuple[str, ...]:
    with closing(psycopg2.connect(state.database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM kept")
        (row,) = cursor.fetchall()
    with closing(redis.Redis.from_url(state.broker_url_of(0), decode_responses=True)) as broker:
        value = broker.get("word")
    body = seaweedfs.client(state).get_object(Bucket="studies", Key="word")["Body"].read()
    return str(row[0]), str(value), body.decode()
