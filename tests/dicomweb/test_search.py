"""QIDO-RS: matching, paging, fields, and what is refused."""

import pytest

from tests.dicomweb.conftest import sign_in

CASE = "/dicomweb/c/SR-TEST23"


@pytest.fixture
def search(client, case, mia):
    sign_in(client, mia)

    def get(path, status=200, **query):
        response = client.get(CASE + path, query, headers={"Accept": "application/dicom+json"})
        assert response.status_code == status, response.content
        return response.json() if status == 200 else response

    return get


def values(rows, tag):
    return [row[tag]["Value"][0] for row in rows]


def test_the_case_has_one_study(search, result):
    (row,) = search("/studies")
    assert row["0020000D"]["Value"] == [result.study.study_instance_uid]
    assert row["00100020"]["Value"] == ["SR-TEST23"]
    assert row["00080061"]["Value"] == ["MR"]
    assert row["00201206"]["Value"] == [len(result.series)]
    assert row["00201208"]["Value"] == [sum(len(one.instances) for one in result.series)]


def test_series_and_instances_are_listed_in_order(search, result):
    study = result.study.study_instance_uid
    series = search(f"/studies/{study}/series")
    assert values(series, "0020000E") == [one.series_instance_uid for one in result.series]
    assert values(series, "0008103E") == [one.label for one in result.series]
    second = result.series[1]
    rows = search(f"/studies/{study}/series/{second.series_instance_uid}/instances")
    assert values(rows, "00080018") == [one.sop_instance_uid for one in second.instances]
    everything = search(f"/studies/{study}/instances")
    assert len(everything) == sum(len(one.instances) for one in result.series)
    assert len(search("/series")) == len(series)
    assert len(search("/instances")) == len(everything)


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ({"SeriesDescription": "T2 SAG"}, ["T2 SAG"]),
        ({"SeriesDescription": "T2*"}, ["T2 SAG", "T2 AX"]),
        ({"SeriesDescription": "?1 SAG"}, ["T1 SAG"]),
        ({"0008103E": "STIR*"}, ["STIR SAG"]),
        ({"SeriesNumber": "1"}, ["LOC"]),
        ({"Modality": "MR", "SeriesDescription": "LOC"}, ["LOC"]),
    ],
)
def test_series_are_matched(search, result, query, labels):
    rows = search(f"/studies/{result.study.study_instance_uid}/series", **query)
    assert values(rows, "0008103E") == labels


def test_no_match_is_204(search, result):
    for query in ({"Modality": "CT"}, {"SeriesInstanceUID": "1.2.3"}):
        path = f"/studies/{result.study.study_instance_uid}/series"
        assert search(path, status=204, **query).content == b""
    search("/studies", status=204, PatientID="SOMEBODY")


def test_a_list_of_uids_matches_each(search, result):
    wanted = [one.series_instance_uid for one in result.series[:2]]
    for separator in (",", "\\"):
        rows = search("/series", SeriesInstanceUID=separator.join(wanted))
        assert values(rows, "0020000E") == wanted


def test_limit_and_offset_page_through(search, result):
    path = f"/studies/{result.study.study_instance_uid}/instances"
    everything = values(search(path), "00080018")
    assert values(search(path, limit=3), "00080018") == everything[:3]
    assert values(search(path, limit=3, offset=2), "00080018") == everything[2:5]
    search(path, status=204, offset=9999)


def test_fields_are_added_when_asked_for(search, result):
    path = f"/studies/{result.study.study_instance_uid}/instances"
    assert "00180081" not in search(path, limit=1)[0]
    assert "00180081" in search(path, limit=1, includefield="EchoTime")[0]
    assert "00180081" in search(path, limit=1, includefield="00180080,00180081")[0]
    everything = search(path, limit=1, includefield="all")[0]
    assert "00180081" in everything
    assert "7FE00010" not in everything


@pytest.mark.parametrize(
    "query", [{"limit": "many"}, {"offset": "-1"}, {"Nonsense": "1"}, {"fuzzymatching": "maybe"}]
)
def test_an_unknown_question_is_400(search, query):
    search("/series", status=400, **query)


def test_fuzzy_matching_is_answered_with_a_warning(search, client):
    response = client.get(CASE + "/studies", {"fuzzymatching": "true"})
    assert response.status_code == 200
    assert response["Warning"].startswith("299")


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/dicom+json", 200),
        ("application/json", 200),
        ("*/*", 200),
        ('multipart/related; type="application/dicom+xml"', 406),
        ("application/dicom+json;q=0", 406),
        ("text/html", 406),
    ],
)
def test_the_accept_header_is_obeyed(client, case, mia, accept, status):
    sign_in(client, mia)
    assert client.get(CASE + "/studies", headers={"Accept": accept}).status_code == status
