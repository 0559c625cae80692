"""Two web processes: frames a second, and the memory of one while twenty readers stream."""

import http.client
import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.viewer_browser import Visit

CLIENTS, READERS = 8, 20
SECONDS = 6.0
FRAME = 'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.201'
STUDY = 'multipart/related; type="application/dicom"; transfer-syntax=*'


class Client:
    """One connection that stays open, with the reader's session."""

    def __init__(self, visit: Visit) -> None:
        self.host = urlsplit(visit.url).netloc
        self.headers = {"Cookie": f"{visit.cookie}={visit.session}"}
        self.connection = http.client.HTTPConnection(self.host, timeout=120)

    def get(self, path: str, accept: str) -> int:
        """Read a response to its end; return its length."""
        self.connection.request("GET", path, headers=self.headers | {"Accept": accept})
        response = self.connection.getresponse()
        size = 0
        while chunk := response.read(65536):
            size += len(chunk)
        if response.status != 200:
            raise SystemExit(f"{response.status} for a frame")
        return size

    def json(self, path: str) -> list[dict[str, dict[str, list[str]]]]:
        self.connection.request("GET", path, headers=self.headers)
        found: list[dict[str, dict[str, list[str]]]] = json.load(self.connection.getresponse())
        return found


def server_table(visit: Visit) -> str:
    root = f"/dicomweb/c/{visit.code}"
    instances = Client(visit).json(f"{root}/instances?limit=5000")
    study = f"{root}/studies/{instances[0]['0020000D']['Value'][0]}"
    frames = [
        f"{study}/series/{one['0020000E']['Value'][0]}"
        f"/instances/{one['00080018']['Value'][0]}/frames/1"
        for one in instances
    ]
    first = frames_a_second(visit, frames, rounds=1)
    before_cpu, own_cpu = cpu_seconds(visit), time.process_time()
    rate = frames_a_second(visit, frames)
    sent = rate * SECONDS
    parts = {name: spent - before_cpu[name] for name, spent in cpu_seconds(visit).items()}
    parts["this client"] = time.process_time() - own_cpu
    where = ", ".join(f"{name} {1000 * spent / sent:.1f}" for name, spent in parts.items())
    before = pss_of_web(visit)
    peak = peak_while_streaming(visit, study)
    after = pss_of_web(visit)
    return (
        f"Two web processes sent {rate:.0f} frames a second to {CLIENTS} connections, which share "
        f"the {os.cpu_count()} cores ({first:.0f} in the first round, with nothing in memory). CPU "
        f"time a frame in ms: {where}; the blocks of the study do not all fit into a process, so "
        f"S3 is read in each round. While {READERS} readers streamed the whole study a web "
        f"process held {before:.0f} MB before, {peak:.0f} MB at most and {after:.0f} after (PSS)."
    )


def frames_a_second(visit: Visit, frames: list[str], rounds: int = 0) -> float:
    """Ask for all frames again and again for SECONDS, or for so many rounds."""
    ends = time.monotonic() + SECONDS * (10 if rounds else 1)

    def ask(number: int) -> int:
        client, count = Client(visit), 0
        mine = frames[number::CLIENTS]
        for path in mine * rounds if rounds else itertools.cycle(mine):
            if time.monotonic() > ends:
                break
            client.get(path, FRAME)
            count += 1
        return count

    started = time.monotonic()
    with ThreadPoolExecutor(CLIENTS) as pool:
        done = sum(pool.map(ask, range(CLIENTS)))
    return done / (time.monotonic() - started)


def stream(visit: Visit, study: str) -> None:
    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(lambda _number: Client(visit).get(study, STUDY), range(READERS)))


def peak_while_streaming(visit: Visit, study: str) -> float:
    """Return the most that a web process held while the readers streamed, in MB."""
    thread, peak = threading.Thread(target=stream, args=(visit, study)), 0.0
    thread.start()
    while thread.is_alive():
        peak = max(peak, pss_of_web(visit))
        time.sleep(0.2)
    return peak


def cpu_seconds(visit: Visit) -> dict[str, float]:
    """Return the CPU seconds that each part of the stack has used until now."""
    address = urlsplit(visit.url).netloc.encode()
    marks = {"web": address, "PostgreSQL": b"postgres", "S3": b"weed"}
    spent = dict.fromkeys(marks, 0.0)
    for process in Path("/proc").iterdir():
        command = _read(process / "cmdline") if process.name.isdigit() else b""
        part = next((name for name, mark in marks.items() if mark in command), "")
        after_name = _read(process / "stat").rpartition(b")")[2].split() if part else []
        if after_name:
            ticks = int(after_name[11]) + int(after_name[12])  # utime and stime, proc_pid_stat(5)
            spent[part] += ticks / os.sysconf("SC_CLK_TCK")
    return spent


def pss_of_web(visit: Visit) -> float:
    """Return the proportional set size of the portal's largest web process, in MB."""
    return max(_pss(process) for process in _workers(urlsplit(visit.url).netloc)) / 1e3


def _workers(address: str) -> Iterator[Path]:
    """Yield the children of the web server that listens at `address`."""
    servers = {
        process.name: process
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and address.encode() in _read(process / "cmdline").split(b"\0")
    }
    for process in servers.values():
        parent = _read(process / "stat").rpartition(b")")[2].split()
        if parent and parent[1].decode() in servers:
            yield process


def _pss(process: Path) -> int:
    lines = _read(process / "smaps_rollup").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(b"Pss:")), 0)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
