"""Where it hurts in a browser: the figure and the check boxes beside it say the same."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cases.lifecycle import Status
from tests.ui import scenes
from tests.ui.looks import keeps_the_rules, looks_right


@pytest.fixture
def place_page(ana):
    """The address of the question; nothing is ticked yet."""
    case = scenes.answered_case(ana, Status.DRAFT)
    case.intake.pain_regions = []
    case.intake.save()
    return reverse("cases:page", args=[case.code, "pain-where"])


def shape(page, code):
    return page.locator(f'[data-region="{code}"]')


def box(page, code):
    return page.locator(f'[name="pain_regions"][value="{code}"]')


def test_pointing_ticks_the_box_and_the_box_marks_the_figure(page, sign_in_page, ana, place_page):
    sign_in_page(page, ana).goto(place_page)
    for code in ("low_back_middle", "thigh_side_left", "foot_sole_right"):
        shape(page, code).first.click()
        expect(box(page, code)).to_be_checked()
        for one in shape(page, code).all():  # from the front and from the back
            expect(one).to_contain_class("is-chosen")
            expect(one.locator(".pain-mark")).to_be_visible()
    shape(page, "thigh_side_left").last.click()
    expect(box(page, "thigh_side_left")).not_to_be_checked()
    expect(shape(page, "thigh_side_left").first).not_to_contain_class("is-chosen")

    box(page, "groin_right").focus()
    expect(shape(page, "groin_right")).to_contain_class("is-pointed")
    page.keyboard.press("Space")
    expect(shape(page, "groin_right")).to_contain_class("is-chosen")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How it hurts")
    page.goto(place_page)
    marked = page.locator(".pain-region.is-chosen").evaluate_all(
        "all => all.map(one => one.dataset.region)"
    )
    assert sorted(marked) == ["foot_sole_right", "groin_right", "low_back_middle"]


def test_every_region_can_be_hit_with_the_mouse(page, sign_in_page, ana, place_page):
    sign_in_page(page, ana).goto(place_page)
    codes = page.locator('[name="pain_regions"]').evaluate_all("all => all.map(one => one.value)")
    for code in codes:
        shape(page, code).last.click()
        expect(box(page, code)).to_be_checked()
    assert page.locator(".pain-region:not(.is-chosen)").count() == 0


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_question_looks_right(
    new_page, axe, shot, live_server, sign_in_page, ana, place_page, language
):
    page = sign_in_page(new_page(locale=language), ana)
    looks_right(page, live_server.url, place_page, axe)
    shape(page, "buttock_left").click()
    shape(page, "lower_leg_outer_left").first.click()
    keeps_the_rules(
        page, place_page, axe, lambda look: shot(page, f"pain-map-{look}-{language[:2]}")
    )


def test_without_scripts_the_check_boxes_alone_ask(new_page, sign_in_page, ana, place_page):
    page = sign_in_page(new_page(java_script_enabled=False), ana)
    page.goto(place_page)
    expect(page.locator(".pain-map")).to_be_hidden()
    page.get_by_role("group", name="Buttock").get_by_label("Left").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How it hurts")
