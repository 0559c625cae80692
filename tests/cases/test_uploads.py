"""The upload's addresses over HTTP and a real S3: the good way, and each way to go wrong."""

import json
import time
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from django.db import connection
from django.test import Client

from cases import lifecycle, originals, preparation, storage
from cases.lifecycle import Status
from cases.models import Bundle, CaseEvent, Upload, UploadedInstance
from cases.models.upload import UploadState
from imaging.coding import RAW_DEFLATE, Coding, encode
from imaging.errors import Code
from stack.errors import StackError
from stack.upload_client import pack, upload_folder
from tests.cases.uploading import Draft, Session, declaration_of, digests, plan_of, put
from tests.factories import make_case


@pytest.fixture
def case(ana, s3):
    return make_case(ana)


@pytest.fixture
def session(ana):
    return Session(ana)


@pytest.fixture
def folder(tmp_path):
    """Nine files that fill three bundles."""
    disc = tmp_path / "disc"
    disc.mkdir()
    for number in range(9):
        (disc / f"IM{number}").write_bytes(bytes([number]) * (1_500_000 + number))
    return disc


@pytest.mark.django_db
class TestTheWay:
    def test_a_folder_arrives_and_is_complete(self, session, case, folder):
        sent = upload_folder(session, case.code, folder)
        upload = Upload.objects.get()
        assert (sent.files, upload.bundle_count, upload.instance_count) == (9, 3, 9)
        assert (upload.state, upload.total_bytes) == (UploadState.COMPLETE, sent.raw_bytes)
        assert storage.keys(storage.ORIGINALS, upload.prefix) == {
            bundle.key: bundle.size for bundle in Bundle.objects.all()
        }
        assert CaseEvent.objects.filter(case=case, name="pictures_received").count() == 1

    def test_the_same_folder_again_sends_nothing(self, session, case, folder):
        upload_folder(session, case.code, folder)
        again = upload_folder(session, case.code, folder)
        assert again.sent_bytes == 0
        assert Upload.objects.count() == 1
        assert CaseEvent.objects.filter(name="pictures_received").count() == 1

    def test_the_worker_gets_the_very_files(self, session, case, folder, tmp_path):
        upload_folder(session, case.code, folder)
        (tmp_path / "out").mkdir()
        list(originals.lay_out(Bundle.objects.all(), tmp_path / "out"))
        assert digests(tmp_path / "out") == digests(folder)
        assert {path.name for path in (tmp_path / "out").iterdir()} == {
            str(pk) for pk in UploadedInstance.objects.values_list("pk", flat=True)
        }

    def test_a_bundle_that_landed_without_a_word_is_not_sent_again(self, session, case):
        draft = Draft(session, case)
        _, ticket = draft.sign()
        assert put(ticket, draft.body) == 200
        assert draft.sign() == (200, {"landed": True})

    def test_completing_finds_what_landed_without_a_word(self, session, case):
        draft = Draft(session, case)
        assert put(draft.sign()[1], draft.body) == 200
        status, state = draft.post("complete/")
        assert (status, state["landed"]) == (200, [0])
        assert draft.post("complete/")[0] == 200

    def test_another_browser_may_pack_the_same_bundle_otherwise(self, session, case):
        draft = Draft(session, case)
        _, first = draft.sign()
        packed = declaration_of(encode(draft.body, Coding.DEFLATE), coding="deflate")
        packed["index"][0]["raw_length"] = len(draft.body)
        _, second = draft.sign(packed)
        assert first["url"].split("?")[0] != second["url"].split("?")[0]
        put(first, draft.body)  # the old signature writes beside, not over
        assert draft.post("bundles/0/landed/") == (409, {"error": "not-stored"})
        assert put(second, encode(draft.body, Coding.DEFLATE)) == 200
        assert draft.post("complete/")[0] == 200

    def test_new_contents_for_a_bundle_are_declared_a_few_times_only(self, session, case, settings):
        settings.UPLOAD_MAX_DECLARATIONS = 2
        draft = Draft(session, case)
        assert draft.sign(declaration_of(b"a" * 1000))[0] == 200
        assert draft.sign(declaration_of(b"b" * 1000))[0] == 200
        refused = (413, {"error": "declared-too-often", "limit": 2})
        assert draft.sign(declaration_of(b"c" * 1000)) == refused
        put(draft.sign(declaration_of(b"b" * 1000))[1], b"b" * 1000)  # it goes on all the same
        assert draft.post("complete/")[0] == 200

    def test_what_is_packed_by_then_is_declared_with_the_plan(self, session, case):
        uploads, body = f"/cases/{case.code}/uploads/", b"x" * 1000
        plan = plan_of((1, 1000), (1, 2000), (1, 3000))
        plan["declared"] = [declaration_of(body), None]
        status, first = session.post_json(uploads, plan)
        assert status == 200
        ticket, nothing = first["tickets"]
        assert (ticket["landed"], nothing) == (False, None)
        assert put(ticket, body) == 200
        session.post_json(f"{uploads}{first['upload']}/bundles/0/landed/", {})
        _, again = session.post_json(uploads, plan)
        assert again == first | {"landed": [0], "tickets": [{"landed": True}, None]}

    @pytest.mark.parametrize(
        ("declared", "code"),
        [
            ([declaration_of(b"x" * 1001)], "not-as-planned"),
            ([None, None], "protocol"),  # more than there are bundles
            ({"0": declaration_of(b"x" * 1000)}, "protocol"),
            ([{"size": 1000}], "protocol"),
        ],
    )
    def test_what_is_declared_with_a_plan_is_checked_as_ever(self, session, case, declared, code):
        plan = plan_of((1, 1000)) | {"declared": declared}
        status, answer = session.post_json(f"/cases/{case.code}/uploads/", plan)
        assert (status, answer["error"]) == (400, code)

    def test_the_status_tells_what_has_landed(self, session, case):
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        draft.post("bundles/0/landed/")
        state = session.client.get(draft.upload).json()
        assert (state["state"], state["bundles"], state["landed"]) == ("open", 1, [0])

    def test_the_same_study_in_another_request_is_pointed_out(self, session, case, ana):
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        draft.post("complete/")
        other = make_case(ana)
        address = f"/cases/{other.code}/uploads/"
        plan = plan_of((1, 1000), fingerprint="b") | {"samples": [sha256(draft.body).hexdigest()]}
        told = (409, {"error": "same-examination", "request": case.code})
        assert session.post_json(address, plan) == told
        assert not Upload.objects.filter(case=other).exists()
        assert session.post_json(address, plan | {"again": True})[0] == 200
        assert session.post_json(address, plan)[0] == 200, "begun, it is not asked again"

    def test_neither_a_withdrawn_request_nor_another_patient_counts_as_sent_before(
        self, session, case, ana, ben
    ):
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        draft.post("complete/")
        plan = plan_of((1, 1000)) | {"samples": [sha256(draft.body).hexdigest()]}
        assert Session(ben).post_json(f"/cases/{make_case(ben).code}/uploads/", plan)[0] == 200
        lifecycle.advance(case, "withdraw", by=ana, reason="other")
        assert session.post_json(f"/cases/{make_case(ana).code}/uploads/", plan)[0] == 200


