"""Kill the worker, flush the broker, take S3 away: the case still arrives, and only once."""

import hashlib
import time
from collections.abc import Callable

import pytest

from cases import held_pictures, pipeline, storage, tasks
from cases.lifecycle import FAILED, HELD, PROCESSING, READY, SUBMITTED
from cases.models import Bundle, Case, Notification, Study, UploadedInstance
from cases.services import requests
from tests.faults.conftest import stored_objects, wait_for
from tests.fixtures.servers import flush_broker

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = ("after-claim", "after-fetch", "after-ingest", "while-storing", "after-store")
HOLDING_POINTS = ("held-rows", "after-held")
BUNDLE_POINTS = ("bundle-claimed", "bundle-fetched", "bundle-coded", "bundle-stored")
FAST = {
    "PORTAL_LEASE_SECONDS": "3",
    "PORTAL_SWEEP_SECONDS": "1",
    "PORTAL_RESEND_AFTER_SECONDS": "2",
}


def digests(objects: dict[str, bytes]) -> dict[str, str]:
    return {key: hashlib.sha256(data).hexdigest() for key, data in objects.items()}


@pytest.fixture(scope="module")
def objects_of_one_run() -> dict[str, str]:
    """Filled by the first test that asks for `undisturbed`: files and key are always the same."""
    return {}


@pytest.fixture
def undisturbed(sent_case, objects_of_one_run: dict[str, str]) -> dict[str, str]:
    """The objects of a run that nothing disturbed; the case and its objects are gone again."""
    if not objects_of_one_run:
        case = sent_case()
        pipeline.process(case.pk)
        objects_of_one_run |= digests(stored_objects(case))
        storage.delete_prefix(storage.STUDIES, case.studies.get().prefix)
        Case.objects.filter(pk=case.pk).update(code=f"SR-OLD{case.pk}")
    return objects_of_one_run


def test_a_case_is_processed_from_the_message_to_ready(sent_case, celery_worker):
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
    point, undisturbed, sent_case, start_worker, tmp_path, settings
):
    settings.LEASE_SECONDS = 3
    flag = tmp_path / "die-once"
    flag.touch()
    start_worker(**FAST, PORTAL_CRASH_AT=f"{point}:{flag}")
    case = sent_case()
    wait_until_gone(flag)
    sweep_until(case, READY)
    assert case.attempts == 2
    assert digests(stored_objects(case)) == undisturbed
    assert Study.objects.filter(case=case).count() == 1
    assert [event.name for event in case.events.all()].count("accept_study") == 1
    assert Notification.objects.filter(case=case, template="request_sent").count() == 1


def test_a_worker_killed_with_its_pool_leaves_the_case_to_one_started_later(
    undisturbed, sent_case, start_worker, start_beat, tmp_path
):
    flag = tmp_path / "die-once"
    flag.touch()
    worker = start_worker(**FAST, PORTAL_CRASH_AT=f"while-storing:{flag}")
    case = sent_case()
    wait_until_gone(flag)
    worker.kill()
    start_worker(**FAST)
    case.refresh_from_db()
    assert (case.status, case.attempts) == (PROCESSING, 1)
    start_beat(**FAST)
    wait_for(case, READY)
    assert case.attempts == 2
    assert digests(stored_objects(case)) == undisturbed
    assert [event.name for event in case.events.all()].count("accept_study") == 1


@pytest.mark.parametrize("point", HOLDING_POINTS)
def test_a_worker_killed_while_it_holds_pictures_leaves_each_with_its_drawing(
    point, sent_case, captured_study, start_worker, tmp_path, settings
):
    settings.LEASE_SECONDS = 3
    flag = tmp_path / "die-once"
    flag.touch()
    start_worker(**FAST, PORTAL_CRASH_AT=f"{point}:{flag}")
    case = sent_case(captured_study)
    wait_until_gone(flag)
    sweep_until(case, HELD)
    assert (case.attempts, case.reason_code) == (2, "BURNED")
    keys = set(case.held_pictures.values_list("drawing_key", flat=True))
    assert len(keys) == len(captured_study)
    assert keys == set(storage.keys(storage.STUDIES, held_pictures.PREFIX))
    assert not case.studies.exists()


