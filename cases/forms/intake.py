"""The question pages of a request: one form for each page."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import consents
from cases import intake_questions as questions
from cases.models import Intake
from cases.models.intake import BackOrLeg, Duration, Onset, Sex, Side, WalkLimit
from cases.red_flags import RED_FLAGS

NONE_OF_THESE = "none"
ADULT = 18
#: Red flag of those under age, pregnant or in hospital (E2).
REVIEW_FLAG = "RF10"
SCALE = [(number, str(number)) for number in range(11)]


class ChoicesOrNone(forms.CheckboxSelectMultiple):
    """Check boxes of which one, "none of these", clears all others (static/js/app.js)."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in {NONE_OF_THESE, "nothing"}:
            option["attrs"]["data-excludes-others"] = True
        return option


def one_of(choices: Any, label: Any, message: Any, *, inline: bool = False) -> forms.ChoiceField:
    """Return radio buttons that must be answered, with the words for a missing answer."""
    css = "choices-inline" if inline else ""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        widget=forms.RadioSelect(attrs={"class": css} if css else None),
        error_messages={"required": message},
    )


def several_of(
    choices: Any, label: Any, message: Any = "", *, help_text: Any = ""
) -> forms.MultipleChoiceField:
    """Return check boxes; without a message none need be ticked."""
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        help_text=help_text,
        required=bool(message),
        widget=ChoicesOrNone,
        error_messages={"required": message} if message else None,
    )


def scale(label: Any, help_text: Any, message: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=SCALE,
        coerce=int,
        widget=forms.RadioSelect(attrs={"class": "scale"}),
        error_messages={"required": message},
    )


class PageForm(forms.Form):
    """One page. `fields_of_intake` are the columns that it fills."""

    fields_of_intake: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        kwargs.setdefault("initial", self.initial_of(intake))
        super().__init__(*args, **kwargs)
        self.intake = intake

    def initial_of(self, intake: Intake) -> dict[str, Any]:
        return {name: getattr(intake, name) for name in self.fields_of_intake}

    def answers(self) -> dict[str, Any]:
        """Return column -> value, to be stored."""
        return {name: self.cleaned_data[name] for name in self.fields_of_intake}


