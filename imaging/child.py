"""The child's side of `imaging.sandbox`.

``python -m imaging.child SOCKET PARENT`` is a template (`imaging.template`): it listens on a socket
that it inherits, and opens no file of anybody's. For each job it forks a process that takes limits
upon itself, does that one job and ends.
"""

import gc
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from imaging.confinement import end_with, restrict
from imaging.holding import Decision
from imaging.ingest import IngestOptions, ingest_study
from imaging.persons import History
from imaging.plain import from_plain
from imaging.prepared import prepare
from imaging.searched import search
from imaging.template import CODE, EXIT_MEMORY, STARTED, Job, receive_job

EXIT_FAULT: Final = 1


def main(control_end: int, parent: int) -> int:
    """Fork for each job that comes; end when nobody can send one any more."""
    end_with(parent)
    gc.freeze()  # what is loaded stays shared with the children
    with socket.socket(fileno=control_end) as control:
        while (received := receive_job(control)) is not None:
            job, report_end = received
            template = os.getpid()
            if (child := os.fork()) == 0:
                control.close()
                os._exit(_alone(job, report_end, template))
            os.close(report_end)
            control.sendall(STARTED)
            _, status = os.waitpid(child, 0)
            control.sendall(CODE.pack(os.waitstatus_to_exitcode(status)))
    return 0


def _alone(job: Job, report_end: int, template: int) -> int:
    """Do a job in a process of its own, which ends here whatever happens."""
    try:
        os.setsid()
        os.chdir(job["scratch"])
        os.environ["TMPDIR"] = tempfile.tempdir = job["scratch"]
        return work(job, report_end, template)
    except BaseException:  # the code tells the parent; a text may quote a value
        return EXIT_FAULT


def work(job: Job, report_end: int, parent: int) -> int:
    """Take the limits, do the job, write the report; return the exit code."""
    with os.fdopen(report_end, "w", encoding="utf-8") as report:
        restrict(job["limits"], parent)

        def opening(name: str) -> None:
            print("opening", name, file=report, flush=True)

        try:
            result = TASKS[job["task"]](job, opening)
        except MemoryError:
            return EXIT_MEMORY
        print("done", result, file=report, flush=True)
    return 0


def _ingest(job: Job, opening: Callable[[str], None]) -> str:
    given = job["options"]
    made = {
        "uid_key": bytes.fromhex(given["uid_key"]),
        "skip": frozenset(given["skip"]),
        "history": frozenset(map(History, given["history"])),
        "clear": frozenset(given["clear"]),
        "decisions": tuple(from_plain(Decision, one) for one in given["decisions"]),
    }
    options = IngestOptions(**given | made)
    prepared = Path(job["prepared"]) if job["prepared"] else None
    source, destination = Path(job["source"]), Path(job["destination"])
    return ingest_study(source, destination, options, opening=opening, prepared=prepared).to_json()


def _prepare(job: Job, opening: Callable[[str], None]) -> str:
    return json.dumps(prepare(Path(job["source"]), Path(job["destination"]), opening=opening))


def _search(job: Job, opening: Callable[[str], None]) -> str:
    opening("")  # it opens what a child of ours wrote
    return json.dumps(search(Path(job["source"])))


TASKS: Final = {"ingest": _ingest, "prepare": _prepare, "search": _search}


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
