"""Plain words for the patient (E14) and how common a finding is without pain (E15)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.report_data.model import Mark, Text


@dataclass(frozen=True, slots=True)
class PlainTerm:
    """What we say for a term of the report, and what we do not say."""

    code: str
    term: Text
    say: Text
    not_say: tuple[str, ...] = ()


TERMS: tuple[PlainTerm, ...] = (
    PlainTerm(
        "degeneration",
        _("degenerative disc disease"),
        _("the disc has lost some water, as discs do with age"),
        ("disease", "worn out", "crumbling"),
    ),
    PlainTerm(
        "fissure",
        _("annular fissure"),
        _("there is a small split in the outer ring of the disc; this is common without pain"),
        ("tear", "rupture"),
    ),
    PlainTerm(
        "bulge",
        _("bulge"),
        _("the edge of the disc spreads a little wider than the bone"),
        ("slipped",),
    ),
    PlainTerm(
        "protrusion", _("protrusion"), _("a small part of the disc pushes out"), ("slipped",)
    ),
    PlainTerm(
        "extrusion",
        _("extrusion"),
        _("a larger part of the disc has come through its outer ring"),
        ("burst", "slipped"),
    ),
    PlainTerm(
        "sequestration",
        _("sequestration"),
        _("a piece of the disc has come loose"),
        ("burst", "slipped"),
    ),
    PlainTerm("post_op", _("after operation"), _("the disc shows signs of your operation")),
    PlainTerm("contact", _("root contact"), _("it touches the nerve"), ("pinched", "trapped")),
    PlainTerm("deviated", _("root deviated"), _("it moves the nerve aside"), ("pinched",)),
    PlainTerm("compressed", _("root compressed"), _("it presses on the nerve")),
    PlainTerm(
        "canal_1",
        _("mild stenosis"),
        _("there is a little less room for the nerves"),
        ("blocked",),
    ),
    PlainTerm("canal_2", _("moderate stenosis"), _("there is less room for the nerves")),
    PlainTerm("canal_3", _("severe stenosis"), _("there is very little room for the nerves")),
    PlainTerm("modic", _("Modic"), _("the bone next to the disc shows a change"), ("damage",)),
    PlainTerm(
        "facet",
        _("facet arthropathy"),
        _("the small joints at the back show wear"),
        ("arthritis everywhere",),
    ),
    PlainTerm("listhesis", _("listhesis"), _("one bone stands a little out of line with the next")),
    PlainTerm("normal", _("unremarkable"), _("looks normal")),
)
TERMS_MARK = Mark.DESIGN
BY_CODE = {term.code: term for term in TERMS}


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Share of people without pain who have the finding, in percent, by age in decades.

    Only cells that were read in the source stand here: columns 20 to 50 of every row, and 80
    where the abstract gives it. A missing decade is not shown to anybody.
    """

    code: str
    label: Text
    percent: dict[int, int]
    source: str = "Brinjikji 2015 (PMC4975884; AJNR 36:811)"
    mark: Mark = Mark.VERIFIED


PREVALENCE: tuple[Prevalence, ...] = (
    Prevalence(
        "degeneration",
        _("discs with less water"),
        {20: 37, 30: 52, 40: 68, 50: 80, 80: 96},
    ),
    Prevalence("signal_loss", _("darker discs"), {20: 17, 30: 33, 40: 54, 50: 73}),
    Prevalence("height_loss", _("lower discs"), {20: 24, 30: 34, 40: 45, 50: 56}),
    Prevalence("bulge", _("a disc that spreads wider"), {20: 30, 30: 40, 40: 50, 50: 60, 80: 84}),
    Prevalence("protrusion", _("a disc that pushes out"), {20: 29, 30: 31, 40: 33, 50: 36, 80: 43}),
    Prevalence(
        "fissure",
        _("a small split in the ring of a disc"),
        {20: 19, 30: 20, 40: 22, 50: 23, 80: 29},
    ),
    Prevalence("facet", _("wear in the small joints"), {20: 4, 30: 9, 40: 18, 50: 32}),
    Prevalence("listhesis", _("a bone out of line"), {20: 3, 30: 5, 40: 8, 50: 14}),
)
#: Never comfort with figures beside these.
NEVER_WITH = ("extrusion", "sequestration", "severe stenosis", "fracture", "marrow lesion")


def prevalence(code: str, age: int | None) -> int | None:
    """Return the verified percentage for the decade of `age`, or None where there is none."""
    if age is None:
        return None
    row = next((row for row in PREVALENCE if row.code == code), None)
    return row.percent.get(age // 10 * 10) if row else None
