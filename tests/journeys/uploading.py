"""What the upload journeys share: the upload page as Ana sees it."""

import json
import re
from pathlib import Path

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from cases.models import Case

MODULES = Path(__file__).parents[2] / "static" / "js" / "upload"
LONG = 60_000
#: Where a bundle goes in the store.
PUT = re.compile(r"/uploads/[0-9a-f-]+/[0-9a-f-]+\?")


def sign_in(page: Page, user, url: str) -> None:
    """Give the browser a session, without the sign-in page (it has its own journey)."""
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])


def change_constants(page: Page, module: str, **values: object) -> None:
    """Give the page a module of the upload whose constants have other values."""
    text = (MODULES / f"{module}.js").read_text()
    for name, value in values.items():
        text, count = re.subn(rf"\b{name} = [^;]+;", f"{name} = {value};", text)
        assert count == 1, f"{module}.js has no {name}"
    page.route(
        f"**/upload/{module}*.js",
        lambda route: route.fulfill(body=text, content_type="text/javascript"),
    )


def declare_nothing_at_once(page: Page) -> None:
    """Let the plan go as from a page that has packed nothing yet."""
    page.route(
        "**/uploads/",
        lambda route: route.continue_(
            post_data=json.dumps(route.request.post_data_json | {"declared": []})
        ),
    )


class UploadPage:
    """The page, by what a person can see on it."""

    def __init__(self, page: Page, case: Case) -> None:
        self.page = page
        self.case = case

    def open(self) -> "UploadPage":
        self.page.goto(f"/cases/{self.case.code}/upload/")
        expect(self.page.locator("#upload[data-ready]")).to_be_attached()
        return self

    def choose_folder(self, folder: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a folder or CD").click()
        chooser.value.set_files(folder)

    def choose_file(self, *files: Path) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="Choose a ZIP file").click()
        chooser.value.set_files(files)

    def found(self):
        section = self.page.locator("#upload-found")
        expect(section).to_be_visible(timeout=LONG)
        return section

    def problem(self):
        box = self.page.locator("#upload-problem")
        expect(box).to_be_visible(timeout=LONG)
        expect(box).to_be_focused()
        return box

    def confirm_and_send(self) -> None:
        self.page.get_by_label("these are my pictures").check()
        self.page.get_by_role("button", name="Send these pictures").click()

    def expect_done(self, pictures: int | str) -> None:
        done = self.page.locator("#upload-done")
        expect(done).to_be_visible(timeout=LONG)
        expect(done).to_contain_text(re.compile(rf"\b{pictures} pictures? ha"))
