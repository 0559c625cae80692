"""Who opened what: the reads that the patient can see."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from cases.models.case import Case


class AccessRecord(models.Model):
    """One person's reading of one part of a case on one day and hour (append-only)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="access_records")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    #: "case", "images", "first_report", "report", "identity"; with "_ahead" what a browser loaded
    #: before anybody looked at it.
    what = models.CharField(max_length=16)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-at"]
        indexes: ClassVar = [models.Index(fields=["case", "-at"], name="access_of_case")]

    def __str__(self) -> str:
        return f"{self.what} of case {self.case_id}"
