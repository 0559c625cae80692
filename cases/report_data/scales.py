"""Scales of the whole report: agreement, quality, critical results, recommendations, order."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cases.report_data.model import Mark, Option, Text

NO_FIRST_REPORT, NOT_COMPARED = "no_first_report", "not_compared"

#: What the patient sees (E12).
AGREEMENT: tuple[Option, ...] = (
    Option(
        "confirmed",
        _("Confirmed"),
        _("We agree with your first report."),
    ),
    Option(
        "refined",
        _("Refined"),
        _("We agree with your first report and can say some things more exactly."),
    ),
    Option(
        "partly_different",
        _("Partly different"),
        _("We agree with parts of your first report and see some things differently."),
    ),
    Option(
        "importantly_different",
        _("Importantly different"),
        _("We see something differently from your first report that may matter for your care."),
    ),
    Option(
        NO_FIRST_REPORT,
        _("No first report"),
        _("You did not send us a first report, so there was nothing to compare with."),
    ),
    Option(
        NOT_COMPARED,
        _("Not compared"),
        _("Your first report was not compared with this result."),
    ),
)
#: Stored for research, never shown to the patient (five-point scale, E12).
RESEARCH_SCORE: tuple[Option, ...] = (
    Option("1", _("1: no difference")),
    Option("2", _("2: clinically unimportant, detection")),
    Option("3", _("3: clinically unimportant, interpretation")),
    Option("4", _("4: clinically important, detection")),
    Option("5", _("5: clinically important, interpretation")),
)
RESEARCH_SOURCE = "M4"
#: Internal and non-punitive; never in the patient's PDF (RADPEER 2016, E12).
RADPEER: tuple[Option, ...] = (
    Option("1", _("1: concur")),
    Option("2a", _("2a: understandable miss, unlikely to matter")),
    Option("2b", _("2b: understandable miss, likely to matter")),
    Option("3a", _("3a: should be made most of the time, unlikely to matter")),
    Option("3b", _("3b: should be made most of the time, likely to matter")),
)
RADPEER_SOURCE = "R12"

RECOMMENDATIONS: tuple[Option, ...] = (
    Option(
        "none", _("none"), _("No further imaging is suggested."), _("No more scans are needed.")
    ),
    Option(
        "correlation",
        _("examination or a named test"),
        _("Clinical correlation is advised."),
        _("Ask your doctor to compare this result with your examination."),
    ),
    Option(
        "flexion_extension",
        _("flexion-extension radiographs"),
        _("Flexion-extension radiographs are advised."),
        _("X-rays while you bend forwards and backwards could help."),
    ),
    Option(
        "contrast_mri",
        _("MRI with contrast"),
        _("MRI with contrast is advised."),
        _("An MRI with contrast could help."),
    ),
    Option("ct", _("CT"), _("CT is advised."), _("A CT scan could help.")),
    Option(
        "si_hip_mri",
        _("MRI of sacroiliac joints or hip"),
        _("MRI of the sacroiliac joints or hip is advised."),
        _("An MRI of the joints of the pelvis or hip could help."),
    ),
    Option(
        "whole_spine",
        _("whole-spine MRI"),
        _("MRI of the whole spine is advised."),
        _("An MRI of the whole spine could help."),
    ),
    Option(
        "specialist",
        _("specialist"),
        _("Specialist consultation is advised."),
        _("Talk to a spine specialist about this result."),
    ),
    Option(
        "urgent_care",
        _("urgent care"),
        _("Urgent clinical assessment is advised."),
        _("See a doctor today and show them this report."),
    ),
)

#: The order of the impression (E11), first to last.
IMPRESSION_KINDS: tuple[Option, ...] = (
    Option("urgent", _("urgent")),
    Option("main", _("explains symptoms")),
    Option("other", _("other relevant")),
    Option("age", _("age-related")),
    Option("limits", _("limits")),
)
IMPRESSION_MAX = 6


@dataclass(frozen=True, slots=True)
class CriticalFinding:
    """A finding somebody must be told of, its category and how soon (E13)."""

    code: str
    label: Text
    category: int


CRITICAL_FINDINGS: tuple[CriticalFinding, ...] = (
    CriticalFinding("cauda_equina", _("Cauda equina compression"), 1),
    CriticalFinding("epidural_abscess", _("Epidural abscess"), 1),
    CriticalFinding("epidural_haematoma", _("Epidural haematoma with compression"), 1),
    CriticalFinding("cord_compression", _("Cord or conus compression"), 1),
    CriticalFinding("unstable_fracture", _("Unstable fracture with canal compromise"), 1),
    CriticalFinding("aortic_rupture", _("Signs of aortic rupture"), 1),
    CriticalFinding("severe_stenosis", _("Severe central stenosis or large extrusion"), 2),
    CriticalFinding("discitis", _("Discitis or osteomyelitis"), 2),
    CriticalFinding("suspicious_lesion", _("Suspicious bone or intradural lesion"), 2),
    CriticalFinding("acute_fracture", _("Acute fracture"), 2),
    CriticalFinding("aneurysm_large", _("Aortic aneurysm of 5 cm or more"), 2),
    CriticalFinding("hydronephrosis", _("Hydronephrosis"), 2),
    CriticalFinding("indeterminate_lesion", _("Indeterminate lesion that needs follow-up"), 3),
    CriticalFinding("aneurysm_small", _("Aortic aneurysm of 3 to 5 cm"), 3),
    CriticalFinding("pelvic_mass", _("Renal or adnexal mass"), 3),
    CriticalFinding("insufficiency", _("Insufficiency oedema"), 3),
)
CRITICAL_MARK = Mark.DESIGN
CRITICAL_TARGET = {1: timedelta(minutes=60), 2: timedelta(hours=12), 3: timedelta(days=3)}
CHANNELS: tuple[Option, ...] = (
    Option("phone_patient", _("telephone, patient")),
    Option("phone_doctor", _("telephone, treating doctor")),
    Option("coordinator", _("coordinator asked to call")),
    Option("message", _("message with read receipt")),
)
