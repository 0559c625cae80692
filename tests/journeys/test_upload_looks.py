"""Each state of the upload page, light and dark, on phone and desktop: everybody can read it."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.uploading import LONG, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 640}
#: What reaches beyond the right edge.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 100))"""
DESKTOP = {"width": 1280, "height": 900}


@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("desktop-light", {"viewport": DESKTOP}),
        ("phone-dark", {"viewport": PHONE, "color_scheme": "dark", "has_touch": True}),
        ("small-german", {"viewport": SMALL, "locale": "de-DE", "has_touch": True}),
    ],
)
def test_every_state_can_be_read(
    new_page, ana, live_server, s3, tmp_path, axe, shot, look, options
):
    page = new_page(**options)
    sign_in(page, ana, live_server.url)
    page.goto(f"/cases/{make_case(ana).code}/upload/")
    expect(page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG)

    def look_at(state: str) -> None:
        axe(page)
        shot(page, f"upload-{state}-{look}")
        assert page.evaluate(TOO_WIDE) == [], f"{state} scrolls sideways"

    look_at("choose")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    choose(page, tmp_path / "photos")
    expect(page.locator("#upload-problem")).to_be_visible(timeout=LONG)
    look_at("problem")

    discs.lumbar(tmp_path / "disc" / "ana")
    discs.lumbar(tmp_path / "disc" / "ben", seed="ben", patient=discs.BEN)
    choose(page, tmp_path / "disc")
    found = page.locator("#upload-found")
    expect(found).to_be_visible(timeout=LONG)
    found.locator("[data-send]").click()
    found.locator("label.choice", has_text="Example").click()
    look_at("found")

    page.locator("#upload-mine").check()
    page.route("**/landed/", lambda _: None)
    found.locator("[data-send]").click()
    expect(page.locator("#upload-sending")).to_be_visible(timeout=LONG)
    expect(page.locator("#upload-sending progress")).not_to_have_attribute("value", "0")
    look_at("sending")

    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG)
    look_at("unfinished")
    choose(page, tmp_path / "disc")
    found.locator("label.choice", has_text="Example").click()
    page.locator("#upload-mine").check()
    found.locator("[data-send]").click()
    expect(page.locator("#upload-done")).to_be_visible(timeout=LONG)
    look_at("done")
    page.reload()
    expect(page.locator("#arrived-title")).to_be_visible()
    look_at("arrived")


def choose(page, folder) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("[data-pick=folder]").click()
    chooser.value.set_files(folder)
