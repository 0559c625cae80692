"""Measure the way of a study from its last byte to READY.

    .venv/bin/python -m benchmarks.pipeline [--cases 4] [--rounds 3] [--size full] [--update]

Starts servers of its own. First one case alone in this process, split by stage, with and without
prepared bundles; then several cases whose bundles are prepared, as they are when the last byte
has come, sent at the same moment to 1, 2 and 4 worker processes. Each figure is printed as soon as
it is there. With --update the tables replace the ones in docs/benchmarks.md.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any

from benchmarks.codings import decoding_speed
from benchmarks.docs import write_block
from imaging.synthetic import build_study
from stack import portal, seaweedfs, servers
from stack.environment import Instance, merged, portal_environment
from stack.postgres import ensure_database
from stack.state import State
from stack.supervisor import Supervisor, locked

ROOT = Path(__file__).parents[1]
WORKERS = (1, 2, 4)
LONGEST_S = 300  # for the cases that are sent at once
STAGES = ("fetch", "gate + headers", "clean", "text", "display", "store", "publish", "rest")
INTRO = "`python -m benchmarks.pipeline --update`"


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="benchmark-pipeline-") as name, ExitStack() as stack:
        folder = Path(name)
        print("drawing the study ...", flush=True)
        paths = list(build_study(folder / "study", size=options.size).paths)
        environment = stack.enter_context(own_servers(folder / "servers"))
        cast = Cast(paths)
        alone = {
            ahead: [split(cast, ahead=ahead) for _ in range(options.rounds)]
            for ahead in (False, True)
        }
        several = [
            (count, together(cast, environment, folder, count, options.cases)) for count in WORKERS
        ]
        text = "\n\n".join(
            (
                about(paths),
                stage_table(alone),
                together_table(several, options.cases),
                decoding_line(paths),
            )
        )
    print(text)
    if options.update:
        write_block("pipeline", "From the last byte to READY", INTRO, text)
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=4, help="how many are sent at once")
    parser.add_argument("--rounds", type=int, default=3, help="of one case alone")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--update", action="store_true", help="write the tables to the docs")
    return parser.parse_args()


@contextmanager
def own_servers(var: Path) -> Iterator[dict[str, str]]:
    """Run PostgreSQL, broker and S3, and make this process a portal on them."""
    with locked(var) as lock:
        supervisor = Supervisor(var, lock, print)
        state = State.load(var)
        try:
            servers.start(state, supervisor, durable=False)
            supervisor.wait_until_ready("seaweedfs")
            ensure_database(state, "portal")
            instance = Instance(site_url="http://127.0.0.1:1", var=var)
            seaweedfs.ensure_buckets(state, instance.buckets, origins=[instance.site_url])
            environment = portal_environment(state, instance)
            portal.finish(portal.begin(environment, "migrate", "--verbosity", "0"))
            os.environ.update(environment)
            import django  # noqa: PLC0415 - the settings read the environment made above

            django.setup()
            yield environment
        finally:
            supervisor.stop()


class Cast:
    """A patient with any number of requests, all with the same study."""

    def __init__(self, paths: list[Path]) -> None:
        from accounts.models import Role, User  # noqa: PLC0415 - as everything of the portal here
        from portal.demo import cases as demo  # noqa: PLC0415

        demo.encode = cache(demo.encode)  # the browser's work is not what is measured
        self.paths = paths
        self.patient = User.objects.create_user(
            "ana@secondread.invalid", "correct horse battery", full_name="Ana", role=Role.PATIENT
        )

    def send(self, *, ahead: bool) -> Any:
        """Return a case whose pictures have arrived, and are prepared or not."""
        from cases import consents, preparation  # noqa: PLC0415
        from cases.models import Bundle, Case, Intake  # noqa: PLC0415
        from cases.services import requests  # noqa: PLC0415
        from portal.demo.cases import send_files  # noqa: PLC0415

        case: Case = requests.create_request(patient=self.patient)
        Intake.objects.update_or_create(case=case)
        requests.give_consent(case=case, codes=consents.CODES)
        send_files(case, self.patient, self.paths)
        if ahead:
            for bundle in Bundle.objects.filter(upload__case=case):
                preparation.prepare(bundle.pk)
        return case

    def submit(self, case: Any) -> None:
        """Put the case into the queue; that its answers are complete is no matter here."""
        from django.utils import timezone  # noqa: PLC0415

        from cases.lifecycle import advance  # noqa: PLC0415

        now = timezone.now()
        advance(case, "submit", by=self.patient, submitted_at=now, queued_at=now)


@dataclass
class Clock:
    """Seconds a stage, stages inside another one taken from it."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[stage] += time.perf_counter() - started

        return measured