def stored() -> list[bytes]:
    keys = storage.keys(storage.ORIGINALS, "uploads/")
    return [storage.read(storage.ORIGINALS, key) for key in keys]


@pytest.mark.django_db
class TestTheStore:
    """S3 itself holds a browser to what it declared."""

    def test_wrong_bytes_are_refused(self, session, case):
        draft = Draft(session, case)
        assert put(draft.sign()[1], b"y" * 1000) == 400
        assert draft.post("bundles/0/landed/") == (409, {"error": "not-stored"})
        assert stored() == []

    def test_a_longer_body_is_refused(self, session, case):
        draft = Draft(session, case)
        assert put(draft.sign()[1], draft.body + b"x") == 403
        assert draft.post("bundles/0/landed/") == (409, {"error": "not-stored"})
        assert stored() == []

    def test_a_second_put_is_refused(self, session, case):
        draft = Draft(session, case)
        _, ticket = draft.sign()
        assert put(ticket, draft.body) == 200
        assert put(ticket, draft.body) == 412
        assert put(ticket, b"y" * 1000) in {400, 412}
        assert stored() == [draft.body]

    def test_an_expired_signature_is_refused_and_a_new_one_works(self, session, case, settings):
        draft = Draft(session, case)
        settings.UPLOAD_URL_SECONDS = 1
        _, ticket = draft.sign()
        time.sleep(2.2)
        assert put(ticket, draft.body) == 403
        settings.UPLOAD_URL_SECONDS = 900
        assert put(draft.sign()[1], draft.body) == 200

    def test_no_address_reads_an_original(self, session, case):
        draft = Draft(session, case)
        _, ticket = draft.sign()
        put(ticket, draft.body)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(ticket["url"], timeout=20)


