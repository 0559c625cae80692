"""The coordinator's pages in a browser: whom no mail reached."""

import pytest
from playwright.sync_api import expect

from cases import notifications
from cases.lifecycle import REPORTED
from cases.models import Notification
from cases.models.notification import NotificationState
from tests.ui.looks import keeps_the_rules

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_a_lost_mail_is_seen_in_the_list_and_on_the_case_file(
    open_as, ana, mia, cole, new_case, axe, shot, width, theme
):
    case = new_case(REPORTED, assignee=mia)
    notifications.owe(case, "result_ready", ana, occasion="signed")
    Notification.objects.update(state=NotificationState.UNDELIVERABLE)
    viewport = {"width": width, "height": 900}
    page = open_as(cole, "/queue/?tab=call", viewport=viewport, color_scheme=theme)
    expect(page.get_by_text("mail not delivered")).to_be_visible()
    keeps_the_rules(page, "queue", axe)
    shot(page, f"queue-call-{width}-{theme}")
    page.get_by_role("link", name=case.code).click()
    expect(page.get_by_text("The mail about the result could not be delivered.")).to_be_visible()
    keeps_the_rules(page, "case file", axe)
    shot(page, f"case-file-call-{width}-{theme}")
