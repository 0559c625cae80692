"""Lines that break, stores that stall, tabs that close: nothing is lost, little is sent twice."""

import time

import pydicom
import pytest
from django.conf import settings
from playwright.sync_api import Page, Request, Route, expect

from cases import originals
from cases.models import Bundle, Upload
from cases.models.upload import UploadState
from tests.fixtures.browser import wait_until
from tests.fixtures.people import PASSWORD
from tests.journeys import discs
from tests.journeys.uploading import PUT, declare_nothing_at_once

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX")


@pytest.fixture
def study(tmp_path):
    """A study of several bundles."""
    return discs.lumbar(tmp_path / "disc", series=SERIES, edit=padded)


def padded(instances):
    for instance in instances:
        instance.dataset.add_new(0x00090010, "LO", "PADDING")
        instance.dataset.add_new(0x00091001, "OB", bytes(100_000))
    return instances


def start(upload_page, study) -> None:
    upload_page.choose_folder(study.folder)
    upload_page.found()
    upload_page.confirm_and_send()


def expect_all(upload_page, study) -> None:
    upload_page.expect_done(len(study.paths))
    upload = Upload.objects.get()
    assert upload.state == UploadState.COMPLETE
    assert upload.bundle_count >= 3


def test_a_pause_stops_the_line_and_going_on_finishes(upload_page, study, axe, shot):
    page = upload_page.page
    page.route(PUT, lambda _: None)  # nothing passes, nothing is answered
    start(upload_page, study)
    button = page.locator("[data-pause]")
    expect(button).to_have_text("Pause")
    button.click()
    expect(page.locator("#upload-sending")).to_contain_text("Paused. Nothing is lost.")
    axe(page)
    shot(page, "upload-paused")
    page.unroute_all(behavior="ignoreErrors")
    expect(button).to_have_text("Go on")
    button.click()
    expect_all(upload_page, study)


def pause_while_it_is_signed(upload_page, study) -> list[Route]:
    """Pause before anything is on the line; return the first requests for a signature, held."""
    page, held = upload_page.page, []

    def hold(route: Route) -> None:
        held.append(route)

    declare_nothing_at_once(page)
    page.route("**/bundles/*/", hold)
    start(upload_page, study)
    wait_until(page, lambda: len(held) == 4)
    page.get_by_role("button", name="Pause").click()
    return held


def test_a_pause_also_holds_what_is_not_on_the_line_yet(upload_page, study):
    page = upload_page.page
    puts: list[str] = []
    page.on("request", lambda r: puts.append(r.url) if r.method == "PUT" else None)
    for route in pause_while_it_is_signed(upload_page, study):
        with page.expect_response(route.request.url):
            route.continue_()
    page.wait_for_timeout(1000)
    assert puts == []
    page.unroute_all(behavior="ignoreErrors")
    page.get_by_role("button", name="Go on").click()
    expect_all(upload_page, study)


def test_who_is_signed_out_in_a_pause_goes_on_by_one_button(upload_page, study):
    page = upload_page.page
    for route in pause_while_it_is_signed(upload_page, study):
        route.fulfill(status=401, json={"error": "signed-out"})
    expect(upload_page.problem()).to_contain_text("You were signed out.")
    page.unroute_all(behavior="ignoreErrors")
    page.get_by_role("button", name="Go on").click()
    expect_all(upload_page, study)


def test_a_line_that_is_cut_for_a_while_goes_on_by_itself(upload_page, study):
    page = upload_page.page
    page.route(PUT, lambda route: route.abort())
    start(upload_page, study)
    trouble = page.locator("#upload-sending p[data-trouble]")
    expect(trouble).to_contain_text("The connection is interrupted.")
    page.unroute_all(behavior="ignoreErrors")
    expect_all(upload_page, study)


def test_an_offline_browser_waits_and_goes_on(upload_page, study):
    page = upload_page.page
    upload_page.choose_folder(study.folder)
    upload_page.found()
    page.get_by_label("these are my pictures").check()
    page.route(PUT, lambda route: (page.context.set_offline(True), route.abort()))
    page.get_by_role("button", name="Send these pictures").click()
    trouble = page.locator("#upload-sending p[data-trouble]")
    expect(trouble).to_contain_text("The connection is interrupted.")
    page.unroute_all(behavior="ignoreErrors")
    page.context.set_offline(False)
    started = time.monotonic()
    expect_all(upload_page, study)
    assert time.monotonic() - started < 20


def test_a_signature_that_ran_out_is_asked_for_again(upload_page, study):
    refused: list[str] = []

    def refuse_once(route) -> None:
        if len(refused) < 3:
            refused.append(route.request.url)
            route.fulfill(status=403, headers={"Access-Control-Allow-Origin": "*"}, body="")
        else:
            route.continue_()

    upload_page.page.route(PUT, refuse_once)
    start(upload_page, study)
    expect_all(upload_page, study)
    assert len(refused) == 3


