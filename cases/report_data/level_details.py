"""The details of one level: what opens below its row (design tables E8, 4b, and E9)."""

from django.utils.translation import gettext_lazy as _

from cases.report_data.level_columns import NOMENCLATURE
from cases.report_data.model import Field, Kind, Mark, Option, both_sides

PFIRRMANN = Field(
    "pfirrmann",
    _("Pfirrmann"),
    Kind.CHOICE,
    (
        Option("I", "I", "", _("Homogeneous, bright as CSF, clear border, normal height.")),
        Option("II", "II", "", _("Inhomogeneous, bands possible, clear border, normal height.")),
        Option(
            "III",
            "III",
            _("disc degeneration Pfirrmann III"),
            _("Grey, border unclear, height normal to slightly reduced."),
        ),
        Option(
            "IV",
            "IV",
            _("disc degeneration Pfirrmann IV"),
            _("Grey to black, border lost, height normal to moderately reduced."),
        ),
        Option(
            "V",
            "V",
            _("disc degeneration Pfirrmann V"),
            _("Black, border lost, disc space collapsed."),
        ),
    ),
    scale="Pfirrmann (mid-sagittal T2)",
    mark=Mark.VERIFIED,
    source="R11a",
    normal="I",
)
HEIGHT_LOSS = Field(
    "height_loss",
    _("Height loss"),
    Kind.CHOICE,
    (
        Option("none", _("none")),
        Option("under_half", _("under 50 %"), _("disc height reduced by less than half")),
        Option("over_half", _("50 % or more"), _("disc height reduced by half or more")),
    ),
    normal="none",
)
MODIC = Field(
    "modic",
    _("Modic"),
    Kind.CHOICE,
    (
        Option("0", "0", "", _("No endplate signal change.")),
        Option("1", "1", _("Modic 1 endplate change"), _("T1 low, T2 high.")),
        Option("2", "2", _("Modic 2 endplate change"), _("T1 high, T2 iso- or hyperintense.")),
        Option("3", "3", _("Modic 3 endplate change"), _("T1 low, T2 low.")),
        Option("1-2", _("mixed 1-2"), _("mixed Modic 1 and 2 endplate change")),
        Option("2-3", _("mixed 2-3"), _("mixed Modic 2 and 3 endplate change")),
    ),
    scale="Modic",
    mark=Mark.VERIFIED,
    source="R11b",
    note=_("Give the extent and the field strength with it."),
    normal="0",
)
MODIC_EXTENT = Field(
    "modic_extent",
    _("Modic extent"),
    Kind.CHOICE,
    (
        Option("under_25", _("under 25 %"), _("under 25 % of vertebral height")),
        Option("25_50", _("25 to 50 %"), _("25 to 50 % of vertebral height")),
        Option("over_50", _("over 50 %"), _("over 50 % of vertebral height")),
    ),
    mark=Mark.VERIFIED,
    source="R11c",
)
INFECTION_SIGNS = Field(
    "infection_signs",
    _("Disc fluid, oedema beyond the endplate or collection"),
    Kind.FLAG,
    (Option("yes", _("yes"), _("disc fluid, oedema beyond the endplate or a collection")),),
)
SCHMORL = Field(
    "schmorl",
    _("Schmorl node"),
    Kind.FLAG,
    (Option("yes", _("yes"), _("Schmorl node")),),
)
FISSURE = Field(
    "fissure",
    _("Annular fissure (HIZ)"),
    Kind.FLAG,
    (Option("yes", _("yes"), _("annular fissure")),),
    mark=Mark.VERIFIED,
    source="R1",
    note=_("Separation of annular fibres, bright on T2. Do not write “tear”."),
)
ZONE = Field(
    "zone",
    _("Zone of the herniation"),
    Kind.MULTI,
    (
        Option("central", _("central"), _("central")),
        Option("right_central", _("right central"), _("right central")),
        Option("left_central", _("left central"), _("left central")),
        Option("right_subarticular", _("right subarticular"), _("right subarticular")),
        Option("left_subarticular", _("left subarticular"), _("left subarticular")),
        Option("right_foraminal", _("right foraminal"), _("right foraminal")),
        Option("left_foraminal", _("left foraminal"), _("left foraminal")),
        Option("right_extraforaminal", _("right extraforaminal"), _("right extraforaminal")),
        Option("left_extraforaminal", _("left extraforaminal"), _("left extraforaminal")),
        Option("anterior", _("anterior"), _("anterior")),
    ),
    scale=NOMENCLATURE,
    mark=Mark.VERIFIED,
    source="R1b",
)
VERTICAL = Field(
    "vertical",
    _("Height of the herniation"),
    Kind.CHOICE,
    (
        Option("disc", _("disc level")),
        Option("up_suprapedicular", _("up, suprapedicular"), _("migrated up, suprapedicular")),
        Option("up_pedicular", _("up, pedicular"), _("migrated up to the pedicle")),
        Option(
            "down_infrapedicular", _("down, infrapedicular"), _("migrated down, infrapedicular")
        ),
        Option("down_pedicular", _("down, pedicular"), _("migrated down to the pedicle")),
    ),
    scale=NOMENCLATURE,
    mark=Mark.VERIFIED,
    source="R1b",
)
SIZE_MM = Field("size_mm", _("Size, front to back"), Kind.NUMBER, maximum=40, unit="mm")
MIGRATION_MM = Field("migration_mm", _("Migration"), Kind.NUMBER, maximum=60, unit="mm")
CANAL_CAUSE = Field(
    "canal_cause",
    _("Cause of the narrowing"),
    Kind.MULTI,
    (
        Option("disc", _("disc"), _("disc")),
        Option("flavum", _("ligamentum flavum"), _("ligamentum flavum")),
        Option("facet", _("facet joints"), _("facet joints")),
        Option("fat", _("epidural fat"), _("epidural fat")),
        Option("listhesis", _("listhesis"), _("listhesis")),
        Option("congenital", _("congenital"), _("congenitally narrow canal")),
    ),
)

