"""The radiologist's pages: each refusal beside its success."""

import io
import json

import pypdf
import pytest
from django.test import Client

from accounts.models import Role
from cases.lifecycle import ASSIGNED, READING, READY, REPORTED, RETURNED
from cases.models import Report
from tests.cases.report_forms import posted
from tests.fixtures.people import PASSWORD, make_user
from tests.radiologists.conftest import FIRST_REPORT, QUESTION

pytestmark = pytest.mark.django_db


def begin(client, case):
    return client.post(f"/read/{case.code}/start/")


def save(client, case, revision=0, **changes):
    data = posted(**changes)
    data["revision"] = str(revision)
    return client.post(
        f"/read/{case.code}/draft/", data.urlencode(), "application/x-www-form-urlencoded"
    )


def text_of(response):
    return response.content.decode()


def test_a_radiologist_sees_their_own_cases_and_no_name(ana, mia, noor, sign_in, new_case):
    mine, other = new_case(ASSIGNED, assignee=mia), new_case(ASSIGNED, assignee=noor)
    page = text_of(sign_in(mia).get("/worklist/"))
    assert mine.code in page
    assert other.code not in page
    assert ana.email not in page
    assert ana.full_name not in page.replace("Analys", "")


def test_filters_live_in_the_address(mia, sign_in, new_case):
    urgent = new_case(ASSIGNED, assignee=mia, priority="urgent")
    calm = new_case(ASSIGNED, assignee=mia)
    client = sign_in(mia)
    page = text_of(client.get("/worklist/", {"priority": "urgent"}))
    assert urgent.code in page
    assert calm.code not in page
    assert calm.code in text_of(client.get("/worklist/", {"q": calm.code}))
    assert client.get("/worklist/", {"tab": "nonsense", "priority": "x"}).status_code == 200


def test_a_worklist_of_many_cases_needs_few_queries(
    mia, sign_in, new_case, django_assert_max_num_queries
):
    for _ in range(5):
        new_case(ASSIGNED, assignee=mia)
    client = sign_in(mia)
    client.get("/worklist/")
    with django_assert_max_num_queries(14):
        assert client.get("/worklist/").status_code == 200


PAGES = ("", "start/", "draft/", "lock/", "sign/", "decline/", "return/", "report/")


@pytest.mark.parametrize("page", PAGES)
def test_a_case_that_is_not_theirs_does_not_exist(assigned, mia, noor, cole, ana, sign_in, page):
    begin(sign_in(mia), assigned)
    for stranger in (noor, cole, ana):
        client = sign_in(stranger)
        address = f"/read/{assigned.code}/{page}"
        statuses = {client.get(address).status_code, client.post(address).status_code}
        assert statuses <= {404, 405}, stranger


@pytest.mark.parametrize("page", ["/worklist/", "/queue/", "/read/SR-222222/"])
def test_nobody_gets_in_without_signing_in(db, page):
    answer = Client().get(page)
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_a_radiologist_has_no_queue_and_a_coordinator_no_worklist(mia, cole, sign_in):
    assert sign_in(mia).get("/queue/").status_code == 404
    assert sign_in(cole).get("/worklist/").status_code == 404


def test_a_radiologist_without_a_second_factor_sees_no_case(mia, assigned):
    client = Client()
    client.force_login(mia)
    assert "totp" in client.get(f"/read/{assigned.code}/")["Location"]


def test_looking_at_a_case_does_not_begin_it_but_the_button_does(assigned, mia, sign_in):
    client = sign_in(mia)
    assert QUESTION in text_of(client.get(f"/read/{assigned.code}/"))
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED
    begin(client, assigned)
    assigned.refresh_from_db()
    assert assigned.status == READING
    page = text_of(client.get(f"/read/{assigned.code}/"))
    assert 'name="level.L4-L5.canal"' in page
    assert "Lee (central canal, axial T2)" in page


