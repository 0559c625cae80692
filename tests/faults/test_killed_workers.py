"""Kill a worker at a named point: the case still arrives, and only once.

One worker serves the whole module: where it is told to die one of its pool's processes does, and
the others go on, as they do in a deployment.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone

from cases import held_pictures, storage, tasks
from cases.lifecycle import HELD, PROCESSING, READY
from cases.models import Bundle, Case, Notification, Study, UploadedInstance
from cases.services import requests
from tests.faults.conftest import (
    FAST,
    POINTS,
    digests,
    sweep_until,
    sweep_until_done,
    wait_for,
    wait_until_gone,
)
from tests.fixtures.servers import settings_of_processes
from tests.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)

HOLDING_POINTS = ("held-rows", "after-held")
BUNDLE_POINTS = ("bundle-claimed", "bundle-fetched", "bundle-coded", "bundle-stored")


@pytest.fixture(scope="module")
def flags(slot, django_db_setup, tmp_path_factory) -> Iterator[Path]:
    """A worker that dies at each point whose flag lies in this folder, and takes the flag away."""
    folder = tmp_path_factory.mktemp("flags")
    places = [f"{point}:{folder / point}" for point in POINTS + HOLDING_POINTS + BUNDLE_POINTS]
    settings = settings_of_processes(slot) | FAST | {"PORTAL_CRASH_AT": ",".join(places)}
    with Worker(settings, folder, slot.lock):
        yield folder


@pytest.fixture
def worker_dies_at(flags: Path, process_settings) -> Iterator[Callable[[str], Path]]:
    """`worker_dies_at("after-claim")` has it die there once; the flag is gone when it did."""

    asked: list[Path] = []

    def die_at(point: str) -> Path:
        asked.append(flags / point)
        asked[-1].touch()
        return asked[-1]

    yield die_at
    for flag in asked:
        flag.unlink(missing_ok=True)


def test_a_case_is_processed_from_the_message_to_ready(worker_dies_at, sent_case):
    case = wait_for(sent_case(), READY)
    names = [event.name for event in case.events.all()]
    assert names[-3:] == ["submit", "start_processing", "accept_study"]
    assert case.attempts == 1
    study = case.studies.get()
    assert study.series.count() == 6
    outcomes = UploadedInstance.objects.filter(bundle__upload__case=case)
    assert set(outcomes.values_list("outcome", flat=True)) == {"OK"}


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_at_a_named_point_leaves_the_case_to_the_next(
    point, undisturbed, sent_case, worker_dies_at
):
    flag = worker_dies_at(point)
    case = sent_case()
    wait_until_gone(flag)
    let_the_lease_end(case)
    sweep_until(case, READY)
    assert case.attempts == 2
    assert digests(case) == undisturbed
    assert Study.objects.filter(case=case).count() == 1
    assert [event.name for event in case.events.all()].count("accept_study") == 1
    assert Notification.objects.filter(case=case, template="request_sent").count() == 1


@pytest.mark.parametrize("point", HOLDING_POINTS)
def test_a_worker_killed_while_it_holds_pictures_leaves_each_with_its_drawing(
    point, sent_case, captured_study, worker_dies_at
):
    flag = worker_dies_at(point)
    case = sent_case(captured_study)
    wait_until_gone(flag)
    let_the_lease_end(case)
    sweep_until(case, HELD)
    assert (case.attempts, case.reason_code) == (2, "BURNED")
    keys = set(case.held_pictures.values_list("drawing_key", flat=True))
    assert len(keys) == len(captured_study)
    assert keys == set(storage.keys(storage.STUDIES, held_pictures.PREFIX))
    assert not case.studies.exists()


@pytest.mark.parametrize("point", BUNDLE_POINTS)
def test_a_worker_killed_while_it_prepares_leaves_the_bundle_to_the_next(
    point, undisturbed, sent_case, worker_dies_at, settings, ana, record_property
):
    settings.RESEND_AFTER_SECONDS = 0
    flag = worker_dies_at(point)
    case = sent_case(submit=False)
    wait_until_gone(flag)
    died = time.monotonic()
    bundles = Bundle.objects.filter(upload__case=case)
    sweep_until_done(lambda: not bundles.filter(prepared_at=None).exists())
    record_property("seconds_lost", time.monotonic() - died)
    assert max(bundles.values_list("attempts", flat=True)) == 2
    requests.submit(case=case, by=ana)
    sweep_until(case, READY)
    assert digests(case) == undisturbed


def test_the_same_message_four_times_makes_one_study(sent_case, worker_dies_at):
    case = sent_case()
    for _ in range(4):
        tasks.process_case.delay(case.pk)
    wait_for(case, READY)
    assert [event.name for event in case.events.all()].count("start_processing") == 1


def let_the_lease_end(case: Case) -> None:
    """Put the dead run's lease into the past, as time would; test_lost_workers.py does wait."""
    dead = Case.objects.filter(pk=case.pk, status=PROCESSING)
    assert dead.update(lease_expires_at=timezone.now()) == 1
