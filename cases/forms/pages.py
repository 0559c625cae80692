"""The question pages in their order, and the task that each belongs to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from cases.forms import intake
from cases.forms.first_report import FirstReportForm

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from cases.forms.intake import PageForm


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `step` is the task of `cases.services.requests.STEPS` that it belongs to."""

    slug: str
    step: str
    title: "str | Promise"
    form: "type[PageForm]"
    lede: "str | Promise" = ""
    template: str = "cases/intake/page.html"


PAGES = (
    Page(
        "safety",
        "safety",
        _("Is it safe to wait for us?"),
        intake.SafetyForm,
        _("A few signs mean that you need help today, not an opinion in some days."),
    ),
    Page(
        "consent",
        "consent",
        _("What you agree to"),
        intake.ConsentForm,
        _("We need your yes to each of these before you send any picture."),
    ),
    Page(
        "ask",
        "question",
        _("Your question"),
        intake.QuestionForm,
        _("The radiologist answers each question that you write here. Write as you would speak."),
    ),
    Page("reason", "question", _("Why you are asking"), intake.ReasonForm),
    Page(
        "pain-where",
        "pain",
        _("Where it hurts"),
        intake.PainPlaceForm,
        _("Where the pain sits tells the radiologist which nerve to look at."),
        "cases/intake/pain_where.html",
    ),
    Page("pain-how", "pain", _("How it hurts"), intake.PainStrengthForm),
    Page("pain-since", "pain", _("Since when"), intake.PainTimeForm),
    Page("pain-with", "pain", _("Better and worse"), intake.PainEffectsForm),
    Page("feeling", "pain", _("Numb or weak"), intake.FeelingForm),
    Page(
        "history",
        "history",
        _("Your health"),
        intake.HistoryForm,
        _("Do you have, or have you had, any of these?"),
        "cases/intake/history.html",
    ),
    Page("about", "about", _("About you"), intake.AboutForm),
    Page(
        "first-report",
        "first-report",
        _("The first report"),
        FirstReportForm,
        _(
            "The report that came with your pictures. The radiologist first reads the pictures "
            "without it, and only then compares."
        ),
        "cases/intake/first_report.html",
    ),
)
BY_SLUG = {page.slug: page for page in PAGES}

#: What the task list calls the steps.
TASKS = {
    "safety": _("Is it safe to wait?"),
    "consent": _("What you agree to"),
    "question": _("Your question"),
    "pain": _("Your pain"),
    "history": _("Your health"),
    "about": _("About you"),
    "first-report": _("The first report"),
    "upload": _("The pictures of your scan"),
}


def pages_of(step: str) -> list[Page]:
    return [page for page in PAGES if page.step == step]


def page_after(page: Page) -> Page | None:
    following = PAGES.index(page) + 1
    return PAGES[following] if following < len(PAGES) else None


def page_before(page: Page) -> Page | None:
    place = PAGES.index(page)
    return PAGES[place - 1] if place else None
