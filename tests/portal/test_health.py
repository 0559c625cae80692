"""The portal says what it lacks: to the balancer, the monitor, and a person at a terminal."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.utils import timezone

from cases import storage
from cases.models import Heartbeat
from portal import celery, health
from portal.health import Answer
from portal.viewer_package import MANIFEST, VERSION

pytestmark = pytest.mark.django_db


@pytest.fixture
def pulse():
    return Heartbeat.objects.create(name="worker", at=timezone.now())


@pytest.fixture(params=[["s3:ListBucket"], ["s3:GetObject"]], ids=["listed", "read"])
def public_studies(request, s3, slot):
    """A bucket of studies that an operator opened to the world by mistake."""
    name = slot.instance.buckets[1]
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": request.param,
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    yield name
    s3.delete_bucket_policy(Bucket=name)


def doctor() -> tuple[int, dict[str, dict[str, object]]]:
    printed, code = StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=printed)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, json.loads(printed.getvalue())


def test_the_process_answers_without_looking_at_any_part(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_when_every_part_works(client, s3, pulse):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == dict.fromkeys(("database", "broker", "buckets", "worker"), "ok")
    assert "no-cache" in answer["Cache-Control"]


def test_a_silent_worker_makes_the_portal_unready(client, s3, pulse):
    Heartbeat.objects.update(at=timezone.now() - health.WORKER_IS_LATE_AFTER - timedelta(seconds=1))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "failed"


def test_a_broker_and_a_store_that_are_away_are_named(client, pulse, settings, monkeypatch):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.S3_BUCKET_STUDIES = "nowhere-to-be-found"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() | {"database": "ok", "worker": "ok"} == {
        "database": "ok",
        "broker": "failed",
        "buckets": "failed",
        "worker": "ok",
    }


def test_a_public_bucket_is_seen_and_refused_at_the_start(public_studies, pulse):
    assert health.answer_to_strangers(storage.STUDIES) is Answer.GIVEN
    assert health.answer_to_strangers(storage.ORIGINALS) is Answer.REFUSED
    with pytest.raises(ImproperlyConfigured, match="public"):
        health.refuse_public_buckets()
    with pytest.raises(SystemExit, match="public"):
        celery.refuse_unsafe_start()
    code, found = doctor()
    assert code == 1
    assert f"Bucket '{public_studies}' is public" in str(found["buckets"]["text"])


def test_private_buckets_let_the_portal_start(s3):
    health.refuse_public_buckets()
    celery.refuse_unsafe_start()


def test_a_store_that_cannot_be_asked_is_not_taken_for_private(s3, pulse, settings, caplog):
    """Without keys a request gets no answer here; with keys the buckets are there."""
    storage.client()
    settings.S3 = settings.S3 | {"endpoint_url": "http://127.0.0.1:9"}
    assert health.answer_to_strangers(storage.STUDIES) is Answer.UNKNOWN
    _, found = doctor()
    assert "could not be asked" in str(found["buckets"]["text"])
    health.refuse_public_buckets()
    assert "whether the bucket of studies is public could not be asked" in caplog.text


def test_the_doctor_says_what_to_do(s3, pulse, settings, tmp_path):
    settings.VIEWER_ROOT = tmp_path
    (tmp_path / MANIFEST).write_text('{"version": "3.0.0"}')  # not the pinned one
    code, found = doctor()
    assert code == 1
    assert {name for name, part in found.items() if not part["ok"]} == {"viewer"}
    assert "manage.py install_viewer" in str(found["viewer"]["text"])


def test_the_doctor_is_content_when_all_is_well(s3, pulse, settings, tmp_path):
    (tmp_path / MANIFEST).write_text(json.dumps({"version": VERSION}))
    settings.VIEWER_ROOT = tmp_path
    code, found = doctor()
    assert (code, [name for name, part in found.items() if not part["ok"]]) == (0, [])


def test_the_doctor_names_a_mail_server_that_is_away(s3, pulse, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.MAIL_DIR, settings.EMAIL_HOST, settings.EMAIL_PORT = "", "127.0.0.1", 1
    _, found = doctor()
    assert not found["mail"]["ok"]
