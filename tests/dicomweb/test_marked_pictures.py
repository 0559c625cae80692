"""What the radiologist marked comes first in the patient's pictures, once the result was opened."""

import io

import pytest
from django.test import Client
from PIL import Image

from cases.report_template import content_from_form
from cases.services import key_images, reports, requests
from cases.services.key_images import Marked
from tests.cases.report_forms import posted
from tests.dicomweb.conftest import sign_in
from tests.dicomweb.reader import CODE

QUESTION = "Do I need an operation?"
CAPTION = "The disc touches the nerve"
LIST = f"/cases/{CODE}/images.json"
PHONE = {"width": 390, "height": 844}
#: Share of the canvas that is as green as the picture in this test.
GREEN = """() => {
  const c = document.querySelector('[data-part=picture]');
  const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  let green = 0; for (let i = 0; i < d.length; i += 4) green += d[i] === 10 && d[i + 1] === 200;
  return green / (d.length / 4);
}"""


def png(colour):
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def report(case, mia, result):
    """Two slices marked, the first with a caption; not yet signed."""
    case.intake.main_question, case.intake.age_years = QUESTION, 46
    case.intake.save()
    draft = reports.start_reading(case=case, by=mia)
    for series, colour, caption in ((2, (10, 200, 30), CAPTION), (1, (200, 10, 30), "")):
        sop = result.series[series].instances[3].sop_instance_uid
        marked = Marked(sop, 1, None, None, [])
        image = key_images.add_key_image(report=draft, marked=marked, picture=png(colour))
        key_images.set_caption(report=draft, image_id=image.pk, caption=caption)
    content = content_from_form(posted(), [QUESTION])
    return reports.save_draft(report=draft, by=mia, content=content, revision=draft.revision)


@pytest.fixture
def opened(report, case, ana, mia):
    """The report signed, and the result opened by the patient."""
    signed = reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    case.refresh_from_db()
    requests.open_result(case=case, by=ana)
    return signed


def series_for(user):
    client = Client()
    sign_in(client, user)
    return client, client.get(LIST).json()["series"]


def test_they_come_first_with_their_captions(opened, ana, result):
    client, (marked, second, *_rest) = series_for(ana)
    assert marked["label"] == "Marked by your radiologist"
    assert marked["captions"] == [f"Seen from the side (T2): {CAPTION}", "Seen from the side (T1)"]
    assert marked["frames"][0] == [result.series[2].instances[3].sop_instance_uid, 1]
    assert second["label"] == "Overview for planning"
    picture = client.get(marked["previews"][0])
    assert picture["Content-Type"] == "image/png"
    assert picture["Cache-Control"].startswith("private")
    assert Image.open(io.BytesIO(picture.content)).getpixel((5, 5)) == (10, 200, 30)


def test_nothing_is_marked_before_the_patient_opens_the_result(report, case, ana, mia):
    image = report.key_images.first()
    address = f"/cases/{CODE}/marked/{image.pk}.png"
    client, series = series_for(ana)
    assert not any(one.get("marked") for one in series)
    assert client.get(address).status_code == 404
    reports.sign_report(report=report, by=mia, revision=report.revision, credentials="")
    client, series = series_for(ana)  # who wants to be called first has seen nothing
    assert not any(one.get("marked") for one in series)
    assert client.get(address).status_code == 404
    case.refresh_from_db()
    requests.open_result(case=case, by=ana)
    assert client.get(address).status_code == 200


def test_they_are_the_patients_alone_and_the_look_is_written_down(opened, case, ana, ben, mia):
    _client, (marked, *_rest) = series_for(ana)
    assert case.access_records.filter(user=ana, what="images").count() == 1
    stranger = Client()
    sign_in(stranger, ben)
    assert stranger.get(marked["previews"][0]).status_code == 404
    reader, series = series_for(mia)
    assert not any(one.get("marked") for one in series)
    assert reader.get(marked["previews"][0]).status_code == 404


def test_a_picture_alone_is_written_down_too(opened, case, ana):
    client = Client()
    sign_in(client, ana)
    client.get(f"/cases/{CODE}/marked/{opened.key_images.first().pk}.png")
    assert case.access_records.filter(user=ana, what="images").count() == 1


def test_on_a_phone_the_pictures_open_on_them(opened, open_images, axe, shot):
    page = open_images(viewport=PHONE, has_touch=True, is_mobile=True)
    page.wait_for_function(f"() => ({GREEN})() > 0.5")
    assert page.locator("[data-part=place]").inner_text() == (
        "Marked by your radiologist, picture 1 of 2"
    )
    assert page.locator("[data-part=caption]").inner_text().endswith(CAPTION)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "patient-images-marked")
    axe(page)


def test_by_keys_one_goes_through_them_and_on_to_the_rest(opened, open_images):
    page = open_images()
    picture, caption = page.locator("[data-part=picture]"), page.locator("[data-part=caption]")
    while not picture.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    assert CAPTION in picture.get_attribute("aria-label")
    page.keyboard.press("ArrowDown")
    assert caption.inner_text() == "Seen from the side (T1)"
    page.keyboard.press("ArrowRight")
    assert page.locator("[data-part=place]").inner_text().startswith("Overview for planning")
    assert caption.is_hidden()
