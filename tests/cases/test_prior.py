"""A case with an older study beside the current one: rows, receipts, lists, report."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from cases import verdicts
from cases.lifecycle import ASSIGNED, READY
from cases.models import Study, StudyRole
from cases.models.study import interval_words
from cases.pipeline import studies_for
from cases.report_checks import problems
from cases.report_context import current_study, prior_study, shown_studies, signed_context
from cases.report_papers import preview
from cases.selectors import worklists
from cases.services import reports
from imaging.errors import Code
from imaging.study import (
    FileOutcome,
    Identity,
    IngestResult,
    Level,
    PriorSummary,
    SeriesSummary,
    StudySummary,
    Verdict,
)
from imaging.study import Finding as Found
from tests.factories import make_case

pytestmark = pytest.mark.django_db
RECEIPT = {
    "profile": "test", "instances": 3, "dates": "REMOVED", "removed": {}, "replaced": {},
    "kept": {}, "pixels": {"unchanged": 3, "bits_cleared": 0, "padding_trimmed": 0},
}  # fmt: skip


def series(uid: str, label: str) -> SeriesSummary:
    return SeriesSummary(
        ordinal=1, series_instance_uid=uid, number=1, label=label, plane="SAG", weighting="T2",
        fat_suppressed=False, contrast=False, is_3d=False, is_localizer=False, thickness_mm=4.0,
        spacing_mm=4.4, pixel_mm=0.6, rows=256, columns=256, frames=11, instances=(),
    )  # fmt: skip


def study(uid: str) -> StudySummary:
    return StudySummary(uid, "MR", "LUMBAR", "MRI lumbar spine", None, 1.5, "", "")


def result(*, months: int | None = 14, sha: str = "a" * 64) -> IngestResult:
    limit = Found("THICK", Level.WARN, "T2 SAG: slices of 5 mm (4 mm wanted).")
    old_limit = Found("THICK", Level.WARN, "T2 SAG: slices of 6 mm (4 mm wanted).")
    prior = None
    if months is not None:
        old = (series("2.25.21", "T2 SAG"),)
        prior = PriorSummary(study("2.25.2"), old, (old_limit,), months, RECEIPT)
    return IngestResult(
        Verdict.READABLE_WITH_LIMITS, (FileOutcome("1", Code.OK, sha),), study("2.25.1"),
        (series("2.25.11", "T2 SAG"),), (limit,), Identity(), RECEIPT, prior,
    )  # fmt: skip


def publish(case, found: IngestResult) -> None:
    verdicts._save_studies(case, studies_for(case, found), found)


@pytest.fixture
def case(ana, mia):
    case = make_case(ana, ASSIGNED, assignee=mia)
    publish(case, result())
    return case


def test_both_studies_are_stored_under_keys_of_their_own(case):
    current, prior = shown_studies(case)
    assert (current, prior) == (current_study(case), prior_study(case))
    assert (current.role, prior.role) == (StudyRole.CURRENT, StudyRole.PRIOR)
    assert (current.months_earlier, prior.months_earlier) == (None, 14)
    assert current.prefix != prior.prefix
    assert (current.verdict, prior.verdict) == ("READABLE_WITH_LIMITS", "")


def test_the_same_upload_lands_under_the_same_keys_again(case):
    before = {study.pk for study in shown_studies(case)}
    publish(case, result())
    assert {study.pk for study in shown_studies(case)} == before
    assert Study.objects.filter(case=case).count() == 2


def test_a_new_upload_without_a_prior_takes_the_place_of_both(case):
    publish(case, result(months=None, sha="b" * 64))
    assert prior_study(case) is None
    assert len(shown_studies(case)) == 1
    assert Study.objects.filter(case=case, role=StudyRole.SUPERSEDED).count() == 2


@pytest.mark.parametrize(
    ("role", "months"),
    [
        (StudyRole.CURRENT, None),
        (StudyRole.PRIOR, 3),
    ],
)
def test_no_case_has_two_studies_of_one_role(case, role, months):
    with pytest.raises(IntegrityError, match="one_study_per_case_and_role"), transaction.atomic():
        Study.objects.create(
            case=case, study_instance_uid="2.25.9", role=role, months_earlier=months
        )


def test_the_database_refuses_an_interval_where_none_belongs(ana):
    case = make_case(ana, READY)
    for role, months in ((StudyRole.PRIOR, None), (StudyRole.CURRENT, 3)):
        with pytest.raises(IntegrityError, match="interval"), transaction.atomic():
            Study.objects.create(
                case=case, study_instance_uid="2.25.9", role=role, months_earlier=months
            )


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (0, "less than a month earlier"),
        (1, "about 1 month earlier"),
        (14, "about 14 months earlier"),
        (23, "about 23 months earlier"),
        (24, "about 2 years earlier"),
        (43, "about 4 years earlier"),
    ],
)
def test_an_interval_is_said_in_months_and_from_two_years_on_in_years(months, words):
    assert interval_words(months) == words


def test_the_report_names_what_is_compared_and_its_limits_are_those_of_the_current_one(case, mia):
    report = reports.start_reading(case=case, by=mia)
    assert report.content["comparison"] == "Older MRI of the lumbar spine, about 14 months earlier."
    signed = signed_context(report, "")
    assert signed["limits"] == ["T2 SAG: slices of 5 mm (4 mm wanted)."]
    assert signed["series"] == ["T2 SAG"]
    assert signed["prior_months_earlier"] == 14
    clinician, _patient = preview(report, "")
    (comparison,) = [part for part in clinician.sections if part.title == "Comparison"]
    assert "about 14 months earlier" in str(comparison.parts)


def test_an_empty_comparison_is_warned_of_only_when_there_is_a_prior(case, ana, mia):
    report = reports.start_reading(case=case, by=mia)
    assert "comparison-missing" not in {problem.code for problem in problems(report)}
    report.content["comparison"] = " "
    assert "comparison-missing" in {problem.code for problem in problems(report)}
    alone = make_case(ana, ASSIGNED, assignee=mia)
    publish(alone, result(months=None))
    report = reports.start_reading(case=alone, by=mia)
    assert report.content["comparison"] == ""
    assert "comparison-missing" not in {problem.code for problem in problems(report)}


def test_the_lists_say_which_case_has_a_prior(case, ana, mia):
    alone = make_case(ana, ASSIGNED, assignee=mia)
    publish(alone, result(months=None))
    found = {row.case: row.study for row in worklists.rows([case, alone])}
    assert (found[case].has_prior, found[alone].has_prior) == (True, False)
    assert (found[case].series, found[case].frames) == (1, 11)


def test_the_patient_sees_a_receipt_for_each_and_what_is_kept_of_the_dates(client, case, ana):
    client.force_login(ana)
    page = client.get(reverse("cases:receipt", args=[case.code])).content.decode()
    assert "Current" in page
    assert "Prior, about 14 months earlier" in page
    assert "how many months lie between them" in page
    page = client.get(reverse("cases:detail", args=[case.code])).content.decode()
    assert "an older examination (about 14 months earlier)" in page
