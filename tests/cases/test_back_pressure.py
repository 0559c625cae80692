"""A long queue or a full store asks new uploads to come back; begun ones may end."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.lifecycle import Status
from cases.models import Upload
from tests.cases.uploading import Draft, Session, plan_of, put
from tests.factories import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(ana, s3):
    return Draft(Session(ana), make_case(ana))


@pytest.fixture(params=["queue", "store"])
def overfull(request, begun, ben, settings):
    if request.param == "queue":
        settings.UPLOAD_MAX_WAITING = 1
        make_case(ben, Status.SUBMITTED)
    else:
        settings.UPLOAD_MAX_STORED_BYTES = Upload.objects.get().total_bytes + 50


def plan_anew(user):
    """Begin an upload in a new request; return the response."""
    case, session = make_case(user), Session(user)
    plan = plan_of((1, 1000), fingerprint="b")
    return session.client.post(
        f"/cases/{case.code}/uploads/", plan, content_type="application/json"
    )


@pytest.mark.usefixtures("overfull")
def test_a_new_upload_is_asked_to_come_back(ben):
    response = plan_anew(ben)
    assert (response.status_code, response.json()) == (503, {"error": "busy"})
    assert int(response["Retry-After"]) >= 60
    assert Upload.objects.count() == 1


@pytest.mark.usefixtures("overfull")
def test_an_upload_that_has_begun_ends(begun):
    again = begun.session.post_json(begun.uploads, plan_of((1, len(begun.body))))
    assert again[0] == 200
    assert put(begun.sign()[1], begun.body) == 200
    assert begun.post("complete/")[0] == 200


def test_with_room_nobody_is_sent_away(begun, ben):
    assert plan_anew(ben).status_code == 200


@pytest.mark.usefixtures("overfull")
def test_the_plain_form_says_so_in_words(ben):
    case, session = make_case(ben), Session(ben)
    archive = SimpleUploadedFile("disc.zip", b"PK\x03\x04" + bytes(100))
    page = session.client.post(f"/cases/{case.code}/upload/zip/", {"archive": archive}, follow=True)
    told = [str(message) for message in page.context["messages"]]
    assert len(told) == 1
    assert "Please try again in a few minutes" in told[0]
    assert Upload.objects.count() == 1
