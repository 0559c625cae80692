"""Whose images they are: everything else does not exist."""

from itertools import pairwise

import pytest
from django.db import connection

from cases.lifecycle import READY
from cases.models import AccessRecord, Case
from dicomweb.grants import grants
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.reader import CODE

LEVELS = ["", "/metadata", "/series", "/instances", "/rendered", "/thumbnail"]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("who", ["ana", "mia", "cole"])
def test_those_who_may_see_the_case_see_its_images(client, case, request, study_path, who, level):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(study_path + level).status_code == 200


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("who", ["ben", "noor", "olga"])
def test_for_others_it_does_not_exist(client, case, request, study_path, who, level):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(study_path + level).status_code == 404
    unknown = study_path.replace(CODE, "SR-NOBODY")
    assert client.get(unknown + level).status_code == 404


@pytest.mark.parametrize("level", LEVELS)
def test_nobody_in_particular_is_asked_to_sign_in(client, case, study_path, level):
    response = client.get(study_path + level)
    assert response.status_code == 401
    assert "Cookie" in response["WWW-Authenticate"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_guessed_study_is_not_found(client, case, mia, level):
    sign_in(client, mia)
    assert client.get(f"/dicomweb/c/{CODE}/studies/1.2.3{level}").status_code == 404


def test_a_series_of_another_study_is_not_found(client, case, mia, study_path):
    sign_in(client, mia)
    assert client.get(f"{study_path}/series/1.2.3/metadata").status_code == 404
    assert client.get(f"{study_path}/series/1.2.3/instances/1.2.4/frames/1").status_code == 404


def test_a_case_taken_away_is_gone_at_once(client, case, mia, study_path):
    sign_in(client, mia)
    assert client.get(study_path + "/metadata").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    Case.objects.filter(pk=case.pk).update(assignee=None, assigned_at=None, status=READY)
    assert client.get(study_path + "/metadata").status_code == 404


def test_the_reading_is_recorded_once_a_sitting(client, case, mia, study_path):
    sign_in(client, mia)
    for level in LEVELS:
        client.get(study_path + level)
    (record,) = AccessRecord.objects.filter(case=case)
    assert (record.user, record.what) == (mia, "images")


def test_a_frame_costs_few_queries(
    client, case, mia, study_path, result, django_assert_max_num_queries
):
    sign_in(client, mia)
    series = result.series[1]
    uid = series.instances[0].sop_instance_uid
    path = f"{study_path}/series/{series.series_instance_uid}/instances/{uid}/frames/1"
    client.get(path)
    grants.clear()
    with django_assert_max_num_queries(4):
        assert client.get(path).status_code == 200


def test_previews_are_listed_and_served(client, case, ana, ben, tree, result):
    sign_in(client, ana)
    series = client.get(f"/cases/{CODE}/images.json").json()["series"]
    assert [len(one["previews"]) for one in series] == [one.frames for one in result.series]
    assert series[1]["frames"][0] == [result.series[1].instances[0].sop_instance_uid, 1]
    assert series[0]["label"] == "Overview for planning"
    assert "side" in series[1]["label"]
    picture = client.get(series[1]["previews"][0])
    assert picture["Content-Type"] == "image/webp"
    assert "immutable" in picture["Cache-Control"]
    assert (
        client.get(series[1]["previews"][0], headers={"If-None-Match": picture["ETag"]}).status_code
        == 304
    )
    pack = (tree / "s02" / "previews.pack").read_bytes()
    drawn = [pack[start:end] for start, end in pairwise((0, *result.series[1].preview_ends))]
    assert [client.get(one).content for one in series[1]["previews"]] == drawn
    for missing in ("1/0", "1/999", "99/1"):
        assert client.get(f"/cases/{CODE}/previews/{missing}.webp").status_code == 404
    assert client.get(f"/cases/{CODE}/previews/1/1.webp?v=000").status_code == 404
    sign_in(client, ben)
    assert client.get(f"/cases/{CODE}/images.json").status_code == 404
    assert client.get(series[1]["previews"][0]).status_code == 404