def split(cast: Cast, *, ahead: bool) -> dict[str, float]:
    """Return the seconds of each stage of one case, in this process without the sandbox."""
    from cases import pipeline, verdicts  # noqa: PLC0415
    from imaging import ingest, layout  # noqa: PLC0415
    from imaging.holding import Holdings  # noqa: PLC0415
    from imaging.prepared import Shelf  # noqa: PLC0415

    case, clock = cast.send(ahead=ahead), Clock()
    cast.submit(case)
    places: list[tuple[Any, str, str]] = [
        (pipeline, "fetch_originals", "fetch"),
        (ingest, "_read_one", "gate + headers"),
        (ingest, "deidentify_instance", "clean"),
        (Holdings, "find_text", "text"),
        (Shelf, "pack", "display"),
        (layout, "write_series", "display"),
        (layout, "write_series_metadata", "display"),
        (pipeline, "store_outputs", "store"),
        (verdicts, "publish", "publish"),
    ]
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    started = time.perf_counter()
    try:
        for owner, name, stage in places:
            setattr(owner, name, clock.timed(stage, getattr(owner, name)))
        kept.append((pipeline, "run_ingest", pipeline.run_ingest))
        pipeline.run_ingest = partial(ingest.ingest_study, opening=lambda _name: None)
        pipeline.process(case.pk)
    finally:
        for owner, name, real in kept:
            setattr(owner, name, real)
    whole = time.perf_counter() - started
    expect_ready([case])
    clock.seconds["rest"] = whole - sum(clock.seconds.values())
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in clock.seconds.items())
    print(f"{label(ahead=ahead)}: {whole:.2f} s ({told})", flush=True)
    return clock.seconds | {"whole": whole}


def together(
    cast: Cast, environment: dict[str, str], folder: Path, workers: int, cases: int
) -> list[float]:
    """Return after how many seconds each of several cases was READY that were sent at once."""
    from cases import recovery, tasks  # noqa: PLC0415

    sent = [cast.send(ahead=True) for _ in range(cases)]
    with worker(environment, folder / f"worker-{workers}.log", workers):
        started = time.monotonic()
        for case in sent:
            cast.submit(case)
            tasks.process_case.delay(case.pk)
        ready: dict[int, float] = {}
        while len(ready) < len(sent):
            for case in sent:
                case.refresh_from_db()
                if case.status not in {"submitted", "processing"}:
                    ready.setdefault(case.pk, time.monotonic() - started)
            if time.monotonic() - started > LONGEST_S:
                raise SystemExit("the cases were not processed")
            for case_id in recovery.cases_to_send_again():  # as beat does, should S3 have been away
                tasks.process_case.delay(case_id)
            time.sleep(0.05)
    expect_ready(sent)
    seconds = sorted(ready.values())
    print(f"{workers} workers: {', '.join(f'{one:.2f}' for one in seconds)} s", flush=True)
    return seconds


@contextmanager
def worker(environment: dict[str, str], log: Path, processes: int) -> Iterator[None]:
    program = portal.worker(environment, log)
    command = [str(part) for part in program.command]
    command[command.index("--concurrency") + 1] = str(processes)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=merged(environment), stdout=output, stderr=output
        )
    try:
        while not program.is_ready():
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)


def expect_ready(cases: list[Any]) -> None:
    for case in cases:
        case.refresh_from_db()
        if case.status not in {"ready", "held"}:
            raise SystemExit(f"{case} is {case.status} ({case.reason_code}), not ready")


def decoding_line(paths: list[Path]) -> str:
    speed = decoding_speed(paths)
    return f"Undoing JPEG-LS on one core: {speed:.0f} instances a second (goal 150)."


def about(paths: list[Path]) -> str:
    size = sum(path.stat().st_size for path in paths)
    load = os.getloadavg()[0]
    return (
        f"One generated study of {len(paths)} instances, {size / 1e6:.1f} MB; "
        f"{os.cpu_count()} cores, load {load:.0f} at the end. Alone: in one process without the "
        "sandbox, median seconds."
    )


def stage_table(alone: dict[bool, list[dict[str, float]]]) -> str:
    names = [*STAGES, "whole"]
    lines = [f"| one case | {' | '.join(names)} |", "|---|" + "--:|" * len(names)]
    for ahead, rounds in alone.items():
        cells = [f"{statistics.median(one[name] for one in rounds):.2f}" for name in names]
        lines.append(f"| {label(ahead=ahead)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def together_table(several: list[tuple[int, list[float]]], cases: int) -> str:
    lines = [
        f"| workers, {cases} cases at once | first ready s | median s | last s |",
        "|--:|--:|--:|--:|",
    ]
    for workers, seconds in several:
        figures = (seconds[0], statistics.median(seconds), seconds[-1])
        lines.append(f"| {workers} | {' | '.join(f'{figure:.2f}' for figure in figures)} |")
    return "\n".join(lines)


def label(*, ahead: bool) -> str:
    return "bundles prepared" if ahead else "nothing prepared"


if __name__ == "__main__":
    sys.exit(main())