def test_the_next_case_opens_with_one_key(mia, sign_in, new_case):
    first, second = new_case(ASSIGNED, assignee=mia), new_case(ASSIGNED, assignee=mia)
    client = sign_in(mia)
    answer = client.post("/worklist/next/", {"after": first.code})
    assert answer["Location"] == f"/read/{second.code}/"
    second.refresh_from_db()
    assert second.status == READING
    assert first.status == ASSIGNED


def test_a_save_answers_with_revision_time_texts_and_checks(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    answer = save(client, assigned, plain="").json()
    assert answer["revision"] == 1
    assert answer["saved_at"]
    assert "Left subarticular disc extrusion, 9 mm." in answer["proposals"]["findings"]
    assert {p["control"] for p in answer["problems"]} == {"plain"}


def test_a_save_from_an_old_page_gets_both_versions(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    save(client, assigned)
    late = save(client, assigned, 0, findings="Something else.")
    assert late.status_code == 409
    differs = {each["where"]: each for each in late.json()["differences"]}
    assert differs["findings text"]["mine"] == "Something else."
    assert differs["findings text"]["theirs"].startswith("L4-L5")
    assert Report.objects.get(case=assigned).revision == 1


@pytest.mark.parametrize("revision", ["", "-1", "x", "9" * 40, "\u0663"])
def test_a_strange_revision_saves_nothing(assigned, mia, sign_in, revision):
    client = sign_in(mia)
    begin(client, assigned)
    assert save(client, assigned, revision).status_code == 409
    assert Report.objects.get(case=assigned).revision == 0


def test_a_save_needs_the_csrf_token(assigned, mia, sign_in):
    client = sign_in(mia, enforce_csrf_checks=True)
    sign_in_again = client.post(f"/read/{assigned.code}/start/")
    assert sign_in_again.status_code == 403
    assert save(client, assigned).status_code == 403


def test_the_first_report_is_not_sent_before_the_lock(compared, mia, sign_in):
    client = sign_in(mia)
    begin(client, compared)
    save(client, compared)
    assert FIRST_REPORT not in text_of(client.get(f"/read/{compared.code}/"))
    assert FIRST_REPORT not in text_of(client.get("/worklist/"))
    client.post(f"/read/{compared.code}/lock/", {"revision": "1"})
    page = text_of(client.get(f"/read/{compared.code}/"))
    assert FIRST_REPORT in page
    assert "agreement.scale" in page
    kept = Report.objects.get(case=compared).blind_content
    assert kept
    assert kept["findings"]["text"].startswith("L4-L5")


def test_a_case_without_a_first_report_has_nothing_to_lock(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    assert client.post(f"/read/{assigned.code}/lock/", {"revision": "0"}).status_code == 404


def confirm_identity(client):
    """Stand in for the page that asks for the password again."""
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_signing_asks_who_is_there_and_then_signs(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    save(client, assigned)
    page = text_of(client.get(f"/read/{assigned.code}/sign/"))
    assert "Left subarticular disc extrusion" in page
    asked = client.post(f"/read/{assigned.code}/sign/", {"revision": "1"})
    assert "/reauthenticate/" in asked["Location"]
    assigned.refresh_from_db()
    assert assigned.status == READING
    client.post(asked["Location"], {"password": "wrong password"})
    assigned.refresh_from_db()
    assert assigned.status == READING
    done = client.post(asked["Location"], {"password": PASSWORD})
    assert done["Location"] == f"/read/{assigned.code}/report/"
    assigned.refresh_from_db()
    assert assigned.status == REPORTED


def test_what_blocks_is_shown_instead_of_the_button(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    save(client, assigned, plain="")
    page = text_of(client.get(f"/read/{assigned.code}/sign/"))
    assert "The text in plain words is empty." in page
    assert "data-sign-form" not in page
    confirm_identity(client)
    client.post(f"/read/{assigned.code}/sign/", {"revision": "1"})
    assigned.refresh_from_db()
    assert assigned.status == READING


def sign(client, case):
    begin(client, case)
    save(client, case)
    confirm_identity(client)
    client.post(f"/read/{case.code}/sign/", {"revision": "1"})


def test_a_signed_report_is_shown_printed_and_added_to(assigned, mia, noor, ana, cole, sign_in):
    client = sign_in(mia)
    sign(client, assigned)
    address = f"/read/{assigned.code}/report/"
    assert "Signed" in text_of(client.get(address))
    for kind in ("clinician", "patient"):
        assert client.get(f"{address}{kind}.pdf").content.startswith(b"%PDF-")
    assert sign_in(cole).get(f"{address}clinician.pdf").status_code == 200
    for stranger in (noor, ana):
        assert sign_in(stranger).get(f"{address}clinician.pdf").status_code == 404
    assert client.get(f"{address}other.pdf").status_code == 404
    assert "Write it for the patient too." in text_of(client.post(address, {"text": "More."}))
    client.post(address, {"text": "Prior seen.", "plain_text": "No change since last year."})
    assert "No change since last year." in text_of(client.get(address))
    assert_an_addendum_reaches_the_patient(sign_in(ana), f"/cases/{assigned.code}/result/")
    assert save(client, assigned, 1).status_code == 404


def assert_an_addendum_reaches_the_patient(client, address):
    """In plain words on the page and in their paper, in medical words in the doctor's."""
    plain, medical = "No change since last year.", "Prior seen."
    client.post(address)
    for path, told, kept in (("", plain, medical), ("full/", medical, plain)):
        page = text_of(client.get(f"{address}{path}"))
        assert told in page
        assert kept not in page
    for kind, told, kept in (("patient", plain, medical), ("clinician", medical, plain)):
        printed = printed_in(client.get(f"{address}{kind}.pdf").content)
        assert told in printed
        assert kept not in printed


def printed_in(pdf):
    """Return the words of a paper, in one line."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_declining_needs_a_reason_and_gives_the_case_back(assigned, mia, sign_in):
    client = sign_in(mia)
    client.post(f"/read/{assigned.code}/decline/", {"reason": ""})
    assigned.refresh_from_db()
    assert assigned.status == ASSIGNED
    client.post(f"/read/{assigned.code}/decline/", {"reason": "I know her."})
    assigned.refresh_from_db()
    assert (assigned.status, assigned.assignee) == (READY, None)
    assert client.get(f"/read/{assigned.code}/").status_code == 404


def test_returning_tells_the_patient_that_the_radiologist_asks(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    client.post(f"/read/{assigned.code}/return/", {"reason": "Axial images are missing."})
    assigned.refresh_from_db()
    assert (assigned.status, assigned.reason_code) == (RETURNED, "RADIOLOGIST")


def test_a_radiologist_sets_their_own_availability(mia, sign_in):
    client = sign_in(mia)
    client.post("/worklist/availability/", {"away_until": "2030-01-01", "daily_cap": "3"})
    mia.radiologist.refresh_from_db()
    assert (mia.radiologist.is_available, mia.radiologist.daily_cap) == (False, 3)
    unknown = make_user("Nina", Role.RADIOLOGIST)
    assert sign_in(unknown).get("/worklist/availability/").status_code == 200


def test_texts_of_the_patient_are_shown_as_text(mia, sign_in, new_case):
    hostile = '</script><img src=x onerror="alert(1)">'
    case = new_case(ASSIGNED, assignee=mia, answers={"main_question": hostile})
    client = sign_in(mia)
    begin(client, case)
    for page in ("/worklist/", f"/read/{case.code}/"):
        assert hostile not in text_of(client.get(page))


def test_the_page_data_is_valid_json(assigned, mia, sign_in):
    client = sign_in(mia)
    begin(client, assigned)
    page = text_of(client.get(f"/read/{assigned.code}/"))
    start = page.index('<script id="page-data" type="application/json">')
    data = json.loads(page[page.index(">", start) + 1 : page.index("</script>", start)])
    assert data["normal"]["canal"] == "0"
    assert data["state"]["revision"] == 0
