"""The diagnostic viewer in a real browser, with real mouse and keys."""

import json

import pytest
from allauth.mfa.totp.internal import auth as totp

from cases.models import KeyImage
from cases.services import reports
from portal.viewer_package import MANIFEST
from stack import check
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.reader import (
    CODE,
    HOLDS_TOOL,
    IS_ACTIVE,
    KEY_IMAGES,
    LOADED_MS,
    MEASURED,
    READY,
    SAY,
    VIEWPORTS,
    framed_viewer,
    held_frames,
    labels,
)
from tests.fixtures.browser import wait_until
from tests.fixtures.people import PASSWORD

WASM = """performance.getEntriesByType("resource")
  .map(({ name }) => name).filter(name => name.endsWith(".wasm"))"""


def opened_from_this_host_alone(reader):
    hosts: set[str] = set()
    refused: list[str] = []
    reader.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    reader.page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
    reader.open()
    assert {host for host in hosts if host} == {reader.page.url.split("/")[2]}
    assert refused == []


def each_worker_compiles_its_decoder_once(reader, viewer_root):
    reader.page.wait_for_function(READY, timeout=LOADED_MS)
    (decoder,) = json.loads((viewer_root / MANIFEST).read_text())["decoders"]
    workers = [one for one in reader.page.workers if one.url.endswith(decoder)]
    compiled = [one.evaluate(WASM) for one in workers]
    assert compiled
    assert [len(names) for names in compiled] == [1] * len(workers)


def test_a_lumbar_study_hangs_and_its_viewports_are_linked(reader, result, viewer_root, shot):
    opened_from_this_host_alone(reader)
    each_worker_compiles_its_decoder_once(reader, viewer_root)
    assert labels(reader, result) == ["T1 SAG", "T2 SAG", "STIR SAG", "T2 AX"]
    t1, _t2, _stir, axial = reader.viewports

    reader.activate(axial)
    reader.scroll(axial, 1)
    before = reader.reference_lines()
    reader.scroll(axial, 3)
    assert len(reader.reference_lines(before)) == len(before)

    reader.activate(t1)
    reader.scroll(t1, 2)
    reader.wait_for(7, 7, 7, axial["index"] + 4)
    shot(reader.page, "reading-room-viewer", full_page=False)

    reader.page.keyboard.press(".")
    wait_until(reader.page, lambda: len(reader.viewports) == 2)
    reader.page.wait_for_function(READY, timeout=LOADED_MS)
    assert labels(reader, result) == ["T2 SAG", "T2 AX"]
    reader.page.keyboard.press(",")
    wait_until(reader.page, lambda: len(reader.viewports) == 4)


def test_the_tools_measure_and_the_keys_are_listed(reader):
    reader.open()
    t1, t2, stir, axial = reader.viewports
    reader.activate(axial)
    reader.tool("Length")
    reader.drag(axial, (0.45, 0.45), (0.45, 0.55))
    reader.activate(t2)
    reader.tool("EllipticalROI")
    reader.drag(t2, (0.40, 0.60), (0.48, 0.66))
    reader.activate(t1)
    reader.tool("Angle")
    reader.drag(t1, (0.35, 0.30), (0.50, 0.35))
    reader.click(t1, (0.42, 0.20))
    reader.activate(stir)
    reader.tool("CobbAngle")
    reader.drag(stir, (0.36, 0.15), (0.50, 0.22))
    reader.drag(stir, (0.34, 0.80), (0.48, 0.68))
    wanted = {"Length", "EllipticalROI", "Angle", "CobbAngle"}
    wait_until(
        reader.page,  # what is drawn is measured a frame later
        lambda: {name for name, words in reader.page.evaluate(MEASURED) if words} == wanted,
    )

    reader.activate(t2)
    reader.tool("WindowLevel")
    first = reader.window(t2)
    reader.drag(t2, (0.80, 0.20), (0.85, 0.25))
    assert reader.window(t2) != first

    def preset(key):
        before = reader.window(t2)
        reader.page.keyboard.press(key)
        wait_until(reader.page, lambda: reader.window(t2) != before)
        lower, upper = reader.window(t2).values()
        return (lower + upper) / 2, upper - lower

    centre, width = preset("1")
    assert reader.window(t2) == first  # as stored, not as dragged
    assert preset("2") == pytest.approx((centre + 0.1 * width, 1.6 * width))
    assert preset("3") == pytest.approx((centre, 0.6 * width))
    assert preset("4") == pytest.approx((centre - 0.15 * width, 0.8 * width))
    assert preset("1") == (centre, width)

    reader.page.keyboard.press("?")
    dialog = reader.page.locator("#viewer-keys")
    dialog.wait_for()
    assert "Key image" in dialog.inner_text()
    assert "Cobb angle" in dialog.inner_text()
    assert "next case" not in dialog.inner_text()  # in a window of its own
    keys = dialog.locator("dt").all_inner_texts()
    assert len(keys) == len(set(keys))  # none that is bound twice
    reader.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def a_key_image_shows_the_image_that_it_names(reader, report):
    """Press the key before the image that was scrolled to has come: the one before is on view."""
    known = len(report.evaluate(KEY_IMAGES))
    reader.page.evaluate("() => cornerstone.cache.purgeCache()")
    with held_frames(reader.page) as held:
        reader.scroll(reader.viewports[3], 3)
        wait_until(reader.page, lambda: held)
        reader.page.keyboard.press("k")
        reader.page.wait_for_timeout(500)
        assert len(report.evaluate(KEY_IMAGES)) == known
    wait_until(reader.page, lambda: len(report.evaluate(KEY_IMAGES)) == known + 1)
    reader.page.wait_for_load_state("networkidle")
    reader.page.keyboard.press("k")
    wait_until(reader.page, lambda: len(report.evaluate(KEY_IMAGES)) == known + 2)
    early, late = report.evaluate(KEY_IMAGES)[known:]
    assert [early["sop"], early["png"]] == [late["sop"], late["png"]]


