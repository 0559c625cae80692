"""Twenty readers stream from a real web process: its memory is the same after each round."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from cases import storage
from cases.lifecycle import ASSIGNED
from cases.models import Series, Study
from dicomweb.blocks import BLOCK_BYTES, MOST_BLOCKS
from stack import portal, ports, runs
from tests.dicomweb.conftest import sign_in
from tests.factories import make_case
from tests.journeys.servers import Server, running

pytestmark = pytest.mark.django_db(transaction=True)
CODE, STUDY, SERIES, SOP = "SR-MEM234", "2.25.8", "2.25.8.1", "2.25.8.1.1"
READERS, ROUNDS = 20, 3
#: What all readers of a round ask for: other frames in each, and more than a process keeps.
IN_A_ROUND, FRAME_BYTES = MOST_BLOCKS + 4, BLOCK_BYTES
FRAMES = ROUNDS * IN_A_ROUND
#: What one reader asks for at once.
AT_ONCE = 9
#: After all rounds over after the first (5 were measured; an unbounded memory of blocks grows by
#: 72), and at any time over a process that sent little, beside the blocks that it keeps: frames on
#: their way and what the allocator keeps (22 were measured; answers made whole take 90).
MOST_GROWTH_MB, MOST_ON_THE_WAY_MB = 20, 48


@pytest.fixture
def series(s3, ana, mia) -> Series:
    """A case of Mia's whose one series has large frames, as they lie after ingest."""
    case = make_case(ana, ASSIGNED, code=CODE, assignee=mia)
    study = Study.objects.create(case=case, study_instance_uid=STUDY)
    size = {"rows": 512, "columns": 1024, "frame_count": FRAMES, "instance_count": 1}
    series = Series.objects.create(
        study=study, ordinal=1, series_instance_uid=SERIES, label="T2 SAG", plane="SAG",
        weighting="T2", **size,
    )  # fmt: skip
    places = [[number * FRAME_BYTES, FRAME_BYTES, "raw"] for number in range(FRAMES)]
    index = {"instances": [{"sop_instance_uid": SOP, "frames": places}]}
    storage.write(storage.STUDIES, f"{series.prefix}frames.json", json.dumps(index).encode())
    storage.write(storage.STUDIES, f"{series.prefix}frames.pack", bytes(FRAMES * FRAME_BYTES))
    return series


@pytest.fixture
def web(slot, tmp_path, transactional_db) -> Iterator[tuple[str, int]]:
    """One real web process on the test's database: its address and its number."""
    port = ports.draw(set(slot.state.ports.values()))
    environment = slot.environment | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        runs.FOLDER: str(tmp_path),
        "DATABASE_URL": slot.state.database_url_of(connection.settings_dict["NAME"]),
        "PORTAL_SITE_URL": f"http://127.0.0.1:{port}",
    }
    program = portal.web(environment, port)
    command = list(program.command)
    command[command.index("--workers") + 1] = "1"
    server = Server(replace(program, command=command), tmp_path / "web.log", slot.lock.fileno())
    with running(server):
        assert server.process is not None
        pid = server.process.pid
        (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        yield f"127.0.0.1:{port}", int(worker)


@pytest.fixture
def session(mia) -> dict[str, str]:
    client = Client()
    sign_in(client, mia)
    name = django_settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


def stream(address: str, session: dict[str, str], first: int, count: int) -> int:
    """Ask for frames as a viewer does, read them to the end, return how many bytes came."""
    numbers = ",".join(str(number + 1) for number in range(first, first + count))
    path = f"/dicomweb/c/{CODE}/studies/{STUDY}/series/{SERIES}/instances/{SOP}/frames/{numbers}"
    accept = "multipart/related; type=application/octet-stream; transfer-syntax=*"
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", path, headers=session | {"Accept": accept})
    response = connection.getresponse()
    assert response.status == 200
    size = 0
    while chunk := response.read(FRAME_BYTES):
        size += len(chunk)
    connection.close()
    return size


def one_round(address: str, session: dict[str, str], number: int) -> None:
    def read(reader: int) -> int:
        first = number * IN_A_ROUND + reader * AT_ONCE % IN_A_ROUND
        return stream(address, session, first, AT_ONCE)

    with ThreadPoolExecutor(READERS) as pool:
        assert min(pool.map(read, range(READERS))) > AT_ONCE * FRAME_BYTES


def held_mb(pid: int, what: str) -> float:
    """Return VmRSS, or VmHWM, the most since it was forgotten, in MB (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0]) / 1024


def test_memory_stays_flat_while_twenty_readers_stream(series, web, session):
    address, pid = web
    stream(address, session, 0, 1)
    idle = held_mb(pid, "VmRSS")
    held = []
    for number in range(ROUNDS):
        one_round(address, session, number)
        held.append(held_mb(pid, "VmRSS"))
    most = held_mb(pid, "VmHWM")
    assert held[-1] - held[0] < MOST_GROWTH_MB, (idle, held, most)
    assert most - idle < MOST_BLOCKS * BLOCK_BYTES / 2**20 + MOST_ON_THE_WAY_MB, (idle, held, most)
