"""The light viewer of previews: by mouse, keys, slider and finger, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from cases import access
from tests.fixtures.browser import wait_until

PHONE = {"width": 390, "height": 844}
#: Mean grey level of the picture on the canvas.
GREY = """() => {
  const c = document.querySelector('[data-part=picture]');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let sum = 0; for (let i = 0; i < d.length; i += 4) sum += d[i];
  return sum / (d.length / 4);
}"""

DRAWN = "document.querySelector('[data-part=picture]').toDataURL()"


@pytest.fixture
def open_images(open_images):
    """The same, once the first picture is drawn."""

    def open_page(**options):
        page = open_images(**options)
        page.wait_for_function(f"() => ({GREY})() > 5")
        return page

    return open_page


def place(page):
    return page.locator("[data-part=place]").inner_text()


def test_it_opens_on_the_middle_of_the_first_proper_series(open_images, axe, shot):
    page = open_images()
    assert place(page) == "Seen from the side (T1), picture 6 of 11"
    assert page.locator(".stack-series").count() == 6
    shot(page, "patient-images")
    axe(page)


def test_wheel_keys_and_slider_turn_the_pages(open_images):
    page = open_images()
    picture = page.locator("[data-part=picture]")
    picture.hover()
    page.mouse.wheel(0, 100)
    wait_until(page, lambda: "picture 7 of" in place(page))
    picture.focus()
    for key, number in (("ArrowDown", 8), ("ArrowUp", 7), ("Home", 1), ("End", 11), ("PageUp", 6)):
        page.keyboard.press(key)
        assert f"picture {number} of" in place(page)
    page.locator("[data-part=slider]").fill("2")
    assert "picture 3 of" in place(page)
    page.get_by_role("button", name="Next picture").click()
    assert "picture 4 of" in place(page)
    picture.focus()
    page.keyboard.press("ArrowRight")
    assert place(page).startswith("Seen from the side (T2)")
    page.locator(".stack-series").nth(4).click()
    assert place(page).startswith("Slices across (T2)")


def test_the_left_button_changes_the_window_and_a_double_click_undoes_it(open_images):
    page = open_images()
    box = page.locator("[data-part=picture]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.evaluate(GREY)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + 120, steps=6)
    page.mouse.up()
    wait_until(page, lambda: page.evaluate(GREY) > before + 5)
    page.mouse.dblclick(*middle)
    wait_until(page, lambda: page.evaluate(GREY) == pytest.approx(before, abs=1))


def test_a_finger_turns_the_pages_on_a_phone(open_images, axe, shot):
    page = open_images(viewport=PHONE, has_touch=True, is_mobile=True)
    shot(page, "images-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("[data-part=picture]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = page.context.new_cdp_session(page)
    points = [(x, y + step) for step in range(0, 49, 8)]
    cdp.send("Input.dispatchTouchEvent", touch("touchStart", points[0]))
    for point in points[1:]:
        cdp.send("Input.dispatchTouchEvent", touch("touchMove", point))
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until(page, lambda: "picture 9 of" in place(page))
    axe(page)


def touch(kind, *points):
    return {
        "type": kind,
        "touchPoints": [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)],
    }


def test_two_fingers_enlarge_a_picture_and_make_it_whole_again(open_images):
    page = open_images(viewport=PHONE, has_touch=True, is_mobile=True)
    box = page.locator("[data-part=picture]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = page.context.new_cdp_session(page)

    def spread(*halves: int) -> None:
        fingers = [((x - half, y), (x + half, y)) for half in halves]
        cdp.send("Input.dispatchTouchEvent", touch("touchStart", *fingers[0]))
        for pair in fingers[1:]:
            cdp.send("Input.dispatchTouchEvent", touch("touchMove", *pair))
        cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    whole, where = page.evaluate(DRAWN), place(page)
    spread(30, 50, 70, 90)
    wait_until(page, lambda: page.evaluate(DRAWN) != whole)
    assert place(page) == where  # two fingers turn no page
    spread(90, 70, 50, 30, 20)
    wait_until(page, lambda: page.evaluate(DRAWN) == whole)


#: Goes to an image and marks it in the same moment: picture and name of what was told.
MARK = """async uid => {
  const module = [...document.scripts].find(s => s.src.includes('js/stack-viewer')).src;
  const { viewerOf } = await import(module);
  const element = document.querySelector('[data-stack-viewer]');
  const viewer = viewerOf(element);
  const told = new Promise(done => element.addEventListener('stackviewer:key-image',
    ({ detail }) => done({ ...detail, png: viewer.picture.toPng() }), { once: true }));
  const found = viewer.showImage(uid, 1);
  const before = document.querySelector('[data-part=picture]').getAttribute('aria-busy');
  viewer.markKeyImage();
  return { found, before, lost: viewer.showImage('1.2.3'), ...await told };
}"""


def test_a_module_can_ask_for_an_image_and_a_key_image_shows_what_it_names(open_images, result):
    page = open_images()
    uids = [one.sop_instance_uid for one in result.series[4].instances]
    held = []

    def hold(route):
        held.append(route)

    page.route("**/previews/**", hold)
    page.evaluate("mark => { window.early = eval(mark[0])(mark[1]) }", [MARK, uids[2]])
    wait_until(page, lambda: len(held) >= 4)
    assert page.locator("[data-part=picture]").get_attribute("aria-busy") == "true"
    for route in held:  # those that come meanwhile are added to them
        route.continue_()
    page.unroute_all(behavior="ignoreErrors")
    early = page.evaluate("window.early")
    assert (early["found"], early["lost"], early["before"]) == (True, False, "true")
    assert (early["sop"], early["frame"], early["index"]) == (uids[2], 1, 2)
    expect(page.locator("[data-part=picture]")).to_have_attribute("aria-busy", "false")
    other, late = (page.evaluate(MARK, uid) for uid in (uids[3], uids[2]))
    assert early["png"] == late["png"]
    assert early["png"] != other["png"]


def test_a_picture_that_does_not_come_leaves_none_under_its_name(open_images):
    page = open_images()
    series = page.locator(".stack-series").nth(3)
    middle = series.locator("img").get_attribute("src")

    def give_the_middle(route):
        (route.continue_ if route.request.url.endswith(middle) else route.abort)()

    page.route("**/previews/**", give_the_middle)
    series.click()
    page.wait_for_function(f"() => ({GREY})() > 5")
    page.get_by_role("button", name="Next picture").click()
    page.get_by_text("could not be loaded").first.wait_for()
    page.keyboard.press("k")  # of nothing, nothing is kept
    page.wait_for_function(f"() => ({GREY})() === 0")


def test_who_looked_is_written_down(open_images, case, ana):
    open_images()
    (record,) = case.access_records.filter(what="images")
    assert record.user == ana
    assert access.visible_cases(ana).filter(pk=case.pk).exists()
