"""The codes of the patient's answers and their words (clinical design table E1).

The labels aim at a reading age of 9 to 11. Choices that are columns of their own stand beside
the column in `cases.models.intake`.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import Promise

Choices = tuple[tuple[str, "str | Promise"], ...]
Groups = tuple[tuple["str | Promise", Choices], ...]

REASONS: Choices = (
    ("surgery_advised", _("I was advised to have an operation")),
    ("injection_advised", _("I was advised to have an injection")),
    ("not_explained", _("My pain has not been explained")),
    ("report_unclear", _("I do not understand the first report")),
    ("no_report", _("I never got a report")),
    ("follow_up", _("I want to know whether something has changed")),
    ("other", _("Another reason")),
)

_LEFT, _RIGHT = _("Left"), _("Right")


def _both(place: str) -> Choices:
    return ((f"{place}_left", _LEFT), (f"{place}_right", _RIGHT))


#: Where it hurts: region by region, so that it works without a drawing.
REGIONS: Groups = (
    (
        _("Low back"),
        (
            ("low_back_left", _LEFT),
            ("low_back_middle", pgettext_lazy("part of the back", "Middle")),
            ("low_back_right", _RIGHT),
        ),
    ),
    (_("Buttock"), _both("buttock")),
    (_("Groin"), _both("groin")),
    (_("Thigh, front"), _both("thigh_front")),
    (_("Thigh, side"), _both("thigh_side")),
    (_("Thigh, back"), _both("thigh_back")),
    (_("Lower leg, outer side"), _both("lower_leg_outer")),
    (_("Lower leg, back (calf)"), _both("lower_leg_back")),
    (_("Foot, top"), _both("foot_top")),
    (_("Foot, sole"), _both("foot_sole")),
)
#: Where it is numb or weak: coarser.
LEG_PARTS: Groups = (
    (_("Thigh"), _both("thigh")),
    (_("Lower leg"), _both("lower_leg")),
    (_("Foot"), _both("foot")),
)

WORSE_WITH: Choices = (
    ("sitting", _("Sitting")),
    ("bending_forward", _("Bending forward")),
    ("standing", _("Standing")),
    ("walking", _("Walking")),
    ("arching_back", _("Leaning backwards")),
    ("lying", _("Lying down")),
    ("coughing", _("Coughing or sneezing")),
    ("morning_stiffness", _("Getting up: stiff for more than 30 minutes")),
    ("nothing", _("None of these")),
)
BETTER_WITH: Choices = (
    ("leaning_forward", _("Sitting or leaning forward")),
    ("walking", _("Walking")),
    ("lying", _("Lying down")),
    ("exercise", _("Exercise")),
)

#: Conditions that change how the pictures are read.
CONDITIONS: Choices = (
    ("cancer", _("Cancer, now or in the past")),
    ("infection_risk", _("An infection of the blood or the bones in the last year")),
    ("steroid", _("Steroid tablets for more than 3 months")),
    ("osteoporosis", _("Weak bones (osteoporosis)")),
    ("immunosuppression", _("A weak immune system, or medicine that weakens it")),
    ("anticoagulant", _("Blood thinners")),
)
CONDITION_ANSWERS: Choices = (
    ("no", pgettext_lazy("answer", "No")),
    ("yes", pgettext_lazy("answer", "Yes")),
    ("unsure", pgettext_lazy("answer", "Not sure")),
)

#: Countries offered first; the licences of the radiologists are per country.
COUNTRIES: Choices = (
    ("AT", _("Austria")),
    ("BE", _("Belgium")),
    ("CZ", _("Czechia")),
    ("DK", _("Denmark")),
    ("FR", _("France")),
    ("DE", _("Germany")),
    ("IE", _("Ireland")),
    ("IT", _("Italy")),
    ("LI", _("Liechtenstein")),
    ("LU", _("Luxembourg")),
    ("NL", _("Netherlands")),
    ("NO", _("Norway")),
    ("PL", _("Poland")),
    ("PT", _("Portugal")),
    ("ES", _("Spain")),
    ("SE", _("Sweden")),
    ("CH", _("Switzerland")),
    ("GB", _("United Kingdom")),
)


def words(choices: Choices, codes: list[str]) -> list[str]:
    """Return the words for the codes, in the order of the table."""
    return [str(label) for code, label in choices if code in codes]


def region_words(groups: Groups, codes: list[str]) -> list[str]:
    """Return "Low back: left, middle" for each region that was named."""
    told = []
    for place, sides in groups:
        named = [str(label).lower() for code, label in sides if code in codes]
        if named:
            told.append(f"{place}: {', '.join(named)}")
    return told
