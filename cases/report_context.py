"""What stands around a report: the question, the symptoms, the study and its limits.

No name, birth date or address is in here: it is what the radiologist sees, and what is kept
with the signed text.
"""

from typing import Any

from django.utils.translation import gettext as _

from cases.models import Case, Finding, Intake, Report, Study, StudyRole
from cases.models.study import SHOWN
from cases.report_data.scales import NO_FIRST_REPORT, NOT_COMPARED
from cases.report_template import VERSION

_TOLD = ("warn", "fail")
#: Findings that are no limit and that the reader is told all the same.
_NOTED = ("CONTRAST-WANTED",)
COMPARED = "compared"


def questions_of(case: Case) -> list[str]:
    """Return the patient's questions; each must be answered."""
    intake = intake_of(case)
    return [question for question in [intake.main_question, *intake.extra_questions] if question]


def intake_of(case: Case) -> Intake:
    """Return the answers, empty ones where the patient gave none."""
    return getattr(case, "intake", None) or Intake(case=case)


def current_study(case: Case) -> Study | None:
    """Return the study that is read, with its findings."""
    return case.studies.filter(role=StudyRole.CURRENT).prefetch_related("findings").first()


def prior_study(case: Case) -> Study | None:
    """Return the older study that came along for comparison."""
    return case.studies.filter(role=StudyRole.PRIOR).first()


def shown_studies(case: Case) -> list[Study]:
    """Return what the readers and the patient see: the current study, then the prior."""
    return list(case.studies.filter(role__in=SHOWN).order_by("role"))


def comparison_of(case: Case) -> str:
    """Return the sentence with which the section Comparison begins; "" without a prior."""
    prior = prior_study(case)
    if prior is None:
        return ""
    return _("Older MRI of the lumbar spine, %(interval)s.") % {"interval": prior.interval}


def limits_of(study: Study | None) -> list[str]:
    """Return the technical limits that the checks found, a sentence each."""
    if study is None:
        return []
    told = (one.message for one in _findings_of(study) if one.level in _TOLD)
    return list(dict.fromkeys(told))


def notes_of(study: Study | None) -> list[str]:
    """Return what the reader is told of the study beside its limits, a sentence each."""
    if study is None:
        return []
    return [one.message for one in _findings_of(study) if one.code in _NOTED]


def _findings_of(study: Study) -> list[Finding]:
    """Return the findings in their order, without a query where they came with the study."""
    return sorted(study.findings.all(), key=lambda one: one.pk)


def has_first_report(case: Case) -> bool:
    """Say whether there is a first report whose text a reader can compare.

    The file that a patient sends carries their name and is never shown to a reader; it counts
    once the coordinator has copied its text.
    """
    intake = intake_of(case)
    return intake.has_first_report is True and bool(intake.first_report_text)


def first_report_state(case: Case) -> str:
    """Return whether the first report is compared, could not be, or was never sent."""
    if has_first_report(case):
        return COMPARED
    return NOT_COMPARED if intake_of(case).has_first_report else NO_FIRST_REPORT


def finding_codes(case: Case) -> set[str]:
    study = current_study(case)
    if study is None:
        return set()
    return set(study.findings.values_list("code", flat=True))


def signed_context(report: Report, credentials: str) -> dict[str, Any]:
    """Return what is signed together with the content."""
    case, intake, study = report.case, intake_of(report.case), current_study(report.case)
    prior = prior_study(case)
    return {
        "case": case.code,
        "template_version": VERSION,
        "author": report.author.full_name,
        "credentials": credentials,
        "age": intake.age_years,
        "sex": intake.sex,
        "study": study.details.get("label", "") if study else "",
        "field_strength_t": study.details.get("field_strength_t") if study else None,
        "prior_months_earlier": prior.months_earlier if prior else None,
        "series": [series.label for series in study.series.all()] if study else [],
        "limits": limits_of(study),
        "first_report": first_report_state(case),
        "symptoms": symptoms(intake),
        "key_images": [
            _key_image(image)
            for image in report.key_images.select_related("instance__series__study")
        ],
    }


def _key_image(image: Any) -> dict[str, Any]:
    return {
        "id": str(image.pk),
        "caption": image.caption,
        "series": image.instance.series.label,
        "is_prior": image.instance.series.study.is_prior,
        "instance": image.number,
    }


def symptoms(intake: Intake) -> dict[str, Any]:
    """Return the answers that bear on the reading, as codes."""
    return {
        "pain_regions": intake.pain_regions,
        "back_or_leg": intake.back_or_leg,
        "side_worse": intake.side_worse,
        "pain_now": intake.pain_now,
        "pain_worst": intake.pain_worst,
        "duration": intake.duration,
        "onset": intake.onset,
        "worse_with": intake.worse_with,
        "better_with": intake.better_with,
        "walk_limit": intake.walk_limit,
        "numb_regions": intake.numb_regions,
        "weak_regions": intake.weak_regions,
        "red_flags": intake.red_flags,
        "prior_surgery": intake.prior_surgery,
        "conditions": [code for code, answer in intake.conditions.items() if answer == "yes"],
    }
