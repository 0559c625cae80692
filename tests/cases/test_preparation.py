"""A landed bundle is prepared at once, by one worker, and never served when it is stale."""

import hashlib
import time
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F
from django.utils import timezone

from cases import leases, lifecycle, pipeline, preparation, storage, tasks
from cases.lifecycle import Status
from cases.models import Bundle, Upload, UploadedInstance
from cases.models.upload import UploadState
from cases.reasons import REASONS
from cases.services import uploads
from imaging.errors import Code
from imaging.ingest import ingest_study
from imaging.synthetic import build_study
from portal.demo.cases import send_files
from tests.cases.uploading import Draft, Session, declaration_of, put
from tests.factories import fill_request, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return list(build_study(tmp_path_factory.mktemp("study"), size="tiny").paths)


@pytest.fixture
def case(ana, s3):
    return make_case(ana)


@pytest.fixture
def sent(case, ana, study):
    """A draft whose pictures have all landed: some bundles of 32."""
    send_files(case, ana, study)
    return case


@pytest.fixture
def draft(ana, case):
    """One bundle that was declared and holds one file that is no image."""
    return Draft(Session(ana), case)


def landed(draft) -> Bundle:
    put(draft.sign()[1], draft.body)
    draft.post("bundles/0/landed/")
    return Bundle.objects.get()


def kept(bundle: Bundle) -> bytes:
    return storage.read(storage.ORIGINALS, bundle.prepared_key)


def test_one_message_prepares_all_that_have_landed(sent):
    first, *others = Bundle.objects.all()
    assert others
    assert preparation.prepare(first.pk) == 1 + len(others)
    for bundle in Bundle.objects.select_related("upload"):
        assert bundle.prepared_at is not None
        assert bundle.lease_expires_at is None
        assert hashlib.sha256(kept(bundle)).hexdigest() == bundle.prepared_sha256
    assert {one.outcome for one in UploadedInstance.objects.all()} == {Code.OK}
    assert preparation.prepare(others[0].pk) == 0


def test_no_more_is_taken_at_once_than_a_task_can_do(sent, monkeypatch):
    first = Bundle.objects.get(number=0)
    monkeypatch.setattr(preparation, "MOST_BYTES", first.planned_bytes + 1)
    assert preparation.prepare(first.pk) == 1


def test_what_is_known_of_a_file_is_noted_before_the_request_is_sent(draft):
    preparation.prepare(landed(draft).pk)
    assert UploadedInstance.objects.get().outcome == Code.NOT_DICOM


def test_the_pictures_are_searched_for_text_once_all_bundles_are_prepared(sent, monkeypatch):
    first, *others = Bundle.objects.all()
    monkeypatch.setattr(preparation, "MOST_BYTES", first.planned_bytes)
    for bundle in (first, *others):
        assert preparation.clear_series(sent) == frozenset()
        preparation.prepare(bundle.pk)
    assert preparation.clear_series(sent)


def test_the_run_over_the_case_searches_nothing_again(sent, ana, monkeypatch):
    preparation.prepare(Bundle.objects.get(number=0).pk)
    fill_request(sent)
    lifecycle.advance(sent, "submit", by=ana, submitted_at=timezone.now())
    monkeypatch.setattr(pipeline, "run_ingest", partial(ingest_study, opening=lambda _name: None))
    searched = []
    monkeypatch.setattr("imaging.holding.find_printed_text", lambda *given: searched.append(given))
    pipeline.process(sent.pk)
    sent.refresh_from_db()
    assert sent.status == Status.READY
    assert searched == []


def test_what_is_searched_after_the_request_was_sent_counts_for_nothing(sent, ana):
    first = Bundle.objects.get(number=0)
    preparation.prepare(first.pk)
    Upload.objects.update(clear_series=None)
    fill_request(sent)
    lifecycle.advance(sent, "submit", by=ana, submitted_at=timezone.now())
    preparation._search(first.upload)
    assert preparation.clear_series(sent) == frozenset()


def test_the_run_over_the_case_waits_for_who_is_at_work_on_its_bundles(sent, monkeypatch):
    waited = []

    def wait(_seconds):
        waited.append(Bundle.objects.filter(lease_expires_at__isnull=False).count())
        Bundle.objects.update(lease_expires_at=None)  # the other worker is done

    monkeypatch.setattr(time, "sleep", wait)
    preparation.finish(sent)
    assert waited == []
    Bundle.objects.filter(number=0).update(lease_expires_at=leases.lease_end())
    preparation.finish(sent)
    assert waited == [1]


def test_it_waits_neither_for_the_dead_nor_for_ever(sent, monkeypatch):
    monkeypatch.setattr(preparation, "MOST_WAIT_SECONDS", 1.0)
    Bundle.objects.update(prepared_at=timezone.now())
    Bundle.objects.filter(number=0).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    started = time.monotonic()
    preparation.finish(sent)
    assert time.monotonic() - started < 1.0
    Bundle.objects.filter(number=0).update(lease_expires_at=leases.lease_end())
    preparation.finish(sent)
    assert time.monotonic() - started > 1.0


