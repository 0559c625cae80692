"""Whom a coordinator must call: a mail did not reach them, or they asked for it, or stay silent."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from cases.lifecycle import REPORTED, RETURNED
from cases.models import Case, CaseEvent, Notification
from cases.models.notification import NotificationState

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Reminders by mail have not helped by then (cases/reminders.py).
UNREAD_FOR_LONG: Final = timedelta(days=7)


def _event(name: str) -> "QuerySet[CaseEvent]":
    return CaseEvent.objects.filter(case=OuterRef("pk"), name=name)


def _lost(*templates: str) -> "QuerySet[Notification]":
    """Return such mails to the patient of which neither a later mail nor a call made good."""
    later = Notification.objects.filter(
        case=OuterRef("case"),
        recipient=OuterRef("recipient"),
        state=NotificationState.SENT,
        created_at__gt=OuterRef("created_at"),
    )
    called = CaseEvent.objects.filter(
        case=OuterRef("case"), name="patient_called", at__gte=OuterRef("created_at")
    )
    return Notification.objects.filter(
        ~Exists(later),
        ~Exists(called),
        case=OuterRef("pk"),
        recipient=OuterRef("patient"),
        template__in=templates,
        state=NotificationState.UNDELIVERABLE,
    )


_LOST_RESULT = _lost("result_ready", "result_unread")
#: The patient is awaited, and does not know it: the mail that says so could not be delivered.
MAIL_IS_LOST = Q(
    Q(Exists(_LOST_RESULT), result_opened_at=None)
    # Of an addendum the patient is told after the result was opened.
    | Q(Exists(_LOST_RESULT.filter(created_at__gt=OuterRef("result_opened_at")))),
    status=REPORTED,
) | Q(Exists(_lost("returned", "answer_awaited")), status=RETURNED)

#: Until somebody called them.
TO_CALL = MAIL_IS_LOST | Q(
    Q(Exists(_event("call_requested"))) | Q(reported_at__lt=Now() - UNREAD_FOR_LONG),
    ~Exists(_event("patient_called").filter(at__gte=OuterRef("reported_at"))),
    status=REPORTED,
    result_opened_at=None,
)


def is_to_be_called(case: Case) -> bool:
    return Case.objects.filter(TO_CALL, pk=case.pk).exists()


def is_mail_lost(case: Case) -> bool:
    return Case.objects.filter(MAIL_IS_LOST, pk=case.pk).exists()