@pytest.mark.django_db
class TestFilesThatCannotBeRead:
    """The patient's disc does not give what it promised: the rest goes its way."""

    def test_a_bundle_may_come_without_some_of_its_files(self, session, case, tmp_path):
        status, state = session.post_json(f"/cases/{case.code}/uploads/", plan_of((3, 3000)))
        upload = f"/cases/{case.code}/uploads/{state['upload']}/"
        body = b"x" * 1000
        declared = declaration_of(body) | {"left_out": 2}
        status, ticket = session.post_json(f"{upload}bundles/0/", declared)
        assert (status, put(ticket, body)) == (200, 200)
        assert session.post_json(f"{upload}complete/", {})[0] == 200
        list(originals.lay_out(Bundle.objects.all(), tmp_path))
        assert len(list(tmp_path.iterdir())) == 1
        assert Upload.objects.get().summary["left_out"] == 2

    def test_a_bundle_of_which_nothing_can_be_read_is_not_stored(self, session, case, tmp_path):
        plan = plan_of((1, 1000), (2, 2000))
        _, state = session.post_json(f"/cases/{case.code}/uploads/", plan)
        upload = f"/cases/{case.code}/uploads/{state['upload']}/"
        body = b"x" * 1000
        _, ticket = session.post_json(f"{upload}bundles/0/", declaration_of(body))
        put(ticket, body)
        nothing = {"size": 0, "sha256": "", "index": [], "left_out": 2}
        assert session.post_json(f"{upload}bundles/1/", nothing) == (200, {"landed": True})
        assert session.post_json(f"{upload}complete/", {})[0] == 200
        assert preparation.prepare(Bundle.objects.get(number=1).pk) == 0
        list(originals.lay_out(Bundle.objects.all(), tmp_path))
        assert len(list(tmp_path.iterdir())) == 1

    def test_an_upload_without_any_file_is_not_complete(self, session, case):
        draft = Draft(session, case)
        draft.sign({"index": [], "left_out": 1})
        assert draft.post("complete/") == (409, {"error": "missing", "missing": [0]})

    @pytest.mark.parametrize("left_out", [0, 2, -1, 257, "1", None])
    def test_what_is_left_out_must_be_the_rest_of_the_plan(self, session, case, left_out):
        draft = Draft(session, case)
        assert draft.sign({"index": [], "left_out": left_out})[0] == 400
        assert Bundle.objects.get().landed_at is None

    def test_files_longer_than_planned_are_not_let_in_by_it(self, session, case):
        _, state = session.post_json(f"/cases/{case.code}/uploads/", plan_of((2, 1000)))
        declared = declaration_of(b"x" * 1001) | {"left_out": 1}
        upload = f"/cases/{case.code}/uploads/{state['upload']}/"
        assert session.post_json(f"{upload}bundles/0/", declared)[0] == 400


