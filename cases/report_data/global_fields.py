"""What is said about the whole lumbar spine: design table E8 (4a)."""

from django.utils.translation import gettext_lazy as _

from cases.report_data.model import Field, Kind, Mark, Option, both_sides

_GOUTALLIER = tuple(
    Option(
        str(grade),
        str(grade),
        "" if grade < 2 else _("fatty infiltration of the paraspinal muscles"),
    )
    for grade in range(5)
)

_CONUS_LEVELS = ("T11", "T12", "T12-L1", "L1", "L1-L2", "L2", "L2-L3")

GLOBAL_FIELDS: tuple[Field, ...] = (
    Field(
        "numbering_basis",
        _("Levels counted by"),
        Kind.CHOICE,
        (
            Option("assumed", _("five lumbar assumed"), _("five lumbar vertebrae assumed")),
            Option("counted", _("counted from C2"), _("levels counted from C2")),
            Option("iliolumbar", _("iliolumbar ligament"), _("by the iliolumbar ligament")),
            Option("last_rib", _("last rib"), _("by the last rib")),
            Option("uncertain", _("uncertain"), _("numbering of levels uncertain")),
        ),
        default="assumed",
    ),
    Field(
        "lumbar_count",
        _("Lumbar vertebrae"),
        Kind.CHOICE,
        (
            Option("4", "4", _("four lumbar-type vertebrae")),
            Option("5", "5"),
            Option("6", "6", _("six lumbar-type vertebrae")),
        ),
        default="5",
    ),
    Field(
        "lstv",
        _("Transitional vertebra"),
        Kind.CHOICE,
        (
            Option("none", _("none")),
            Option("lumbarised", _("lumbarised S1"), _("lumbarised S1")),
            Option("sacralised", _("sacralised L5"), _("sacralised L5")),
        ),
        default="none",
        normal="none",
    ),
    Field(
        "castellvi",
        _("Castellvi"),
        Kind.CHOICE,
        (
            *(
                Option(grade, grade, _("transitional vertebra by Castellvi"), definition)
                for grade, definition in (
                    ("Ia", _("Enlarged transverse process (19 mm or more), one side.")),
                    ("Ib", _("Enlarged transverse processes, both sides.")),
                    ("IIa", _("Pseudo-joint, one side.")),
                    ("IIb", _("Pseudo-joint, both sides.")),
                    ("IIIa", _("Bony fusion, one side.")),
                    ("IIIb", _("Bony fusion, both sides.")),
                    ("IV", _("Pseudo-joint on one side, fusion on the other.")),
                )
            ),
        ),
        scale="Castellvi",
        mark=Mark.VERIFIED,
        source="R11l",
    ),
    Field(
        "lordosis",
        _("Lordosis"),
        Kind.CHOICE,
        (
            Option("normal", _("normal")),
            Option("reduced", _("reduced"), _("reduced lordosis")),
            Option("increased", _("increased"), _("increased lordosis")),
            Option("reversed", _("reversed"), _("reversed lordosis")),
        ),
        default="normal",
        normal="normal",
    ),
    Field(
        "scoliosis",
        _("Scoliosis"),
        Kind.CHOICE,
        (
            Option("none", _("none")),
            Option("right", _("to the right"), _("scoliosis convex to the right")),
            Option("left", _("to the left"), _("scoliosis convex to the left")),
        ),
        default="none",
        normal="none",
    ),
    Field("cobb", _("Cobb angle"), Kind.NUMBER, maximum=120, unit="°"),
    Field(
        "fracture",
        _("Vertebral fracture"),
        Kind.CHOICE,
        (
            Option("none", _("none")),
            Option("acute", _("acute"), _("acute vertebral fracture")),
            Option("subacute", _("subacute"), _("subacute vertebral fracture")),
            Option("chronic", _("chronic"), _("old vertebral fracture")),
        ),
        default="none",
        normal="none",
        note=_("Genant: 1 = 20 to 25 %, 2 = 25 to 40 %, 3 = over 40 % loss of height."),
        mark=Mark.KNOWLEDGE,
    ),
    Field("fracture_text", _("Fracture: level, type, loss, oedema"), Kind.TEXT, maximum=300),
    Field(
        "marrow",
        _("Marrow"),
        Kind.CHOICE,
        (
            Option("normal", _("normal")),
            Option("heterogeneous", _("heterogeneous"), _("heterogeneous marrow signal")),
            Option("haemangioma", _("haemangioma"), _("vertebral haemangioma")),
            Option("indeterminate", _("indeterminate lesion"), _("indeterminate marrow lesion")),
            Option("suspicious", _("suspicious lesion"), _("suspicious marrow lesion")),
            Option("diffuse", _("diffuse replacement"), _("diffuse marrow replacement")),
        ),
        default="normal",
        normal="normal",
    ),
    Field("marrow_text", _("Marrow: level, size, signal"), Kind.TEXT, maximum=300),
    Field(
        "conus_level",
        _("Conus ends at"),
        Kind.CHOICE,
        (
            *(Option(level, level) for level in _CONUS_LEVELS),
            Option("L3", _("L3 or lower")),
            Option("not_seen", _("not covered")),
        ),
        default="L1-L2",
        normal="L1-L2",
        mark=Mark.VERIFIED,
        source="R11m",
        note=_("Usual L1-L2; normal at or above the disc L2-L3; L3 is equivocal."),
    ),
    Field(
        "cord_signal",
        _("Cord and conus signal"),
        Kind.CHOICE,
        (
            Option("normal", _("normal")),
            Option("abnormal", _("abnormal"), _("abnormal signal of cord or conus")),
        ),
        default="normal",
        normal="normal",
    ),
    Field(
        "cauda",
        _("Cauda equina"),
        Kind.CHOICE,
        (
            Option("normal", _("normal")),
            Option("compressed", _("compressed"), _("compression of the cauda equina")),
            Option("clumped", _("clumped"), _("clumped nerve roots")),
            Option("redundant", _("redundant"), _("redundant nerve roots")),
            Option("mass", _("mass"), _("mass at the cauda equina")),
            Option("enhancing", _("enhancing"), _("enhancing nerve roots")),
        ),
        default="normal",
        normal="normal",
        mark=Mark.VERIFIED,
        source="R2",
        note=_("The relation of fluid to cauda equina is one of the stenosis core items."),
    ),
    Field(
        "filum",
        _("Filum"),
        Kind.CHOICE,
        (
            Option("normal", _("normal")),
            Option("fatty", _("fatty"), _("fatty filum")),
            Option("thick", _("thick, over 2 mm"), _("thick filum")),
        ),
        default="normal",
        normal="normal",
        mark=Mark.VERIFIED,
        source="R11m",
    ),
    Field(
        "epidural",
        _("Epidural space"),
        Kind.CHOICE,
        (
            Option("none", _("nothing")),
            Option("lipomatosis", _("lipomatosis"), _("epidural lipomatosis")),
            Option("collection", _("collection"), _("epidural collection")),
            Option("haematoma", _("haematoma"), _("epidural haematoma")),
            Option("abscess", _("abscess suspected"), _("suspected epidural abscess")),
        ),
        default="none",
        normal="none",
    ),
    *both_sides(
        "muscle",
        _("Muscle fat R (Goutallier)"),
        _("Muscle fat L (Goutallier)"),
        kind=Kind.CHOICE,
        options=_GOUTALLIER,
        default="0",
        normal="0",
        scale="Goutallier",
        mark=Mark.KNOWLEDGE,
    ),
    Field(
        "si_joints",
        _("Sacroiliac joints, seen part"),
        Kind.CHOICE,
        (
            Option("not_covered", _("not covered")),
            Option("normal", _("normal")),
            Option("oedema", _("oedema"), _("sacroiliac bone marrow oedema")),
            Option("erosion", _("erosion"), _("sacroiliac erosions")),
        ),
        default="not_covered",
        normal="normal",
    ),
    Field(
        "post_op",
        _("After an operation"),
        Kind.CHOICE,
        (
            Option("none", _("no")),
            Option("changes", _("postoperative changes"), _("postoperative changes")),
            Option("scar", _("scar"), _("postoperative scar")),
            Option("recurrent", _("recurrent disc"), _("recurrent disc herniation")),
            Option("hardware", _("hardware"), _("spinal hardware in place")),
        ),
        default="none",
        normal="none",
    ),
    Field("post_op_text", _("Operation: level and kind"), Kind.TEXT, maximum=300),
    Field(
        "incidental",
        _("Outside the spine"),
        Kind.CHOICE,
        (
            Option("none", _("nothing")),
            Option("no_action", _("finding, no action"), _("incidental finding without action")),
            Option("follow_up", _("finding, follow up"), _("incidental finding to follow up")),
            Option("urgent", _("finding, urgent"), _("incidental finding that is urgent")),
        ),
        default="none",
        normal="none",
    ),
    Field("incidental_text", _("Outside the spine: organ and finding"), Kind.TEXT, maximum=300),
    Field(
        "quality",
        _("Image quality"),
        Kind.MULTI,
        (
            Option("motion", _("motion"), _("motion artefact")),
            Option("metal", _("metal"), _("metal artefact")),
            Option("coverage", _("coverage short"), _("incomplete coverage")),
        ),
    ),
    Field(
        "reviewed",
        _("I have looked at all of these"),
        Kind.FLAG,
        (Option("yes", _("yes")),),
    ),
)
