"""A store that compares nothing, by settings: the worker finds out, and says so in words."""

import itertools

import pytest
from django.utils import timezone

from cases import lifecycle, originals, pipeline, preparation
from cases.first_look import first_look
from cases.lifecycle import RETURNED
from cases.models import Bundle, Upload, UploadedInstance
from cases.models.upload import UploadState
from cases.reasons import reason_for
from imaging.errors import Code
from tests.cases.uploading import Draft, Session, declaration_of, plan_of, put
from tests.factories import make_case
from tests.store_proxy import portal_on, proxy_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ana, s3, settings):
    settings.S3_CHECKSUM = settings.S3_WRITE_ONCE = False
    return make_case(ana)


@pytest.fixture
def overwritten(case, ana) -> Draft:
    """An upload whose only bundle was written again, with other bytes of the same length."""
    draft = Draft(Session(ana), case)
    _, ticket = draft.sign()
    assert ticket["headers"] == {}
    assert put(ticket, draft.body) == 200
    assert put(ticket, b"y" * len(draft.body)) == 200
    assert draft.post("complete/")[0] == 200
    return draft


def test_a_longer_body_is_refused_even_so(case, ana):
    draft = Draft(Session(ana), case)
    assert put(draft.sign()[1], draft.body + b"x") == 403


def test_an_object_that_was_written_again_is_not_used(overwritten, case, tmp_path):
    preparation.prepare(Bundle.objects.get().pk)
    look = first_look(case)
    assert (look.usable, look.is_moving) == (0, False)
    assert [one.code for one in look.left_out] == [Code.CUT_OFF]
    list(originals.lay_out(Bundle.objects.all(), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_request_with_nothing_else_comes_back_in_words(overwritten, case):
    lifecycle.advance(case, "submit", by=case.patient, submitted_at=timezone.now())
    pipeline.process(case.pk)
    case.refresh_from_db()
    assert (case.status, case.reason_code) == (RETURNED, Code.CUT_OFF.value)
    assert "copy was probably interrupted" in str(reason_for(case.reason_code).text)


def test_the_same_disc_is_sent_again(overwritten, case, ana):
    preparation.prepare(Bundle.objects.get().pk)
    again = Draft(overwritten.session, case)
    assert again.upload != overwritten.upload
    assert Upload.objects.filter(state=UploadState.ABANDONED).count() == 1
    assert put(again.sign()[1], again.body) == 200
    assert again.post("complete/")[0] == 200


def test_the_other_bundles_go_on(case, ana, tmp_path):
    session, bodies = Session(ana), (b"a" * 1000, b"b" * 2000)
    _, state = session.post_json(f"/cases/{case.code}/uploads/", plan_of((1, 1000), (1, 2000)))
    upload = f"/cases/{case.code}/uploads/{state['upload']}/"
    for number, body in enumerate(bodies):
        _, ticket = session.post_json(f"{upload}bundles/{number}/", declaration_of(body))
        assert put(ticket, body if number else b"z" * 1000) == 200
    assert session.post_json(f"{upload}complete/", {})[0] == 200
    list(originals.lay_out(Bundle.objects.all(), tmp_path))
    (arrived,) = tmp_path.iterdir()
    assert arrived.read_bytes() == bodies[1]
    broken = UploadedInstance.objects.get(outcome=Code.CUT_OFF)
    assert broken.bundle.number == 0


def test_a_bundle_is_compared_as_a_whole_before_anything_is_undone(case, ana, tmp_path):
    """Each file in it is as declared, and yet it is not the declared bundle."""
    draft = Draft(Session(ana), case)
    declared = declaration_of(draft.body) | {"sha256": "0" * 64}
    assert put(draft.sign(declared)[1], draft.body) == 200
    list(originals.lay_out(Bundle.objects.all(), tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("spoilt", "files", "outcome"), [(1, 1, ""), (2, 0, Code.CUT_OFF)])
def test_a_bundle_is_read_again_before_it_is_called_another_one(
    case, ana, tmp_path, settings, slot, spoilt, files, outcome
):
    draft = Draft(Session(ana), case)
    assert put(draft.sign()[1], draft.body) == 200
    assert draft.post("complete/")[0] == 200
    answers = itertools.count(1)
    with proxy_of(slot.state.s3_url) as store, portal_on(settings, store.url):
        store.spoils = lambda method: method == "GET" and next(answers) <= spoilt
        list(originals.lay_out(Bundle.objects.all(), tmp_path))
    assert len(list(tmp_path.iterdir())) == files
    assert UploadedInstance.objects.get().outcome == outcome
