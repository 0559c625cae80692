"""Mail that the portal owes: a row in the same transaction, one mail at most.

A mail carries the case number and a link, and nothing else: no name, body part, modality,
finding or hospital.
"""

import logging
from smtplib import SMTPException

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

MAX_ATTEMPTS = 5


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
    claimed = Notification.objects.filter(pk=notification_id, state=NotificationState.OWED).update(
        state=NotificationState.SENDING, attempts=F("attempts") + 1
    )
    if not claimed:
        return False
    owed = Notification.objects.select_related("case", "recipient").get(pk=notification_id)
    try:
        _send(owed)
    except (SMTPException, OSError):
        given_up = owed.attempts >= MAX_ATTEMPTS
        owed.state = NotificationState.UNDELIVERABLE if given_up else NotificationState.OWED
        owed.save(update_fields=["state"])
        logger.warning("mail %s not sent (attempt %s)", owed.pk, owed.attempts)
        return False
    owed.state = NotificationState.SENT
    owed.sent_at = timezone.now()
    owed.save(update_fields=["state", "sent_at"])
    return True


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
