"""The demo's accounts can sign in, and its stories end where they should."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from cases.intake_questions import BETTER_WITH, REGIONS, WORSE_WITH
from cases.lifecycle import ASSIGNED, DRAFT, READING, READY, REPORTED, RETURNED
from cases.models import Case, Study, StudyRole
from portal.demo import accounts, stories


@pytest.fixture
def demo(settings):
    settings.DEMO = True


@pytest.mark.django_db
def test_the_demo_is_refused_outside_a_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="not a demo"):
        call_command("seed_demo")


@pytest.mark.django_db
def test_data_of_an_earlier_version_are_named(demo):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_series DROP COLUMN preview_ends")
    with pytest.raises(CommandError, match="bin/demo --reset"):
        call_command("seed_demo", "--no-cases")


@pytest.mark.django_db
def test_accounts_are_made_once_and_keep_their_passwords(demo):
    first, second = accounts.make_accounts(), accounts.make_accounts()
    assert first == second
    for account in first:
        assert Client().login(username=account.email, password=account.password)
        assert bool(account.totp_secret) == (account.role != "patient")


@pytest.mark.django_db(transaction=True)
def test_the_stories_end_where_they_should(demo, s3, celery_worker):
    said = io.StringIO()
    call_command("seed_demo", "--json", stdout=said)
    assert {account["role"] for account in json.loads(said.getvalue())["accounts"]} == {
        "patient", "radiologist", "coordinator", "operator",
    }  # fmt: skip
    ends = sorted(Case.objects.values_list("status", flat=True))
    assert ends == sorted([REPORTED, READY, READING, ASSIGNED, RETURNED, DRAFT])
    prior = Study.objects.get(role=StudyRole.PRIOR)
    assert (prior.case.status, prior.title) == (READING, "Prior, about 14 months earlier")
    assert prior.case.reports.get().content["comparison"]
    call_command("seed_demo", stdout=io.StringIO())
    assert Case.objects.count() == len(ends)


def test_the_stories_use_the_words_of_the_form():
    known = {
        "pain_regions": {code for _title, choices in REGIONS for code, _side in choices},
        "worse_with": dict(WORSE_WITH).keys(),
        "better_with": dict(BETTER_WITH).keys(),
    }
    for story in stories.STORIES:
        for name, codes in known.items():
            assert set(story.answers.get("pain", {}).get(name, [])) <= set(codes)
