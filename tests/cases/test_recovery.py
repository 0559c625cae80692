"""Work that nobody does is found in the rows, whatever became of the messages."""

import base64
import json
import socket
import threading
from contextlib import closing
from datetime import datetime, timedelta

import pytest
import redis
from django.conf import settings
from django.core import mail
from django.utils import timezone

from cases import lifecycle, notifications, recovery, tasks
from cases.lifecycle import Status
from cases.models import Case, Notification
from cases.models.notification import NotificationState
from tests.cases.uploading import Draft, Session, put
from tests.factories import fill_request, make_case
from tests.fixtures.servers import flush_broker
from tests.store_proxy import portal_on

pytestmark = pytest.mark.django_db


def ago(**span) -> datetime:
    return timezone.now() - timedelta(**span)


def test_a_submitted_case_without_a_worker_is_sent_again_once(ana):
    late = make_case(ana, Status.SUBMITTED, queued_at=ago(minutes=5))
    make_case(ana, Status.SUBMITTED, queued_at=timezone.now())
    assert recovery.cases_to_send_again() == [late.pk]
    assert recovery.cases_to_send_again() == []


def test_a_case_of_a_dead_worker_goes_round_again_at_once(ana):
    case = make_case(ana, Status.PROCESSING, lease_expires_at=ago(seconds=1), attempts=1)
    assert recovery.take_back_dead_runs() == 1
    case.refresh_from_db()
    assert (case.status, case.claim_token, case.queued_at) == (Status.SUBMITTED, None, None)
    assert recovery.cases_to_send_again() == [case.pk]


def test_a_case_whose_worker_lives_is_left_alone(ana):
    case = make_case(ana, Status.PROCESSING, attempts=1)
    assert recovery.take_back_dead_runs() == 0
    case.refresh_from_db()
    assert case.status == Status.PROCESSING


def test_after_three_deaths_a_case_fails_where_people_see_it(ana, cole):
    case = make_case(ana, Status.PROCESSING, lease_expires_at=ago(seconds=1), attempts=3)
    recovery.take_back_dead_runs()
    case.refresh_from_db()
    assert (case.status, case.reason_code) == (Status.FAILED, "UNEXPECTED")
    owed = Notification.objects.get(case=case)
    assert (owed.recipient, owed.template) == (cole, "needs_coordinator")


def test_storage_that_is_away_costs_a_case_no_attempt(ana):
    case = make_case(ana, Status.PROCESSING, attempts=3)
    recovery.postpone(case.pk)
    case.refresh_from_db()
    assert (case.status, case.attempts) == (Status.SUBMITTED, 2)
    assert recovery.cases_to_send_again() == []


@pytest.fixture
def stranded(ana, s3, settings):
    """A request that was sent, and whose store then went away: nobody listens there."""
    case = make_case(ana)
    draft = Draft(Session(ana), case)
    put(draft.sign()[1], draft.body)
    draft.post("bundles/0/landed/")
    draft.post("complete/")
    fill_request(case)
    now = timezone.now()
    lifecycle.advance(case, "submit", by=ana, submitted_at=now, queued_at=now)
    with portal_on(settings, "http://127.0.0.1:1"):
        yield case


@pytest.fixture
def queue(slot):
    """Return what lists the waiting messages: name of the task, arguments, seconds from now."""
    flush_broker(slot)

    def waiting():
        with closing(redis.Redis.from_url(slot.environment["BROKER_URL"])) as broker:
            messages = [json.loads(one) for one in broker.lrange("celery", 0, -1)]
        for message in messages:
            head = message["headers"]
            eta = datetime.fromisoformat(head["eta"]) - timezone.now() if head["eta"] else None
            arguments = json.loads(base64.b64decode(message["body"]))[0]
            yield head["task"], arguments, eta and eta.total_seconds()

    return waiting


@pytest.mark.parametrize(("times", "seconds"), [(0, 3), (1, 15)])
def test_a_case_whose_store_is_away_for_a_moment_goes_on_soon(stranded, queue, times, seconds):
    tasks.process_case(stranded.pk, times)
    stranded.refresh_from_db()
    assert (stranded.status, stranded.attempts) == (Status.SUBMITTED, 0)
    again, owed = sorted(queue())
    assert again[:2] == ("cases.tasks.process_case", [stranded.pk, times + 1])
    assert again[2] == pytest.approx(seconds, abs=2)
    assert owed == ("cases.tasks.send_owed_mail", [], None)


