"""What a coordinator decides about pictures in which something seems to be printed."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.lifecycle import HELD, IllegalTransitionError, note
from cases.models import Case, HeldPicture
from cases.models.held_picture import PictureDecision, seal_of
from cases.services import assignments
from imaging.regions import Region

MOST_REGIONS = 50
EVENTS = {
    PictureDecision.BLANK: "pictures_blanked",
    PictureDecision.RELEASE: "pictures_released",
    PictureDecision.LEAVE_OUT: "pictures_left_out",
}


class NoPicturesError(Exception):
    """These pictures do not wait: somebody was faster, or another run has made other sets."""


class CannotGoOnError(Exception):
    """The pictures of this set can only be left out."""


class RegionsError(Exception):
    """Blacking out needs 1 to 50 rectangles that lie inside the picture."""


@transaction.atomic
def decide(
    *,
    case: Case,
    group: int,
    seal: str,
    decision: PictureDecision,
    regions: Sequence[Region],
    by: User,
) -> int:
    """Decide about the pictures of one set; return how many pictures still wait.

    `seal` is that of the pictures that were shown (`cases.models.held_picture.seal_of`): a later
    run may have put others under the same number. With the last decision the case goes back to the
    worker, which carries all of them out.

    Raises
    ------
    NoPicturesError, CannotGoOnError, RegionsError
        Nothing is changed.
    cases.lifecycle.IllegalTransitionError
        When the case is not held any more.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.status != HELD:
        raise IllegalTransitionError
    waiting = HeldPicture.objects.filter(case=case, decision="")
    pictures = list(waiting.filter(group=group))
    if not pictures or seal_of(pictures) != seal:
        raise NoPicturesError
    _check(pictures, decision, regions)
    wanted = regions if decision is PictureDecision.BLANK else ()
    waiting.filter(group=group).update(
        decision=decision,
        regions=[[one.x, one.y, one.width, one.height] for one in wanted],
        decided_by=by,
        decided_at=timezone.now(),
    )
    text = f"set {group}, {len(pictures)} pictures" + (f", {len(wanted)} regions" if wanted else "")
    note(case, EVENTS[decision], by=by, reason=text)
    left = waiting.count()
    if not left:
        assignments.requeue(case=case, by=by, reason="every held picture is decided")
    return left


def _check(
    pictures: list[HeldPicture], decision: PictureDecision, regions: Sequence[Region]
) -> None:
    if decision is PictureDecision.LEAVE_OUT:
        return
    if not all(one.can_be_read for one in pictures):
        raise CannotGoOnError
    if decision is PictureDecision.BLANK and not (
        1 <= len(regions) <= MOST_REGIONS
        and all(region.lies_in(one.rows, one.columns) for one in pictures for region in regions)
    ):
        raise RegionsError
