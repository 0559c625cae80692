"""Pictures of the patient's pages for the README and docs: `bin/test tests/ui --shots`.

Each is written to docs/screenshots as a small palette PNG.
"""

import pytest
from django.urls import reverse

from cases.lifecycle import Status
from tests.ui import scenes
from tests.ui.looks import FOLDER, keep

MAX_BYTES = 250_000
VIEWS = {
    "light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}


@pytest.fixture
def take(request):
    if not request.config.getoption("--shots"):
        pytest.skip("pictures are taken with --shots")

    def take(page, name):
        keep(page, name)
        assert (FOLDER / f"{name}.png").stat().st_size < MAX_BYTES

    return take


@pytest.mark.parametrize("view", VIEWS)
def test_pictures_of_the_patients_pages(new_page, sign_in_page, take, ana, mia, view, tmp_path):
    mia.full_name = "Dr Mia Example"
    mia.save(update_fields=["full_name"])
    page = new_page(**VIEWS[view])
    page.goto(reverse("landing"))
    take(page, f"landing-{view}")
    sign_in_page(page, ana)
    draft = scenes.answered_case(ana, Status.DRAFT)
    page.goto(reverse("cases:page", args=[draft.code, "pain-where"]))
    take(page, f"intake-{view}")
    page.goto(reverse("cases:page", args=[draft.code, "pain-how"]))
    take(page, f"intake-pain-{view}")
    reading = scenes.reading_case(ana, mia)
    page.goto(reading.get_absolute_url())
    take(page, f"timeline-{view}")
    scenes.with_receipt(reading, tmp_path)
    page.goto(reverse("cases:receipt", args=[reading.code]))
    page.get_by_text("Removed: every group").click()
    take(page, f"receipt-{view}")
    result = scenes.reported_case(ana, mia)
    page.goto(reverse("cases:result", args=[result.code]))
    take(page, f"result-{view}")