def test_the_search_for_text_counts_as_work_on_the_last_bundle(sent, monkeypatch):
    leased = []

    def search(_source):
        leased.append(Bundle.objects.filter(lease_expires_at__gt=timezone.now()).count())
        return []

    monkeypatch.setattr(preparation, "run_search", search)
    preparation.prepare(Bundle.objects.get(number=0).pk)
    assert leased == [Bundle.objects.count()]
    assert not Bundle.objects.filter(lease_expires_at__isnull=False).exists()


def test_a_file_that_is_not_the_declared_one_is_cut_off(ana, case):
    draft = Draft(Session(ana), case)
    declared = declaration_of(draft.body)
    declared["index"][0]["sha256"] = "0" * 64
    put(draft.sign(declared)[1], draft.body)
    draft.post("bundles/0/landed/")
    preparation.prepare(Bundle.objects.get().pk)
    assert UploadedInstance.objects.get().outcome == Code.CUT_OFF


@pytest.mark.parametrize(
    "columns",
    [
        {"landed_at": None},
        {"prepared_at": timezone.now()},
        {"attempts": preparation.MOST_ATTEMPTS},
        {"lease_expires_at": timezone.now() + timedelta(hours=1)},
    ],
)
def test_a_bundle_that_is_not_waiting_is_left_alone(draft, columns):
    bundle = landed(draft)
    Bundle.objects.update(**columns)
    assert preparation.claim(bundle.pk) == []


def test_the_run_over_the_case_prepares_what_nobody_has_begun(sent, ana, monkeypatch):
    first, second, *others = Bundle.objects.order_by("number")
    monkeypatch.setattr(preparation, "MOST_BYTES", first.planned_bytes)
    Bundle.objects.filter(pk=second.pk).update(attempts=1)  # somebody died of it
    lifecycle.advance(sent, "submit", by=ana, submitted_at=timezone.now())
    preparation.finish(sent)
    prepared = Bundle.objects.filter(prepared_at__isnull=False)
    assert set(prepared) == {first, *others}


@pytest.mark.parametrize("status", [Status.READY, Status.WITHDRAWN])
def test_nothing_is_prepared_once_a_run_has_read_the_request(ana, study, s3, status):
    case = make_case(ana, status)
    upload = Upload.objects.create(
        case=case, state=UploadState.COMPLETE, bundle_count=1, instance_count=1, total_bytes=1
    )
    bundle = Bundle.objects.create(
        upload=upload, number=0, planned_instances=1, planned_bytes=1, landed_at=timezone.now()
    )
    assert preparation.claim(bundle.pk) == []


def test_two_workers_never_have_the_same_bundle(draft):
    bundle = landed(draft)
    assert preparation.claim(bundle.pk) == [bundle]
    assert preparation.claim(bundle.pk) == []
    Bundle.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    late = Bundle.objects.get()
    assert preparation.claim(bundle.pk) == [bundle]
    assert not preparation._take(late)  # it looked before the other took it


def test_a_bundle_whose_worker_died_is_taken_alone_and_three_times_at_most(sent):
    first = Bundle.objects.get(number=0)
    Bundle.objects.update(attempts=1)
    assert preparation.claim(first.pk) == [first]
    for _ in range(preparation.MOST_ATTEMPTS):
        Bundle.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        preparation.claim(first.pk)
    first.refresh_from_db()
    assert first.attempts == preparation.MOST_ATTEMPTS


def test_the_sweep_finds_what_landed_without_a_word(draft):
    bundle = landed(draft)
    assert preparation.bundles_to_send_again() == []
    Bundle.objects.update(landed_at=F("landed_at") - timedelta(minutes=2))
    assert preparation.bundles_to_send_again() == [bundle.pk]
    preparation.prepare(bundle.pk)
    assert preparation.bundles_to_send_again() == []


def test_a_bundle_that_was_declared_anew_meanwhile_keeps_nothing(draft):
    bundle = landed(draft)
    claimed = preparation.claim(bundle.pk)
    storage.delete(storage.ORIGINALS, bundle.key)
    Bundle.objects.update(landed_at=None)
    draft.sign(declaration_of(b"y" * 1000))
    preparation._store(claimed[0], b"stale")
    bundle.refresh_from_db()
    assert (bundle.prepared_at, bundle.prepared_sha256, bundle.attempts) == (None, "", 0)
    assert claimed[0].prepared_key not in storage.keys(storage.ORIGINALS, "uploads/")


def test_an_upload_that_was_given_up_meanwhile_keeps_nothing(draft):
    claimed = preparation.claim(landed(draft).pk)
    uploads.abandon_upload(upload=Upload.objects.get())
    preparation._store(claimed[0], b"stale")
    assert storage.keys(storage.ORIGINALS, "uploads/") == {}


def test_what_was_prepared_goes_when_the_upload_goes(draft):
    preparation.prepare(landed(draft).pk)
    assert len(storage.keys(storage.ORIGINALS, "uploads/")) == 2
    draft.post("abandon/")
    assert storage.keys(storage.ORIGINALS, "uploads/") == {}


