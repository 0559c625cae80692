"""What is missing, in the patient's words and in words for the clinic that made the images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.models import Case, Finding, StudyRole

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing to ask the clinic for: said to the patient, and in the clinic's own words."""

    for_patient: "str | Promise"
    for_clinic: "str | Promise"


WORDS: dict[str, Missing] = {
    "MISSING-SAG-T2": Missing(
        _("The pictures seen from the side (called T2) are missing."),
        _("sagittal T2-weighted series of the lumbar spine"),
    ),
    "MISSING-AX-T2": Missing(
        _("The pictures across the discs, seen from below (called axial T2), are missing."),
        _("axial T2-weighted series through L3/4, L4/5 and L5/S1"),
    ),
    "FEW-SAG-SLICES": Missing(
        _("There are too few pictures seen from the side."),
        _("complete sagittal series (slices are missing at the sides)"),
    ),
    "SLICES-MISSING": Missing(
        _("Some pictures in the middle of a set are missing."),
        _("complete series (slices are missing in the middle)"),
    ),
}


def missing_of(case: Case) -> list[Missing]:
    """Return what the checks of the current study missed, each thing once."""
    found = Finding.objects.filter(
        study__case=case, study__role=StudyRole.CURRENT, code__in=WORDS
    ).order_by("pk")
    return [WORDS[code] for code in dict.fromkeys(found.values_list("code", flat=True))]
