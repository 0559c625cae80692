"""Take the demo's stories as far as each of them goes."""

from collections.abc import Callable

from cases.lifecycle import READY
from cases.models import Case
from cases.services import assignments
from portal.demo import stories
from portal.demo.accounts import user_called
from portal.demo.cases import Story, open_case, wait_until_processed
from portal.demo.reports import write_report


def seed_cases(*, say: Callable[[str], None]) -> None:
    """Send every story's images, wait for the workers, then assign, read and sign."""
    made = {story: open_case(story, user_called(story.patient)) for story in stories.STORIES}
    wait_until_processed([made[story] for story in stories.STORIES if story.send], say=say)
    for story, reader in (
        (stories.REPORTED, "mia"),
        (stories.READING, "mia"),
        (stories.ASSIGNED, "noor"),
    ):
        _assign(story, made[story], reader)


def _assign(story: Story, case: Case, name: str) -> None:
    case.refresh_from_db()
    if case.status != READY:
        return
    reader = user_called(name)
    assignments.assign(case=case, to=reader, by=user_called("cole"))
    if story is not stories.ASSIGNED:
        write_report(case, reader, sign=story is stories.REPORTED)
