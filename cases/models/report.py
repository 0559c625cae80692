"""The radiologist's second opinion: a draft that may change, a signed version that never does."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from cases.models.case import Case

#: A tab beats twice a minute, one in the background once; two missed beats mean it is gone.
OPEN_FOR = timedelta(seconds=120)


class Report(models.Model):
    """One report. `content` follows the template of cases/report_template.py."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports"
    )
    template_version = models.CharField(max_length=16)
    content = models.JSONField(default=dict, blank=True)
    #: Counts the saves of the draft; a save names the revision it started from.
    revision = models.PositiveIntegerField(default=0)
    #: The blind first read is locked; only now is the first report shown.
    blind_locked_at = models.DateTimeField(null=True, blank=True)
    #: The content as it was when it was locked: what was seen before the first report was.
    blind_content = models.JSONField(null=True, blank=True)
    #: The tab that has the draft open, and when it last said so (cases/services/claims.py).
    open_in = models.UUIDField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    signed_at = models.DateTimeField(null=True, blank=True)
    #: SHA-256 of the canonical JSON of what was signed.
    content_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "author"], name="one_report_per_author"),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(signed_at__isnull=False),
                name="one_signed_report_per_case",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at__isnull=True) | ~models.Q(content_sha256=""),
                name="signed_report_has_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None

    @property
    def is_open_somewhere(self) -> bool:
        """Say whether a tab has the draft open at this moment."""
        if self.open_in is None or self.seen_at is None:
            return False
        return self.seen_at > timezone.now() - OPEN_FOR


class Addendum(models.Model):
    """A dated addition to a signed report; it never changes either."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="addenda")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    text = models.TextField(max_length=4000)
    plain_text = models.TextField(max_length=4000)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["signed_at"]

    def __str__(self) -> str:
        return f"addendum {self.pk}"


class KeyImage(models.Model):
    """A slice that the radiologist marked, with its caption and how it was shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="key_images")
    instance = models.ForeignKey("cases.Instance", on_delete=models.PROTECT)
    frame = models.PositiveIntegerField(default=1)
    caption = models.CharField(max_length=300, blank=True)
    window_center = models.FloatField(null=True)
    window_width = models.FloatField(null=True)
    #: Text of the measurements that were on the image.
    measurements = models.JSONField(default=list, blank=True)
    #: Object key of the PNG with its annotations; empty means the plain preview.
    picture_key = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["created_at"]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def number(self) -> int:
        """Its place among all frames of the series, from 1: previews are numbered so."""
        earlier = self.instance.series.instances.filter(ordinal__lt=self.instance.ordinal)
        frames = earlier.aggregate(sum=models.Sum("frame_count"))["sum"] or 0
        return frames + self.frame
