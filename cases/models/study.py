"""The de-identified study as it lies in the bucket of studies."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from cases.models.case import Case


class Study(models.Model):
    """One de-identified study; its objects lie under `prefix`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="studies")
    #: The pseudonymous one.
    study_instance_uid = models.CharField(max_length=64)
    verdict = models.CharField(max_length=24)
    #: What else the worker found out about it: field strength, maker, model.
    details = models.JSONField(default=dict, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(is_current=True),
                name="one_current_study_per_case",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def prefix(self) -> str:
        return f"studies/{self.id}/"


class Series(models.Model):
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="series")
    ordinal = models.PositiveSmallIntegerField()
    series_instance_uid = models.CharField(max_length=64)
    number = models.IntegerField(null=True)
    #: Our own normalised label, such as "T2 SAG".
    label = models.CharField(max_length=64)
    plane = models.CharField(max_length=16)
    weighting = models.CharField(max_length=16)
    is_localizer = models.BooleanField(default=False)
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    frame_count = models.PositiveIntegerField()
    instance_count = models.PositiveIntegerField()
    #: Thickness, spacing, pixel size (mm), fat suppression, contrast, 3D, gaps.
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "ordinal"], name="series_ordinal_is_unique")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def prefix(self) -> str:
        return f"{self.study.prefix}s{self.ordinal:02d}/"


class Instance(models.Model):
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="instances")
    ordinal = models.PositiveIntegerField()
    sop_instance_uid = models.CharField(max_length=64)
    sop_class_uid = models.CharField(max_length=64)
    transfer_syntax_uid = models.CharField(max_length=64)
    instance_number = models.IntegerField(null=True)
    frame_count = models.PositiveIntegerField(default=1)
    size = models.PositiveBigIntegerField()
    pixel_sha256 = models.CharField(max_length=64)
    #: Position along the normal of the slice, in mm.
    position_mm = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar = ["ordinal"]
        indexes: ClassVar = [models.Index(fields=["sop_instance_uid"], name="instance_by_uid")]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.ordinal}"

    @property
    def key(self) -> str:
        return f"{self.series.prefix}i{self.ordinal:04d}.dcm"


class Finding(models.Model):
    """One thing the study checks found: a missing sequence, a gap, a limit."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField(max_length=40)
    level = models.CharField(max_length=8)
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.code