def test_what_was_prepared_goes_when_the_study_is_ready(sent, ana):
    preparation.prepare(Bundle.objects.get(number=0).pk)
    assert preparation.clear_used() == 0
    fill_request(sent)
    lifecycle.advance(sent, "submit", by=ana, submitted_at=timezone.now())
    pipeline.process(sent.pk)
    assert preparation.clear_used() == Bundle.objects.count()
    assert not any("prepared" in key for key in storage.keys(storage.ORIGINALS, "uploads/"))
    assert preparation.clear_used() == 0


@pytest.fixture
def no_store(settings):
    """Nobody listens where the store should be."""

    def leave() -> None:
        settings.S3 = settings.S3 | {"endpoint_url": "http://127.0.0.1:1"}
        storage.client.cache_clear()

    yield leave
    storage.client.cache_clear()


def test_a_store_that_is_away_costs_no_attempt(draft, no_store):
    bundle = landed(draft)
    no_store()
    tasks.prepare_bundle(bundle.pk)
    bundle.refresh_from_db()
    assert (bundle.attempts, bundle.lease_expires_at) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_a_case_goes_before_what_is_only_done_ahead(ana, s3, start_worker):
    """Two patients send thousands of files: the third one's case does not wait behind them."""
    for _ in range(20):
        tasks.prepare_bundle.delay(0)
    tasks.process_case.delay(0)
    worker = start_worker()
    tasks.beat_heart.delay()
    deadline = time.monotonic() + 30
    while worker.log.count("prepare_bundle[") < 20 and time.monotonic() < deadline:
        time.sleep(0.05)
    received = [line for line in worker.log.splitlines() if " received" in line]
    places = [at for at, line in enumerate(received) if "process_case" in line]
    assert places
    assert places[0] < 3


class TestWhatThePatientIsTold:
    """The first look at the pictures, on "check your answers" and on the page of the upload."""

    PAGES = ("check", "upload")

    def complete(self, draft, client, ana) -> None:
        preparation.prepare(landed(draft).pk)
        draft.post("complete/")
        client.force_login(ana)

    @pytest.mark.parametrize("page", PAGES)
    def test_a_file_that_is_left_out_is_named_with_the_next_step(
        self, draft, case, client, ana, page
    ):
        self.complete(draft, client, ana)
        shown = client.get(f"/cases/{case.code}/{page}/").content.decode()
        assert "We cannot use these files" in shown
        assert str(REASONS["NOT-DICOM"].text) in shown
        assert str(REASONS["NOT-DICOM"].todo) in shown
        assert "it comes back to you" in shown

    def test_some_of_the_pictures_go_on(self, sent, client, ana):
        preparation.prepare(Bundle.objects.get(number=0).pk)
        broken = UploadedInstance.objects.filter(bundle__number=0)[:1]
        UploadedInstance.objects.filter(pk__in=broken.values("pk")).update(outcome=Code.CUT_OFF)
        client.force_login(ana)
        shown = client.get(f"/cases/{sent.code}/check/").content.decode()
        good = UploadedInstance.objects.count() - 1
        assert "We left some files out" in shown
        assert f"{good} pictures open correctly." in shown
        assert str(REASONS["CUT-OFF"].todo) in shown

    def test_a_picture_that_a_person_will_look_at_is_not_called_left_out(
        self, draft, case, client, ana
    ):
        self.complete(draft, client, ana)
        UploadedInstance.objects.update(outcome=Code.BURNED)
        shown = client.get(f"/cases/{case.code}/check/").content.decode()
        assert str(REASONS["BURNED"].text) in shown
        assert "left some files out" not in shown
        assert "cannot use these files" not in shown

    def test_while_a_worker_looks_the_page_asks_again_and_then_stops(self, sent, client, ana):
        client.force_login(ana)
        address = f"/cases/{sent.code}/upload/look/"
        count = UploadedInstance.objects.count()
        moving = client.get(address)
        assert moving.status_code == 200
        assert f"0 of {count}. You need not wait" in moving.content.decode()
        assert f'hx-get="{address}"' in client.get(f"/cases/{sent.code}/check/").content.decode()
        preparation.prepare(Bundle.objects.get(number=0).pk)
        rest = client.get(address)
        assert rest.status_code == 286
        assert f"{count} pictures open correctly." in rest.content.decode()
        assert "hx-get" not in rest.content.decode()

    def test_what_no_worker_could_look_at_is_not_waited_for(self, sent, client, ana):
        Bundle.objects.update(attempts=preparation.MOST_ATTEMPTS)
        client.force_login(ana)
        assert client.get(f"/cases/{sent.code}/upload/look/").status_code == 286

    def test_without_pictures_there_is_nothing_to_tell(self, case, client, ana):
        client.force_login(ana)
        shown = client.get(f"/cases/{case.code}/check/").content.decode()
        assert "open correctly" not in shown
        assert "left some files out" not in shown

    def test_another_patient_is_told_nothing(self, sent, client, ben):
        client.force_login(ben)
        assert client.get(f"/cases/{sent.code}/upload/look/").status_code == 404