def test_a_lost_answer_of_the_store_is_not_sent_a_third_time(upload_page, study):
    """The bytes arrive, the answer does not: the next try finds the bundle there."""
    sent: list[str] = []

    def lose_the_answer(route) -> None:
        sent.append(route.request.url)
        route.fetch()
        route.abort()

    upload_page.page.route(PUT, lose_the_answer)
    start(upload_page, study)
    expect_all(upload_page, study)
    assert len(sent) == Upload.objects.get().bundle_count


def test_what_completing_misses_is_sent_again(upload_page, study, s3):
    page = upload_page.page

    def lose_one(route) -> None:
        upload = Upload.objects.get()
        bundle = upload.bundles.get(number=1)
        s3.delete_object(Bucket=settings.S3_BUCKET_ORIGINALS, Key=bundle.key)
        route.continue_()

    page.route("**/complete/", lose_one, times=1)
    start(upload_page, study)
    expect_all(upload_page, study)


def test_a_patient_who_was_signed_out_signs_in_in_another_tab_and_goes_on(upload_page, study, ana):
    page = upload_page.page
    unanswered = requests_of(page)
    page.route(PUT, lose_the_session, times=1)
    start(upload_page, study)
    expect(upload_page.problem()).to_contain_text("You were signed out.")
    wait_until(page, lambda: not unanswered)  # such an answer would sign Ana out again
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in (opens in a new tab)").click()
    tab = opened.value
    tab.locator('input[name="login"]').fill(ana.email)
    tab.locator('input[name="password"]').fill(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/cases/")
    tab.close()
    page.get_by_role("button", name="Go on").click()
    expect_all(upload_page, study)


def requests_of(page: Page) -> set[Request]:
    """Return what the page has asked for and has no answer to, at any time."""
    unanswered: set[Request] = set()

    def begun(request: Request) -> None:
        unanswered.add(request)

    def ended(request: Request) -> None:
        unanswered.discard(request)

    page.on("request", begun)
    page.on("requestfinished", ended)
    page.on("requestfailed", ended)
    return unanswered


def lose_the_session(route: Route) -> None:
    route.request.frame.page.context.clear_cookies()
    route.continue_()


def test_a_disc_that_was_taken_out_is_noticed_and_put_in_again(upload_page, study):
    page = upload_page.page
    upload_page.choose_folder(study.folder)
    upload_page.found()
    away = study.folder.rename(study.folder.with_name("away"))
    upload_page.confirm_and_send()
    expect(upload_page.problem()).to_contain_text("Is the disc or stick still in place?")
    away.rename(study.folder)
    page.get_by_role("button", name="Go on").click()
    expect_all(upload_page, study)


@pytest.fixture
def scratched(study):
    """The last files to be sent, which nothing packs before the patient agrees."""
    return [path for path in study.paths if "localizer" in pydicom.dcmread(path).SeriesDescription][
        -2:
    ]


def scratch(upload_page, study, scratched) -> None:
    """Choose the disc, and then make some of its files unreadable: one gone, one shorter."""
    upload_page.choose_folder(study.folder)
    upload_page.found()
    scratched[0].unlink()
    scratched[1].write_bytes(scratched[1].read_bytes()[:100])
    upload_page.confirm_and_send()


def test_files_that_cannot_be_read_do_not_stop_the_others(
    upload_page, study, scratched, axe, shot, tmp_path
):
    page = upload_page.page
    scratch(upload_page, study, scratched)
    problem = upload_page.problem()
    expect(problem).to_contain_text("2 files could not be read.")
    expect(problem).to_contain_text("Clean the disc")
    missing = Upload.objects.get().bundles.filter(landed_at=None)
    wait_until(page, lambda: missing.count() == 1)  # the word of another may be on its way
    axe(page)
    shot(page, "upload-unread")
    page.get_by_role("button", name="Finish without these files").click()
    done = page.locator("#upload-done")
    expect(done).to_contain_text("2 files could not be read and are not among them.")
    upload_page.expect_done(len(study.paths) - 2)
    list(originals.lay_out(Bundle.objects.all(), tmp_path))
    arrived = sum(1 for path in tmp_path.iterdir() if path.is_file())
    assert arrived == len(study.paths) - 2
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("2 files could not be read")


def test_a_file_that_can_be_read_again_is_sent_after_all(upload_page, study, scratched):
    page = upload_page.page
    kept = {path: path.read_bytes() for path in scratched}
    scratch(upload_page, study, scratched)
    expect(upload_page.problem()).to_contain_text("2 files could not be read.")
    for path, content in kept.items():
        path.write_bytes(content)
    page.on("dialog", lambda dialog: dialog.accept())
    upload_page.open()
    upload_page.choose_folder(study.folder)
    upload_page.found()
    puts: list[str] = []
    page.on("request", lambda r: puts.append(r.url) if r.method == "PUT" else None)
    upload_page.confirm_and_send()
    expect_all(upload_page, study)
    assert len(puts) == 1
