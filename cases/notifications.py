"""Mail that the portal owes: a row in the same transaction, one mail at most.

A mail carries the case number and a link, and nothing else: no name, body part, modality,
finding or hospital.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Final

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from cases.models import Case, Notification
from cases.models.notification import NotificationState

logger = logging.getLogger(__name__)

#: How long a mail waits after each attempt that failed; after one more, at 22 hours, its recipient
#: is to be called. A server that is away for a night costs no call.
WAITS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240, 360, 480)
)
#: From here on a reply of a mail server is a refusal for good, below it one for now.
_PERMANENT: Final = 500


def owe(case: Case, template: str, recipient: User, *, occasion: str) -> Notification:
    """Write down that a mail is owed; call it inside the transaction of what it tells of.

    Calling it twice for the same occasion leaves one row.
    """
    owed, _created = Notification.objects.get_or_create(
        case=case, template=template, recipient=recipient, occasion=occasion
    )
    return owed


def deliver(notification_id: int) -> bool:
    """Send one owed mail; return whether it went out now.

    The row is claimed first, so that two workers never send the same mail. A mail whose worker
    dies between claim and answer is shown as undeliverable rather than sent twice.
    """
    now = timezone.now()
    due = Notification.objects.filter(
        pk=notification_id, state=NotificationState.OWED, due_at__lte=now
    )
    claimed = due.update(state=NotificationState.SENDING, attempts=F("attempts") + 1, tried_at=now)
    if not claimed:
        return False
    owed = Notification.objects.select_related("case", "recipient").get(pk=notification_id)
    try:
        _send(owed)
    except (SMTPException, OSError) as error:
        _put_off(owed, error)
        logger.warning("mail %s not sent (attempt %s)", owed.pk, owed.attempts)
        return False
    owed.state = NotificationState.SENT
    owed.sent_at = timezone.now()
    owed.save(update_fields=["state", "sent_at"])
    return True


def _put_off(owed: Notification, error: Exception) -> None:
    """Try again later, or give up: after the last wait, or at once when nobody has the address."""
    if owed.attempts > len(WAITS) or _is_refused(error):
        owed.state = NotificationState.UNDELIVERABLE
    else:
        owed.state = NotificationState.OWED
        owed.due_at = timezone.now() + WAITS[owed.attempts - 1]
    owed.save(update_fields=["state", "due_at"])


def _is_refused(error: Exception) -> bool:
    """Say whether the server refused the recipient for good, and not only for now."""
    return isinstance(error, SMTPRecipientsRefused) and all(
        code >= _PERMANENT for code, _reply in error.recipients.values()
    )


def _send(owed: Notification) -> None:
    context = {
        "code": owed.case.code,
        "link": f"{settings.SITE_URL}{owed.case.get_absolute_url()}",
        "upload_link": f"{settings.SITE_URL}{reverse('cases:upload', args=[owed.case.code])}",
        "site_url": settings.SITE_URL,
    }
    with translation.override(owed.recipient.language):
        subject = render_to_string(f"emails/{owed.template}_subject.txt", context).strip()
        body = render_to_string(f"emails/{owed.template}.txt", context)
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [owed.recipient.email])
