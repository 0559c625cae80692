"""Going on with another device: a link by mail, a code for the camera, an address to type."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from cases import notifications, recovery
from cases.lifecycle import Status
from cases.models import Notification
from cases.services.devices import MOST_AN_HOUR
from tests.factories import make_case
from tests.journeys.uploading import UploadPage, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def open_page(page, case, url) -> UploadPage:
    sign_in(page, case.patient, url)
    return UploadPage(page, case).open()


def test_a_phone_is_told_first_that_it_cannot_read_a_cd(
    new_page, ana, live_server, settings, axe, shot
):
    page = new_page(**PHONE)
    case = make_case(ana)
    open_page(page, case, live_server.url)
    advice = page.get_by_role("region", name="A phone cannot read it")
    expect(advice).to_contain_text(f"{settings.SITE_URL}/go/{case.code}/")
    first, button = advice.bounding_box(), page.locator("[data-pick=folder]").bounding_box()
    assert first["y"] < button["y"]
    expect(page.get_by_text("Go on with another device")).to_be_hidden()
    axe(page)
    shot(page, "upload-phone-advice")

    advice.get_by_role("button", name="Send me the link for my computer").click()
    expect(page.get_by_text("We are sending the link to your e-mail address.")).to_be_visible()
    for number in recovery.owed_notifications():
        notifications.deliver(number)
    (letter,) = mail.outbox
    assert letter.to == [ana.email]
    assert f"{settings.SITE_URL}/cases/{case.code}/upload/" in letter.body
    for word in ("mri", "spine", "back ", "picture", "ana", "hospital", "scan"):
        assert word not in f"{letter.subject} {letter.body}".lower()


def test_a_computer_shows_a_code_for_the_camera(new_page, ana, live_server, settings, axe, shot):
    page = new_page(color_scheme="dark")
    case = make_case(ana)
    open_page(page, case, live_server.url)
    expect(page.get_by_role("region", name="A phone cannot read it")).to_be_hidden()
    page.get_by_text("Go on with another device").click()
    code = page.get_by_role("img", name="QR code with the address below")
    expect(code).to_be_visible()
    assert code.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.locator("#upload-elsewhere")).to_contain_text(
        f"{settings.SITE_URL}/go/{case.code}/"
    )
    axe(page)
    shot(page, "upload-other-device")


def test_the_address_leads_through_the_sign_in_to_the_upload(client, ana):
    case = make_case(ana)
    address = f"/go/{case.code.lower()}/"
    assert "/accounts/login/" in client.get(address)["Location"]
    client.force_login(ana)
    assert client.get(address)["Location"] == f"/cases/{case.code}/upload/"


def test_an_account_gets_only_a_few_links_an_hour(client, ana):
    client.force_login(ana)
    cases = [make_case(ana), make_case(ana)]
    for number in range(MOST_AN_HOUR + 2):
        answer = client.post(f"/cases/{cases[number % 2].code}/upload/link/", follow=True)
    assert "We have sent you the link already" in answer.content.decode()
    assert Notification.objects.filter(template="upload_link").count() == MOST_AN_HOUR


def test_a_request_that_was_sent_leads_to_its_own_page(client, ana):
    case = make_case(ana, Status.SUBMITTED)
    client.force_login(ana)
    answer = client.get(f"/go/{case.code}/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/cases/{case.code}/"
