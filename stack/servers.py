"""The three servers together: PostgreSQL, Valkey, SeaweedFS."""

from stack import postgres, seaweedfs, valkey
from stack.state import State
from stack.supervisor import Supervisor

NAMES = ("postgres", "valkey", "seaweedfs")


def start(state: State, supervisor: Supervisor, *, durable: bool = True) -> None:
    """Start all three side by side; `durable=False` trades a crash's data for speed."""
    databases = 16 if durable else 1024
    supervisor.start(seaweedfs.program(state, durable=durable))
    supervisor.start(valkey.program(state, databases=databases))
    supervisor.start(postgres.program(state, durable=durable))
    supervisor.wait_until_ready("postgres", "valkey")
