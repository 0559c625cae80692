"""Public and account pages: axe in both themes at three widths, no sideways scroll."""

import re
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse
from django.views.defaults import permission_denied
from playwright.sync_api import expect

from accounts.csp import policy_header
from tests.ui.looks import keeps_the_rules, looks_right

PUBLIC = ["landing", "check", "help", "privacy", "accessibility", "glossary"]
ENTRANCE = ["account_login", "account_signup", "account_reset_password"]
OWN = ["profile", "account_change_password", "account_email", "mfa_index", "usersessions_list"]


def picture(shot, page, name, look):
    shot(page, f"{name}-{look}")


def test_public_pages_look_right(page, axe, live_server):
    for name in [*PUBLIC, *ENTRANCE]:
        looks_right(page, live_server.url, reverse(name), axe)
    looks_right(page, live_server.url, "/no-such-page/", axe)


@pytest.fixture
def error_pages(ana):
    """The answers that need a fault to be given, as they are written then."""
    request = RequestFactory().get("/")
    request.user = ana
    forbidden = permission_denied(request, PermissionDenied()).content.decode()
    return {"403": forbidden} | {name: render_to_string(f"{name}.html") for name in ("500", "503")}


def test_error_pages_look_right(page, axe, shot, live_server, error_pages):
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy_header({})}

    def answer(route):
        name = urlsplit(route.request.url).path.strip("/")
        route.fulfill(body=error_pages[name], headers=headers)

    page.route(re.compile(r"/(403|500|503)/$"), answer)
    for name in error_pages:
        taken = partial(picture, shot, page, f"error-{name}")
        looks_right(page, live_server.url, f"/{name}/", axe, taken)


def test_a_forged_form_is_answered_with_a_page_that_says_what_to_do(page, axe, shot):
    page.goto(reverse("account_login"))
    page.context.clear_cookies()
    page.get_by_label("E-mail").fill("ana@secondread.invalid")
    page.get_by_label("Password", exact=True).fill("whatever it is")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Sign in").click()
    assert answered.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("This form is too old")
    keeps_the_rules(page, "403_csrf", axe, partial(picture, shot, page, "error-403_csrf"))


def test_account_pages_look_right(page, axe, live_server, sign_in_page, ana):
    ana.emailaddress_set.create(email=ana.email, verified=True, primary=True)
    sign_in_page(page, ana)
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