class SafetyForm(PageForm):
    red_flags = forms.MultipleChoiceField(
        label=gettext_lazy("Do you have any of these now?"),
        help_text=gettext_lazy("Tick all that apply. If none does, tick the last line."),
        widget=ChoicesOrNone,
        error_messages={"required": gettext_lazy("Tick what applies to you, or “None of these”.")},
    )

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        super().__init__(*args, intake=intake, **kwargs)
        field = self.fields["red_flags"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        field.choices = [
            *[(flag.code, flag.question) for flag in RED_FLAGS],
            (NONE_OF_THESE, _("None of these")),
        ]

    def initial_of(self, intake: Intake) -> dict[str, Any]:
        asked = "safety" in intake.steps_done
        return {"red_flags": intake.red_flags or ([NONE_OF_THESE] if asked else [])}

    def clean_red_flags(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["red_flags"]
        if NONE_OF_THESE in chosen and len(chosen) > 1:
            raise ValidationError(_("You ticked “None of these” and something else."))
        return [code for code in chosen if code != NONE_OF_THESE]

    def answers(self) -> dict[str, Any]:
        return {"red_flags": self.cleaned_data["red_flags"]}


class AssessedForm(forms.Form):
    """The way past the emergency page."""

    assessed = forms.BooleanField(
        label=gettext_lazy(
            "A doctor or an emergency department has already examined me because of this."
        ),
        error_messages={
            "required": gettext_lazy("Tick the box only if somebody has examined you.")
        },
    )


class ConsentForm(PageForm):
    """One box for each text; all are needed."""

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        super().__init__(*args, intake=intake, **kwargs)
        given = set(
            intake.case.consents.filter(text_version=consents.TEXT_VERSION).values_list(
                "code", flat=True
            )
        )
        for consent in consents.CONSENTS:
            self.fields[consent.code] = forms.BooleanField(
                label=str(consent.text),
                initial=consent.code in given,
                error_messages={"required": _("Tick this box to go on: %s") % consent.text},
            )

    def initial_of(self, intake: Intake) -> dict[str, Any]:  # noqa: ARG002 - set by field
        return {}

    def answers(self) -> dict[str, Any]:
        return {}


class QuestionForm(PageForm):
    fields_of_intake = ("main_question", "extra_questions")

    main_question = forms.CharField(
        label=gettext_lazy("What do you want to know?"),
        help_text=gettext_lazy("For example: do the pictures show that I need this operation?"),
        min_length=10,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": gettext_lazy("Write down what you want to know."),
            "min_length": gettext_lazy("Write a little more, at least 10 characters."),
        },
    )
    extra_1 = forms.CharField(
        label=gettext_lazy("Another question"), max_length=300, required=False
    )
    extra_2 = forms.CharField(label=gettext_lazy("One more"), max_length=300, required=False)
    extra_3 = forms.CharField(label=gettext_lazy("And a last one"), max_length=300, required=False)

    def initial_of(self, intake: Intake) -> dict[str, Any]:
        extra = {f"extra_{n}": text for n, text in enumerate(intake.extra_questions, start=1)}
        return {"main_question": intake.main_question} | extra

    def answers(self) -> dict[str, Any]:
        extra = [self.cleaned_data[f"extra_{n}"] for n in (1, 2, 3)]
        return {
            "main_question": self.cleaned_data["main_question"],
            "extra_questions": [text for text in extra if text],
        }


class ReasonForm(PageForm):
    fields_of_intake = ("reasons",)
    reasons = several_of(
        questions.REASONS,
        gettext_lazy("Why are you asking for a second opinion?"),
        gettext_lazy("Tick at least one reason."),
        help_text=gettext_lazy("Tick all that apply."),
    )


class PainPlaceForm(PageForm):
    fields_of_intake = ("pain_regions",)
    pain_regions = several_of(
        questions.REGIONS,
        gettext_lazy("Where does it hurt?"),
        gettext_lazy("Tick at least one place where it hurts."),
        help_text=gettext_lazy("Tick every place. Left and right are your own left and right."),
    )


class PainStrengthForm(PageForm):
    fields_of_intake = ("back_or_leg", "side_worse", "pain_now", "pain_worst")
    back_or_leg = one_of(
        BackOrLeg.choices,
        gettext_lazy("What hurts more, your back or your leg?"),
        gettext_lazy("Say whether your back or your leg hurts more."),
    )
    side_worse = one_of(
        Side.choices,
        gettext_lazy("Which side is worse?"),
        gettext_lazy("Say which side is worse."),
        inline=True,
    )
    pain_now = scale(
        gettext_lazy("How strong is the pain now?"),
        gettext_lazy("0 is no pain, 10 is the worst you can think of."),
        gettext_lazy("Choose a number from 0 to 10 for the pain now."),
    )
    pain_worst = scale(
        gettext_lazy("How strong was it at its worst in the last week?"),
        gettext_lazy("0 is no pain, 10 is the worst you can think of."),
        gettext_lazy("Choose a number from 0 to 10 for the worst pain."),
    )


class PainTimeForm(PageForm):
    fields_of_intake = ("duration", "onset")
    duration = one_of(
        Duration.choices,
        gettext_lazy("How long have you had this pain?"),
        gettext_lazy("Say how long you have had this pain."),
    )
    onset = one_of(
        Onset.choices, gettext_lazy("How did it begin?"), gettext_lazy("Say how it began.")
    )


class PainEffectsForm(PageForm):
    fields_of_intake = ("worse_with", "better_with", "walk_limit")
    worse_with = several_of(
        questions.WORSE_WITH,
        gettext_lazy("What makes it worse?"),
        gettext_lazy("Tick what makes it worse, or “None of these”."),
        help_text=gettext_lazy("Tick all that apply."),
    )
    better_with = several_of(questions.BETTER_WITH, gettext_lazy("What makes it better?"))
    walk_limit = forms.ChoiceField(
        label=gettext_lazy("How far can you walk before you have to stop?"),
        choices=WalkLimit.choices,
        required=False,
        widget=forms.RadioSelect,
    )


class FeelingForm(PageForm):
    fields_of_intake = ("numb_regions", "weak_regions")
    numb_regions = several_of(
        questions.LEG_PARTS,
        gettext_lazy("Where is it numb or does it tingle?"),
        help_text=gettext_lazy("Leave it empty if nowhere."),
    )
    weak_regions = several_of(
        questions.LEG_PARTS,
        gettext_lazy("Where is it weak?"),
        help_text=gettext_lazy("Leave it empty if nowhere."),
    )


#: What people write into a field that asks to be left empty if there was none.
NONE = frozenset({"", "no", "none", "never", "n/a", "nein", "keine", "keiner", "nie"})


class HistoryForm(PageForm):
    fields_of_intake = ("conditions", "prior_surgery", "treatments")
    prior_surgery = forms.CharField(
        label=gettext_lazy("Have you had an operation on your back?"),
        help_text=gettext_lazy("Which year, and what was done? Leave it empty if none."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    treatments = forms.CharField(
        label=gettext_lazy("What have you tried against the pain?"),
        help_text=gettext_lazy("For example tablets, exercises, injections."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        super().__init__(*args, intake=intake, **kwargs)
        for code, label in questions.CONDITIONS:
            self.fields[code] = one_of(
                questions.CONDITION_ANSWERS,
                label,
                _("Answer yes, no or not sure: %s") % label,
                inline=True,
            )
        self.order_fields([code for code, _label in questions.CONDITIONS])

    def clean_prior_surgery(self) -> str:
        told = str(self.cleaned_data["prior_surgery"])
        return "" if told.strip(" .!-").casefold() in NONE else told

    def initial_of(self, intake: Intake) -> dict[str, Any]:
        own = {"prior_surgery": intake.prior_surgery, "treatments": intake.treatments}
        return {**own, **intake.conditions}

    def answers(self) -> dict[str, Any]:
        given = {code: self.cleaned_data[code] for code, _label in questions.CONDITIONS}
        return {
            "conditions": given,
            "prior_surgery": self.cleaned_data["prior_surgery"],
            "treatments": self.cleaned_data["treatments"],
        }


class AboutForm(PageForm):
    fields_of_intake = ("age_years", "sex", "country", "phone", "treating_doctor")
    age_years = forms.IntegerField(
        label=gettext_lazy("How old are you?"),
        help_text=gettext_lazy("In years. It must fit the age on your pictures."),
        min_value=0,
        max_value=120,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "width-3"}),
        error_messages={
            "required": gettext_lazy("Write your age in years."),
            "invalid": gettext_lazy("Write your age as a number, for example 46."),
            "max_value": gettext_lazy("Write an age from 0 to 120."),
            "min_value": gettext_lazy("Write an age from 0 to 120."),
        },
    )
    sex = one_of(Sex.choices, gettext_lazy("Sex"), gettext_lazy("Choose your sex."), inline=True)
    country = forms.ChoiceField(
        label=gettext_lazy("Country you live in"),
        help_text=gettext_lazy("The radiologist must be licensed there."),
        choices=[("", gettext_lazy("Please choose")), *questions.COUNTRIES],
        widget=forms.Select(attrs={"autocomplete": "country", "class": "width-20"}),
        error_messages={"required": gettext_lazy("Choose the country you live in.")},
    )
    phone = forms.CharField(
        label=gettext_lazy("Telephone number"),
        help_text=gettext_lazy(
            "We only call if something cannot wait. With the country code, for example +44."
        ),
        max_length=32,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "width-20"}),
        validators=[
            RegexValidator(
                r"^\+?[\d\s()/.-]{6,}$",
                gettext_lazy("Write a telephone number, such as +44 20 7946 0000."),
            )
        ],
        error_messages={"required": gettext_lazy("Write a number at which we can reach you.")},
    )
    treating_doctor = forms.CharField(
        label=gettext_lazy("Your doctor"),
        help_text=gettext_lazy("Name and telephone, in case something urgent is found."),
        max_length=300,
        required=False,
    )

    def answers(self) -> dict[str, Any]:
        """Return the columns; a person looks at the request of somebody under age (E2, RF10)."""
        answers = super().answers()
        flags = self.intake.red_flags
        if answers["age_years"] < ADULT and REVIEW_FLAG not in flags:
            answers["red_flags"] = [*flags, REVIEW_FLAG]
        return answers
