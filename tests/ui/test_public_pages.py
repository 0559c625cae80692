"""Public and account pages: axe in both themes at three widths, no sideways scroll."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.ui.looks import LOOKS, looks_right

PUBLIC = ["landing", "check", "help", "privacy", "accessibility", "glossary"]
ENTRANCE = ["account_login", "account_signup", "account_reset_password"]
OWN = ["profile", "account_change_password", "account_email", "mfa_index", "usersessions_list"]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_public_pages_look_right(new_page, axe, live_server, look):
    page = new_page(**look.options)
    for name in [*PUBLIC, *ENTRANCE]:
        looks_right(page, live_server.url, reverse(name), axe)
    looks_right(page, live_server.url, "/no-such-page/", axe)


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[-1]], ids=str)
def test_account_pages_look_right(new_page, axe, live_server, sign_in_page, ana, look):
    ana.emailaddress_set.create(email=ana.email, verified=True, primary=True)
    page = sign_in_page(new_page(**look.options), ana)
    for name in [*OWN, "mfa_activate_totp"]:
        looks_right(page, live_server.url, reverse(name), axe)


def test_a_mistake_is_named_in_the_title_the_summary_and_at_the_field(page, axe, live_server):
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#id_login")).to_be_focused()
    axe(page)


def test_the_theme_switch_is_kept_on_the_next_page(new_page):
    page = new_page(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Dark theme").click()
    page.goto("/help/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_first_tab_stop_skips_to_the_content(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
