"""What the patient sees of a long upload only grows, whatever happens on the way."""

import re
from collections.abc import Iterator
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

import pytest
from django.conf import settings

from cases.models import Upload
from tests.journeys import discs
from tests.journeys.uploading import PUT

pytestmark = pytest.mark.django_db(transaction=True)
#: Longer than the page waits with its first word on the time that is left (progress.js).
SILENT_SECONDS = 3.5
#: Keeps the bar and the line below it, each time that one of them changes.
WATCH = """() => {
  const sending = document.getElementById("upload-sending");
  const bar = sending.querySelector("progress");
  const line = document.getElementById("upload-sending-text");
  globalThis.seen = [];
  const note = () => seen.push([bar.value, line.textContent]);
  new MutationObserver(note).observe(sending, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture
def study(tmp_path):
    return discs.incompressible(tmp_path / "disc", series=("T1 SAG", "T2 SAG", "T2 AX"))


class Swallow(BaseRequestHandler):
    """Takes all bytes, and hangs up without an answer."""

    def handle(self) -> None:
        self.request.settimeout(SILENT_SECONDS)
        with suppress(TimeoutError):
            while self.request.recv(2**16):
                pass


@pytest.fixture
def broken_store() -> Iterator[str]:
    with ThreadingTCPServer(("127.0.0.1", 0), Swallow) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_progress_never_goes_backwards_and_the_time_left_is_told(
    upload_page, study, s3, broken_store
):
    """Not where the line breaks, nor where the last check misses what was sent."""
    page = upload_page.page
    lost: list[str] = []

    def break_first(route) -> None:
        is_first = len(lost) < 4
        lost.append(route.request.url)
        route.continue_(url=broken_store if is_first else None)

    def miss_one(route) -> None:
        bundle = Upload.objects.get().bundles.get(number=1)
        s3.delete_object(Bucket=settings.S3_BUCKET_ORIGINALS, Key=bundle.key)
        route.continue_()

    page.route(PUT, break_first)
    page.route("**/complete/", miss_one, times=1)
    upload_page.choose_folder(study.folder)
    upload_page.found()
    page.evaluate(WATCH)
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths))

    seen = page.evaluate("seen")
    values = [value for value, _ in seen]
    counts = [int(text.split()[0]) for _, text in seen if text]
    assert (values[-1], counts[-1]) == (1000, len(study.paths))
    assert values == sorted(values)
    assert counts == sorted(counts)
    assert any(re.search("less than a minute left|about [0-9]+ minutes? left", t) for _, t in seen)
