"""Mail that is owed: written in the transaction of the event, sent at most once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class NotificationState(models.TextChoices):
    OWED = "owed", _("Owed")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    UNDELIVERABLE = "undeliverable", _("Undeliverable")


class Notification(models.Model):
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notifications")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    #: Name of the mail template under templates/emails/.
    template = models.CharField(max_length=32)
    #: What makes this mail one of a kind, such as the id of the event it tells of.
    occasion = models.CharField(max_length=64)
    state = models.CharField(
        max_length=16, choices=NotificationState.choices, default=NotificationState.OWED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    #: Before this it is not tried again.
    due_at = models.DateTimeField(default=timezone.now)
    #: When a worker last claimed it.
    tried_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "template", "occasion", "recipient"],
                name="notification_is_sent_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} for case {self.case_id}"
