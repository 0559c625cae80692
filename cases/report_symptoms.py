"""The patient's answers in words, for those who read the images."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models.intake import BackOrLeg, Duration, Onset, Side, WalkLimit
from cases.red_flags import BY_CODE as RED_FLAGS
from cases.report_data.model import Text

_CHOICES = {
    "back_or_leg": BackOrLeg,
    "side_worse": Side,
    "duration": Duration,
    "onset": Onset,
    "walk_limit": WalkLimit,
}
_REGIONS: dict[str, Text] = {
    "low_back": gettext_lazy("low back"),
    "buttock": gettext_lazy("buttock"),
    "groin": gettext_lazy("groin"),
    "thigh_front": gettext_lazy("front of the thigh"),
    "thigh_side": gettext_lazy("side of the thigh"),
    "thigh_back": gettext_lazy("back of the thigh"),
    "thigh": gettext_lazy("thigh"),
    "lower_leg": gettext_lazy("lower leg"),
    "lower_leg_outer": gettext_lazy("outer lower leg"),
    "lower_leg_back": gettext_lazy("calf"),
    "foot": gettext_lazy("foot"),
    "foot_top": gettext_lazy("top of the foot"),
    "foot_sole": gettext_lazy("sole of the foot"),
}
_SIDES: dict[str, Text] = {
    "left": gettext_lazy("left"),
    "right": gettext_lazy("right"),
    "middle": gettext_lazy("middle"),
}
_POSTURES: dict[str, Text] = {
    "sitting": gettext_lazy("sitting"),
    "bending_forward": gettext_lazy("bending forward"),
    "leaning_forward": gettext_lazy("leaning forward"),
    "standing": gettext_lazy("standing"),
    "walking": gettext_lazy("walking"),
    "arching_back": gettext_lazy("arching back"),
    "lying": gettext_lazy("lying"),
    "coughing": gettext_lazy("coughing"),
    "exercise": gettext_lazy("exercise"),
    "morning_stiffness": gettext_lazy("morning stiffness over 30 minutes"),
    "nothing": gettext_lazy("nothing"),
}
_FLAGS: dict[str, Text] = {
    "cauda_equina": gettext_lazy("bladder, bowel or saddle symptoms"),
    "infection": gettext_lazy("possible infection"),
    "malignancy": gettext_lazy("cancer, or pain that suggests it"),
    "fracture": gettext_lazy("possible fracture"),
    "motor": gettext_lazy("weakness that gets worse"),
    "review": gettext_lazy("under 18, pregnant or in hospital"),
}


def region(code: str) -> str:
    """Return a region with its side in words; an unknown code stands as it is."""
    place, _separator, side = code.rpartition("_")
    if side in _SIDES and place in _REGIONS:
        return _("%(place)s (%(side)s)") % {"place": _REGIONS[place], "side": _SIDES[side]}
    return str(_REGIONS.get(code, code.replace("_", " ")))


def regions(codes: list[str]) -> str:
    return ", ".join(region(code) for code in codes)


def flags(codes: list[str]) -> list[str]:
    """Return what the red-flag answers mean for the reader, each once."""
    tags = [RED_FLAGS[code].tag for code in codes if code in RED_FLAGS]
    return [str(_FLAGS.get(tag, tag)) for tag in dict.fromkeys(tags)]


def _postures(codes: list[str]) -> str:
    return ", ".join(str(_POSTURES.get(code, code.replace("_", " "))) for code in codes)


def lines(symptoms: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (what, words) for each answer that was given, the most telling first."""
    chosen = {
        name: str(dict(choices.choices).get(symptoms[name], ""))
        for name, choices in _CHOICES.items()
    }
    pain = ""
    if symptoms["pain_now"] is not None:
        pain = _("%(now)s now, %(worst)s at worst, of 10") % {
            "now": symptoms["pain_now"],
            "worst": symptoms["pain_worst"],
        }
    told = [
        (_("Red flags"), ", ".join(flags(symptoms["red_flags"]))),
        (_("Pain"), regions(symptoms["pain_regions"])),
        (_("Back or leg"), chosen["back_or_leg"]),
        (_("Worse side"), chosen["side_worse"]),
        (_("Strength"), pain),
        (_("Since"), chosen["duration"]),
        (_("Began"), chosen["onset"]),
        (_("Worse with"), _postures(symptoms["worse_with"])),
        (_("Better with"), _postures(symptoms["better_with"])),
        (_("Walking"), chosen["walk_limit"]),
        (_("Numb"), regions(symptoms["numb_regions"])),
        (_("Weak"), regions(symptoms["weak_regions"])),
    ]
    return [(what, words) for what, words in told if words]
