"""A case with real files, sent, and helpers that watch it move."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cases import storage
from cases.models import Case, StudyRole
from cases.services import requests
from imaging.synthetic import build_study
from portal.demo.cases import send_files
from tests.dicom import FAULTS
from tests.factories import fill_request


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


def wait_for(case: Case, *statuses: str, seconds: float = 60.0) -> Case:
    """Return the case once it is in one of `statuses`; fail with what happened instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        case.refresh_from_db()
        if case.status in statuses:
            return case
        time.sleep(0.1)
    history = [(event.name, event.reason) for event in case.events.all()]
    raise AssertionError(f"{case.status} after {seconds:.0f} s, not {statuses}: {history}")


def stored_objects(case: Case) -> dict[str, bytes]:
    """Return every object of the case's study by its key."""
    study = case.studies.get(role=StudyRole.CURRENT)
    return {
        key: storage.read(storage.STUDIES, key)
        for key in sorted(storage.keys(storage.STUDIES, study.prefix))
    }
