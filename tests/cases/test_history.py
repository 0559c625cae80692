"""What the patient said of the past decides which series are wanted, and never a return."""

import pytest
from django.test import Client
from django.urls import reverse

from cases import consents, pipeline
from cases.forms.intake import HistoryForm
from cases.history import history_of
from cases.lifecycle import READY
from cases.models import Intake
from cases.services import assignments, requests
from imaging.persons import History
from imaging.synthetic import build_study
from stack.upload_client import upload_folder
from tests.cases.uploading import Session
from tests.dicomweb.conftest import sign_in
from tests.factories import ANSWERS

OPERATED, INFECTION, TUMOUR = History
NOTE = "There is no series with contrast medium; it is wanted"


@pytest.mark.parametrize(
    ("answers", "history"),
    [
        ({}, set()),
        ({"prior_surgery": " "}, set()),
        ({"prior_surgery": "2019, L5/S1"}, {OPERATED}),
        ({"red_flags": ["RF6"]}, {INFECTION}),
        ({"red_flags": ["RF7", "RF8"]}, {TUMOUR}),
        ({"red_flags": ["RF1", "unknown"]}, set()),
        ({"conditions": {"infection_risk": "yes", "cancer": "unsure"}}, {INFECTION}),
        ({"conditions": {"infection_risk": "no", "cancer": "yes", "steroid": "yes"}}, {TUMOUR}),
        ({"prior_surgery": "1999", "red_flags": ["RF6", "RF7"]}, set(History)),
    ],
)
def test_the_answers_say_what_happened(answers, history):
    assert history_of(Intake(**answers)) == history


@pytest.mark.parametrize(
    ("written", "kept"), [("None.", ""), ("nein", ""), (" - ", ""), ("No, but 2011 L4/5", None)]
)
def test_who_writes_that_there_was_no_operation_had_none(written, kept):
    asked = HistoryForm({"prior_surgery": written}, intake=Intake())
    asked.full_clean()
    assert asked.cleaned_data["prior_surgery"] == (written if kept is None else kept)


def test_without_answers_nothing_happened():
    assert history_of(None) == frozenset()


@pytest.mark.django_db
def test_the_reader_is_told_that_contrast_is_missing_and_the_case_goes_on(
    ana, cole, mia, s3, tmp_path
):
    case = requests.create_request(patient=ana)
    for step, answers in (ANSWERS | {"history": {"conditions": {"cancer": "yes"}}}).items():
        requests.save_answers(case=case, step=step, answers=answers)
    requests.give_consent(case=case, codes=consents.CODES)
    build_study(tmp_path / "disc", size="tiny")
    upload_folder(Session(ana), case.code, tmp_path / "disc")
    requests.submit(case=case, by=ana)
    pipeline.process(case.pk)
    case.refresh_from_db()
    study = case.studies.get()
    assert (case.status, study.verdict) == (READY, "COMPLETE")
    (found,) = study.findings.filter(code="CONTRAST-WANTED")
    assert (found.level, found.params["history"]) == ("info", ["tumour"])

    assignments.assign(case=case, to=mia, by=cole)
    reader = Client()
    sign_in(reader, mia)
    for name in ("radiologists:preview", "radiologists:read"):
        page = reader.get(reverse(name, args=[case.code]), follow=True).content.decode()
        assert f"{NOTE} where a tumour is possible." in page, name