@pytest.mark.django_db
class TestLies:
    """What is declared wrongly changes nothing."""

    def test_completing_with_a_bundle_missing_names_it(self, session, case):
        draft = Draft(session, case)
        assert draft.post("complete/") == (409, {"error": "missing", "missing": [0]})
        draft.sign()
        assert draft.post("complete/") == (409, {"error": "missing", "missing": [0]})
        assert Upload.objects.get().state == UploadState.OPEN

    @pytest.mark.parametrize(
        "change",
        [
            {"offset": 1},
            {"length": 999},
            {"length": 1001},
            {"length": -1},
            {"raw_length": 999},
            {"raw_length": 2**40},
            {"coding": "zip"},
            {"coding": None},
            {"sha256": "../../etc/passwd"},
            {"sha256": "A" * 64},
            {"offset": True},
        ],
        ids=str,
    )
    def test_an_index_that_lies_is_refused(self, session, case, change):
        draft = Draft(session, case)
        declared = declaration_of(draft.body)
        declared["index"][0] |= change
        status, answer = draft.sign(declared)
        assert (status, answer["error"]) == (400, "protocol")
        assert not UploadedInstance.objects.exists()

    def test_other_counts_than_planned_are_refused(self, session, case):
        draft = Draft(session, case)
        two = declaration_of(b"x" * 500, b"x" * 500)
        assert draft.sign(two) == (400, {"error": "not-as-planned"})
        more = declaration_of(b"x" * 1001)
        assert draft.sign(more) == (400, {"error": "not-as-planned"})

    def test_no_coding_makes_room_for_more_than_was_planned(self, session, case):
        draft = Draft(session, case)
        declared = declaration_of(b"x" * 1001, coding="deflate", raw_lengths=[1000])
        status, answer = draft.sign(declared)
        assert (status, answer["error"]) == (400, "protocol")
        declared["size"] = declared["index"][0]["length"] = 2**30
        assert draft.sign(declared)[0] == 400
        assert draft.sign(declared | {"left_out": 1})[0] == 400
        assert Bundle.objects.get().declared_at is None

    def test_a_bundle_outside_the_plan_is_refused(self, session, case):
        draft = Draft(session, case)
        answer = draft.post("bundles/1/", declaration_of(draft.body))
        assert answer == (404, {"error": "no-such-bundle"})
        assert draft.post("bundles/1/landed/") == (404, {"error": "no-such-bundle"})

    def test_a_stream_that_inflates_beyond_its_declaration_is_left_out(
        self, session, case, tmp_path
    ):
        bomb = encode(bytes(50_000_000), Coding.DEFLATE, level=9)
        draft = Draft(session, case, body=bytes(len(bomb)))
        declared = declaration_of(bomb, coding="deflate", raw_lengths=[len(bomb)])
        put(draft.sign(declared)[1], bomb)
        assert draft.post("complete/")[0] == 200
        list(originals.lay_out([Bundle.objects.get()], tmp_path))
        assert list(tmp_path.iterdir()) == []
        assert UploadedInstance.objects.get().outcome == Code.CUT_OFF

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b'{"bundles": 1}', b'{"fingerprint": "x", "bundles": []}'],
    )
    def test_nonsense_is_refused(self, session, case, body):
        response = session.client.post(
            f"/cases/{case.code}/uploads/", body, content_type="application/json"
        )
        assert (response.status_code, response.json()["error"]) == (400, "protocol")


@pytest.mark.django_db
class TestStrangers:
    PARTS = ("", "bundles/0/", "bundles/0/landed/", "complete/", "abandon/", "remove/")

    def test_another_patients_upload_does_not_exist(self, session, case, ben):
        draft = Draft(session, case)
        client = Session(ben).client
        for part in self.PARTS:
            response = client.post(
                draft.upload + part,
                json.dumps(declaration_of(draft.body)),
                content_type="application/json",
            )
            assert response.status_code == 404, part
        assert client.get(draft.upload).status_code == 404
        assert client.post(draft.uploads, "{}", "application/json").status_code == 404
        assert client.get(f"/cases/{case.code}/upload/").status_code == 404

    def test_an_upload_of_another_request_does_not_exist(self, session, case, ana):
        draft = Draft(session, case)
        other = make_case(ana)
        moved = draft.upload.replace(case.code, other.code)
        assert session.post_json(f"{moved}complete/", {})[0] == 404

    def test_who_is_signed_out_is_told_so(self, session, case):
        draft = Draft(session, case)
        assert Session().post_json(f"{draft.upload}complete/", {}) == (
            401,
            {"error": "signed-out"},
        )

    def test_a_forged_request_is_refused(self, case, ana):
        client = Client(enforce_csrf_checks=True)
        client.force_login(ana)
        response = client.post(f"/cases/{case.code}/uploads/", "{}", "application/json")
        assert response.status_code == 403


@pytest.mark.django_db
class TestLimits:
    def test_too_many_files(self, session, case, settings):
        settings.UPLOAD_MAX_INSTANCES = 3
        answer = session.post_json(f"/cases/{case.code}/uploads/", plan_of((2, 9), (2, 9)))
        assert answer == (413, {"error": "too-many", "limit": 3})

    def test_too_many_bytes(self, session, case, settings):
        settings.UPLOAD_MAX_BYTES = 10
        answer = session.post_json(f"/cases/{case.code}/uploads/", plan_of((2, 9), (2, 9)))
        assert answer == (413, {"error": "too-big", "limit": 10})

    def test_too_many_unfinished_uploads(self, session, case, settings):
        settings.UPLOAD_MAX_OPEN = 1
        Draft(session, case).sign()
        answer = session.post_json(f"/cases/{case.code}/uploads/", plan_of((1, 9), fingerprint="b"))
        assert answer == (413, {"error": "too-many-open", "limit": 1})

    def test_a_folder_picked_in_error_does_not_count(self, session, case, settings):
        settings.UPLOAD_MAX_OPEN = 1
        Draft(session, case, fingerprint="wrong folder")
        Draft(session, case, fingerprint="right folder")
        assert Upload.objects.filter(state=UploadState.OPEN).count() == 1

    def test_the_account_is_full(self, session, case, ana, settings):
        settings.UPLOAD_MAX_ACCOUNT_BYTES = 1500
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        draft.post("complete/")
        other = f"/cases/{make_case(ana).code}/uploads/"
        plan = plan_of((1, 1000), fingerprint="b")
        assert session.post_json(other, plan) == (413, {"error": "quota", "limit": 1500})
        draft.post("abandon/")
        assert session.post_json(other, plan)[0] == 200


