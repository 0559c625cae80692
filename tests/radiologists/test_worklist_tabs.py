"""The worklist's tabs: counts that stay true, tabs of one's own, and keys for a selected case."""

import json
import time
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.middleware import IDLE_SECONDS_STAFF
from cases.lifecycle import ASSIGNED, READY
from portal.viewer_package import MANIFEST, VERSION
from radiologists.models import SavedTab
from radiologists.services import MOST_TABS

pytestmark = pytest.mark.django_db(transaction=True)
KEEP, DROP, COUNTS = "/worklist/tabs/keep/", "/worklist/tabs/drop/", "/worklist/counts/"


def keep(client, name="Urgent ones", **filters):
    return client.post(KEEP, {"name": name} | filters, follow=True)


def test_the_counts_are_those_of_the_moment_and_say_what_is_new(mia, noor, sign_in, new_case):
    new_case(ASSIGNED, assignee=mia, assigned_at=timezone.now())
    client, since = sign_in(mia), timezone.now().timestamp()
    answer = client.get(COUNTS, {"since": since}).json()
    assert answer == {"counts": {"mine": 1, "drafts": 0, "reported": 0}, "news": ""}
    for reader in (mia, noor):
        new_case(ASSIGNED, assignee=reader, assigned_at=timezone.now())
    answer = client.get(COUNTS, {"since": since}).json()
    assert (answer["counts"]["mine"], answer["news"]) == (2, "1 new case")
    for strange in ("", "soon", "1e400", "-1e30", "nan"):
        assert client.get(COUNTS, {"since": strange}).json()["news"] == ""


def test_asking_for_the_counts_keeps_nobody_signed_in(mia, sign_in):
    client = sign_in(mia)
    session = client.session
    session["seen_at"] = seen = int(time.time()) - IDLE_SECONDS_STAFF + 60
    session.save()
    assert client.get(COUNTS, headers={"X-Background": "1"}).status_code == 200
    assert client.session["seen_at"] == seen
    client.get(COUNTS)
    assert client.session["seen_at"] > seen


def test_filters_are_kept_as_a_tab_counted_and_removed(mia, noor, sign_in, new_case):
    urgent = new_case(ASSIGNED, assignee=mia, priority="urgent")
    calm = new_case(ASSIGNED, assignee=mia)
    client = sign_in(mia)
    page = keep(client, tab="mine", priority="urgent").content.decode()
    assert urgent.code in page
    assert calm.code not in page
    tab = SavedTab.objects.get()
    assert (tab.user, tab.query) == (mia, "tab=mine&priority=urgent")
    counts = client.get(COUNTS).json()["counts"]
    assert (counts["mine"], counts[f"saved-{tab.pk}"]) == (2, 1)
    assert f'href="?{tab.query.replace("&", "&amp;")}" aria-current="page"' in page
    assert 'tab=mine" aria-current="page"' not in page
    other = sign_in(noor)
    assert "Urgent ones" not in other.get("/worklist/").content.decode()
    other.post(DROP, {"saved": tab.pk})
    assert SavedTab.objects.exists()
    client.post(DROP, {"saved": tab.pk})
    assert not SavedTab.objects.exists()


def test_a_name_is_needed_and_one_that_is_there_takes_the_new_filter(mia, sign_in):
    client = sign_in(mia)
    for name in ("", "  ", "x" * 31):
        assert "Give the tab a name" in keep(client, name, q="knee").content.decode()
    keep(client, q="nerve")
    keep(client, q="foot", tab="drafts", priority="nonsense")
    assert SavedTab.objects.get().query == urlencode({"tab": "drafts", "q": "foot"})


def test_there_are_at_most_eight(mia, sign_in, django_assert_max_num_queries):
    client = sign_in(mia)
    for number in range(MOST_TABS):
        keep(client, f"Tab {number}", q=str(number))
    assert "Remove one first" in keep(client, "One more", q="x").content.decode()
    assert SavedTab.objects.count() == MOST_TABS
    assert "Kept as" in keep(client, "Tab 3", q="y").content.decode()
    with django_assert_max_num_queries(12):  # no query for each of them
        client.get(COUNTS)


def test_a_new_case_is_said_and_the_focus_stays(open_as, axe, mia, new_case):
    new_case(ASSIGNED, assignee=mia, assigned_at=timezone.now())
    page = open_as(mia, "/worklist/")
    page.clock.install()
    page.reload()
    mine = page.locator('[data-count="mine"]')
    expect(mine).to_have_text("1")
    page.keyboard.press("/")
    page.keyboard.type("ner")
    new_case(ASSIGNED, assignee=mia, assigned_at=timezone.now())
    with page.expect_request(lambda request: COUNTS in request.url) as asked:
        page.clock.run_for(30_000)
    assert asked.value.headers["x-background"] == "1"
    expect(page.get_by_role("status").filter(has_text="1 new case")).to_be_visible()
    expect(mine).to_have_text("2")
    page.keyboard.type("ve")
    assert page.locator("[data-search]").input_value() == "nerve"
    assert page.locator("tr[data-case]").count() == 1
    axe(page)
    page.get_by_role("link", name="Show", exact=True).click()
    expect(page.locator("tr[data-case]")).to_have_count(2)


def test_a_tab_is_kept_and_removed_by_keys(open_as, axe, shot, mia, new_case):
    new_case(ASSIGNED, assignee=mia, priority="urgent")
    page = open_as(mia, "/worklist/")
    own = page.locator(".own-tabs")

    def open_own():
        while not page.evaluate("document.activeElement.matches('.own-tabs > summary')"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")

    open_own()
    expect(own).to_contain_text("Filter the list first")
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.keyboard.type("nerve")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=nerve**")
    open_own()
    page.keyboard.press("Tab")
    page.keyboard.type("Nerves")
    axe(page)
    shot(page, "worklist-own-tabs", full_page=False)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Nerves 0")).to_have_attribute("aria-current", "page")
    open_own()
    while not page.evaluate("document.activeElement.textContent.includes('Remove Nerves')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The tab is removed.")).to_be_visible()
    expect(page.get_by_role("link", name="Nerves")).to_have_count(0)


@pytest.fixture
def viewer_installed(settings, tmp_path):
    (tmp_path / MANIFEST).write_text(json.dumps({"version": VERSION}))
    (tmp_path / "index.html").touch()
    settings.VIEWER_ROOT = tmp_path


def test_v_opens_the_images_of_the_selected_case(open_as, viewer_installed, mia, new_case):
    for _ in range(2):
        new_case(ASSIGNED, assignee=mia)
    page = open_as(mia, "/worklist/")
    page.keyboard.press("j")
    code = page.locator("tr.is-selected").get_attribute("data-case")
    with page.context.expect_page() as opened:
        page.keyboard.press("v")
    assert f"/viewer/basic?case={code}" in opened.value.url
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("images in a second window")
    expect(page.get_by_role("dialog")).to_contain_text("give the case back")


def test_b_gives_the_selected_case_back_to_the_coordinator(open_as, axe, mia, new_case):
    cases = [new_case(ASSIGNED, assignee=mia) for _ in range(2)]
    page = open_as(mia, "/worklist/")
    page.keyboard.press("j")
    code = page.locator("tr.is-selected").get_attribute("data-case")
    page.keyboard.press("b")
    expect(page.locator("#give-back-reason")).to_be_focused()
    page.keyboard.type("I know the patient")
    axe(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Case {code} was given back.")).to_be_visible()
    (back,) = [case for case in cases if case.code == code]
    back.refresh_from_db()
    assert (back.status, back.assignee) == (READY, None)