def test_a_key_image_goes_to_the_report_and_the_report_leads_back(reader, result):
    reader.open()
    report = reader.report()
    axial = reader.viewports[3]
    reader.activate(axial)
    reader.tool("Length")
    reader.drag(axial, (0.45, 0.45), (0.45, 0.55))
    reader.page.keyboard.press("k")
    reader.page.get_by_text("Saved to the report.").wait_for()
    (sent,) = report.evaluate(KEY_IMAGES)
    assert sent["sop"] in axial["image"]
    assert sent["frame"] == 1
    assert sent["window"]["width"] > 0
    assert sent["png"].startswith("data:image/png;base64,")
    assert any("mm" in line for line in sent["measurements"])

    a_key_image_shows_the_image_that_it_names(reader, report)
    assert reader.viewports[3]["index"] != axial["index"]
    back = {"type": "viewer:show", "case": CODE, "sop": sent["sop"], "series": sent["series"]}
    report.evaluate(SAY, back | {"frame": 1})
    wait_until(reader.page, lambda: reader.viewports[3]["index"] == axial["index"])

    report.evaluate(SAY, back | {"case": "SR-OTHER2", "frame": 1, "sop": "1.2"})
    hidden = next(one for one in result.series if one.label == "T1 AX")
    wanted = hidden.instances[0].sop_instance_uid
    message = {"type": "viewer:show", "case": CODE, "frame": 1}
    report.evaluate(SAY, message | {"sop": wanted, "series": hidden.series_instance_uid})
    wait_until(reader.page, lambda: any(wanted in one["image"] for one in reader.viewports))


WINDOW = """id => {
  const { lower, upper } = secondread.services.cornerstoneViewportService
    .getCornerstoneViewport(id).getProperties().voiRange;
  return [lower, upper];
}"""
WINDOW_IS = """([id, centre, width]) => {
  const { lower, upper } = secondread.services.cornerstoneViewportService
    .getCornerstoneViewport(id).getProperties().voiRange;
  return Math.abs(upper - lower - width) < 1 && Math.abs((upper + lower) / 2 - centre) < 1;
}"""


def send_a_key_image_over_a_slow_line(page, frame):
    """While an open report works on it, the viewer does not say that it was not saved."""
    held = []

    def hold(route):
        held.append(route)

    page.route("**/key-images/", hold)
    page.keyboard.press("k")
    wait_until(page, lambda: held)
    page.wait_for_timeout(5500)
    assert frame.get_by_text("Not saved").count() == 0
    held[0].continue_()
    frame.get_by_text("Saved to the report.").wait_for()
    page.unroute("**/key-images/")
    page.locator("[data-key-image-list] img").wait_for(timeout=20_000)


def test_the_framed_viewer_and_the_report_speak(reader, case, mia, shot):
    """As the radiologist sits: images left, report right; `k`, then a click that leads back."""
    reports.start_reading(case=case, by=mia)
    page = reader.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
    frame = framed_viewer(page)
    corner = page.locator("iframe[data-viewer]").bounding_box()
    axial = frame.evaluate(VIEWPORTS)[3]
    at = corner["x"] + axial["x"] + axial["w"] / 2, corner["y"] + axial["y"] + axial["h"] / 2
    page.mouse.click(*at)
    frame.wait_for_function("document.hasFocus()")
    frame.wait_for_function(IS_ACTIVE, arg=axial["id"])
    lower, upper = frame.evaluate(WINDOW, axial["id"])
    page.keyboard.press("2")  # a window of the reader's own: 1.6 times as wide
    own = [axial["id"], (lower + upper) / 2 + 0.1 * (upper - lower), 1.6 * (upper - lower)]
    frame.wait_for_function(WINDOW_IS, arg=own)
    send_a_key_image_over_a_slow_line(page, frame)
    (image,) = KeyImage.objects.all()
    assert image.instance.sop_instance_uid in axial["image"]
    assert page.locator("[data-key-image-list] li").count() == 1

    for _ in range(3):
        page.mouse.wheel(0, 100)
    wait_until(page, lambda: frame.evaluate(VIEWPORTS)[3]["index"] == axial["index"] + 3)
    shot(page, "reading-room-framed", full_page=False)
    page.keyboard.press("3")  # another window, too
    frame.wait_for_function(f"own => !({WINDOW_IS})(own)", arg=own)
    page.locator(".key-image-show").click()
    frame.wait_for_function(WINDOW_IS, arg=own)  # which is set once the image is there
    assert frame.evaluate(VIEWPORTS)[3]["index"] == axial["index"]


