"""Going on with a request on another device: a link by mail to the account's own address."""

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases import notifications, tasks
from cases.models import Case, Notification

TEMPLATE: Final = "upload_link"
#: So many links an hour go to one account; more would only fill its mailbox.
MOST_AN_HOUR: Final = 3


class TooManyLinksError(Exception):
    """The account has just been sent its links."""


@transaction.atomic
def mail_link(*, case: Case, to: User) -> None:
    """Owe the patient a mail with the case number and the address of the upload page.

    Raises
    ------
    TooManyLinksError
        After `MOST_AN_HOUR` of them.
    """
    User.objects.select_for_update().get(pk=to.pk)  # one at a time for an account
    sent = Notification.objects.filter(recipient=to, template=TEMPLATE)
    if sent.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        raise TooManyLinksError
    notifications.owe(case, TEMPLATE, to, occasion=f"link-{sent.count() + 1}")
    tasks.hint(tasks.send_owed_mail)
