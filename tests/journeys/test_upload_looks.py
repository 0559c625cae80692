"""Each state of the upload page, light and dark, on phone and desktop: everybody can read it."""

import re

import pytest
from playwright.sync_api import expect

from cases import preparation
from cases.models import Bundle, UploadedInstance
from imaging.errors import Code
from stack.bootstrap import ROOT
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.locked_zip import locked_zip
from tests.journeys.upload_states import LOOKS, STATES
from tests.journeys.uploading import LONG, PUT, sign_in
from tests.ui.looks import THEMES

pytestmark = pytest.mark.django_db(transaction=True)
PLAIN_FIELD = re.compile("^(ZIP file with the pictures|ZIP-Datei mit den Bildern)")
PACKED = "if (packed.has(image)"
#: What reaches beyond the right edge.
TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 100))"""


def pack_when_told(route) -> None:
    """Let the page pack nothing ahead, or it has the file before it is gone from the disc."""
    text = (ROOT / "static" / "js" / "upload" / "packing.js").read_text()
    assert PACKED in text
    changed = text.replace(PACKED, f"{PACKED} || !window.mayPack")
    route.fulfill(body=changed, content_type="text/javascript")


class Walk:
    """One way through the page, looked at in each state."""

    def __init__(self, page, case, folder, look_at) -> None:
        self.page, self.case, self.folder, self.look_at = page, case, folder, look_at
        self.found = page.locator("#upload-found")
        page.on("dialog", lambda dialog: dialog.accept())

    def open(self) -> None:
        self.page.goto(f"/cases/{self.case.code}/upload/")
        expect(self.page.locator("#upload[data-ready]")).to_be_attached(timeout=LONG)

    def choose(self, *what, kind="folder") -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(f"[data-pick={kind}]").click()
        chooser.value.set_files(what[0] if kind == "folder" else what)

    def choose_disc(self) -> None:
        self.choose(self.folder / "disc")
        expect(self.found).to_be_visible(timeout=LONG)

    def send(self) -> None:
        """Of the two people on the disc Ana is the one."""
        self.found.locator("label.choice", has_text="Example").click()
        self.page.locator("#upload-mine").check()
        self.found.locator("[data-send]").click()

    def without_the_script(self) -> None:
        """In an old browser, or where the script does not arrive."""
        self.page.route("**/upload/page*.js", lambda route: route.abort())
        self.page.goto(f"/cases/{self.case.code}/upload/")
        expect(self.page.get_by_label(PLAIN_FIELD)).to_be_visible()
        self.look_at("plain")
        self.page.unroute_all(behavior="ignoreErrors")

    def before_anything_is_sent(self) -> None:
        self.open()
        self.look_at("choose")
        (self.folder / "photos").mkdir()
        (self.folder / "photos" / "1.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
        self.choose(self.folder / "photos")
        expect(self.page.locator("#upload-problem")).to_be_visible(timeout=LONG)
        self.look_at("problem")
        self.choose(self.folder / "locked.zip", kind="file")
        expect(self.page.locator("#upload-password")).to_be_visible(timeout=LONG)
        self.page.locator("#upload-password-input").fill("wrong")
        self.page.locator("#upload-password button[type=submit]").click()
        expect(self.page.locator("#upload-password-error")).to_be_visible(timeout=LONG)
        self.look_at("password")
        self.page.locator("#upload-password [data-again]").click()
        self.choose(self.folder / "disc")
        expect(self.found).to_be_visible(timeout=LONG)
        self.found.locator("[data-send]").click()
        self.found.locator("label.choice", has_text="Example").click()
        self.look_at("found")

    def on_the_way(self) -> None:
        self.page.route(PUT, lambda _: None)
        self.send()
        expect(self.page.locator("#upload-sending")).to_be_visible(timeout=LONG)
        self.look_at("sending")
        self.page.locator("[data-pause]").click()
        expect(self.page.locator("#upload-sending p[data-trouble]")).to_be_visible()
        self.look_at("paused")
        self.page.unroute_all(behavior="ignoreErrors")
        self.open()
        self.look_at("unfinished")

    def the_line_is_cut(self) -> None:
        self.choose_disc()
        self.page.route(PUT, lambda route: route.abort())
        self.send()
        expect(self.page.locator("#upload-sending p[data-trouble]")).to_be_visible(timeout=LONG)
        self.look_at("trouble")
        self.page.goto("about:blank")  # before the line is whole, or the next try sends it all
        self.page.unroute_all(behavior="ignoreErrors")

    def a_file_is_not_read(self) -> None:
        self.page.route("**/upload/packing*.js", pack_when_told)
        self.open()
        self.choose_disc()
        next((self.folder / "disc" / "ana").iterdir()).unlink()
        self.page.evaluate("window.mayPack = true")
        self.send()
        expect(self.page.locator("[data-without]")).to_be_visible(timeout=LONG)
        self.look_at("unread")
        self.page.locator("[data-without]").click()
        expect(self.page.locator("#upload-done")).to_be_visible(timeout=LONG)
        self.look_at("done")
        self.page.unroute_all(behavior="ignoreErrors")

    def what_was_found_out(self) -> None:
        self.open()
        self.look_at("looking-at-them")
        UploadedInstance.objects.update(outcome=Code.OK)
        some = UploadedInstance.objects.values("pk")[:2]
        UploadedInstance.objects.filter(pk__in=some).update(outcome=Code.CUT_OFF)
        Bundle.objects.update(attempts=preparation.MOST_ATTEMPTS)
        self.open()
        self.look_at("arrived")
        self.page.goto(f"/cases/{self.case.code}/check/")
        self.look_at("check")

    def the_same_again(self, other) -> None:
        self.case = other
        self.open()
        self.choose_disc()
        self.send()
        expect(self.page.locator("#upload-twice")).to_be_visible(timeout=LONG)
        self.look_at("twice")


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_can_be_read(new_page, ana, live_server, s3, tmp_path, axe, shot, look):
    page = new_page(**LOOKS[look])
    seen: list[str] = []

    def look_at(state: str) -> None:
        seen.append(state)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            axe(page, colours=theme != THEMES[0])
            shot(page, f"upload-{state}-{look}-{theme}")
        assert page.evaluate(TOO_WIDE) == [], f"{state} scrolls sideways"

    sign_in(page, ana, live_server.url)
    walk = Walk(page, make_case(ana), tmp_path, look_at)
    discs.lumbar(tmp_path / "disc" / "ana")
    discs.lumbar(tmp_path / "disc" / "ben", seed="ben", patient=discs.BEN)
    locked_zip(tmp_path / "disc" / "ben", tmp_path / "locked.zip", "14.02.1980", aes=True)
    walk.without_the_script()
    walk.before_anything_is_sent()
    walk.on_the_way()
    walk.the_line_is_cut()
    walk.a_file_is_not_read()
    walk.what_was_found_out()
    walk.the_same_again(make_case(ana))
    assert seen == list(STATES)
