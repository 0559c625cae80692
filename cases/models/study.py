"""The de-identified studies of a case as they lie in the bucket of studies."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.models.case import Case

MONTHS_PER_YEAR = 12


class StudyRole(models.TextChoices):
    """What a study is to its case; no more than one is read and one compared with."""

    CURRENT = "current", gettext_lazy("Current")
    PRIOR = "prior", gettext_lazy("Prior")
    #: Of an earlier round of the same case; shown to nobody.
    SUPERSEDED = "superseded", gettext_lazy("Superseded")


#: The roles that readers and the patient see.
SHOWN = (StudyRole.CURRENT, StudyRole.PRIOR)


class Study(models.Model):
    """One de-identified study; its objects lie under `prefix`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="studies")
    #: The pseudonymous one.
    study_instance_uid = models.CharField(max_length=64)
    #: Of the checks; a prior has none.
    verdict = models.CharField(max_length=24, blank=True, default="")
    #: What else the worker found out about it: field strength, maker, model.
    details = models.JSONField(default=dict, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    role = models.CharField(max_length=10, choices=StudyRole.choices, default=StudyRole.CURRENT)
    #: Of a prior: how much earlier than the current one it was made. All that is left of its date.
    months_earlier = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "role"],
                condition=models.Q(role__in=SHOWN),
                name="one_study_per_case_and_role",
            ),
            models.CheckConstraint(
                condition=~models.Q(role=StudyRole.PRIOR) | models.Q(months_earlier__isnull=False),
                name="prior_study_has_its_interval",
            ),
            models.CheckConstraint(
                condition=~models.Q(role=StudyRole.CURRENT) | models.Q(months_earlier__isnull=True),
                name="current_study_has_no_interval",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def prefix(self) -> str:
        return f"studies/{self.id}/"

    @property
    def is_prior(self) -> bool:
        return self.role == StudyRole.PRIOR

    @property
    def interval(self) -> str:
        """Say how much earlier a prior was made; "" for any other."""
        return "" if self.months_earlier is None else interval_words(self.months_earlier)

    @property
    def title(self) -> str:
        """Say which one it is: "Current", or "Prior, about 14 months earlier"."""
        if not self.is_prior:
            return str(self.get_role_display())
        return _("Prior, %(interval)s") % {"interval": self.interval}


def interval_words(months: int) -> str:
    """Say an interval of whole months; from two years on in years."""
    if months < 1:
        return _("less than a month earlier")
    years = round(months / MONTHS_PER_YEAR)
    if months < 2 * MONTHS_PER_YEAR:
        words = ngettext("about %(n)s month earlier", "about %(n)s months earlier", months)
        return words % {"n": months}
    return ngettext("about %(n)s year earlier", "about %(n)s years earlier", years) % {"n": years}


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
    #: For each frame where its preview ends among the others (`cases.previews`), in bytes.
    preview_ends = models.JSONField(default=list, blank=True)

    class Meta:
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "ordinal"], name="series_ordinal_is_unique")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def full_label(self) -> str:
        """The label, and before it, for a series of the prior, that it is one."""
        if not self.study.is_prior:
            return self.label
        return _("Prior: %(label)s") % {"label": self.label}

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
    #: Where its file begins among those of the series (`cases.instance_files`), and its length.
    offset = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    pixel_sha256 = models.CharField(max_length=64)
    #: Position along the normal of the slice, in mm.
    position_mm = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar = ["ordinal"]
        indexes: ClassVar = [models.Index(fields=["sop_instance_uid"], name="instance_by_uid")]

    def __str__(self) -> str:
        return f"{self.series_id}/{self.ordinal}"


class Finding(models.Model):
    """One thing the study checks found: a missing sequence, a gap, a limit."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="findings")
    code = models.CharField(max_length=40)
    level = models.CharField(max_length=8)
    message = models.CharField(max_length=300)
    params = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.code
