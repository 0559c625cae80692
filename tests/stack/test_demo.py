"""`bin/demo` as a person at a terminal meets it."""

import json
import os
import re
import signal
import socket
import stat
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path

import psycopg2
import pytest
import redis
from botocore.exceptions import ClientError
from django.utils import timezone

from portal.health import PROBE
from stack import check, seaweedfs
from stack.demo import DATA
from stack.ports import draw
from stack.state import State
from tests.stack.plain_user import OURSELVES, Person, plain_user

START_SECONDS = 120
STOP_SECONDS = 60  # what is slow to stop on a busy machine is killed after 15 s, in three groups
#: A word of the command by which each is known.
PROGRAMS = {"web": "portal.wsgi:application", "worker": "worker", "beat": "beat"}
#: What lies in the default folder and is no data.
INSTALLED = {"viewer", "venv.lock"}


class Terminal:
    """A terminal in which bin/demo runs."""

    def __init__(self, var: Path, *arguments: str, person: Person = OURSELVES) -> None:
        self.var = var
        self.person = person
        demo = person.tree / "bin" / "demo"
        self.process = person.start([demo, "--var", var, "--no-cases", *arguments])

    @cached_property
    def url(self) -> str:
        """The address behind READY; waits for it."""
        return self.read_until(r"READY (http://127\.0\.0\.1:\d+)$")

    def read_until(self, pattern: str) -> str:
        """Read on until a line is like `pattern` and return what its group found."""
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            printed += line
            if found := re.search(pattern, line.rstrip()):
                return found.group(1)
        raise AssertionError(printed, processes_of(self.var))

    @property
    def programs(self) -> dict[str, int]:
        """The main processes of web, worker and beat, by name."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        commands = {
            pid: command
            for pid, command in processes_of(self.var).items()
            if str(pid) in children.split()
        }
        return {
            name: pid
            for pid, command in commands.items()
            for name, word in PROGRAMS.items()
            if word in command.split()
        }

    def interrupt(self) -> int:
        """Press Ctrl-C: the signal goes to all that the terminal started."""
        os.killpg(self.process.pid, signal.SIGINT)
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


def is_healthy(demo: Terminal) -> bool:
    with urllib.request.urlopen(f"{demo.url}/healthz", timeout=START_SECONDS) as answer:
        return bool(answer.status == 200)


def clear(var: Path) -> None:
    for pid in processes_of(var):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    clear(folder)


@pytest.fixture
def another_var(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "another"
    yield folder
    clear(folder)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A demo for the tests that leave it running; a plain user's, the others being root's."""
    with plain_user() as person:
        other = person.tree.with_name("var") if person.account else None
        demo = Terminal(other or tmp_path_factory.mktemp("running") / "var", person=person)
        assert demo.url
        yield demo
        demo.kill()
        wait_until_gone(demo.var)


def test_a_plain_user_starts_it_without_root_s_rights(running):
    if running.person.account is None:
        pytest.skip(running.person.reason)
    processes = [Path(f"/proc/{pid}") for pid in processes_of(running.var)]
    assert len(processes) > 8
    theirs = running.person.account.pw_uid
    owners = {path.stat().st_uid for path in [*processes, running.var, *running.var.iterdir()]}
    assert owners == {theirs}


def test_a_running_demo_keeps_its_secrets(running):
    assert is_healthy(running)
    assert_private(running.var)
    assert_each_process_has_its_own_keys(State.read(running.var))
    written = json.loads((running.var / "demo.json").read_text())
    assert written["url"] == running.url
    assert {"role", "email", "password", "totp_secret"} <= set(written["accounts"][0])


def test_a_second_start_on_the_same_folder_is_refused(running):
    second = Terminal(running.var, person=running.person)
    output, _ = second.process.communicate(timeout=START_SECONDS)
    assert second.process.returncode == 1
    assert f"A stack is running on {running.var} already" in output


