"""A crafted address never makes the viewer ask another host: a server that listens hears nothing.

The sink is what an attacker would run: it answers everything, to every origin. What OHIF would take
from an address is listed here from its source (lower-cased there, hence the spellings).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, Response, expect

from cases.lifecycle import ASSIGNED
from cases.models import Study
from cases.services import reports
from tests.dicomweb.conftest import carry_session
from tests.dicomweb.reader import CODE, framed_viewer
from tests.factories import make_case
from tests.fixtures.browser import policy_refusals

FOREIGN_UID = "2.25.4711"
FOREIGN_CODE = "SR-FRGN23"
#: Parameters beside the case; `{sink}` is the attacker's server.
PARAMETERS = [
    "url={sink}/study.json",
    "URL={sink}/study.json",
    "datasources=dicomjson&url={sink}/study.json",
    "dataSources=dicomwebproxy&url={sink}/study.json",
    "configUrl={sink}/config.json",
    "configurl={sink}/config.json",
    "customization={sink}/custom.jsonc",
    "token=abc&url={sink}/study.json",
    "hangingProtocolId={sink}/protocol.json",
    "multimonitor=split&url={sink}/study.json",
    "wadoRoot={sink}&qidoRoot={sink}",
    f"StudyInstanceUIDs={FOREIGN_UID}",
    f"studyinstanceuids={FOREIGN_UID}",
]
#: Addresses of the same app by another way.
PLACES = [
    "/viewer/dicomjson?url={sink}/study.json",
    "/viewer/basic/dicomjson?case={code}&url={sink}/study.json",
    "/viewer/viewer/dicomwebproxy?url={sink}/study.json",
    "/viewer/local?url={sink}/study.json",
    "/viewer/?case={code}&url={sink}/study.json",
    "/viewer/index.html?case={code}&url={sink}/study.json&customization={sink}/custom.jsonc",
    "/viewer/basic?case={foreign}",
    "/viewer/basic?case={sink}/study.json",
    "/viewer/basic?url={sink}/study.json",
]
FRAGMENTS = ["#url={sink}/study.json", "#/dicomjson?url={sink}/study.json&configUrl={sink}/c.json"]


@dataclass
class Sink:
    url: str = ""
    heard: list[str] = field(default_factory=list)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server on another port of this machine, and what it was asked for."""
    found = Sink()

    class Answer(BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            is_request = super().parse_request()
            found.heard.append(self.path)  # whatever its method
            return is_request

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"studies": []}')

        def log_message(self, *_args: object) -> None:
            """Say nothing: `heard` says it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def foreign(ben, noor) -> None:
    """A study of somebody else's, read by somebody else."""
    case = make_case(ben, ASSIGNED, code=FOREIGN_CODE, assignee=noor)
    Study.objects.create(case=case, study_instance_uid=FOREIGN_UID, verdict="COMPLETE", details={})


@pytest.fixture
def crafted(sink, result, foreign) -> list[str]:
    """Every address that must be refused."""
    own = f"case={CODE}&StudyInstanceUIDs={result.study.study_instance_uid}"
    asked = [
        f"/viewer/basic?{before}&{extra}"
        for before in (f"case={CODE}", own)
        for extra in PARAMETERS
    ]
    return [one.format(sink=sink.url, code=CODE, foreign=FOREIGN_CODE) for one in (*asked, *PLACES)]


def is_a_page_in_the_frame(response: Response) -> bool:
    return response.request.is_navigation_request() and response.frame.parent_frame is not None


def hears(sink: Sink, page) -> bool:
    """Say whether the sink would have heard: ask it as the browser that just was silent."""
    page.goto(f"{sink.url}/asked-by-hand")
    page.evaluate("fetch('/asked-by-a-script').then(answer => answer.json())")
    return {"/asked-by-hand", "/asked-by-a-script"} <= set(sink.heard)


def test_a_crafted_address_is_refused_and_nobody_outside_is_asked(reader, sink, crafted):
    page = reader.page
    opened = {address: page.goto(address).status for address in crafted}
    assert {address for address, status in opened.items() if status != 404} == set()
    assert sink.heard == []
    assert hears(sink, page)


def test_a_crafted_fragment_opens_the_own_study_and_asks_nobody_outside(reader, sink):
    for fragment in FRAGMENTS:
        reader.page.goto("about:blank")  # a fragment alone would not load the page anew
        reader.open(f"case={CODE}{fragment.format(sink=sink.url)}")
        assert all(f"/c/{CODE}/" in one["image"] for one in reader.viewports)
    assert sink.heard == []
    assert hears(sink, reader.page)


@pytest.fixture
def watched(browser, viewer_root, live_server, mia) -> Iterator[tuple[Page, list[str]]]:
    """A page of Mia's, and what the browser refused: a refused page is not even framed."""
    context = browser.new_context(base_url=live_server.url)
    page, refused = context.new_page(), []
    page.on("console", lambda message: refused.extend(policy_refusals(message)))
    carry_session(page, live_server, mia)
    yield page, refused
    context.close()


def test_the_frame_beside_the_report_takes_no_crafted_address(watched, sink, crafted, case, mia):
    page, refused = watched
    reports.start_reading(case=case, by=mia)
    page.goto(f"/read/{CODE}/?url={sink.url}/s.json&StudyInstanceUIDs={FOREIGN_UID}#url={sink.url}")
    frame = page.locator("iframe[data-viewer]")
    expect(frame).to_have_attribute("src", f"/viewer/basic?case={CODE}")
    framed_viewer(page)
    assert refused == []
    for address in crafted:
        with page.expect_response(is_a_page_in_the_frame) as answer:
            frame.evaluate("(frame, address) => { frame.src = address; }", address)
        assert answer.value.status == 404, address
    assert [one for one in refused if "frame-ancestors" not in one] == []
    assert sink.heard == []
    assert hears(sink, page)
