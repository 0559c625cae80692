"""What the patient told us, and what they agreed to."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class Sex(models.TextChoices):
    FEMALE = "F", _("Female")
    MALE = "M", _("Male")
    OTHER = "O", _("Other")


class BackOrLeg(models.TextChoices):
    BACK_ONLY = "back_only", _("Only the back")
    MOSTLY_BACK = "mostly_back", _("Mostly the back")
    EQUAL = "equal", _("Back and leg the same")
    MOSTLY_LEG = "mostly_leg", _("Mostly the leg")
    LEG_ONLY = "leg_only", _("Only the leg")


class Side(models.TextChoices):
    LEFT = "left", _("Left")
    RIGHT = "right", _("Right")
    BOTH = "both", _("Both sides")
    MIDDLE = "middle", _("In the middle")


class Duration(models.TextChoices):
    UNDER_6_WEEKS = "under_6_weeks", _("Less than 6 weeks")
    WEEKS_6_TO_12 = "weeks_6_to_12", _("6 to 12 weeks")
    MONTHS_3_TO_12 = "months_3_to_12", _("3 to 12 months")
    OVER_A_YEAR = "over_a_year", _("More than a year")


class Onset(models.TextChoices):
    GRADUAL = "gradual", _("It came slowly")
    LIFTING = "lifting", _("When lifting")
    FALL = "fall", _("After a fall or accident")
    SURGERY = "surgery", _("After an operation")
    UNKNOWN = "unknown", _("I do not know")


class WalkLimit(models.TextChoices):
    NONE = "none", _("I can walk as far as I like")
    OVER_1_KM = "over_1_km", _("More than 1 km")
    M_200_TO_1_KM = "m_200_to_1_km", _("200 m to 1 km")
    UNDER_200_M = "under_200_m", _("Less than 200 m")


def _words() -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=32), default=list, blank=True)


class Intake(models.Model):
    """The answers. Codes and their words stand in cases/intake_questions.py."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="intake")
    steps_done = _words()

    red_flags = _words()
    red_flag_override = models.BooleanField(default=False)

    main_question = models.TextField(max_length=600, blank=True)
    extra_questions = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    reasons = _words()

    pain_regions = _words()
    back_or_leg = models.CharField(max_length=16, choices=BackOrLeg.choices, blank=True)
    side_worse = models.CharField(max_length=8, choices=Side.choices, blank=True)
    pain_now = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    pain_worst = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(10)]
    )
    duration = models.CharField(max_length=16, choices=Duration.choices, blank=True)
    onset = models.CharField(max_length=16, choices=Onset.choices, blank=True)
    worse_with = _words()
    better_with = _words()
    walk_limit = models.CharField(max_length=16, choices=WalkLimit.choices, blank=True)
    numb_regions = _words()
    weak_regions = _words()

    #: Code of the condition -> "yes", "no" or "unsure".
    conditions = models.JSONField(default=dict, blank=True)
    prior_surgery = models.TextField(max_length=500, blank=True)
    treatments = models.TextField(max_length=500, blank=True)

    age_years = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(120)]
    )
    sex = models.CharField(max_length=1, choices=Sex.choices, blank=True)
    country = models.CharField(max_length=2, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    treating_doctor = models.CharField(max_length=300, blank=True)

    has_first_report = models.BooleanField(null=True, blank=True)
    first_report_text = models.TextField(max_length=8000, blank=True)
    first_report_key = models.CharField(max_length=200, blank=True)
    first_reader = models.CharField(max_length=200, blank=True)
    #: Subspecialty of the first reader, when known.
    first_reader_subspecialty = models.CharField(max_length=8, blank=True)

    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"intake of case {self.case_id}"


class Consent(models.Model):
    """One agreement: which text, in which version, when."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consents")
    code = models.CharField(max_length=32)
    text_version = models.CharField(max_length=16)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case", "code", "text_version"], name="consent_is_given_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} for case {self.case_id}"