def test_a_store_that_stays_away_is_asked_once_a_minute(stranded, queue):
    tasks.process_case(stranded.pk, len(tasks.AWAY_SECONDS))
    assert list(queue()) == [("cases.tasks.send_owed_mail", [], None)]
    assert recovery.cases_to_send_again() == []
    Case.objects.filter(pk=stranded.pk).update(queued_at=ago(seconds=61))
    assert recovery.cases_to_send_again() == [stranded.pk]


def test_a_mail_is_sent_once_and_says_nothing_about_the_body(ana):
    case = make_case(ana)
    for _ in range(2):
        owed = notifications.owe(case, "result_ready", ana, occasion="signed")
    assert notifications.deliver(owed.pk)
    assert not notifications.deliver(owed.pk)
    (letter,) = mail.outbox
    assert letter.to == [ana.email]
    assert case.code in letter.subject
    text = f"{letter.subject}{letter.body}".lower()
    for word in ("mri", "spine", "disc", "report", "radiolog", "finding", "ana", "hospital"):
        assert word not in text.replace("secondread", "")


MAILS = sorted(
    path.stem
    for path in (settings.BASE_DIR / "templates/emails").glob("*.txt")
    if not path.stem.endswith("_subject")
)


@pytest.mark.parametrize("template", MAILS)
def test_every_mail_has_a_subject_and_a_link(ana, template):
    case = make_case(ana)
    notifications.deliver(notifications.owe(case, template, ana, occasion="x").pk)
    (letter,) = mail.outbox
    assert letter.subject
    assert "http" in letter.body


def test_a_mail_that_fails_is_tried_again_and_then_given_up_visibly(ana, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    owed = notifications.owe(make_case(ana), "result_ready", ana, occasion="x")
    for wait in notifications.WAITS:
        assert not notifications.deliver(owed.pk)
        owed.refresh_from_db()
        assert owed.state == NotificationState.OWED
        assert wait <= owed.due_at - timezone.now() + timedelta(seconds=9) <= wait * 2
        assert recovery.owed_notifications() == [], "it waits"
        assert not notifications.deliver(owed.pk)
        Notification.objects.update(due_at=ago(seconds=1))
        assert recovery.owed_notifications() == [owed.pk]
    assert not notifications.deliver(owed.pk)
    owed.refresh_from_db()
    assert (owed.state, owed.attempts) == (NotificationState.UNDELIVERABLE, 10)


class _Refusing(threading.Thread):
    """A mail server of RFC 5321 that gives one answer to every recipient."""

    def __init__(self, reply: str) -> None:
        super().__init__(daemon=True)
        self.reply = reply
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.recipients = 0

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.server.accept()
            except OSError:  # closed: the test is over
                return
            with connection, connection.makefile("rw", newline="\r\n") as wire:
                self._talk(wire)

    def _talk(self, wire) -> None:
        wire.write("220 ready\n")
        wire.flush()
        for line in wire:
            is_recipient = line.upper().startswith("RCPT")
            self.recipients += is_recipient
            wire.write(f"{self.reply if is_recipient else '250 ok'}\n")
            wire.flush()


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("550 5.1.1 no such user", NotificationState.UNDELIVERABLE),
        ("450 4.2.1 mailbox busy", NotificationState.OWED),
    ],
)
def test_an_address_that_nobody_has_is_tried_once(ana, settings, reply, state):
    server = _Refusing(reply)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    owed = notifications.owe(make_case(ana), "result_ready", ana, occasion="x")
    assert not notifications.deliver(owed.pk)
    server.server.close()
    owed.refresh_from_db()
    assert (owed.state, owed.attempts, server.recipients) == (state, 1, 1)


def test_a_mail_whose_worker_died_is_shown_and_not_sent_twice(ana):
    owed = notifications.owe(make_case(ana), "result_ready", ana, occasion="x")
    Notification.objects.filter(pk=owed.pk).update(
        state=NotificationState.SENDING, tried_at=ago(hours=1)
    )
    assert recovery.owed_notifications() == []
    owed.refresh_from_db()
    assert owed.state == NotificationState.UNDELIVERABLE
