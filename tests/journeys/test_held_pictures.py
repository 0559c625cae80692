"""A name inside the picture: the case is held, a coordinator blanks it, and the case goes on."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from playwright.sync_api import expect

from cases import held_pictures, pipeline, storage
from cases.lifecycle import HELD, READY, SUBMITTED, IllegalTransitionError
from cases.models import AccessRecord, Case, HeldPicture
from cases.models.held_picture import PictureDecision, seal_of
from cases.services import printed_text, requests
from imaging.regions import Region
from imaging.study import Identity, IngestResult, Verdict
from imaging.synthetic import build_study
from portal.demo.cases import send_files
from tests.dicom import FAULTS
from tests.factories import fill_request

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = ["T2 SAG", "T2 AX", "T1 SAG"]


@pytest.fixture(scope="session")
def few_files(tmp_path_factory):
    """Four pictures with a name in each: too few to be read, and held before anybody says so."""
    folder = tmp_path_factory.mktemp("few")
    printed = FAULTS["burned-in-text"]
    return list(build_study(folder, series=["T2 SAG"], edit=lambda all_: printed(all_[:4])).paths)


@pytest.fixture(scope="session")
def whole_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return list(build_study(folder, series=SERIES, edit=FAULTS["burned-in-text"]).paths)


@pytest.fixture
def send(transactional_db, s3, ana, cole):
    """Return `send(files)`: a case with these files, after the worker's run."""

    def sent(files) -> Case:
        case = requests.create_request(patient=ana)
        fill_request(case)
        send_files(case, ana, files)
        requests.submit(case=case, by=ana)
        pipeline.process(case.pk)
        case.refresh_from_db()
        return case

    return sent


@pytest.fixture
def held_case(send, few_files) -> Case:
    case: Case = send(few_files)
    return case


@pytest.fixture
def open_page(new_page, sign_in, live_server, cole, held_case):
    def opened(**options):
        client = sign_in(cole)
        page = new_page(**({"viewport": {"width": 1280, "height": 900}} | options))
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto(reverse("radiologists:held_pictures", args=[held_case.code]))
        expect(page.locator("svg[data-held-stage] rect").first).to_be_visible()
        return page

    return opened


def drawings() -> dict[str, int]:
    return storage.keys(storage.STUDIES, "held/")


def decide(case, by, decision=PictureDecision.BLANK, regions=None, seal=None):
    return printed_text.decide(
        case=case,
        group=1,
        seal=seal_of(case.held_pictures.all()) if seal is None else seal,
        decision=decision,
        regions=(Region(4, 4, 220, 44),) if regions is None else regions,
        by=by,
    )


def test_a_case_with_a_printed_name_is_held_with_places_and_no_text(held_case):
    assert (held_case.status, held_case.reason_code) == (HELD, "BURNED")
    pictures = HeldPicture.objects.filter(case=held_case)
    assert pictures.count() == len(drawings()) == 4
    assert all(one.found and one.reason == "text" for one in pictures)


def test_after_blanking_the_case_is_ready_and_the_drawings_are_gone(send, whole_files, cole):
    held_case = send(whole_files)
    assert decide(held_case, cole) == 0
    held_case.refresh_from_db()
    assert held_case.status == SUBMITTED
    pipeline.process(held_case.pk)
    held_case.refresh_from_db()
    assert held_case.status == READY
    receipt = held_case.studies.get().receipt
    assert receipt["pixels"]["blanked"] == 11
    assert held_pictures.clear_drawings() == 11
    assert drawings() == {}
    event = held_case.events.get(name="pictures_blanked")
    assert (event.actor, event.reason) == (cole, "set 1, 11 pictures, 1 regions")


def test_a_withdrawn_case_leaves_no_drawing_behind(held_case, ana):
    requests.withdraw(case=held_case, by=ana, reason="no longer")
    held_pictures.clear_drawings()
    assert drawings() == {}


def test_a_drawing_is_for_coordinators_alone_and_each_look_is_written_down(
    held_case, sign_in, ana, mia, cole
):
    picture = held_case.held_pictures.first()
    address = reverse("radiologists:held_drawing", args=[held_case.code, picture.pk])
    for stranger in (ana, mia):
        assert sign_in(stranger).get(address).status_code == 404
    answer = sign_in(cole).get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert "no-store" in answer["Cache-Control"]
    assert AccessRecord.objects.filter(case=held_case, user=cole, what="held_pictures").count() == 1