def test_web_worker_and_beat_are_started_again_after_kill_9(running):
    before = running.programs
    assert before.keys() == PROGRAMS.keys()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    killed = timezone.now()
    line = r" (\w+) ended with -9; it is started again$"
    assert {running.read_until(line) for _ in PROGRAMS} == PROGRAMS.keys()
    wait_for_a_heartbeat(State.read(running.var), later_than=killed)
    assert is_healthy(running)
    after = running.programs
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())


def test_a_check_fails_with_the_first_step_that_does(running, tmp_path, capsys):
    accounts = json.loads((running.var / "demo.json").read_text())["accounts"]
    (patient,) = [account for account in accounts if account["role"] == "patient"][-1:]
    patient["password"] = "not-the-password"
    assert check.run(running.url, accounts, tmp_path) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert re.match(rf"FAILED  patient signs in +\d+\.\d\d s  {patient['email']} was not let", line)


def test_kill_9_leaves_no_process_and_the_next_start_keeps_the_data(var):
    first = Terminal(var)
    url = first.url
    assert len(processes_of(var)) > 8
    write_everywhere(State.read(var))
    first.kill()

    # At once, while the orphans still end: the start waits for them.
    second = Terminal(var)
    assert second.url == url
    assert read_everywhere(State.read(var)) == ("kept", "kept", "kept")

    assert second.interrupt() == 0
    assert processes_of(var) == {}
    left = [path for path in var.iterdir() if not any(map(path.match, DATA))]
    assert [path.name for path in left] == ["lock"]  # a reset forgets all else


def test_two_demos_that_start_at_once_take_different_ports(var, another_var):
    demos = Terminal(var), Terminal(another_var)
    first, second = (web_port_of(demo) for demo in demos)
    assert first != second
    for demo in demos:
        assert demo.interrupt() == 130
        wait_until_gone(demo.var)  # on a busy machine one is still on its way out


def test_a_reset_forgets_all_data_and_keeps_what_was_installed(var):
    before = State.load(folder_with_data(var))
    with taken_port() as port:
        demo = Terminal(var, "--reset", "--port", str(port))
        output, _ = demo.process.communicate(timeout=START_SECONDS)
    assert f"Port {port} is taken" in output  # which is found out after the reset
    assert {path.name for path in var.iterdir()} == {"lock", "log", "state.json", *INSTALLED}
    assert not list((var / "log").iterdir())
    after = State.read(var)
    assert not set(before.secrets.values()) & set(after.secrets.values())


def test_a_taken_port_is_named(var):
    with taken_port() as port:
        demo = Terminal(var, "--port", str(port))
        output, _ = demo.process.communicate(timeout=START_SECONDS)
    assert demo.process.returncode == 1
    assert f"error: Port {port} is taken. Choose another one with --port." in output
    assert processes_of(var) == {}


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as other:
        port = draw(set())
        other.bind(("127.0.0.1", port))
        other.listen()
        yield port


def folder_with_data(var: Path) -> Path:
    var.mkdir(mode=0o700)
    for name in {pattern.replace("*", "x") for pattern in DATA[1:]} | INSTALLED:
        (var / name).mkdir()
        (var / name / "content").touch()
    return var


def web_port_of(demo: Terminal) -> int:
    """Wait until a demo has chosen its port, long before something listens there."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert demo.process.poll() is None
        assert time.monotonic() < deadline
        with suppress(FileNotFoundError):
            if port := State.read(demo.var).ports.get("web"):
                return port
        time.sleep(0.05)


def wait_for_a_heartbeat(state: State, *, later_than: datetime) -> None:
    """Wait until a message that beat sent has come to a worker."""
    deadline = time.monotonic() + START_SECONDS
    with closing(psycopg2.connect(state.database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        while time.monotonic() < deadline:
            cursor.execute("SELECT FROM cases_heartbeat WHERE at > %s", [later_than])
            if cursor.rowcount:
                return
            time.sleep(0.1)
    raise AssertionError("no heartbeat came")


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
