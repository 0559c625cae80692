"""Free ports on 127.0.0.1."""

import random
import socket
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Below the kernel's range for outgoing connections, above the well-known defaults.
_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    # SeaweedFS keeps sockets named by port in the temporary folder; another account's stale one
    # makes it hang, so such a port counts as taken.
    if list(Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock")):
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def draw(taken: set[int]) -> int:
    """Draw a free port at random, so that two stacks starting at once do not meet."""
    source = random.SystemRandom()
    while True:
        port = source.randint(_LOWEST, _HIGHEST)
        if port not in taken and is_free(port):
            return port


@contextmanager
def claimed(choices: Iterable[int]) -> Iterator[int | None]:
    """Hold the first of `choices` that is free and that no other stack holds; None: there is none.

    Two stacks that start at once find the same port free, as nothing listens on it yet. The claim
    is an abstract socket of the port's name: it ends with its process, and any account meets it.
    """
    with socket.socket(socket.AF_UNIX) as claim:
        yield next((port for port in choices if is_free(port) and _claims(claim, port)), None)


def _claims(claim: socket.socket, port: int) -> bool:
    try:
        claim.bind(f"\0secondread-port-{port}")
    except OSError:
        return False
    return True
