"""Frames without asking the database each time, and never for longer than two seconds."""

import pytest
from django.db import connection
from django.test import Client

from cases.lifecycle import READY
from cases.models import AccessRecord, Case
from dicomweb.grants import GRANT_SECONDS, MOST_GRANTS, Grants, Holder, grants
from dicomweb.scope import Scope
from tests.dicomweb.conftest import put_study, sign_in
from tests.dicomweb.reader import CODE
from tests.factories import make_case

AS_A_VIEWER = {"Accept": "multipart/related; type=application/octet-stream; transfer-syntax=*"}
AHEAD = {"Sec-Purpose": "prefetch;prerender"}


@pytest.fixture
def later(monkeypatch):
    """Let the grants' clock be moved on by so many seconds."""
    now = [1000.0]
    monkeypatch.setattr(grants, "_clock", lambda: now[0])

    def move(seconds: float) -> None:
        now[0] += seconds

    return move


@pytest.fixture
def frame(study_path, result) -> str:
    series = result.series[1]
    sop = series.instances[0].sop_instance_uid
    return f"{study_path}/series/{series.series_instance_uid}/instances/{sop}/frames/1"


def take_away(case: Case) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    Case.objects.filter(pk=case.pk).update(assignee=None, assigned_at=None, status=READY)


def test_a_frame_after_the_first_asks_the_database_nothing(
    client, case, mia, frame, later, django_assert_num_queries
):
    sign_in(client, mia)
    first = client.get(frame, headers=AS_A_VIEWER)
    with django_assert_num_queries(0):
        again = client.get(frame, headers=AS_A_VIEWER)
    assert (first.status_code, again.status_code) == (200, 200)
    assert len(again.content) == len(first.content)


def test_what_protects_the_answer_is_the_same_with_and_without_a_grant(
    client, case, mia, frame, later
):
    sign_in(client, mia)
    first, again = (client.get(frame, headers=AS_A_VIEWER).headers for _ in range(2))
    mine = {"Content-Type", "Content-Language", "Vary"}  # boundary, language of error texts
    assert {k: v for k, v in first.items() if k not in mine} == {
        k: v for k, v in again.items() if k not in mine
    }
    assert "Cookie" in again["Vary"]
    assert "private" in again["Cache-Control"]
    assert again["X-Frame-Options"] == "DENY"


def test_a_case_taken_away_gives_no_frame_after_two_seconds(client, case, mia, frame, later):
    sign_in(client, mia)
    assert client.get(frame).status_code == 200
    take_away(case)
    later(GRANT_SECONDS - 0.1)
    assert client.get(frame).status_code == 200  # as docs/conformance.md says
    later(0.1)
    assert client.get(frame).status_code == 404
    assert client.get(frame).status_code == 404


def test_frames_asked_for_without_end_do_not_prolong_a_grant(client, case, mia, frame, later):
    sign_in(client, mia)
    client.get(frame)
    take_away(case)
    seen = []
    for _ in range(30):
        seen.append(client.get(frame).status_code)
        later(0.1)
    assert seen.index(404) == round(GRANT_SECONDS / 0.1)
    assert set(seen[seen.index(404) :]) == {404}


def test_the_time_counts_from_the_beginning_of_the_check(case):
    slow = Grants(clock=lambda: 102.5)
    slow.give(Holder("s", CODE, False), Scope(case, []), checked_at=100.0)
    assert slow.find(Holder("s", CODE, False)) is None


def test_who_signs_out_gets_no_frame_after_two_seconds(client, case, mia, frame, later):
    sign_in(client, mia)
    client.get(frame)
    held = dict(client.cookies)
    client.logout()
    client.cookies.update(held)
    later(GRANT_SECONDS)
    assert client.get(frame).status_code == 401


def test_a_closed_account_gets_no_frame_after_two_seconds(client, case, mia, frame, later):
    sign_in(client, mia)
    client.get(frame)
    mia.is_active = False
    mia.save()
    later(GRANT_SECONDS)
    assert client.get(frame).status_code == 401


@pytest.mark.parametrize("who", ["noor", "ben", "olga"])
def test_a_grant_is_of_no_use_to_another_session(client, case, mia, request, frame, later, who):
    sign_in(client, mia)
    client.get(frame)
    other = Client()
    assert other.get(frame).status_code == 401
    sign_in(other, request.getfixturevalue(who))
    assert other.get(frame).status_code == 404


def test_a_grant_is_of_one_case(client, case, ana, noor, mia, frame, tree, result, later):
    sign_in(client, mia)
    client.get(frame)
    other = make_case(ana, "assigned", code="SR-OTHER3", assignee=noor)
    put_study(other, tree, result)
    client.get(frame)
    assert client.get(frame.replace(CODE, other.code)).status_code == 404


def test_everything_but_frames_is_checked_each_time(client, case, mia, study_path, frame, later):
    sign_in(client, mia)
    client.get(frame)
    take_away(case)
    instance = frame.removesuffix("/frames/1")
    for path in ("/metadata", "", "/rendered", "/thumbnail", "/bulkdata/7FE00010"):
        assert client.get(instance + path).status_code == 404


def test_a_wrong_frame_is_refused_as_ever(client, case, mia, frame, later):
    sign_in(client, mia)
    client.get(frame)
    assert client.get(frame[:-1] + "9").status_code == 404
    assert client.get(frame, headers={"Accept": "text/html"}).status_code == 406
    guessed = frame.split("/series/")[0] + "/series/1.2/instances/1.3/frames/1"
    assert client.get(guessed).status_code == 404
    assert client.post(frame).status_code in (403, 405)


def test_no_more_grants_are_kept_than_allowed(case):
    many = Grants(clock=lambda: 100.0)
    for number in range(MOST_GRANTS + 50):
        many.give(Holder(str(number), CODE, False), Scope(case, []), checked_at=100.0)
    assert len(many) == MOST_GRANTS
    assert many.find(Holder("0", CODE, False)) is None
    assert many.find(Holder(str(MOST_GRANTS + 49), CODE, False)) is not None


def test_frames_loaded_ahead_are_written_down_as_such_and_reading_as_reading(
    client, case, mia, frame, later
):
    sign_in(client, mia)
    client.get(frame, headers=AHEAD)
    client.get(frame, headers=AHEAD)
    assert list(AccessRecord.objects.values_list("what", flat=True)) == ["images_ahead"]
    client.get(frame)
    assert set(AccessRecord.objects.values_list("what", flat=True)) == {"images_ahead", "images"}
