"""Many readers while web processes are killed: each answer is the one of its address.

    .venv/bin/python -m benchmarks.killed_web [--seconds 60]

Starts `bin/demo` with its cases in a folder of its own. Patients and radiologists ask for previews,
frames, instances and metadata of their cases, all at once, and every few seconds both web processes
are killed; so new ones begin with many requests at the same moment. What comes is compared with
what came before the first kill. A connection that a kill cuts is asked again; anything else that
is not the same ends the run with 1.
"""

import argparse
import hashlib
import http.client
import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import descendants
from benchmarks.upload import demo
from stack.browser import Browser
from stack.check import sign_in

READERS = 16
KILL_S = 4.0
TIMEOUT_S = 60
#: Where people find their cases, and what a case is called there.
LISTS = {"patient": "/cases/", "radiologist": "/worklist/"}
CODE = re.compile(r"SR-[A-Z0-9]{6}")
#: Of each series every so many pictures are asked for.
STEP = 4
WEB = b"portal.wsgi"


@dataclass(frozen=True)
class Wanted:
    """An address, who asks for it, and the digest of what belongs there."""

    person: Browser
    path: str
    digest: str = ""

    def ask(self) -> str:
        """Return the digest of what comes; the words between parts are drawn anew each time."""
        with self.person.opener.open(self.person.url + self.path, timeout=TIMEOUT_S) as response:
            body = response.read()
            between = response.headers.get_param("boundary")
        if between:
            body = body.replace(str(between).encode(), b"")
        return hashlib.sha256(body).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-killed-") as name,
        demo(Path(name) / "demo", cases=True) as running,
    ):
        wanted = [
            Wanted(one.person, one.path, one.ask())
            for one in addresses(running["url"], running["accounts"])
        ]
        different = len({one.digest for one in wanted})
        print(f"{len(wanted)} addresses, {different} different answers", flush=True)
        answers, kills = read_and_kill(wanted, options.seconds)
    said = ", ".join(f"{count} {what}" for what, count in answers.most_common())
    print(f"{READERS} readers, {options.seconds:.0f} s, {kills} web processes killed: {said}")
    return int(bool(answers.keys() - {"right", "cut"}))


def addresses(url: str, accounts: list[dict[str, Any]]) -> Iterator[Wanted]:
    """Yield what patients and radiologists may see of their cases."""
    for account in accounts:
        if account["role"] in LISTS:
            person = Browser(url)
            sign_in(person, account)
            for code in set(CODE.findall(person.open(LISTS[account["role"]]).text)):
                yield from of_case(person, code)


def of_case(person: Browser, code: str) -> Iterator[Wanted]:
    for series in person.get_json(f"/cases/{code}/images.json")["series"]:
        for preview in series["previews"][::STEP]:
            yield Wanted(person, preview)
    service = f"/dicomweb/c/{code}/studies"
    for study in dicom_json(person, service):
        uid = study["0020000D"]["Value"][0]
        for instance in dicom_json(person, f"{service}/{uid}/instances")[::STEP]:
            series_uid, sop_uid = (instance[tag]["Value"][0] for tag in ("0020000E", "00080018"))
            path = f"{service}/{uid}/series/{series_uid}/instances/{sop_uid}"
            yield from (Wanted(person, path + end) for end in ("", "/metadata", "/frames/1"))


def dicom_json(person: Browser, path: str) -> list[dict[str, Any]]:
    """Return the answer of a search; of a case without pictures there is none."""
    try:
        with person.opener.open(person.url + path, timeout=TIMEOUT_S) as response:
            found: list[dict[str, Any]] = json.loads(response.read() or b"[]")
            return found
    except urllib.error.HTTPError:
        return []


def read_and_kill(wanted: list[Wanted], seconds: float) -> tuple[Counter[str], int]:
    """Have all readers ask while web processes are killed; return what came, and the kills."""
    done, kills = threading.Event(), 0
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, wanted, done, number) for number in range(READERS)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(KILL_S)
            kills += kill_web()
        done.set()
    return sum((reader.result() for reader in readers), Counter()), kills


def read(wanted: list[Wanted], done: threading.Event, seed: int) -> Counter[str]:
    answers: Counter[str] = Counter()
    chance = random.Random(seed)
    while not done.is_set():
        one = chance.choice(wanted)
        try:
            answers["right" if one.ask() == one.digest else "wrong"] += 1
        except urllib.error.HTTPError as refusal:
            answers[f"answered {refusal.code}"] += 1
        except (OSError, http.client.HTTPException):
            answers["cut"] += 1
    return answers


def kill_web() -> int:
    """Kill the processes that the web server has forked; return how many."""
    pids = {int(process.name) for process in descendants() if is_web(process)}
    children = [pid for pid in pids if parent(pid) in pids]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    return len(children)


def is_web(process: Path) -> bool:
    try:
        return WEB in (process / "cmdline").read_bytes()
    except OSError:
        return False


def parent(pid: int) -> int:
    """Return a process's parent (proc_pid_stat(5)), 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
