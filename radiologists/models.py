"""The people who read, and why a case was proposed to one of them."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Subspecialty


class Radiologist(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="radiologist"
    )
    subspecialty = models.CharField(max_length=8, choices=Subspecialty.choices)
    #: ISO 3166-1 codes of the countries in which they may read.
    licensed_in = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    #: Competences beyond the subspecialty, such as "spine_infection".
    competences = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    institution = models.CharField(max_length=200, blank=True)
    credentials = models.CharField(max_length=200, blank=True)
    daily_cap = models.PositiveSmallIntegerField(default=10)
    is_available = models.BooleanField(default=True)
    away_until = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"radiologist {self.pk}"


class SavedTab(models.Model):
    """Filters of the worklist that a reader keeps as a tab under a name of their own."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_tabs"
    )
    name = models.CharField(max_length=30)
    #: The query of the worklist's address, as its form understands it.
    query = models.CharField(max_length=300)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="one_saved_tab_of_a_name"),
        ]

    def __str__(self) -> str:
        return f"saved tab {self.pk}"


class Proposal(models.Model):
    """What triage proposed for a case, with its reasons, as it stood at that moment."""

    class Choice(models.TextChoices):
        MSK = "msk", _("Musculoskeletal")
        NEURO = "neuro", _("Neuro")
        EITHER = "either", _("Either")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    rule = models.CharField(max_length=8, blank=True)
    msk_score = models.SmallIntegerField(default=0)
    neuro_score = models.SmallIntegerField(default=0)
    #: Codes of the pieces of evidence, with their weight.
    reasons = models.JSONField(default=list)
    radiologist = models.ForeignKey(Radiologist, on_delete=models.SET_NULL, null=True)
    #: Who was passed over, and why (codes).
    skipped = models.JSONField(default=list)
    table_version = models.CharField(max_length=16)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"proposal for case {self.case_id}"