def test_what_may_not_be_leaves_the_case_held_and_undecided(held_case, sign_in, cole, tmp_path):
    """One case for all of these, because to have one held takes a worker's run."""
    a_rectangle_outside_the_picture_is_refused(held_case, cole)
    a_page_that_showed_other_pictures_is_refused(held_case, cole)
    a_case_is_not_released_while_a_picture_waits(held_case, sign_in(cole))
    a_run_that_lost_its_claim_forgets_no_picture(held_case, tmp_path)
    held_case.refresh_from_db()
    assert held_case.status == HELD
    assert held_case.held_pictures.filter(decision="").count() == 4


def a_rectangle_outside_the_picture_is_refused(case, by):
    for region in (Region(280, 0, 20, 20), Region(0, 0, 289, 5), Region(-1, 0, 5, 5)):
        with pytest.raises(printed_text.RegionsError):
            decide(case, by, regions=(region,))


def a_page_that_showed_other_pictures_is_refused(case, by):
    shown = seal_of(case.held_pictures.all()[:3])
    with pytest.raises(printed_text.NoPicturesError):
        decide(case, by, PictureDecision.RELEASE, (), seal=shown)


def a_case_is_not_released_while_a_picture_waits(case, client):
    address = reverse("radiologists:decide", args=[case.code, "release"])
    answer = client.post(address, {"reason": "looks fine"}, follow=True)
    assert "First decide about the pictures" in answer.content.decode()


def a_run_that_lost_its_claim_forgets_no_picture(case, tmp_path):
    nothing = IngestResult(Verdict.COMPLETE, (), None, (), (), Identity())
    with pytest.raises(IllegalTransitionError):
        held_pictures.keep(case, nothing, tmp_path, mine={"claim_token": uuid.uuid4()})


def test_the_second_decision_about_the_same_pictures_is_refused(held_case, cole):
    decide(held_case, cole, PictureDecision.RELEASE, ())
    with pytest.raises(IllegalTransitionError):
        decide(held_case, cole)


def test_of_two_coordinators_at_once_one_decides(held_case, cole):
    seal = seal_of(held_case.held_pictures.all())

    def attempt(decision: PictureDecision) -> bool:
        try:
            decide(held_case, cole, decision, seal=seal)
        except (IllegalTransitionError, printed_text.NoPicturesError):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        won = list(pool.map(attempt, (PictureDecision.BLANK, PictureDecision.LEAVE_OUT)))
    assert sorted(won) == [False, True]
    assert held_case.events.filter(name__in=printed_text.EVENTS.values()).count() == 1
    assert len(set(held_case.held_pictures.values_list("decision", flat=True))) == 1


def test_a_drawing_whose_row_is_gone_is_swept(held_case):
    held_case.held_pictures.all()[:1].get().delete()
    assert held_pictures.clear_drawings() == 1
    assert len(drawings()) == held_case.held_pictures.count() == 3


def nothing_runs_off_the_side_of_a_phone(page, shot):
    desktop = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 800})
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert page.evaluate(wide)
    shot(page, "held-pictures-phone")
    page.set_viewport_size(desktop)


def test_the_coordinator_drags_a_rectangle_and_blanks(open_page, held_case, shot, axe):
    page = open_page()
    axe(page)
    shot(page, "held-pictures-light")
    nothing_runs_off_the_side_of_a_phone(page, shot)
    stage = page.locator("svg[data-held-stage]")
    box = stage.bounding_box()
    before = page.locator(".held-line").count()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] * 0.7, steps=4)
    page.mouse.up()
    last = page.locator(".held-line").nth(before - 1)
    expect(last.locator("[name=width]")).not_to_have_value("")
    page.get_by_role("button", name="Black out and pass on").click()
    expect(page.get_by_text("Every picture is decided.")).to_be_visible()
    held_case.refresh_from_db()
    assert held_case.status == SUBMITTED
    assert len(held_case.held_pictures.first().regions) == 3


def test_the_coordinator_works_with_the_keyboard_alone(open_page, held_case, axe, shot):
    page = open_page(color_scheme="dark")
    axe(page)
    shot(page, "held-pictures-dark")
    page.get_by_role("button", name="Add a rectangle").focus()
    page.keyboard.press("Enter")
    for number in ("5", "60", "40", "10"):
        page.keyboard.type(number)
        page.keyboard.press("Tab")
    expect(page.locator("svg[data-held-stage] rect")).to_have_count(3)
    page.get_by_role("button", name="Harmless: pass on as it is").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every picture is decided.")).to_be_visible()
    assert set(held_case.held_pictures.values_list("decision", flat=True)) == {"release"}
