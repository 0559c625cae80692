"""The triage table: MSK or neuro, as data. All rows are design values, pending radiologist review.

No source shows one subspecialty to be generally better at degenerative lumbar MRI; agreement
between them is moderate (PubMed 31133459). So: hard rules first, then a score, then who is free.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.report_data.model import Text

#: Stored with every proposal; raise it with any change below.
VERSION = "triage-1"
MSK, NEURO, EITHER = "msk", "neuro", "either"
#: The score decides from this difference on; below it either may read.
DECISIVE = 2


@dataclass(frozen=True, slots=True)
class HardRule:
    """First match wins. `competence` must be held when the choice is either."""

    code: str
    choice: str
    words: Text
    competence: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the score: what the form shows, and for whom it counts how much."""

    code: str
    words: Text
    neuro: int = 0
    msk: int = 0


HARD_RULES: tuple[HardRule, ...] = (
    HardRule("T1", NEURO, _("Emergency symptoms, or a question about cord, conus or cauda equina")),
    HardRule("T2", NEURO, _("Signs of the spinal cord, syrinx or arachnoiditis")),
    HardRule("T3", MSK, _("Inflammatory back pain or sacroiliac joints")),
    HardRule("T4", MSK, _("Bone lesion, stress injury, age of a fracture or loosening")),
    HardRule("T5a", NEURO, _("Possible infection with neurological symptoms")),
    HardRule("T5b", EITHER, _("Possible infection"), "spine_infection"),
    HardRule("T6a", NEURO, _("Possible tumour with neurological symptoms")),
    HardRule("T6b", EITHER, _("Possible tumour"), "spine_tumour"),
    HardRule("T7a", NEURO, _("Operated before, with leg symptoms")),
    HardRule("T7b", MSK, _("Operated before, question about hardware or fusion")),
    HardRule("T8a", NEURO, _("The patient asked for a neuroradiologist")),
    HardRule("T8b", MSK, _("The patient asked for a musculoskeletal radiologist")),
)
RULES_BY_CODE = {rule.code: rule for rule in HARD_RULES}

EVIDENCE: tuple[Evidence, ...] = (
    Evidence("leg", _("only or mostly leg pain"), neuro=2),
    Evidence("dermatome", _("pain below the knee with numbness"), neuro=2),
    Evidence("weakness", _("weakness"), neuro=2),
    Evidence("claudication", _("walks less than 200 m, better leaning forward"), neuro=1),
    Evidence("coughing", _("worse when coughing"), neuro=1),
    Evidence("surgery_advised", _("an operation was advised"), neuro=1),
    Evidence("first_msk", _("first reader was MSK"), neuro=1),
    Evidence("back", _("only or mostly back pain"), msk=1),
    Evidence(
        "facet", _("worse arching or standing, better sitting, nothing below the knee"), msk=2
    ),
    Evidence("hip", _("mainly buttock, groin or hip"), msk=2),
    Evidence("bone", _("injury or weak bones without weakness"), msk=2),
    Evidence("alignment", _("question about scoliosis or a slipped vertebra"), msk=1),
    Evidence("first_neuro", _("first reader was neuro"), msk=1),
)
EVIDENCE_BY_CODE = {row.code: row for row in EVIDENCE}

#: Topic -> beginnings of words (English and German) that raise it in the patient's own text.
TOPICS: dict[str, tuple[str, ...]] = {
    "intradural": (
        "spinal cord", "conus", "cauda", "intradural", "csf leak", "tethered", "demyelinat",
        "multiple sclerosis", "rückenmark", "liquorleck", "multiple sklerose", "hirntumor",
    ),
    "myelopathy": (
        "myelopath", "gait", "unsteady", "clums", "spastic", "syrinx", "syringomyel", "arachnoid",
        "gangunsicher", "spastisch",
    ),
    "inflammatory": (
        "sacroili", "spondyloarthr", "bechterew", "ankylosing", "iliosakral", "isg",
    ),
    "bone": (
        "bone lesion", "marrow", "stress fracture", "pars", "spondylolysis",
        "how old is the fracture", "loosen", "knochenmark", "ermüdungsbruch", "lockerung",
    ),
    "epidural": ("epidural",),
    "hardware": ("hardware", "screw", "fusion", "implant", "cage", "schraube", "versteifung"),
    "alignment": ("scolio", "skolio", "listhesis", "slipped vertebra", "gleitwirbel"),
    "wants_neuro": ("neuroradiolog",),
    "wants_msk": ("musculoskeletal radiolog", "msk radiolog", "muskuloskelett"),
}  # fmt: skip
#: Words of somebody who does sports; with an age under 30 it points to MSK (T4).
SPORT = ("athlete", "football", "gymnast", "runner", "sport", "turner", "fußball")

#: Why a radiologist was passed over, in words.
SKIPPED: dict[str, Text] = {
    "subspecialty": _("other subspecialty"),
    "licence": _("no licence for the patient's country"),
    "first_reader": _("wrote the first report, or works where it was written"),
    "cap": _("today's limit is reached"),
    "away": _("away or not available"),
    "language": _("does not read in the patient's language"),
    "competence": _("lacks the competence this case asks for"),
    "declined": _("gave this case back"),
    "load": _("has more open cases"),
}
