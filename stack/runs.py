"""Keeps test processes apart that share the same servers.

Every pytest process takes a numbered slot and holds its lock until it ends. The slot's number
names its databases, buckets and broker number, so that several runs, and the processes of one
run, never meet; what a killed run left in a slot, the next holder of the slot clears.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from stack import ports, seaweedfs
from stack.bootstrap import ROOT
from stack.environment import Instance, merged, portal_environment
from stack.errors import StackError
from stack.postgres import administer, ensure_database, has_database
from stack.state import State

FOLDER = "STACK_TEST_FOLDER"
KEPT = ROOT / "var" / "test"
_SLOTS = range(1, 1000)


@dataclass(slots=True)
class Slot:
    """One test process's place on the running servers."""

    state: State
    number: int
    instance: Instance
    lock: IO[str]

    @property
    def environment(self) -> dict[str, str]:
        return portal_environment(self.state, self.instance)

    def make_buckets(self) -> None:
        """Have both buckets, open for the browser at our address."""
        names, origin = self.instance.buckets, self.instance.site_url
        seaweedfs.ensure_buckets(self.state, names, origins=[origin])

    def empty_buckets(self) -> None:
        for name in self.instance.buckets:
            seaweedfs.empty_bucket(self.state, name)


def running_pid(var: Path) -> int | None:
    """Return the process that holds the servers of `var` once they are ready."""
    try:
        pid = int((var / "ready").read_text())
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid


def take_slot(folder: str | None) -> Slot | None:
    """Take the lowest free slot on the servers of `folder`; None when none run there."""
    var = Path(folder) if folder else KEPT
    if running_pid(var) is None:
        return None
    state = State.read(var)
    runs = state.folder("runs")
    for number in _SLOTS:
        lock = (runs / f"{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return Slot(state, number, _instance(state, runs, number), lock)
    raise StackError("all slots for test runs are taken.")


def _instance(state: State, runs: Path, number: int) -> Instance:
    folder = runs / str(number)
    (folder / "static").mkdir(parents=True, exist_ok=True)
    return Instance(
        site_url=f"http://127.0.0.1:{ports.draw(set(state.ports.values()))}",
        var=folder,
        database=f"run_{number}",
        broker=number,
        buckets=(f"originals-{number}", f"studies-{number}"),
    )


def nowhere(environment: MutableMapping[str, str]) -> None:
    """Fill in settings that lead nowhere, for the tests that need no server."""
    secrets = dict.fromkeys(("django", "postgres", "valkey", "s3", "s3_key"), "no-server-" * 4)
    secrets["field_key"] = "A" * 43 + "="
    closed = dict.fromkeys(("postgres", "valkey", "s3"), 1)
    state = State(Path("/nonexistent"), secrets=secrets, ports=closed)
    place = Instance(site_url="http://127.0.0.1:1", var=Path("/nonexistent"))
    for name, value in portal_environment(state, place).items():
        environment.setdefault(name, value)


def migrated_template(slot: Slot) -> str:
    """Return the name of a migrated database to copy; migrate once per state of the migrations."""
    name = f"template_{_migrations_fingerprint()}"
    with (slot.state.var / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not has_database(slot.state, name):
            _migrate(slot, f"{name}_draft")
            administer(slot.state, f'ALTER DATABASE "{name}_draft" RENAME TO "{name}"')
    return name


def _migrations_fingerprint() -> str:
    digest = hashlib.sha256((ROOT / "requirements-dev.txt").read_bytes())
    sources = [ROOT / "cases" / "guards.py", ROOT / "cases" / "lifecycle.py"]  # make the triggers
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), *sources]:
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate(slot: Slot, database: str) -> None:
    administer(slot.state, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    ensure_database(slot.state, database)
    url = {"DATABASE_URL": slot.state.database_url_of(database)}
    finished = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=merged(slot.environment | url),
        check=False,
        capture_output=True,
        text=True,
    )
    if finished.returncode != 0:
        raise StackError(f"migrate failed:\n{finished.stdout}{finished.stderr}")