@pytest.mark.parametrize("point", BUNDLE_POINTS)
def test_a_worker_killed_while_it_prepares_leaves_the_bundle_to_the_next(
    point, undisturbed, sent_case, start_worker, tmp_path, settings, ana, record_property
):
    settings.LEASE_SECONDS, settings.RESEND_AFTER_SECONDS = 3, 0
    flag = tmp_path / "die-once"
    flag.touch()
    start_worker(**FAST, PORTAL_CRASH_AT=f"{point}:{flag}")
    case = sent_case(submit=False)
    wait_until_gone(flag)
    died = time.monotonic()
    bundles = Bundle.objects.filter(upload__case=case)
    prepare_until(lambda: not bundles.filter(prepared_at=None).exists())
    record_property("seconds_lost", time.monotonic() - died)
    assert max(bundles.values_list("attempts", flat=True)) == 2
    requests.submit(case=case, by=ana)
    sweep_until(case, READY)
    assert digests(stored_objects(case)) == undisturbed


def test_a_bundle_that_keeps_killing_its_worker_is_left_to_the_run_over_the_case(
    undisturbed, sent_case, start_worker, settings, ana
):
    settings.LEASE_SECONDS, settings.RESEND_AFTER_SECONDS = 3, 0
    start_worker(**FAST, PORTAL_CRASH_AT="bundle-claimed")
    case = sent_case(submit=False)
    bundles = Bundle.objects.filter(upload__case=case)
    prepare_until(lambda: not bundles.filter(attempts__lt=3).exists())
    requests.submit(case=case, by=ana)
    sweep_until(case, READY)
    assert digests(stored_objects(case)) == undisturbed
    assert not bundles.filter(prepared_at__isnull=False).exists()


def test_a_flushed_broker_loses_no_case(sent_case, start_worker, start_beat, slot):
    case = sent_case()
    flush_broker(slot)
    start_worker(**FAST)
    case.refresh_from_db()
    assert case.status == SUBMITTED
    start_beat(**FAST)
    wait_for(case, READY)


def test_the_same_message_four_times_makes_one_study(sent_case, start_worker):
    case = sent_case(submit=True)
    for _ in range(4):
        tasks.process_case.delay(case.pk)
    start_worker(**FAST)
    wait_for(case, READY)
    assert [event.name for event in case.events.all()].count("start_processing") == 1


def test_a_case_that_keeps_killing_its_worker_fails_where_people_see_it(
    sent_case, start_worker, cole, settings
):
    settings.LEASE_SECONDS = 3
    case = sent_case()
    start_worker(**FAST, PORTAL_CRASH_AT="after-claim")
    sweep_until(case, FAILED, seconds=90)
    assert case.reason_code == "UNEXPECTED"
    assert Notification.objects.filter(case=case, recipient=cole).exists()


def test_a_withdrawn_case_is_not_published_by_the_run_that_had_it(sent_case, start_worker, ana):
    case = sent_case()
    requests.withdraw(case=case, by=ana, reason="no longer")
    tasks.process_case.delay(case.pk)
    start_worker(**FAST)
    tasks.beat_heart.delay()
    wait_for(case, "withdrawn")
    assert not case.studies.exists()


def wait_until_gone(flag, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while flag.exists():
        assert time.monotonic() < deadline, "the worker never came to the point"
        time.sleep(0.05)


def prepare_until(done: Callable[[], bool], seconds: float = 90.0) -> None:
    """Sweep as beat does, but each half second, until `done`."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "the bundles were not prepared"
        tasks.sweep()
        time.sleep(0.5)


def sweep_until(case: Case, status: str, seconds: float = 60.0) -> Case:
    """Sweep as beat does, but each half second, until the case is where it should be."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        tasks.sweep()
        case.refresh_from_db()
        if case.status == status:
            return case
        assert case.status in {SUBMITTED, PROCESSING}
        time.sleep(0.5)
    raise AssertionError(f"{case.status} after {seconds:.0f} s, not {status}")
