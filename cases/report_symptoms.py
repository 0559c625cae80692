"""The patient's answers in words, for those who read the images."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import intake_questions as questions
from cases.models.intake import BackOrLeg, Duration, Onset, Side, WalkLimit
from cases.red_flags import BY_CODE as RED_FLAGS
from cases.report_data.model import Text

_FLAGS: dict[str, Text] = {
    "cauda_equina": gettext_lazy("bladder, bowel or saddle symptoms"),
    "infection": gettext_lazy("possible infection"),
    "malignancy": gettext_lazy("cancer, or pain that suggests it"),
    "fracture": gettext_lazy("possible fracture"),
    "motor": gettext_lazy("weakness that gets worse"),
    "review": gettext_lazy("under 18, pregnant or in hospital"),
}


def flags(codes: list[str]) -> list[str]:
    """Return what the red-flag answers mean for the reader, each once."""
    tags = [RED_FLAGS[code].tag for code in codes if code in RED_FLAGS]
    return [str(_FLAGS.get(tag, tag)) for tag in dict.fromkeys(tags)]


def _regions(groups: questions.Groups, codes: list[str]) -> str:
    return "; ".join(questions.region_words(groups, codes))


def _words(choices: questions.Choices, codes: list[str]) -> str:
    return ", ".join(questions.words(choices, codes))


def _chosen(choices: Any, code: str) -> str:
    return str(dict(choices.choices).get(code, ""))


def _strength(symptoms: dict[str, Any]) -> str:
    if symptoms["pain_now"] is None:
        return ""
    return _("%(now)s now, %(worst)s at worst, of 10") % {
        "now": symptoms["pain_now"],
        "worst": symptoms["pain_worst"],
    }


def lines(symptoms: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (what, words) for each answer that was given, the most telling first."""
    told = [
        (_("Red flags"), ", ".join(flags(symptoms["red_flags"]))),
        (_("Pain"), _regions(questions.REGIONS, symptoms["pain_regions"])),
        (_("Back or leg"), _chosen(BackOrLeg, symptoms["back_or_leg"])),
        (_("Worse side"), _chosen(Side, symptoms["side_worse"])),
        (_("Strength"), _strength(symptoms)),
        (_("Since"), _chosen(Duration, symptoms["duration"])),
        (_("Began"), _chosen(Onset, symptoms["onset"])),
        (_("Worse with"), _words(questions.WORSE_WITH, symptoms["worse_with"])),
        (_("Better with"), _words(questions.BETTER_WITH, symptoms["better_with"])),
        (_("Walking"), _chosen(WalkLimit, symptoms["walk_limit"])),
        (_("Numb"), _regions(questions.LEG_PARTS, symptoms["numb_regions"])),
        (_("Weak"), _regions(questions.LEG_PARTS, symptoms["weak_regions"])),
        (_("Operated"), symptoms["prior_surgery"]),
        (_("Conditions"), _words(questions.CONDITIONS, symptoms["conditions"])),
    ]
    return [(what, words) for what, words in told if words]
