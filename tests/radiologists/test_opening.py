"""A case's page may be drawn before anybody sees it; what counts begins when it is seen."""

import pytest
from django.urls import reverse

from cases.lifecycle import ASSIGNED, READING
from cases.models import AccessRecord, Report

pytestmark = pytest.mark.django_db
AHEAD = {"Sec-Purpose": "prefetch;prerender", "Sec-Fetch-Site": "none"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def assigned(new_case, mia):
    return new_case(ASSIGNED, assignee=mia)


@pytest.fixture
def reader(sign_in, mia):
    return sign_in(mia)


def at(name, case):
    return reverse(f"radiologists:{name}", args=[case.code])


def written(case):
    return set(AccessRecord.objects.filter(case=case).values_list("what", flat=True))


def test_the_list_names_the_page_to_draw_ahead(reader, assigned):
    rules = reader.get("/worklist/")["Speculation-Rules"].strip('"')
    answer = reader.get(rules)
    assert answer["Content-Type"] == "application/speculationrules+json"
    assert answer.json() == {
        "prerender": [{"urls": [at("open", assigned)], "eagerness": "immediate"}]
    }


def test_without_another_case_nothing_is_drawn_ahead(reader):
    assert "Speculation-Rules" not in reader.get("/worklist/").headers


def test_drawing_ahead_changes_nothing_and_is_written_down_as_such(reader, assigned):
    page = reader.get(at("open", assigned), headers=AHEAD)
    assert page.status_code == 200
    assert at("seen", assigned) in page.content.decode()
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED
    assert not Report.objects.exists()
    assert written(assigned) == {"case_ahead"}


def test_seeing_begins_the_reading_and_is_written_down(reader, assigned):
    reader.get(at("open", assigned), headers=AHEAD)
    assert reader.post(at("seen", assigned)).json() == {"revision": 0}
    assert reader.post(at("seen", assigned)).json() == {"revision": 0}
    assigned.refresh_from_db()
    assert assigned.status == READING
    assert Report.objects.get().seen_at is not None
    assert written(assigned) == {"case_ahead", "case", "images"}


def test_the_page_that_was_drawn_is_the_one_that_is_read(reader, assigned):
    ahead = reader.get(at("open", assigned), headers=AHEAD).context
    reader.post(at("seen", assigned))
    read = reader.get(at("read", assigned)).context
    for name in ("content", "intake", "limits", "page_data", "level_rows", "impression"):
        assert ahead[name] == read[name], name


def test_a_draft_that_is_there_is_drawn_with_its_revision(reader, assigned, mia):
    reader.post(at("seen", assigned))
    Report.objects.update(revision=3)
    page = reader.get(at("open", assigned), headers=AHEAD).content.decode()
    assert 'name="revision" value="3"' in page


def test_a_case_taken_away_meanwhile_does_not_begin(reader, assigned, noor):
    reader.get(at("open", assigned), headers=AHEAD)
    type(assigned).objects.filter(pk=assigned.pk).update(assignee=noor)
    assert reader.post(at("seen", assigned)).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_link_from_elsewhere_leads_to_the_page_that_asks_first(reader, assigned, site):
    answer = reader.get(at("open", assigned), headers={"Sec-Fetch-Site": site})
    assert answer["Location"] == at("read", assigned)
    assert written(assigned) == set()


def test_getting_a_page_never_begins(reader, assigned):
    assert reader.get(at("seen", assigned)).status_code == 405
    reader.get(at("open", assigned), headers=OURS)
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED
    assert written(assigned) == {"case"}
