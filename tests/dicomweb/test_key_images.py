"""Key images: from the viewer into the draft, with caption, and back."""

import base64
import io

import pytest
from PIL import Image

from cases.models import KeyImage
from cases.services import reports
from tests.dicomweb.conftest import carry_session, sign_in
from tests.dicomweb.reader import CODE
from tests.fixtures.browser import wait_until

URL = f"/read/{CODE}/key-images/"


def png(size=(40, 30)):
    buffer = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def draft(case, mia):
    return reports.start_reading(case=case, by=mia)


@pytest.fixture
def marked(result):
    return {
        "sop": result.series[1].instances[3].sop_instance_uid,
        "frame": 1,
        "window": {"centre": 500, "width": 900.5},
        "measurements": ["Length 12.1 mm"],
        "png": png(),
    }


def post(client, body):
    return client.post(URL, body, content_type="application/json")


def test_a_key_image_is_kept_captioned_and_removed(client, draft, mia, marked):
    sign_in(client, mia)
    entry = post(client, marked).json()
    image = KeyImage.objects.get()
    assert (image.window_center, image.window_width) == (500, 900.5)
    assert image.measurements == ["Length 12.1 mm"]
    assert Image.open(io.BytesIO(client.get(entry["picture"]).content)).size == (40, 30)
    client.post(entry["captionUrl"], {"caption": " L4/5 left "})
    (listed,) = client.get(URL).json()["images"]
    assert listed["caption"] == "L4/5 left"
    assert listed["label"] == "T1 SAG, 4"
    client.post(entry["removeUrl"])
    assert client.get(URL).json() == {"images": []}
    assert client.get(entry["picture"]).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"sop": "1.2.3"},
        {"frame": 2},
        {"frame": 0},
        {"png": "data:text/html;base64,PGI+"},
        {"png": "data:image/png;base64,AAAA"},
        {"png": "data:image/png;base64,%%%"},
        {"window": "wide"},
        {"sop": None},
    ],
)
def test_what_is_no_key_image_is_refused(client, draft, mia, marked, change):
    sign_in(client, mia)
    assert post(client, marked | change).status_code == 400
    assert not KeyImage.objects.exists()


@pytest.mark.parametrize("who", ["noor", "ana", "cole"])
def test_nobody_else_reaches_the_draft(client, draft, request, marked, who):
    sign_in(client, request.getfixturevalue(who))
    assert post(client, marked).status_code == 404
    assert client.get(URL).status_code == 404


def test_a_marked_preview_lands_beside_the_report_and_leads_back(
    new_page, live_server, draft, mia, case, settings, tmp_path, axe, shot
):
    """Where the diagnostic viewer is absent: `k` on the previews."""
    settings.VIEWER_ROOT = tmp_path
    page = new_page(viewport={"width": 1600, "height": 1000})
    carry_session(page, live_server, mia)
    page.goto(f"/read/{CODE}/")
    page.locator("[data-stack-viewer][data-state=ready]").wait_for(timeout=30_000)
    page.get_by_text("do not read from them").wait_for()
    picture = page.locator("[data-part=picture]")
    picture.focus()
    page.keyboard.press("Home")
    page.keyboard.press("k")
    image = page.locator("[data-key-image-list] img")
    image.wait_for()
    assert KeyImage.objects.get().instance.ordinal == 1
    page.keyboard.press("End")
    page.locator(".key-image-show").click()
    assert "picture 1 of" in page.locator("[data-part=place]").text_content()
    page.get_by_role("textbox", name="Caption of T1 SAG, 1").fill("Upper end")
    page.keyboard.press("Tab")
    wait_until(page, lambda: KeyImage.objects.get().caption == "Upper end")
    shot(page, "reading-room-previews", full_page=False)
    axe(page)


def test_an_image_that_is_marked_before_the_list_has_come_stays_in_it(
    new_page, live_server, draft, mia, case, settings, tmp_path
):
    settings.VIEWER_ROOT = tmp_path
    page = new_page()
    carry_session(page, live_server, mia)
    answers = []

    def answer_late(route):
        """Take the list from the portal at once and hand it over when the test says so."""
        answers.append((route, route.fetch()))

    page.route(f"**{URL}", answer_late, times=1)
    page.goto(f"/read/{CODE}/")
    page.locator("[data-stack-viewer][data-state=ready]").wait_for(timeout=30_000)
    wait_until(page, lambda: answers)
    page.locator("[data-part=picture]").focus()
    page.keyboard.press("k")
    image = page.locator("[data-key-image-list] img")
    image.wait_for()
    ((route, empty),) = answers
    assert empty.json() == {"images": []}
    with page.expect_response(lambda answer: answer.url.endswith(URL)):
        route.fulfill(response=empty)
    page.wait_for_timeout(500)
    assert image.count() == 1
