"""Each resource says in its status when its objects are gone, or the store is away."""

import pytest

from cases import storage
from dicomweb import objects
from tests.dicomweb.conftest import sign_in

ONE = "multipart/related"
RESOURCES = {
    "study": ("", ONE),
    "series": ("{series}", ONE),
    "instance": ("{instance}", ONE),
    "instance alone": ("{instance}", "application/dicom"),
    "study metadata": ("/metadata", "*/*"),
    "series metadata": ("{series}/metadata", "*/*"),
    "instance metadata": ("{instance}/metadata", "*/*"),
    "one frame": ("{instance}/frames/1", ONE),
    "one frame alone": ("{instance}/frames/1", "application/octet-stream"),
    "several frames": ("{instance}/frames/1,1", ONE),
    "rendered": ("{instance}/rendered", "*/*"),
    "rendered frame": ("{instance}/frames/1/rendered", "*/*"),
    "thumbnail": ("{instance}/thumbnail", "*/*"),
    "bulk data": ("{instance}/bulkdata/7FE00010", ONE),
    "bulk data alone": ("{instance}/bulkdata/7FE00010", "application/octet-stream"),
    "search for studies": ("/../../studies", "*/*"),
    "search for series": ("/series", "*/*"),
    "search for instances": ("{series}/instances", "*/*"),
}


@pytest.fixture(params=RESOURCES)
def ask(request, client, case, mia, study_path, result):
    """Return what asks for one resource, with nothing of it kept in memory but the index."""
    path, accept = RESOURCES[request.param]
    series = result.series[1]
    place = f"/series/{series.series_instance_uid}"
    inside = f"{place}/instances/{series.instances[0].sop_instance_uid}"
    address = study_path + path.format(series=place, instance=inside)
    if "/../../" in address:
        address = study_path.rpartition("/")[0]
    sign_in(client, mia)

    def asked():
        response = client.get(address, headers={"Accept": accept})
        return response, b"".join(response) if response.streaming else response.content

    assert asked()[0].status_code == 200
    rows = case.studies.get(study_instance_uid=result.study.study_instance_uid).series.all()
    objects.forget()
    for one in rows:  # what was read before is kept: the frames themselves must be missed
        objects._index(one.prefix)
    return asked


def test_an_object_that_is_gone_is_404(ask, settings):
    settings.S3_BUCKET_STUDIES = settings.S3_BUCKET_ORIGINALS  # where nothing of it lies
    assert ask()[0].status_code == 404


def test_a_store_that_is_away_is_503(ask, settings):
    settings.S3 = settings.S3 | {"endpoint_url": "http://127.0.0.1:1"}
    storage.client.cache_clear()
    try:
        response, body = ask()
    finally:
        storage.client.cache_clear()
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert body == b"Try again."
