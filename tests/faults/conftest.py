"""A case with real files, sent, and helpers that watch it move."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cases import pipeline, storage, tasks
from cases.lifecycle import PROCESSING, READY, SUBMITTED
from cases.models import Case, StudyRole
from cases.services import requests
from imaging.synthetic import build_study
from portal.demo.cases import send_files
from tests.dicom import FAULTS
from tests.factories import fill_request

#: Settings of a worker and beat that notice soon what was lost.
FAST = {
    "PORTAL_LEASE_SECONDS": "3",
    "PORTAL_SWEEP_SECONDS": "1",
    "PORTAL_RESEND_AFTER_SECONDS": "2",
}
#: Where a run over a case may be killed.
POINTS = ("after-claim", "after-fetch", "after-ingest", "while-storing", "after-store")
SWEEP_SECONDS = 0.5
POLL_SECONDS = 0.05


@pytest.fixture(scope="session")
def tiny_study(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("study")
    return list(build_study(folder, size="tiny").paths)


@pytest.fixture(scope="session")
def captured_study(tmp_path_factory) -> list[Path]:
    """Return files of which each says that something is printed in it."""
    folder = tmp_path_factory.mktemp("captured")
    edit = FAULTS["burned-in-flag"]
    return list(build_study(folder, size="tiny", series=["T2 SAG"], edit=edit).paths)


@pytest.fixture
def sent_case(transactional_db, s3, ana, tiny_study) -> Callable[[], Case]:
    """Send a case with a small real study: `sent_case()`; the key is always the same one."""

    def send(paths: list[Path] | None = None, *, submit: bool = True) -> Case:
        case = requests.create_request(patient=ana)
        Case.objects.filter(pk=case.pk).update(code="SR-TESTED")
        case.secret.uid_key = b"k" * 32
        case.secret.save(update_fields=["uid_key"])
        case = Case.objects.get(pk=case.pk)
        fill_request(case)
        send_files(case, ana, paths or tiny_study)
        if submit:
            requests.submit(case=case, by=ana)
        return case

    return send


@pytest.fixture(scope="session")
def objects_of_one_run() -> dict[str, str]:
    """Filled by the first test that asks for `undisturbed`: files and key are always the same."""
    return {}


@pytest.fixture
def undisturbed(sent_case, objects_of_one_run: dict[str, str]) -> dict[str, str]:
    """The objects of a run that nothing disturbed; the case and its objects are gone again."""
    if not objects_of_one_run:
        case = sent_case()
        pipeline.process(case.pk)  # unless a worker was faster
        wait_for(case, READY)
        objects_of_one_run |= digests(case)
        storage.delete_prefix(storage.STUDIES, case.studies.get().prefix)
        Case.objects.filter(pk=case.pk).update(code=f"SR-OLD{case.pk}")
    return objects_of_one_run


def wait_for(case: Case, *statuses: str, seconds: float = 60.0) -> Case:
    """Return the case once it is in one of `statuses`; fail with what happened instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        case.refresh_from_db()
        if case.status in statuses:
            return case
        time.sleep(POLL_SECONDS)
    history = [(event.name, event.reason) for event in case.events.all()]
    raise AssertionError(f"{case.status} after {seconds:.0f} s, not {statuses}: {history}")


def wait_for_event(case: Case, name: str, seconds: float = 60.0) -> None:
    """Wait until this has happened to the case."""
    deadline = time.monotonic() + seconds
    while not case.events.filter(name=name).exists():
        assert time.monotonic() < deadline, f"no {name} after {seconds:.0f} s"
        time.sleep(POLL_SECONDS)


def wait_until_gone(flag: Path, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while flag.exists():
        assert time.monotonic() < deadline, "the worker never came to the point"
        time.sleep(POLL_SECONDS)


def sweep_until(case: Case, status: str, seconds: float = 60.0) -> Case:
    """Sweep as beat does, but each half second, until the case is where it should be."""

    def arrived() -> bool:
        case.refresh_from_db()
        assert case.status in {status, SUBMITTED, PROCESSING}
        return case.status == status

    sweep_until_done(arrived, seconds)
    return case


def sweep_until_done(done: Callable[[], bool], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    swept = float("-inf")
    while not done():
        assert time.monotonic() < deadline, f"not done after {seconds:.0f} s"
        if time.monotonic() > swept + SWEEP_SECONDS:
            tasks.sweep()
            swept = time.monotonic()
        time.sleep(POLL_SECONDS)


def stored_objects(case: Case) -> dict[str, bytes]:
    """Return every object of the case's study by its key."""
    study = case.studies.get(role=StudyRole.CURRENT)
    return {
        key: storage.read(storage.STUDIES, key)
        for key in sorted(storage.keys(storage.STUDIES, study.prefix))
    }


def digests(case: Case) -> dict[str, str]:
    return {key: hashlib.sha256(data).hexdigest() for key, data in stored_objects(case).items()}
