"""The table of levels: what stands in its columns (design tables E8, 4b, and E9)."""

from django.utils.translation import gettext_lazy as _

from cases.report_data.model import Field, Kind, Mark, Option, both_sides

NOMENCLATURE = "Lumbar disc nomenclature 2.0"

DISC_CONTOUR = Field(
    "disc_contour",
    _("Disc"),
    Kind.CHOICE,
    (
        Option("normal", _("normal"), "", _("No extension beyond the ring apophyses.")),
        Option(
            "bulge",
            _("bulge, circumferential"),
            _("circumferential disc bulge"),
            _("Beyond the ring apophyses over more than 25 % of the circumference; no herniation."),
        ),
        Option(
            "bulge_asymmetric",
            _("bulge, asymmetric"),
            _("asymmetric disc bulge"),
            _("As a bulge, but unequal round the disc; not a herniation."),
        ),
        Option(
            "protrusion",
            _("protrusion"),
            _("disc protrusion"),
            _("Herniation of less than 25 % of the circumference, base wider than dome."),
        ),
        Option(
            "extrusion",
            _("extrusion"),
            _("disc extrusion"),
            _("Dome wider than base in any plane, or no continuity beyond the disc space."),
        ),
        Option(
            "sequestration",
            _("sequestration"),
            _("sequestrated disc fragment"),
            _("Fragment without continuity with the parent disc."),
        ),
        Option("post_op", _("after operation"), _("postoperative disc contour")),
    ),
    scale=NOMENCLATURE,
    mark=Mark.VERIFIED,
    source="R1",
    note=_("“Broad-based protrusion” (2001) is not offered: it is obsolete in version 2.0."),
    column=True,
    normal="normal",
)

CANAL = Field(
    "canal",
    _("Canal"),
    Kind.CHOICE,
    (
        Option("0", "0", "", _("Anterior CSF space kept.")),
        Option(
            "1",
            "1",
            _("mild central canal stenosis (Lee 1)"),
            _("Anterior CSF mildly obliterated, all roots separate."),
        ),
        Option(
            "2",
            "2",
            _("moderate central canal stenosis (Lee 2)"),
            _("Anterior CSF moderately obliterated, some roots aggregated."),
        ),
        Option(
            "3",
            "3",
            _("severe central canal stenosis (Lee 3)"),
            _("Severe: the roots form one bundle."),
        ),
    ),
    scale="Lee (central canal, axial T2)",
    mark=Mark.VERIFIED,
    source="R11d",
    column=True,
    normal="0",
)

_RECESS = (
    Option("0", "0", "", _("Normal recess.")),
    Option(
        "1",
        "1",
        _("narrowed lateral recess (Bartynski 1)"),
        _("Narrowed or trefoil; root not flattened."),
    ),
    Option(
        "2",
        "2",
        _("lateral recess stenosis with flattened or deviated root (Bartynski 2)"),
        _("Root flattened or deviated; recess not obliterated."),
    ),
    Option(
        "3",
        "3",
        _("obliterated lateral recess (Bartynski 3)"),
        _("Recess obliterated, no CSF, root trapped."),
    ),
)
RECESS = both_sides(
    "recess",
    _("Recess R"),
    _("Recess L"),
    kind=Kind.CHOICE,
    options=_RECESS,
    scale="Bartynski (lateral recess)",
    mark=Mark.VERIFIED,
    source="R11g",
    note=_("Grade 0 is general knowledge. Readers agree poorly here: use the definition."),
    column=True,
    normal="0",
)

_FORAMEN = (
    Option("0", "0", "", _("Fat all round the root.")),
    Option(
        "1",
        "1",
        _("mild foraminal stenosis (Lee 1)"),
        _("Fat lost in one direction, vertical or transverse."),
    ),
    Option(
        "2",
        "2",
        _("moderate foraminal stenosis (Lee 2)"),
        _("Fat lost all round; shape of the root kept."),
    ),
    Option("3", "3", _("severe foraminal stenosis (Lee 3)"), _("Root collapsed or deformed.")),
)
FORAMEN = both_sides(
    "foramen",
    _("Foramen R"),
    _("Foramen L"),
    kind=Kind.CHOICE,
    options=_FORAMEN,
    scale="Lee (foramen, sagittal T1)",
    mark=Mark.VERIFIED,
    source="R11i",
    column=True,
    normal="0",
)

_FACET = (
    Option("0", "0", "", _("Joint space 2 to 4 mm.")),
    Option(
        "1",
        "1",
        _("mild facet arthropathy (Weishaupt 1)"),
        _("Space under 2 mm and/or small osteophytes, mild hypertrophy."),
    ),
    Option(
        "2",
        "2",
        _("moderate facet arthropathy (Weishaupt 2)"),
        _("Moderate osteophytes or hypertrophy, mild subarticular erosions."),
    ),
    Option(
        "3",
        "3",
        _("severe facet arthropathy (Weishaupt 3)"),
        _("Large osteophytes, severe hypertrophy, severe erosions and/or cysts."),
    ),
)
FACET = both_sides(
    "facet",
    _("Facet R"),
    _("Facet L"),
    kind=Kind.CHOICE,
    options=_FACET,
    scale="Weishaupt (facet joint)",
    mark=Mark.VERIFIED,
    source="R11j",
    column=True,
    normal="0",
)

SYMPTOM_MATCH = Field(
    "symptom_match",
    _("Fits symptoms"),
    Kind.CHOICE,
    (
        Option("concordant", _("concordant"), _("judged to fit the symptoms")),
        Option("possible", _("possible"), _("may contribute to the symptoms")),
        Option("discordant", _("discordant"), _("does not fit the symptoms")),
        Option("incidental", _("incidental"), ""),
    ),
    column=True,
)