_ROOT = (
    Option("none", _("normal")),
    Option("contact", _("contact"), _("contact with"), _("Touched, not deviated.")),
    Option("deviated", _("deviated"), _("deviation of"), _("Displaced from its course.")),
    Option("compressed", _("compressed"), _("compression of"), _("Flattened between structures.")),
)
_ROOT_NOTE = _(
    "In 927 patients contact or more was seen in about half and matched disability very weakly: "
    "never let the grade alone drive the impression."
)
ROOT_TRAVERSING = both_sides(
    "root_traversing",
    _("Traversing root R"),
    _("Traversing root L"),
    kind=Kind.CHOICE,
    options=_ROOT,
    scale="Four-point root scale",
    mark=Mark.VERIFIED,
    source="R11h",
    note=_ROOT_NOTE,
    normal="none",
)
ROOT_EXITING = both_sides(
    "root_exiting",
    _("Exiting root R"),
    _("Exiting root L"),
    kind=Kind.CHOICE,
    options=_ROOT,
    scale="Four-point root scale",
    mark=Mark.VERIFIED,
    source="R11h",
    note=_ROOT_NOTE,
    normal="none",
)
FACET_ACTIVE = both_sides(
    "facet_active",
    _("Facet effusion or oedema R"),
    _("Facet effusion or oedema L"),
    kind=Kind.CHOICE,
    options=(
        Option("none", _("none")),
        Option("effusion", _("effusion"), _("facet effusion")),
        Option("oedema", _("oedema"), _("facet bone marrow oedema")),
        Option("both", _("both"), _("facet effusion and bone marrow oedema")),
    ),
    normal="none",
)
CYST = Field(
    "cyst",
    _("Synovial cyst"),
    Kind.CHOICE,
    (
        Option("none", _("none")),
        Option("right", _("right"), _("right synovial cyst")),
        Option("left", _("left"), _("left synovial cyst")),
    ),
    normal="none",
)
CYST_MM = Field("cyst_mm", _("Size of the cyst"), Kind.NUMBER, maximum=40, unit="mm")
FLAVUM = Field(
    "flavum",
    _("Ligamentum flavum"),
    Kind.CHOICE,
    (
        Option("normal", _("normal")),
        Option("thick", _("thick"), _("thickened ligamentum flavum"), _("More than 4 mm.")),
    ),
    mark=Mark.KNOWLEDGE,
    normal="normal",
)
LISTHESIS = Field(
    "listhesis",
    _("Listhesis"),
    Kind.CHOICE,
    (
        Option("none", _("none")),
        Option("antero", _("anterolisthesis"), _("anterolisthesis")),
        Option("retro", _("retrolisthesis"), _("retrolisthesis")),
        Option("lateral", _("lateral"), _("lateral listhesis")),
    ),
    normal="none",
)
MEYERDING = Field(
    "meyerding",
    _("Meyerding"),
    Kind.CHOICE,
    (
        Option("I", "I", _("Meyerding I"), _("0 to 25 %")),
        Option("II", "II", _("Meyerding II"), _("26 to 50 %")),
        Option("III", "III", _("Meyerding III"), _("51 to 75 %")),
        Option("IV", "IV", _("Meyerding IV"), _("76 to 100 %")),
        Option("V", "V", _("Meyerding V"), _("over 100 %")),
    ),
    scale="Meyerding",
    mark=Mark.VERIFIED,
    source="R11k",
)
LISTHESIS_MM = Field("listhesis_mm", _("Slip"), Kind.NUMBER, maximum=60, unit="mm")
LISTHESIS_TYPE = Field(
    "listhesis_type",
    _("Kind of listhesis"),
    Kind.CHOICE,
    (
        Option("isthmic", _("isthmic"), _("isthmic")),
        Option("degenerative", _("degenerative"), _("degenerative")),
        Option("other", _("other")),
    ),
)
PARS = both_sides(
    "pars",
    _("Pars R"),
    _("Pars L"),
    kind=Kind.CHOICE,
    options=(
        Option("intact", _("intact")),
        Option("defect", _("defect"), _("pars defect")),
        Option("oedema", _("oedema"), _("pars oedema")),
        Option("not_seen", _("not seen")),
    ),
    normal="intact",
)
FIRST_REPORT_MATCH = Field(
    "first_report_match",
    _("Against the first report"),
    Kind.CHOICE,
    (
        Option("same", _("same"), _("as in the first report")),
        Option("refined", _("refined"), _("stated more exactly than in the first report")),
        Option("different", _("different"), _("different from the first report")),
        Option("not_mentioned", _("not mentioned"), _("not mentioned in the first report")),
    ),
)
COMMENT = Field("comment", _("Remark"), Kind.TEXT, maximum=400)