def test_the_key_to_the_next_case_works_in_the_framed_viewer(reader, case, mia):
    reports.start_reading(case=case, by=mia)
    page = reader.page
    page.goto(f"/read/{CODE}/", wait_until="domcontentloaded")
    frame = framed_viewer(page)
    page.locator("#findings").fill("Typed a moment before.")
    corner = page.locator("iframe[data-viewer]").bounding_box()
    page.mouse.click(corner["x"] + corner["width"] / 3, corner["y"] + corner["height"] / 3)
    frame.wait_for_function("document.hasFocus()")
    page.keyboard.press("?")
    keys = frame.locator("#viewer-keys")
    keys.get_by_text("Save, then the next case").wait_for()
    page.keyboard.press("Escape")
    keys.wait_for(state="detached")
    page.keyboard.press("d")
    frame.wait_for_function(HOLDS_TOOL, arg="Length")
    image = frame.evaluate(VIEWPORTS)[0]
    x, y = corner["x"] + image["x"] + image["w"] / 2, corner["y"] + image["y"] + image["h"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 40, steps=4)
    page.mouse.up()
    page.keyboard.press("Alt+Shift+N")
    page.wait_for_url("**/worklist/")  # where no other case waits
    content = case.reports.get().content
    assert content["findings"]["text"] == "Typed a moment before."
    assert [one["drawing"]["tool"] for one in content["drawings"]] == ["Length"]


def test_without_webgl_nothing_is_shown(reader):
    reader.page.add_init_script(
        "const real = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return /webgl/.test(kind) ? null : real.call(this, kind, ...rest); };"
    )
    reader.page.goto(f"/viewer/basic?case={CODE}", wait_until="commit")
    notice = reader.page.locator("#no-webgl")
    notice.wait_for(timeout=LOADED_MS)
    assert "Not for diagnosis" in notice.inner_text()
    box = notice.bounding_box()
    assert (box["width"], box["height"]) == (1600, 1000)


@pytest.mark.parametrize(
    "extra",
    ["url=https://evil.invalid/study.json", "customization=https://evil.invalid/x", "a=b"],
)
def test_the_page_takes_a_case_number_only(client, viewer_root, case, mia, result, extra):
    sign_in(client, mia)
    uid = result.study.study_instance_uid
    good = f"/viewer/basic?case={CODE}&StudyInstanceUIDs={uid}"
    opened = client.get(f"/viewer/basic?case={CODE}")
    assert (opened.status_code, opened["Location"]) == (302, good)
    page = client.get(good)
    assert page.status_code == 200
    b"".join(page)  # reads it to its end, which closes the file
    assert client.get(f"{good}&{extra}").status_code == 404
    assert client.get(f"/viewer/basic?case={CODE}&{extra}").status_code == 404
    assert client.get(f"/viewer/basic?case={CODE}&StudyInstanceUIDs=1.2.3").status_code == 404


@pytest.mark.parametrize("who", ["ben", "noor", "olga", None])
def test_the_page_is_not_there_for_others(client, viewer_root, case, request, who):
    if who:
        sign_in(client, request.getfixturevalue(who))
    assert client.get(f"/viewer/basic?case={CODE}").status_code == 404


def test_the_check_of_the_demo_says_whether_the_viewer_is_there(
    viewer_root, live_server, case, mia, settings, tmp_path
):
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(mia, secret)
    reports.start_reading(case=case, by=mia)
    walk = check.Check(live_server.url, [], tmp_path)
    walk.code = CODE
    account = {"email": mia.email, "password": PASSWORD, "totp_secret": secret}
    check.sign_in(walk.reader, account)
    assert walk.radiologist_opens_the_viewer().startswith("installed; its page with 3 scripts, ")
    settings.VIEWER_ROOT = tmp_path
    assert "`python manage.py install_viewer`" in walk.radiologist_opens_the_viewer()


def test_files_are_served_compressed_and_the_decoder_alone_may_compile(client, viewer_root):
    names = [path.name for path in viewer_root.glob("*.js")]
    free = []
    for name in names:
        response = client.get(f"/viewer/{name}", headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200
        policy = response["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
        if "unsafe-eval" in policy:
            free.append(name)
        b"".join(response)
    assert len(free) == 1
    assert not any(name.startswith("app.") for name in free)
    app = next(name for name in names if name.startswith("app.bundle"))
    response = client.get(f"/viewer/{app}", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert "immutable" in response["Cache-Control"]
    b"".join(response)
    for name in (
        "../settings.py",
        "own/../../manage.py",
        "nothing.js",
        "index.html",
        "own/../index.html",
    ):
        assert client.get(f"/viewer/{name}").status_code == 404
