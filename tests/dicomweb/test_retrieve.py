"""WADO-RS: what was stored comes back, bit by bit, in the form that was asked for."""

import gzip
import io
from email.parser import BytesParser

import imagecodecs
import numpy as np
import pydicom
import pytest
from PIL import Image

from dicomweb import objects
from dicomweb.blocks import packs
from imaging.decode import FrameSource
from tests.dicomweb.conftest import sign_in

HTJ2K = "1.2.840.10008.1.2.4.201"
EXPLICIT = "1.2.840.10008.1.2.1"
AS_OHIF_ASKS = "multipart/related; type=application/octet-stream; transfer-syntax=*"
RAW = f'multipart/related; type="application/octet-stream"; transfer-syntax={EXPLICIT}'


@pytest.fixture
def get(client, case, mia, study_path):
    sign_in(client, mia)

    def fetch(path="", accept="*/*", status=200, query=None, **headers):
        response = client.get(study_path + path, query, headers={"Accept": accept, **headers})
        assert response.status_code == status, (path, accept, response.status_code)
        return response

    return fetch


def body(response) -> bytes:
    return b"".join(response) if response.streaming else response.content


def parts(response):
    """Return the parts of a multipart answer as the standard library's mail parser sees them."""
    head = f"Content-Type: {response['Content-Type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + body(response))
    return [(part, part.get_payload(decode=True)) for part in message.walk() if part is not message]


def raw_parts(response):
    """Return the bodies of a multipart answer, cut by its boundary as PS3.18 says."""
    boundary = response["Content-Type"].partition("boundary=")[2].encode()
    chunks = body(response).split(b"--" + boundary)
    assert chunks[0] == b""
    assert chunks[-1] == b"--\r\n"
    return [chunk.split(b"\r\n\r\n", 1)[1][:-2] for chunk in chunks[1:-1]]


@pytest.fixture
def second(result):
    """Return the second series, its first instance and the path of that instance."""
    series = result.series[1]
    instance = series.instances[0]
    path = f"/series/{series.series_instance_uid}/instances/{instance.sop_instance_uid}"
    return series, instance, path


@pytest.fixture
def reference(tree):
    """Return the stored values of the second series' first instance."""
    return FrameSource(tree / "s02" / "i0001.dcm").frame(0)


def test_a_frame_comes_as_htj2k(get, second, reference):
    response = get(second[2] + "/frames/1", AS_OHIF_ASKS)
    assert 'type="image/jphc"' in response["Content-Type"]
    (data,) = raw_parts(response)
    np.testing.assert_array_equal(imagecodecs.htj2k_decode(data), reference)


def test_the_parts_name_their_transfer_syntax_and_place(get, second, study_path):
    ((part, _),) = parts(get(second[2] + "/frames/1", AS_OHIF_ASKS))
    assert part["Content-Type"] == f"image/jphc; transfer-syntax={HTJ2K}"
    assert part["Content-Location"] == study_path + second[2] + "/frames/1"


def test_a_frame_comes_as_words_where_that_is_wished(get, second, reference):
    (data,) = raw_parts(get(second[2] + "/frames/1", RAW))
    assert data == reference.tobytes()


def test_a_frame_comes_as_a_single_part(get, second, reference):
    response = get(second[2] + "/frames/1", f"image/jphc; transfer-syntax={HTJ2K}")
    assert response["Content-Type"] == f"image/jphc; transfer-syntax={HTJ2K}"
    np.testing.assert_array_equal(imagecodecs.htj2k_decode(body(response)), reference)
    assert body(get(second[2] + "/frames/1", "application/octet-stream")) == reference.tobytes()


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/frames/1", 'multipart/related; type="image/jpeg"'),
        ("/frames/1", f'multipart/related; type="image/jphc"; transfer-syntax={EXPLICIT}'),
        ("/frames/1", "text/html"),
        ("", "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.70"),
        ("", "image/png"),
        ("/metadata", 'multipart/related; type="application/dicom+xml"'),
        ("/rendered", "image/gif"),
        ("/bulkdata/7FE00010", "image/jpeg"),
    ],
)
def test_what_cannot_be_given_is_406(get, second, path, accept):
    get(second[2] + path, accept, status=406)


@pytest.mark.parametrize(
    "path", ["/frames/2", "/frames/0", "/frames/1,2", "/bulkdata/00100010", "/rendered/1"]
)
def test_what_is_not_there_is_404(get, second, path):
    get(second[2] + path, status=404)


