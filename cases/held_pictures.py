"""The pictures that wait for a coordinator, between the worker and the rows.

Rows come first, drawings after them, so that whatever dies in between the sweep knows of every
drawing there may be. A drawing may show a name: it lies apart from every study, under ``held/`` and
our own id, where the web process reads it for coordinators alone; and only for as long as its case
is held and nobody has decided.
"""

import logging
import uuid
from pathlib import Path

from django.db import transaction

from cases import storage
from cases.faults import crash_point
from cases.lifecycle import HELD, PROCESSING, SUBMITTED, IllegalTransitionError
from cases.models import Case, HeldPicture
from cases.models.held_picture import PictureDecision
from imaging.holding import Decision
from imaging.regions import Region
from imaging.study import HeldPicture as Found
from imaging.study import IngestResult

logger = logging.getLogger(__name__)

#: Where the drawings lie, apart from every study.
PREFIX = "held/"
#: How many drawings one sweep deletes.
MOST_SWEPT = 500


def decisions_of(case: Case) -> tuple[Decision, ...]:
    """Return what was decided about the case's pictures, for the imaging core."""
    decided = HeldPicture.objects.filter(case=case).exclude(decision="")
    return tuple(
        Decision(
            name=str(one.instance_id),
            leave_out=one.decision == PictureDecision.LEAVE_OUT,
            regions=tuple(Region(*region) for region in one.regions),
        )
        for one in decided.order_by("pk")
    )


def keep(case: Case, result: IngestResult, drawings: Path, *, mine: dict[str, object]) -> None:
    """Keep what a run found held: the rows, then the drawings (``NAME.webp`` in `drawings`).

    A second run over the same files writes the same rows and the same objects. What an earlier
    run held and this one does not is forgotten, unless it was decided about.

    Raises
    ------
    cases.lifecycle.IllegalTransitionError
        When the run has lost its claim (`mine`); nothing is changed.
    """
    paths = {found.name: drawings / f"{found.name}.webp" for found in result.held}
    drawn = {name: path for name, path in paths.items() if path.exists()}
    with transaction.atomic():
        if not Case.objects.select_for_update().filter(pk=case.pk, **mine).exists():
            raise IllegalTransitionError
        for found in result.held:
            _save(case, found, key_of(found.name) if found.name in drawn else "")
        found_now = [uuid.UUID(name) for name in paths]
        HeldPicture.objects.filter(case=case, decision="").exclude(pk__in=found_now).delete()
    crash_point("held-rows")
    files = [(key_of(name), path, "image/webp") for name, path in drawn.items()]
    for _done in storage.write_files(storage.STUDIES, files):
        pass


def key_of(name: str) -> str:
    """Return where the drawing of a picture lies in the bucket of studies."""
    return f"{PREFIX}{name}.webp"


def _save(case: Case, found: Found, key: str) -> None:
    HeldPicture.objects.update_or_create(
        instance_id=uuid.UUID(found.name),
        defaults={
            "case": case,
            "group": found.group,
            "reason": found.reason.value,
            "rows": found.rows,
            "columns": found.columns,
            "frame_count": found.frames,
            "can_be_read": found.can_be_read,
            "found": [[one.x, one.y, one.width, one.height] for one in found.regions],
            "drawing_key": key,
        },
    )


def clear_drawings() -> int:
    """Delete the drawings that no picture waits with any more; return how many.

    The store is asked what lies there, so that a drawing whose row went with its upload goes too.
    It is asked first: a row is written before its drawing.
    """
    try:
        lying = storage.keys(storage.STUDIES, PREFIX)
        waiting = HeldPicture.objects.filter(
            decision="", case__status__in=[SUBMITTED, PROCESSING, HELD]
        )
        doomed = sorted(lying.keys() - set(waiting.values_list("drawing_key", flat=True)))
        for key in doomed[:MOST_SWEPT]:
            storage.delete(storage.STUDIES, key)
    except storage.StorageUnavailableError:
        logger.warning("drawings: storage is away, swept next time")
        return 0
    return len(doomed[:MOST_SWEPT])
