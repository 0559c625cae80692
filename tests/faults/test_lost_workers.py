"""Lose whole workers, one each time, the messages, or the case itself: it ends where it should."""

import pytest

from cases import pipeline
from cases.lifecycle import FAILED, PROCESSING, READY, SUBMITTED, WITHDRAWN
from cases.models import Bundle, Notification, Study
from cases.services import requests
from stack.ports import draw
from tests.faults.conftest import (
    FAST,
    POINTS,
    digests,
    sweep_until,
    sweep_until_done,
    wait_for,
    wait_for_event,
    wait_until_gone,
)
from tests.fixtures.servers import flush_broker
from tests.store_proxy import proxy_of

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert digests(case) == undisturbed
    assert [event.name for event in case.events.all()].count("accept_study") == 1


def test_a_flushed_broker_loses_no_case(sent_case, start_worker, start_beat, slot):
    case = sent_case()
    flush_broker(slot)
    start_worker(**FAST)
    case.refresh_from_db()
    assert case.status == SUBMITTED
    start_beat(**FAST)
    wait_for(case, READY)


def test_a_store_that_is_away_for_a_moment_delays_a_case_without_a_sweep(
    undisturbed, sent_case, start_worker, slot
):
    port = draw(set())
    start_worker(**FAST, S3_ENDPOINT_URL=f"http://127.0.0.1:{port}")
    case = sent_case()
    wait_for_event(case, "requeue")
    with proxy_of(slot.state.s3_url, port=port):
        wait_for(case, READY)
    assert digests(case) == undisturbed
    assert case.attempts == 1  # the run that found no store counts for nothing


def test_a_bundle_that_keeps_killing_its_worker_is_left_to_the_run_over_the_case(
    undisturbed, sent_case, start_worker, settings, ana
):
    settings.RESEND_AFTER_SECONDS = 0
    start_worker(**FAST, PORTAL_CRASH_AT="bundle-claimed")
    case = sent_case(submit=False)
    bundles = Bundle.objects.filter(upload__case=case)
    sweep_until_done(lambda: not bundles.filter(attempts__lt=3).exists())
    requests.submit(case=case, by=ana)
    sweep_until(case, READY)
    assert digests(case) == undisturbed
    assert not bundles.filter(prepared_at__isnull=False).exists()


def test_a_case_that_keeps_killing_its_worker_fails_where_people_see_it(
    sent_case, start_worker, cole
):
    case = sent_case()
    start_worker(**FAST, PORTAL_CRASH_AT="after-claim")
    sweep_until(case, FAILED, seconds=90)
    assert case.reason_code == "UNEXPECTED"
    assert Notification.objects.filter(case=case, recipient=cole).exists()


@pytest.mark.parametrize("point", POINTS)
def test_a_case_that_is_withdrawn_during_its_run_is_not_published(
    point, sent_case, ana, monkeypatch
):
    case = sent_case()

    def withdraw(name: str) -> None:
        if name == point:
            requests.withdraw(case=case, by=ana, reason="no longer")

    monkeypatch.setattr(pipeline, "crash_point", withdraw)
    pipeline.process(case.pk)
    case.refresh_from_db()
    assert case.status == WITHDRAWN
    assert not Study.objects.filter(case=case).exists()
    assert not case.events.filter(name="accept_study").exists()
