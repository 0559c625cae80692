"""What the browser sends: one upload per study, in bundles, straight into S3."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class UploadState(models.TextChoices):
    OPEN = "open", _("Open")
    COMPLETE = "complete", _("Complete")
    ABANDONED = "abandoned", _("Abandoned")


class Upload(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=12, choices=UploadState.choices, default=UploadState.OPEN)
    #: A digest of the plan: by it the same disc is known again after a restart.
    fingerprint = models.CharField(max_length=64)
    bundle_count = models.PositiveIntegerField()
    instance_count = models.PositiveIntegerField()
    #: Bytes before coding.
    total_bytes = models.PositiveBigIntegerField()
    #: What the browser counted: pictures, sets, whether it is the lower back and whether an older
    #: study is with it. No text of the disc.
    summary = models.JSONField(default=dict, blank=True)
    #: Names of its series in which no text is printed (imaging/searched.py); None until then.
    clear_series = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_progress_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "fingerprint"],
                condition=~models.Q(state=UploadState.ABANDONED),
                name="upload_is_known_by_its_fingerprint",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def prefix(self) -> str:
        return f"uploads/{self.id}/"


class Bundle(models.Model):
    """Some instances in one object, planned first, then declared, then landed."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="bundles")
    number = models.PositiveIntegerField()
    planned_instances = models.PositiveIntegerField()
    #: Bytes before coding.
    planned_bytes = models.PositiveBigIntegerField()
    #: Names the object. A new declaration is a new object: none is ever written twice.
    object_id = models.UUIDField(default=uuid.uuid4, editable=False)
    #: As declared when the signature was asked for; 0 and empty before.
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    #: How many of the planned files the patient's disc would not give; with all of them nothing is
    #: stored, and `size` stays 0.
    left_out = models.PositiveIntegerField(default=0)
    declared_at = models.DateTimeField(null=True, blank=True)
    #: How often: each leaves room for an object of its own until the upload ends.
    declarations = models.PositiveSmallIntegerField(default=0)
    landed_at = models.DateTimeField(null=True, blank=True)
    #: When its share of the work was done ahead (cases/preparation.py), and what that gave.
    prepared_at = models.DateTimeField(null=True, blank=True)
    prepared_sha256 = models.CharField(max_length=64, blank=True, default="")
    #: How often a worker began to prepare it, and until when one has it.
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "number"], name="bundle_number_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id}/{self.number}"

    @property
    def key(self) -> str:
        """The object's key; made of our own identifiers only."""
        return f"{self.upload.prefix}{self.object_id}"

    @property
    def prepared_key(self) -> str:
        """The key of what was made of it; it goes when the upload goes."""
        return f"{self.key}-prepared"


class UploadedInstance(models.Model):
    """One file inside a bundle: where it lies, how it is coded, how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bundle = models.ForeignKey(Bundle, on_delete=models.CASCADE, related_name="instances")
    offset = models.PositiveBigIntegerField()
    coded_size = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    coding = models.CharField(max_length=8)
    #: A code of imaging.errors.Code once a worker has looked at it.
    outcome = models.CharField(max_length=16, blank=True, default="")
    #: How often a worker's child died while this file was open.
    deaths = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["bundle", "offset"]

    def __str__(self) -> str:
        return str(self.id)
