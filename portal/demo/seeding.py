"""Take the demo's stories as far as each of them goes."""

from collections.abc import Callable

from cases.lifecycle import READY, advance
from cases.models import Case
from portal.demo import stories
from portal.demo.accounts import user_called
from portal.demo.cases import open_case, wait_until_processed


def seed_cases(*, say: Callable[[str], None]) -> None:
    """Send every story's images, wait for the workers, then assign, read and sign."""
    made = {story: open_case(story, user_called(story.patient)) for story in stories.STORIES}
    wait_until_processed([made[story] for story in stories.STORIES if story.send], say=say)
    for story, reader in ((stories.REPORTED, "mia"), (stories.ASSIGNED, "noor")):
        case = Case.objects.get(pk=made[story].pk)
        if case.status == READY:
            advance(case, "assign", by=user_called("cole"), assignee=user_called(reader))
