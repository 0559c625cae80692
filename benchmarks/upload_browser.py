"""What benchmarks/upload.py does with the upload page, and sees of it."""

import time
from http import HTTPStatus
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request

from benchmarks.page_code import MODULES

LONG_MS = 900_000


def prepared(context: BrowserContext, changes: dict[str, tuple[str, str]]) -> Page:
    """Return a page whose modules differ by `changes`."""
    page = context.new_page()
    page.set_default_timeout(LONG_MS)
    for module, (old, new) in changes.items():
        text = (MODULES / module).read_text()
        if old not in text:
            raise SystemExit(f"{module} has changed: {old} is not there")
        changed = text.replace(old, new)
        page.route(f"**/upload/{module.removesuffix('.js')}*.js", script(changed))
    return page


def script(text: str) -> Any:
    return lambda route: route.fulfill(body=text, content_type="text/javascript")


def throttle(page: Page, rate: int, rtt_ms: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    conditions = {"offline": False, "latency": rtt_ms, "downloadThroughput": -1}
    session.send(
        "Network.emulateNetworkConditions", conditions | {"uploadThroughput": rate * 1e6 / 8}
    )


def press_send(page: Page) -> float:
    """Press "send" and return when; once more where an earlier way has sent this examination."""
    started = time.monotonic()
    with page.expect_response(lambda response: response.url.endswith("/uploads/")) as planned:
        page.locator("[data-send]").click()
    if planned.value.status == HTTPStatus.CONFLICT:
        started = time.monotonic()
        page.locator("#upload-twice button").click()
    return started


class Seen:
    """What the page asked of the portal and sent to the store."""

    def __init__(self, page: Page) -> None:
        self.requests = 0
        #: Bytes and files by number of the bundle, which may be declared again.
        self.declared: dict[int, tuple[int, int]] = {}
        self.first_put = self.last_put = 0.0
        self.puts: list[str] = []
        page.on("request", self.on_request)
        page.on("requestfinished", self.on_finished)

    @property
    def line_bytes(self) -> int:
        """The bundles' bytes, each counted once."""
        return sum(size for size, _files in self.declared.values())

    @property
    def files(self) -> int:
        """How many files lie in the bundles."""
        return sum(files for _size, files in self.declared.values())

    def on_request(self, request: Request) -> None:
        if request.method == "PUT":
            self.first_put = self.first_put or time.monotonic()
            self.puts.append(request.url.partition("?")[0])
        if request.method == "POST":
            self.requests += 1
            *_, parent, name = request.url.rstrip("/").split("/")
            if name == "uploads":
                for number, declared in enumerate(request.post_data_json["declared"]):
                    self.note(number, declared)
            elif parent == "bundles":
                self.note(int(name), request.post_data_json)

    def note(self, number: int, declared: dict[str, Any] | None) -> None:
        if declared:
            self.declared[number] = declared["size"], len(declared["index"])

    def on_finished(self, request: Request) -> None:
        if request.method == "PUT":
            self.last_put = time.monotonic()
