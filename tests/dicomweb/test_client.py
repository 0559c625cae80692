"""The DICOMweb client of the highdicom project, unchanged, against the running server."""

import numpy as np
import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from django.conf import settings
from django.test import Client
from imagecodecs import htj2k_decode

from imaging.decode import FrameSource
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.reader import CODE


@pytest.fixture
def session(live_server, case, mia):
    browser = Client()
    sign_in(browser, mia)
    with requests.Session() as session:
        session.cookies.set(
            settings.SESSION_COOKIE_NAME, browser.cookies[settings.SESSION_COOKIE_NAME].value
        )
        yield session


@pytest.fixture
def dicomweb(live_server, session) -> DICOMwebClient:
    return DICOMwebClient(f"{live_server.url}/dicomweb/c/{CODE}", session=session)


def value(row, tag):
    return row[tag]["Value"][0]


def test_it_searches_and_retrieves(dicomweb, result, tree):
    (study,) = dicomweb.search_for_studies(search_filters={"PatientID": CODE}, limit=5)
    uid = value(study, "0020000D")
    series = dicomweb.search_for_series(uid, fields=["SeriesDescription"])
    assert [value(row, "0008103E") for row in series] == [one.label for one in result.series]
    second = value(series[1], "0020000E")
    instances = dicomweb.search_for_instances(uid, second, limit=2, offset=1)
    wanted = [one.sop_instance_uid for one in result.series[1].instances]
    assert [value(row, "00080018") for row in instances] == wanted[1:3]
    assert dicomweb.search_for_studies(search_filters={"PatientID": "NOBODY"}) == []

    assert len(dicomweb.retrieve_series_metadata(uid, second)) == len(wanted)
    assert len(dicomweb.retrieve_study_metadata(uid)) == sum(
        len(one.instances) for one in result.series
    )
    (one,) = [dicomweb.retrieve_instance_metadata(uid, second, wanted[0])]
    assert value(one, "00080018") == wanted[0]

    reference = FrameSource(tree / "s02" / "i0001.dcm").frame(0)
    dataset = dicomweb.retrieve_instance(uid, second, wanted[0])
    np.testing.assert_array_equal(dataset.pixel_array, reference)
    (frame,) = dicomweb.retrieve_instance_frames(uid, second, wanted[0], [1])
    assert frame == reference.tobytes()
    assert len(dicomweb.retrieve_series(uid, second)) == len(wanted)
    picture = dicomweb.retrieve_instance_rendered(
        uid, second, wanted[0], media_types=("image/jpeg",)
    )
    assert picture.startswith(b"\xff\xd8")


def test_htj2k_by_plain_http(live_server, session, study_path, result, tree):
    """The client does not know `image/jphc`; every frame of the study is compared."""
    accept = 'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.201'
    for series in result.series:
        for one in series.instances:
            path = f"{study_path}/series/{series.series_instance_uid}/instances"
            url = f"{live_server.url}{path}/{one.sop_instance_uid}/frames/1"
            response = session.get(url, headers={"Accept": accept}, timeout=20)
            boundary = response.headers["Content-Type"].partition("boundary=")[2]
            part = response.content.split(f"--{boundary}".encode())[1]
            data = part.split(b"\r\n\r\n", 1)[1][:-2]
            stored = tree / f"s{series.ordinal:02d}" / f"i{one.ordinal:04d}.dcm"
            np.testing.assert_array_equal(htj2k_decode(data), FrameSource(stored).frame(0))
