"""`bin/demo`: the whole portal with demo accounts and cases, until Ctrl-C."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack import check, portal, ports, postgres, seaweedfs, servers, totp
from stack.bootstrap import ROOT, say
from stack.environment import Instance, portal_environment
from stack.errors import StackError
from stack.send import send
from stack.state import State, write_private
from stack.supervisor import Supervisor, ignore_signals, interrupt_on_signals, locked

DEFAULT_VAR = ROOT / "var"
DEFAULT_PORT = 8000
#: What a start leaves in the stack's folder, as patterns; --reset removes these and nothing else.
DATA = (
    "state.json", "demo.json", "postgres", "valkey", "seaweedfs", "seaweedfs-config", "mail",
    "static", "log", "beat-schedule*", "*.sock",
)  # fmt: skip
_WATCH_SECONDS = 0.5
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is seen, who may sign in, and the portal's settings."""

    url: str
    accounts: list[dict[str, Any]]
    environment: Mapping[str, str]


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        if options.code:
            return print_code(options.var or DEFAULT_VAR, options.code)
        if options.send:
            running = read_demo(options.var or DEFAULT_VAR)
            return send(running.url, running.accounts, options.send)
        interrupt_on_signals()
        with chosen_folder(options) as var, locked(var) as lock:
            if options.reset:
                reset(var)
            return run(var, Supervisor(var, lock, say), options)
    except StackError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/demo", description="Start the portal's demo.")
    parser.add_argument("--port", type=int, help=f"the web port (default: from {DEFAULT_PORT} on)")
    parser.add_argument("--var", type=Path, help="where data and logs lie (default: var)")
    parser.add_argument("--reset", action="store_true", help="forget all data first")
    parser.add_argument("--no-cases", action="store_true", help="make the accounts only")
    parser.add_argument(
        "--ocr",
        action="store_true",
        help="first install what searches pictures for text (104 MB, once; stack/bootstrap.py)",
    )
    parser.add_argument("--code", metavar="EMAIL", help="print an account's sign-in code of now")
    parser.add_argument(
        "--send", metavar="FOLDER", type=Path, help="send a folder of images to the running demo"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="push one study through the whole path, print each step, stop; exit code 0 or 1 "
        "(in a temporary folder, unless --var names one)",
    )
    return parser.parse_args(arguments)


@contextmanager
def chosen_folder(options: argparse.Namespace) -> Iterator[Path]:
    """Yield the folder of data and logs; a check leaves the demo's own data alone."""
    if options.var is None and options.check:
        with tempfile.TemporaryDirectory(prefix="secondread-check-") as folder:
            yield Path(folder)
    else:
        yield (options.var or DEFAULT_VAR).resolve()


def run(var: Path, supervisor: Supervisor, options: argparse.Namespace) -> int:
    """Bring everything up, use it, and stop everything whatever happens."""
    state = State.load(var)
    try:
        with chosen_port(state, options.port) as port:
            demo = bring_up(state, supervisor, port, cases=not (options.no_cases or options.check))
            announce(demo, var)
            return check_path(demo) if options.check else watch(supervisor)
    finally:
        ignore_signals()
        started = time.monotonic()
        supervisor.stop()
        if options.check and options.var is None:
            postgres.forget(state)
        say(f"everything is stopped, in {time.monotonic() - started:.1f} s")


def reset(var: Path) -> None:
    if (var / "state.json").exists():
        postgres.forget(State.read(var))
    for path in [path for pattern in DATA for path in var.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def chosen_port(state: State, wanted: int | None) -> Iterator[int]:
    """Hold the port asked for, else last time's, else the first free one."""
    usual = (state.ports.get("web", DEFAULT_PORT), *range(DEFAULT_PORT, 65_536))
    with ports.claimed(usual if wanted is None else [wanted]) as port:
        if port is None:
            raise StackError(f"Port {wanted} is taken. Choose another one with --port.")
        state.ports["web"] = port
        state.save()
        yield port


def bring_up(state: State, supervisor: Supervisor, port: int, *, cases: bool) -> Demo:
    instance = Instance(site_url=f"http://127.0.0.1:{port}", var=state.var)
    environment = portal_environment(state, instance)
    servers.start(state, supervisor)
    commands = [
        portal.begin(environment, "migrate", "--verbosity", "0"),
        portal.begin(environment, "collectstatic", "--no-input", "--verbosity", "0"),
    ]
    viewer = portal.begin(environment, "install_viewer")
    supervisor.wait_until_ready("seaweedfs")
    seaweedfs.ensure_buckets(state, instance.buckets, origins=[instance.site_url])
    for command in commands:
        portal.finish(command)
    say("the database is migrated, static files and buckets are in place")
    roles = {role: portal_environment(state, instance, role) for role in ("web", "worker")}
    portal.start(supervisor, roles, state.var, port)
    say_what_shows_images(viewer)
    return seed(state, environment, instance.site_url, cases=cases)


def say_what_shows_images(viewer: subprocess.Popen[str]) -> None:
    """Wait for the viewer's installation; without it the portal works with previews."""
    try:
        say(portal.finish(viewer).strip())
    except StackError as error:
        reason = str(error).strip().splitlines()[-1]
        say(f"the diagnostic viewer is not installed, previews are shown instead: {reason}")


def seed(state: State, environment: Mapping[str, str], url: str, *, cases: bool) -> Demo:
    """Have the demo's accounts and cases, and write down how to sign in."""
    command = ["seed_demo", "--json", *([] if cases else ["--no-cases"])]
    accounts = json.loads(portal.finish(portal.begin(environment, *command)))["accounts"]
    write_private(state.var / "demo.json", {"url": url, "accounts": accounts})
    return Demo(url, accounts, environment)


def announce(demo: Demo, var: Path) -> None:
    columns = ("role", "email", "password", "totp_secret")
    rows = [
        columns,
        *([str(account.get(name) or "-") for name in columns] for account in demo.accounts),
    ]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    say(f"READY {demo.url}")
    print()
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print(f"\n  The same in {var / 'demo.json'}. Code for a second factor: bin/demo --code EMAIL")
    print("  Ctrl-C stops everything.\n", flush=True)


def watch(supervisor: Supervisor) -> int:
    try:
        while True:
            supervisor.check()
            time.sleep(_WATCH_SECONDS)
    except KeyboardInterrupt:
        print(flush=True)
        return 0


def check_path(demo: Demo) -> int:
    """Push one generated study through the whole path."""
    with tempfile.TemporaryDirectory(prefix="secondread-study-") as folder:
        portal.finish(portal.begin(demo.environment, "make_study", folder, "--size", "small"))
        return check.run(demo.url, demo.accounts, Path(folder))


def read_demo(var: Path) -> Demo:
    """Return the demo that was started in `var`."""
    try:
        known = json.loads((var / "demo.json").read_text())
    except FileNotFoundError:
        raise StackError(f"There is no demo in {var} yet: start bin/demo first.") from None
    return Demo(known["url"], known["accounts"], {})


def print_code(var: Path, email: str) -> int:
    for account in read_demo(var).accounts:
        if account["email"] == email and account.get("totp_secret"):
            print(totp.code(account["totp_secret"]))
            return 0
    raise StackError(f"{email} is no demo account with a second factor.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