@pytest.mark.django_db
class TestTheCaseDecides:
    def test_a_sent_request_takes_no_pictures(self, session, ana, s3):
        case = make_case(ana, Status.SUBMITTED)
        answer = session.post_json(f"/cases/{case.code}/uploads/", plan_of((1, 9)))
        assert answer == (409, {"error": "closed"})
        page = session.client.get(f"/cases/{case.code}/upload/")
        assert (page.status_code, page.url) == (302, f"/cases/{case.code}/")

    def test_an_upload_is_closed_when_the_request_is_sent_meanwhile(self, session, case):
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        type(case).objects.filter(pk=case.pk).update(
            previous_status=Status.DRAFT, status=Status.WITHDRAWN
        )
        assert draft.sign() == (409, {"error": "closed"})
        assert draft.post("complete/") == (409, {"error": "closed"})
        assert draft.post("abandon/") == (409, {"error": "closed"})

    def test_a_returned_request_takes_more_pictures(self, session, ana, s3):
        case = make_case(ana, Status.RETURNED)
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        assert draft.post("complete/")[0] == 200

    def test_abandoning_deletes_what_was_sent(self, session, case):
        draft = Draft(session, case)
        put(draft.sign()[1], draft.body)
        assert draft.post("abandon/") == (200, {"state": "abandoned"})
        assert storage.keys(storage.ORIGINALS, "uploads/") == {}
        assert draft.sign()[0] == 404
        Draft(session, case)  # the same disc starts afresh

    def test_removing_by_the_button_says_so(self, session, case):
        draft = Draft(session, case)
        response = session.client.post(f"{draft.upload}remove/", follow=True)
        assert response.redirect_chain == [(f"/cases/{case.code}/upload/", 302)]
        assert "We removed these pictures" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_cannot_share_the_last_of_the_quota(ana, s3, settings):
    settings.UPLOAD_MAX_ACCOUNT_BYTES = 1500
    case = make_case(ana)

    def plan(tab: int) -> int:
        try:
            status, _ = Session(ana).post_json(
                f"/cases/{case.code}/uploads/", plan_of((1, 1000), fingerprint=str(tab))
            )
        finally:
            connection.close()
        return int(status)

    Draft(Session(ana), case, body=b"x" * 100, fingerprint="begun").sign()
    with ThreadPoolExecutor(4) as tabs:
        answers = sorted(tabs.map(plan, range(4)))
    assert 200 in answers
    held = sum(u.total_bytes for u in Upload.objects.exclude(state=UploadState.ABANDONED))
    assert held <= 1500


@pytest.mark.django_db
def test_a_store_that_is_away_asks_to_come_back(session, case, settings):
    draft = Draft(session, case)
    draft.sign()
    settings.S3 = settings.S3 | {"endpoint_url": "http://127.0.0.1:9"}
    storage.client.cache_clear()
    try:
        response = session.client.post(f"{draft.upload}complete/")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert response.json() == {"error": "store-away"}
        # A plan goes through: the page asks for each of its bundles until the store is back.
        plan = plan_of((1, 1000)) | {"declared": [declaration_of(draft.body)]}
        status, planned = session.post_json(draft.uploads, plan)
        assert (status, planned["tickets"]) == (200, [])
    finally:
        storage.client.cache_clear()


def test_a_refusal_reaches_the_client(case, ben, folder):
    with pytest.raises(StackError, match="not-found"):
        upload_folder(Session(ben), case.code, folder)


def test_the_reference_client_packs_what_it_declares(tmp_path):
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    body, declared = pack([tmp_path / "a"])
    assert zlib.decompress(body, RAW_DEFLATE) == b"abc" * 1000
    assert declared["size"] == len(body)