def test_an_instance_is_the_stored_file(get, second, tree):
    stored = (tree / "s02" / "i0001.dcm").read_bytes()
    assert raw_parts(get(second[2], 'multipart/related; type="application/dicom"')) == [stored]
    assert body(get(second[2], "application/dicom")) == stored
    exact = f'multipart/related; type="application/dicom"; transfer-syntax={EXPLICIT}'
    assert raw_parts(get(second[2], exact)) == [stored]


def test_a_series_and_a_study_stream_all_instances(get, second, result, tree):
    series = second[0]
    found = raw_parts(get(f"/series/{series.series_instance_uid}"))
    stored = [tree / "s02" / f"i{one.ordinal:04d}.dcm" for one in series.instances]
    assert found == [path.read_bytes() for path in stored]
    assert len(raw_parts(get())) == sum(len(one.instances) for one in result.series)


def test_metadata_comes_compressed_where_understood(get, second):
    path = f"/series/{second[0].series_instance_uid}/metadata"
    plain = get(path)
    packed = get(path, **{"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(plain.json()) == len(second[0].instances)


def test_metadata_of_study_and_instance(get, second, result):
    everything = get("/metadata").json()
    assert len(everything) == sum(len(one.instances) for one in result.series)
    assert get("/metadata", **{"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"
    (one,) = get(second[2] + "/metadata").json()
    assert one["00080018"]["Value"] == [second[1].sop_instance_uid]
    dataset = pydicom.Dataset.from_json(one, lambda _tag, _vr, uri: uri.encode())
    assert dataset.SeriesDescription == second[0].label


def test_bulk_data_is_where_the_metadata_says(get, client, second, reference):
    (one,) = get(second[2] + "/metadata").json()
    response = client.get(one["7FE00010"]["BulkDataURI"], headers={"Accept": RAW})
    assert raw_parts(response) == [reference.tobytes()]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", "JPEG"), ("image/png", "PNG"), ("image/webp,image/jpeg;q=0.5", "WEBP")],
)
def test_pictures_are_rendered(get, second, reference, accept, kind):
    for path in (second[2] + "/rendered", second[2] + "/frames/1/rendered", "/rendered"):
        picture = Image.open(io.BytesIO(get(path, accept).content))
        assert picture.format == kind
    assert Image.open(io.BytesIO(get(second[2] + "/rendered").content)).size == reference.T.shape


def test_the_window_and_size_can_be_chosen(get, second):
    path = second[2] + "/rendered"
    bright = np.asarray(Image.open(io.BytesIO(get(path, query={"window": "1,2,LINEAR"}).content)))
    dark = np.asarray(Image.open(io.BytesIO(get(path, query={"window": "90000,2,LINEAR"}).content)))
    assert bright.mean() > dark.mean()
    small = Image.open(io.BytesIO(get(path, query={"viewport": "32,32"}).content))
    assert max(small.size) == 32


@pytest.mark.parametrize(
    "query", [{"window": "a,b"}, {"window": "1,0"}, {"quality": "0"}, {"viewport": "x,1"}]
)
def test_senseless_rendering_is_400(get, second, query):
    get(second[2] + "/rendered", query=query, status=400)


def test_thumbnails_are_small(get, second):
    for path in ("/thumbnail", f"/series/{second[0].series_instance_uid}/thumbnail"):
        assert max(Image.open(io.BytesIO(get(path).content)).size) <= 256
    assert get(second[2] + "/thumbnail")["Content-Type"] == "image/jpeg"


def test_frames_may_be_kept_and_are_not_sent_twice(get, second):
    first = get(second[2] + "/frames/1", AS_OHIF_ASKS)
    assert first["Cache-Control"] == "private, max-age=86400, immutable"
    held = {"If-None-Match": first["ETag"]}
    again = get(second[2] + "/frames/1", AS_OHIF_ASKS, status=304, **held)
    assert body(again) == b""
    other_form = get(second[2] + "/frames/1", RAW, **held)
    assert body(other_form)


@pytest.mark.parametrize(
    "path", ["", "/rendered", "/frames/1/rendered", "/thumbnail", "/frames/1,1", "/metadata"]
)
def test_what_the_client_holds_is_not_made_again(get, second, path, settings):
    first = get(second[2] + path)
    assert body(get(second[2] + path, **{"If-None-Match": '"other"'}))
    packs.clear()
    objects._compressed_metadata.cache_clear()
    settings.S3_BUCKET_STUDIES = settings.S3_BUCKET_ORIGINALS  # where there is nothing to read
    again = get(second[2] + path, status=304, **{"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert body(again) == b""
    assert again["ETag"] == first["ETag"]


def test_only_reading_is_allowed(client, get, study_path):
    for method in (client.post, client.put, client.delete):
        assert method(study_path).status_code == 405
