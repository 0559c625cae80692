"""What becomes of a case after the checks: one decision for every verdict and code."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.urls import reverse

from cases import reasons, verdicts
from cases.finding_words import WORDS, missing_of
from cases.lifecycle import FAILED, HELD, PROCESSING, READY, RETURNED
from cases.models import Bundle, Finding, Study, UploadedInstance
from cases.selectors import quarantine
from cases.selectors.receipts import left_out_of
from imaging.errors import Code, Fate
from imaging.rules import CATALOGUE
from imaging.study import FileOutcome, Identity, IngestResult, PriorSummary, StudySummary, Verdict
from imaging.study import Finding as Found
from tests.factories import make_case, make_upload

pytestmark = pytest.mark.django_db


def result(verdict: Verdict, *codes: Code, findings: tuple[Found, ...] = ()) -> IngestResult:
    files = tuple(FileOutcome(str(number), code) for number, code in enumerate(codes))
    return IngestResult(verdict, files, None, (), findings, Identity())


@pytest.mark.parametrize(
    ("verdict", "codes", "decision"),
    [
        (Verdict.COMPLETE, [Code.OK], ("accept_study", "")),
        (Verdict.READABLE_WITH_LIMITS, [Code.OK], ("accept_study", "")),
        (Verdict.COMPLETE, [Code.OK, Code.NOT_DICOM, Code.KIND], ("accept_study", "")),
        (Verdict.COMPLETE, [Code.OK, Code.DAMAGED, Code.CRASHER], ("accept_study", "")),
        (Verdict.COMPLETE, [Code.OK, Code.BURNED], ("hold", "BURNED")),
        (Verdict.UNSURE, [Code.OK], ("hold", "BODY")),
        (Verdict.INCOMPLETE, [Code.OK], ("return_to_patient", "FEW")),
        (Verdict.NOT_LUMBAR_MR, [Code.OK], ("return_to_patient", "BODY")),
        (Verdict.SEVERAL_PATIENTS, [Code.OK], ("return_to_patient", "IDENT")),
        (Verdict.SEVERAL_STUDIES, [Code.OK], ("return_to_patient", "STUDIES")),
        (Verdict.NO_IMAGES, [], ("return_to_patient", "NO-IMAGES")),
        (Verdict.NO_IMAGES, [Code.NOT_DICOM], ("return_to_patient", "NO-IMAGES")),
        (Verdict.NO_IMAGES, [Code.NOT_DICOM, Code.CUT_OFF], ("return_to_patient", "CUT-OFF")),
        (Verdict.NO_IMAGES, [Code.KIND, Code.KIND, Code.EMPTY], ("return_to_patient", "KIND")),
    ],
)
def test_every_verdict_has_one_decision(ana, verdict, codes, decision):
    assert verdicts.decide(make_case(ana, PROCESSING), result(verdict, *codes)) == decision


#: What becomes of a whole study beside which one file ended with the code; else it goes on.
BESIDE_GOOD_ONES = {
    Code.BURNED: ("hold", "BURNED"),
    Code.UNSAFE: ("hold", "QUARANTINE"),
    Code.UNEXPECTED: ("fail", "UNEXPECTED"),
}
#: The same where nothing or too little is left; else the patient is asked.
WITH_NOTHING_LEFT = BESIDE_GOOD_ONES | dict.fromkeys(
    (Code.LIMIT, Code.CRASHER), ("hold", "QUARANTINE")
)


@pytest.mark.parametrize("code", list(Code))
def test_no_code_is_passed_over_beside_good_files(ana, code):
    case = make_case(ana, PROCESSING)
    for verdict in (Verdict.COMPLETE, Verdict.READABLE_WITH_LIMITS):
        decision = verdicts.decide(case, result(verdict, Code.OK, code, Code.OK))
        assert decision == BESIDE_GOOD_ONES.get(code, ("accept_study", ""))


@pytest.mark.parametrize("code", [Code.UNSAFE, Code.UNEXPECTED])
def test_a_stopped_file_comes_before_a_question_that_a_release_would_answer(ana, code):
    decision = verdicts.decide(make_case(ana, PROCESSING), result(Verdict.UNSURE, Code.OK, code))
    assert decision == BESIDE_GOOD_ONES[code]


@pytest.mark.parametrize("code", list(Code))
def test_the_patient_is_asked_only_for_what_they_can_mend(ana, code):
    case = make_case(ana, PROCESSING)
    step, reason = verdicts.decide(case, result(Verdict.NO_IMAGES, code, code))
    if code in WITH_NOTHING_LEFT:
        assert (step, reason) == WITH_NOTHING_LEFT[code]
    else:
        assert step == "return_to_patient"
    few = verdicts.decide(case, result(Verdict.INCOMPLETE, Code.OK, code))
    assert few == WITH_NOTHING_LEFT.get(code, ("return_to_patient", "FEW"))


@pytest.mark.parametrize("verdict", sorted(verdicts.RETURNS))
def test_a_fault_of_ours_stops_the_case_whatever_else_was_found(ana, verdict):
    decision = verdicts.decide(make_case(ana, PROCESSING), result(verdict, Code.UNEXPECTED))
    assert decision == ("fail", "UNEXPECTED")


def test_every_stopped_code_has_words_for_the_coordinator():
    assert set(quarantine.WORDS) == quarantine.STOPPED


@pytest.mark.parametrize(
    ("code", "status"), [(Code.UNSAFE, HELD), (Code.UNEXPECTED, FAILED), (Code.OK, READY)]
)
def test_coordinators_are_told_of_a_case_that_stops(ana, cole, code, status):
    case = make_case(ana, PROCESSING)
    found = result(Verdict.COMPLETE, Code.OK, code)
    found = replace(found, files=tuple(replace(f, name=str(uuid4())) for f in found.files))
    verdicts.publish(case, found, [], mine={"claim_token": case.claim_token})
    assert case.status == status
    owed = case.notifications.filter(template="needs_coordinator", recipient=cole)
    assert owed.exists() == (status != READY)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("CONFLICT", "CONFLICT"),
        ("SEVERAL-STUDIES", "STUDIES"),
        ("STUDIES-UNORDERED", "STUDIES-ORDER"),
        ("STUDIES-OTHER-BODY", "STUDIES-BODY"),
        ("MISSING-AX-T2", "FEW"),
    ],
)
def test_a_returned_case_is_told_the_closest_reason(ana, code, reason):
    entry = CATALOGUE[code]
    assert entry.verdict is not None
    found = result(entry.verdict, Code.OK, findings=(Found(code, entry.level, ""),))
    assert verdicts.decide(make_case(ana, PROCESSING), found) == ("return_to_patient", reason)
    assert reasons.REASONS[reason].todo


def with_prior(*codes: str, files: tuple[Code, ...] = (Code.OK,)) -> IngestResult:
    findings = tuple(Found(code, CATALOGUE[code].level, "") for code in codes)
    prior = PriorSummary(StudySummary("2.25.2", "MR", "LUMBAR", "", None, None, "", ""),
                         (), findings, months=14)  # fmt: skip
    return replace(result(Verdict.COMPLETE, *files), prior=prior)


def test_an_incomplete_prior_makes_no_case_incomplete(ana):
    codes = ("MISSING-SAG-T2", "MISSING-AX-T2", "CONFLICT", "BODY-UNPROVEN", "VERY-LOSSY")
    found = with_prior(*codes, files=(Code.OK, Code.CONFLICT, Code.DAMAGED))
    assert verdicts.decide(make_case(ana, PROCESSING), found) == ("accept_study", "")


def test_a_prior_of_another_age_or_sex_waits_for_a_person(ana):
    for code in ("AGE-DIFFERS", "SEX-DIFFERS"):
        decision = verdicts.decide(make_case(ana, PROCESSING), with_prior(code))
        assert decision == ("hold", "DEMOGRAPHICS")


def test_a_lost_study_of_two_waits_for_a_person(ana):
    """What is left may be the older one: nobody should read it as the newer."""
    case = make_case(ana, PROCESSING)
    make_upload(case, summary={"prior": True})
    assert verdicts.decide(case, result(Verdict.COMPLETE, Code.OK)) == ("hold", "PRIOR")
    assert verdicts.decide(case, with_prior()) == ("accept_study", "")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_verdict_is_forgotten(ana, verdict):
    step, reason = verdicts.decide(make_case(ana, PROCESSING), result(verdict, Code.OK))
    assert step == "accept_study" or reason in reasons.REASONS


@pytest.mark.parametrize("code", ["AGE-DIFFERS", "SEX-DIFFERS"])
def test_images_of_another_age_or_sex_wait_for_a_person(ana, code):
    differs = Found(code, CATALOGUE[code].level, "")
    found = result(Verdict.COMPLETE, Code.OK, findings=(differs,))
    assert verdicts.decide(make_case(ana, PROCESSING), found) == ("hold", "DEMOGRAPHICS")


def test_a_minor_or_pregnant_patient_is_looked_at_first(ana):
    case = make_case(ana, PROCESSING)
    case.intake.red_flags = ["RF10"]
    assert verdicts.decide(case, result(Verdict.COMPLETE, Code.OK)) == ("hold", "REVIEW")


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_words_for_the_patient(code):
    assert reasons.REASONS[code.value].text


def test_a_code_that_sends_the_case_back_says_what_to_do():
    for code in Code:
        if code.fate is Fate.RETURNED:
            assert reasons.REASONS[code.value].todo


def test_an_unknown_code_reads_as_a_fault_of_ours():
    assert reasons.reason_for("NEW-CODE") == reasons.REASONS["UNEXPECTED"]


def test_every_check_that_makes_a_study_incomplete_has_words_for_the_patient():
    incomplete = {e.code for e in CATALOGUE.values() if e.verdict is Verdict.INCOMPLETE}
    assert incomplete - {"CONFLICT"} == set(WORDS)


def test_a_returned_case_names_the_missing_pictures_and_a_text_for_the_clinic(ana, client):
    case = make_case(ana, RETURNED, reason_code="FEW")
    study = Study.objects.create(case=case, study_instance_uid="2.25.1", verdict="INCOMPLETE")
    for code in ("MISSING-AX-T2", "MISSING-AX-T2", "MISSING-SAG-T1"):
        Finding.objects.create(study=study, code=code, level="fail", message="")
    assert missing_of(case) == [WORDS["MISSING-AX-T2"]]
    client.force_login(ana)
    page = client.get(reverse("cases:detail", args=[case.code])).content.decode()
    assert str(WORDS["MISSING-AX-T2"].for_patient) in page
    assert str(WORDS["MISSING-AX-T2"].for_clinic) in page


def test_the_receipt_page_says_what_was_left_out_and_why(ana, client):
    case = make_case(ana, RETURNED, reason_code="NO-IMAGES")
    bundle = Bundle.objects.create(
        upload=make_upload(case), number=0, planned_instances=3, planned_bytes=3
    )
    for number, code in enumerate(["NOT-DICOM", "NOT-DICOM", "CUT-OFF", "OK"]):
        UploadedInstance.objects.create(
            bundle=bundle, offset=number, coded_size=1, size=1, coding="raw", outcome=code
        )
    assert [(item.code, item.files) for item in left_out_of(case)] == [
        ("NOT-DICOM", 2),
        ("CUT-OFF", 1),
    ]
    client.force_login(ana)
    page = client.get(reverse("cases:receipt", args=[case.code])).content.decode()
    assert str(reasons.REASONS["CUT-OFF"].text) in page
