"""The second language: it is there, and it is what a German browser gets."""

import gettext

import pytest
from django.conf import settings
from django.urls import reverse

from cases import consents, reasons, red_flags
from tests.factories import make_case

pytestmark = pytest.mark.django_db

CATALOG = settings.LOCALE_PATHS[0] / "de" / "LC_MESSAGES" / "django.mo"


@pytest.mark.parametrize("name", ["landing", "check", "help", "privacy", "account_login"])
def test_a_german_browser_gets_a_german_page(client, name):
    page = client.get(reverse(name), headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in page
    assert "Anmelden" in page or "anmelden" in page


def test_the_upload_speaks_german(client, ana):
    client.force_login(ana)
    page = client.get(
        reverse("cases:upload", args=[make_case(ana).code]), headers={"accept-language": "de"}
    ).content.decode()
    assert "Bilder" in page
    assert "Choose a folder" not in page


def test_no_word_that_decides_something_is_left_in_english():
    with CATALOG.open("rb") as catalog:
        german = gettext.GNUTranslations(catalog)
    said = [flag.question for flag in red_flags.RED_FLAGS]
    said += [consent.text for consent in consents.CONSENTS]
    for reason in reasons.REASONS.values():
        said += [reason.text, reason.todo]
    missing = [str(text) for text in said if text and german.gettext(str(text)) == str(text)]
    assert missing == []
