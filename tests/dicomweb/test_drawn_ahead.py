"""`n` in Chromium: the next case is drawn before, shows at once, and is read only from then on."""

import os

import pytest
from django.conf import settings

from cases.lifecycle import ASSIGNED, READING
from cases.models import AccessRecord, Report
from stack.chromium import tab
from stack.testing import find_chromium
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.reader import CODE
from tests.fixtures.browser import FLAGS

pytestmark = pytest.mark.django_db(transaction=True)
GONE = "We cannot find this page"
VIEWER = "document.querySelector('iframe[data-viewer]').contentWindow.secondread.services"
LOADED = f"{VIEWER}.displaySetService.getActiveDisplaySets().length > 3"
DRAWN = f"""(() => {{
  const {{ viewportGridService: g, cornerstoneViewportService: c }} = {VIEWER};
  const ids = [...g.getState().viewports.keys()];
  return ids.length > 0 && ids.every(id => {{
    const canvas = c.getCornerstoneViewport(id)?.getCanvas();
    if (!canvas?.width) return false;
    const pen = new OffscreenCanvas(64, 64).getContext("2d");
    pen.drawImage(canvas, 0, 0, 64, 64);
    return pen.getImageData(0, 0, 64, 64).data.some((value, at) => at % 4 < 3 && value > 60);
  }});
}})()"""


@pytest.fixture
def browser_tab(viewer_root, live_server, client, case, mia):
    """A tab of Mia's, on her worklist."""
    sign_in(client, mia)
    chromium = os.environ.get("CHROMIUM") or find_chromium() or ""
    with tab(chromium, *FLAGS) as opened:
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
        opened.send("Network.setCookie", opened.page, **cookie)
        opened.send("Emulation.setDeviceMetricsOverride", opened.page, **SIZE)
        opened.open(f"{live_server.url}/worklist/")
        yield opened


SIZE = {"width": 1920, "height": 1080, "deviceScaleFactor": 1, "mobile": False}


def drawn_ahead(browser_tab):
    browser_tab.wait_for("document.readyState === 'complete' && location.pathname === '/worklist/'")
    for _ in range(600):
        if browser_tab.ahead:
            break
        browser_tab.evaluate("new Promise((done) => setTimeout(done, 100))")
    (page,) = browser_tab.ahead
    browser_tab.wait_for(LOADED, page)
    return page


def written() -> set[str]:
    return set(AccessRecord.objects.values_list("what", flat=True))


def test_the_next_case_is_loaded_ahead_and_read_only_once_it_is_seen(browser_tab, case):
    page = drawn_ahead(browser_tab)
    assert browser_tab.evaluate("document.prerendering", page)
    assert not browser_tab.evaluate(DRAWN, page)
    case.refresh_from_db()
    assert case.status == ASSIGNED
    assert not Report.objects.exists()
    assert written() == {"case_ahead", "images_ahead"}

    browser_tab.press("n")
    browser_tab.wait_for(f"location.pathname === '/read/{CODE}/' && !document.prerendering")
    began = "performance.getEntriesByType('navigation')[0].activationStart"
    assert browser_tab.evaluate(began) > 0
    browser_tab.wait_for(DRAWN)
    browser_tab.wait_for("document.querySelector('[data-claim]').hidden")
    case.refresh_from_db()
    assert case.status == READING
    assert written() == {"case_ahead", "images_ahead", "case", "images"}
    assert Report.objects.get().seen_at is not None


def test_a_case_taken_away_while_its_page_was_drawn_does_not_open(browser_tab, case, noor):
    page = drawn_ahead(browser_tab)
    assert browser_tab.evaluate("document.prerendering", page)
    type(case).objects.filter(pk=case.pk).update(assignee=noor)
    browser_tab.press("n")
    browser_tab.wait_for(
        f"location.pathname === '/read/{CODE}/' && document.title.startsWith('{GONE}')"
    )
    case.refresh_from_db()
    assert case.status == ASSIGNED
    assert not Report.objects.exists()
