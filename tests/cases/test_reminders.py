"""People who do not come back are reminded: each mail once, none too many."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models import F
from django.utils import timezone

from cases import arrivals, notifications, reminders
from cases.lifecycle import Status
from cases.models import Bundle, Case, Notification
from cases.models.upload import UploadState
from tests.factories import make_case, make_upload

pytestmark = pytest.mark.django_db


def ago(**span):
    return timezone.now() - timedelta(**span)


def owed() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("template", flat=True))


def stopped_upload(patient, hours: int, *, landed: bool = True):
    upload = make_upload(
        make_case(patient), state=UploadState.OPEN, last_progress_at=ago(hours=hours)
    )
    Bundle.objects.filter(upload=upload).delete()
    Bundle.objects.create(
        upload=upload,
        number=0,
        planned_instances=1,
        planned_bytes=1,
        landed_at=ago(hours=hours) if landed else None,
    )
    return upload


def let_pass(**span) -> None:
    """Move everything that was written down into the past."""
    passed = timedelta(**span)
    Case.objects.update(reported_at=F("reported_at") - passed)
    Notification.objects.update(created_at=F("created_at") - passed)


@pytest.mark.parametrize(
    ("hours", "expected"), [(23, []), (25, ["upload_stopped"]), (71, ["upload_stopped"])]
)
def test_an_upload_that_stopped_is_recalled_before_it_is_given_up(ana, hours, expected):
    stopped_upload(ana, hours)
    reminders.owe_due()
    reminders.owe_due()
    assert owed() == expected
    assert arrivals.give_up_stale() == 0


def test_an_upload_of_which_nothing_arrived_is_not_worth_a_mail(ana):
    stopped_upload(ana, 30, landed=False)
    reminders.owe_due()
    assert owed() == []


def test_an_upload_that_went_on_and_stopped_again_is_recalled_again(ana):
    upload = stopped_upload(ana, 60)
    reminders.owe_due()
    Notification.objects.update(created_at=ago(hours=40))
    upload.last_progress_at = ago(hours=25)
    upload.save()
    reminders.owe_due()
    assert owed() == ["upload_stopped", "upload_stopped"]


def test_the_mail_about_a_stopped_upload_names_the_time_that_is_true(ana):
    upload = stopped_upload(ana, 30)
    reminders.owe_due()
    notifications.deliver(Notification.objects.get().pk)
    (letter,) = mail.outbox
    assert timedelta(days=3) == arrivals.STALE_AFTER
    assert "Three days after it stopped" in letter.body
    assert upload.case.code in letter.subject
    assert f"/cases/{upload.case.code}/upload" in letter.body


@pytest.mark.parametrize(("days", "mails"), [(1.9, 0), (2.1, 1), (7.1, 1), (12.1, 1)])
def test_of_reminders_that_a_sweep_missed_only_the_latest_is_owed(ana, days, mails):
    waiting = make_case(ana, Status.RETURNED)
    waiting.events.create(
        name="return_to_patient",
        status_before="processing",
        status_after="returned",
        at=ago(days=days),
    )
    reminders.owe_due()
    reminders.owe_due()
    assert owed() == ["answer_awaited"] * mails


def test_an_unread_result_is_recalled_three_times_as_the_days_go_by(ana, mia):
    make_case(ana, Status.REPORTED, assignee=mia, reported_at=ago(hours=25))
    for days in (0, 1, 1, 2, 2, 30):
        let_pass(days=days)
        reminders.owe_due()
    assert owed() == ["result_unread"] * 3


def test_who_opened_the_result_or_closed_the_account_gets_no_mail(ana, ben, mia):
    opened = make_case(ana, Status.REPORTED, assignee=mia, reported_at=ago(days=2))
    Case.objects.filter(pk=opened.pk).update(result_opened_at=timezone.now())
    make_case(ben, Status.REPORTED, assignee=mia, reported_at=ago(days=2))
    ben.is_active = False
    ben.save()
    reminders.owe_due()
    assert owed() == []
