"""A picture in which something seems to be printed, and what a coordinator decided about it."""

import hashlib
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.upload import UploadedInstance


class PictureDecision(models.TextChoices):
    BLANK = "blank", _("Parts blacked out")
    RELEASE = "release", _("Harmless, passed on as it is")
    LEAVE_OUT = "leave_out", _("Left out")


class HeldPicture(models.Model):
    """One uploaded file that a person looks at; no text of it is known or kept, only places."""

    instance = models.OneToOneField(
        UploadedInstance, on_delete=models.CASCADE, primary_key=True, related_name="held_picture"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="held_pictures")
    #: Pictures of one series and size; they are decided about together.
    group = models.PositiveSmallIntegerField()
    #: A value of imaging.burned_in.HoldReason.
    reason = models.CharField(max_length=16)
    #: In pixels; 0 when the picture could not be drawn.
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    frame_count = models.PositiveIntegerField(default=1)
    can_be_read = models.BooleanField()
    #: Where text was found: [x, y, width, height] in pixels.
    found = models.JSONField(default=list)
    #: Key of the drawing in the bucket of studies; empty without one. It is not de-identified.
    drawing_key = models.CharField(max_length=200, blank=True, default="")
    decision = models.CharField(
        max_length=12, choices=PictureDecision.choices, blank=True, default=""
    )
    #: What the coordinator wants blacked out, as `found`.
    regions = models.JSONField(default=list)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["group", "instance__bundle__number", "instance__offset"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(decision="")
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="decision_about_a_picture_has_an_author",
            )
        ]

    def __str__(self) -> str:
        return str(self.instance_id)


def seal_of(pictures: Iterable[HeldPicture]) -> str:
    """Return one word for exactly these pictures: a page that shows others is out of date."""
    names = sorted(str(one.pk) for one in pictures)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
