"""The case, what happened to it, and the secrets that belong to it alone."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases import lifecycle
from cases.lifecycle import Status

#: No 0/O, 1/I/L: a code is read out over the telephone.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Priority(models.TextChoices):
    STAT = "stat", _("Immediate")
    URGENT = "urgent", _("Urgent")
    PRIORITY = "priority", _("Soon")
    ROUTINE = "routine", _("Routine")


class Subspecialty(models.TextChoices):
    MSK = "msk", _("Musculoskeletal")
    NEURO = "neuro", _("Neuro")


def new_case_code() -> str:
    """Return a random public case number such as SR-4F7KQ2."""
    return "SR-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(6))


class Case(models.Model):
    code = models.CharField(max_length=12, unique=True, default=new_case_code, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases"
    )
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    previous_status = models.CharField(max_length=12, blank=True, default="", editable=False)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.ROUTINE)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="assigned_cases",
        null=True,
        blank=True,
    )
    #: A coded reason (cases/reasons.py) that the patient or the coordinator is shown.
    reason_code = models.CharField(max_length=16, blank=True, default="")

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    processing_started_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    reading_started_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    result_opened_at = models.DateTimeField(null=True, blank=True)

    #: The worker's claim: every write of a run says WHERE claim_token = its own.
    claim_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    progress_step = models.CharField(max_length=16, blank=True, default="")
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = lifecycle.constraints()
        indexes: ClassVar = [
            models.Index(fields=["status", "due_at"], name="case_worklist"),
            models.Index(fields=["assignee", "status"], name="case_assignee_status"),
            models.Index(fields=["patient", "-created_at"], name="case_of_patient"),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("cases:detail", args=[self.code])

    @property
    def is_open(self) -> bool:
        return self.status in lifecycle.OPEN

    @property
    def is_editable(self) -> bool:
        """Say whether the patient may change the request."""
        return self.status in lifecycle.EDITABLE

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < timezone.now()


class CaseEvent(models.Model):
    """One line of the case's history: who, what, before, after, why, when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    name = models.CharField(max_length=32)
    status_before = models.CharField(max_length=12)
    status_after = models.CharField(max_length=12)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [models.Index(fields=["case", "at"], name="event_of_case")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.name}"


def new_uid_key() -> bytes:
    """Return the key under which this case's UIDs are replaced."""
    return secrets.token_bytes(32)


class CaseSecret(models.Model):
    """What must be kept apart from the data and can be deleted on its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="secret")
    uid_key = models.BinaryField(default=new_uid_key, editable=False)
    #: The identity found in the DICOM headers, sealed (cases/sealing.py).
    sealed_identity = models.BinaryField(null=True, blank=True)

    def __str__(self) -> str:
        return f"secret of case {self.case_id}"
