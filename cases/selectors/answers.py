"""The answers of a request in words, page by page, for "check your answers"."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from cases import consents
from cases import intake_questions as questions
from cases.red_flags import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cases.models import Intake


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: which page asks it, what was asked, what was answered."""

    page: str
    question: str
    words: tuple[str, ...]


def answers_of(intake: "Intake") -> list[Answer]:
    """Return every answer; one that was not given reads "Not answered"."""
    told = [
        *_first_pages(intake),
        *_pain(intake),
        *_history(intake),
        *_about(intake),
        _first_report(intake),
    ]
    empty = (_("Not answered"),)
    return [
        Answer(page, question, tuple(word for word in words if word) or empty)
        for page, question, words in told
    ]


Line = tuple[str, str, list[str]]


def _first_pages(intake: "Intake") -> "Iterator[Line]":
    flags = [str(BY_CODE[code].question) for code in intake.red_flags if code in BY_CODE]
    asked = "safety" in intake.steps_done
    yield "safety", _("Signs that cannot wait"), flags or ([_("None of these")] if asked else [])
    given = "consent" in intake.steps_done
    count = len(consents.CONSENTS)
    yield "consent", _("Your consent"), [_("You agreed to all %s points") % count] if given else []
    yield "ask", _("Your question"), [intake.main_question, *intake.extra_questions]
    yield "reason", _("Why you are asking"), questions.words(questions.REASONS, intake.reasons)


def _pain(intake: "Intake") -> "Iterator[Line]":
    places = questions.region_words(questions.REGIONS, intake.pain_regions)
    yield "pain-where", _("Where it hurts"), places
    yield "pain-how", _("Back or leg"), [intake.get_back_or_leg_display()]
    yield "pain-how", _("Worse side"), [intake.get_side_worse_display()]
    strength = ""
    if intake.pain_now is not None and intake.pain_worst is not None:
        strength = _("%(now)s now, %(worst)s at its worst (0 to 10)") % {
            "now": intake.pain_now,
            "worst": intake.pain_worst,
        }
    yield "pain-how", _("How strong"), [strength]
    yield "pain-since", _("Since when"), [intake.get_duration_display()]
    yield "pain-since", _("How it began"), [intake.get_onset_display()]
    yield "pain-with", _("Worse with"), questions.words(questions.WORSE_WITH, intake.worse_with)
    yield "pain-with", _("Better with"), questions.words(questions.BETTER_WITH, intake.better_with)
    yield "pain-with", _("Walking"), [intake.get_walk_limit_display()]
    numb = questions.region_words(questions.LEG_PARTS, intake.numb_regions)
    weak = questions.region_words(questions.LEG_PARTS, intake.weak_regions)
    asked = bool({"feeling", "pain"} & set(intake.steps_done))
    yield "feeling", _("Numb"), numb or ([_("Nowhere")] if asked else [])
    yield "feeling", _("Weak"), weak or ([_("Nowhere")] if asked else [])


def _history(intake: "Intake") -> "Iterator[Line]":
    for code, name in (("yes", _("You have or had")), ("unsure", _("You are not sure about"))):
        named = [
            str(label) for key, label in questions.CONDITIONS if intake.conditions.get(key) == code
        ]
        if named:
            yield "history", name, named
    if intake.conditions and set(intake.conditions.values()) == {"no"}:
        yield "history", _("Your health"), [_("None of the conditions we asked about")]
    yield "history", _("Back operations"), [intake.prior_surgery or _("None named")]
    yield "history", _("Treatments so far"), [intake.treatments or _("None named")]


def _about(intake: "Intake") -> "Iterator[Line]":
    age = _("%s years") % intake.age_years if intake.age_years is not None else ""
    yield "about", _("Age"), [age]
    yield "about", _("Sex"), [intake.get_sex_display()]
    country = dict(questions.COUNTRIES).get(intake.country, intake.country)
    yield "about", _("Country"), [str(country)]
    yield "about", _("Telephone"), [intake.phone]
    yield "about", _("Your doctor"), [intake.treating_doctor or _("None named")]


def _first_report(intake: "Intake") -> Line:
    told: list[str] = []
    if intake.has_first_report is False:
        told = [_("You have none")]
    elif intake.first_report_key:
        told = [_("You sent it as a file")]
    elif intake.first_report_text:
        told = [Truncator(intake.first_report_text).chars(200)]
    return "first-report", _("The first report"), [*told, intake.first_reader]
