"""Work on bundles while the others are still on their way: see ADR 9.

Once all bundles of an upload are prepared, its pictures are searched for printed text as well.

What comes of it is a cache. The run over the submitted case shares what is left with the other
workers, waits a little for what is in work, takes what is there, computes what is missing, and
gives the same bytes either way, so that nothing depends on this. A bundle whose preparation fails
three times is left to that run.
"""

import hashlib
import tempfile
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from cases import archived, leases, lifecycle, originals, storage
from cases.faults import crash_point
from cases.models import Bundle, Case, Upload, UploadedInstance
from cases.models.upload import UploadState
from imaging.errors import Code
from imaging.sandbox import ChildDiedError, run_prepare, run_search
from imaging.text_detector import is_installed

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST_ATTEMPTS = 3
#: Claim and child cost the same for several, so one run takes what landed meanwhile, up to this. No
#: more: workers are to share a fast upload, and the run over the case waits for what is in work.
MOST_BYTES = 4 * 2**20
#: How long that run waits: what takes longer is done twice rather than waited for.
MOST_WAIT_SECONDS = 20.0
_WAIT_STEP_SECONDS = 0.1
_LIVING = (UploadState.OPEN, UploadState.COMPLETE)
#: How many bundles one sweep sends again, or clears.
MOST_SWEPT = 500


def prepare(bundle_id: int) -> int:
    """Prepare a landed bundle, and with it others of its upload; return how many.

    Does nothing for a bundle that is prepared, in work, given up or read by a run: the message may
    be late, doubled or wrong.

    Raises
    ------
    cases.storage.StorageUnavailableError
        When S3 is away; that costs no attempt.
    """
    bundles = claim(bundle_id)
    if not bundles:
        return 0
    crash_point("bundle-claimed")
    try:
        with (
            leases.kept(partial(_renew, bundles)),
            tempfile.TemporaryDirectory(prefix="bundle-") as scratch,
        ):
            _prepare(bundles, Path(scratch))
            _search(bundles[0].upload)
    except storage.StorageUnavailableError:
        _mine(bundles).filter(prepared_at=None).update(attempts=F("attempts") - 1)
        raise
    finally:
        _mine(bundles).update(lease_expires_at=None)
    return len(bundles)


def claim(bundle_id: int) -> list[Bundle]:
    """Claim a bundle, with those that landed beside it unless it was tried before."""
    first = _waiting().filter(pk=bundle_id).first()
    if first is None:
        return []
    wanted, size = [first], first.planned_bytes
    if first.attempts == 0:
        others = _waiting().filter(upload=first.upload, attempts=0).exclude(pk=first.pk)
        for bundle in others.order_by("number"):
            size += bundle.planned_bytes
            if size > MOST_BYTES:
                break
            wanted.append(bundle)
    return [bundle for bundle in wanted if _take(bundle)]


def _take(bundle: Bundle) -> bool:
    """Claim one bundle; its count of attempts says whether somebody was faster."""
    untouched = Bundle.objects.filter(
        pk=bundle.pk, object_id=bundle.object_id, attempts=bundle.attempts, prepared_at=None
    )
    return bool(untouched.update(attempts=F("attempts") + 1, lease_expires_at=leases.lease_end()))


def _waiting() -> "QuerySet[Bundle]":
    """Return bundles that may be prepared: landed, of a request that no run has read yet."""
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=timezone.now())
    return _unprepared().filter(free).select_related("upload")


def _unprepared() -> "QuerySet[Bundle]":
    return Bundle.objects.filter(
        landed_at__isnull=False,
        size__gt=0,
        prepared_at=None,
        attempts__lt=MOST_ATTEMPTS,
        upload__state__in=_LIVING,
        upload__case__status__in=[*lifecycle.EDITABLE, lifecycle.SUBMITTED, lifecycle.PROCESSING],
    ).exclude(instances__coding__in=[archived.ARCHIVE, archived.MEMBER])


def is_looking_at(case: Case) -> bool:
    """Say whether a bundle of the case is in work or will be."""
    return _unprepared().filter(upload__case=case).exists()


def _mine(bundles: list[Bundle]) -> "QuerySet[Bundle]":
    """Return the rows that still stand for the objects we claimed."""
    return Bundle.objects.filter(object_id__in=[bundle.object_id for bundle in bundles])


def _renew(bundles: list[Bundle]) -> None:
    _mine(bundles).update(lease_expires_at=leases.lease_end())


def finish(case: Case) -> None:
    """Prepare what nobody has begun yet of a submitted case, and wait for the others at work on it.

    So all workers share what is left: the run over the case would do it alone, one file after the
    other. A bundle that was tried before is left to that run.
    """
    left = _waiting().filter(upload__case=case, attempts=0).order_by("number")
    while bundle := left.first():
        prepare(bundle.pk)
    deadline = time.monotonic() + MOST_WAIT_SECONDS
    bundles = Bundle.objects.filter(upload__case=case)
    while bundles.filter(lease_expires_at__gt=timezone.now()).exists():
        if time.monotonic() > deadline:
            return
        time.sleep(_WAIT_STEP_SECONDS)


def _prepare(bundles: list[Bundle], scratch: Path) -> None:
    source, destination = scratch / "in", scratch / "out"
    source.mkdir()
    destination.mkdir()
    list(originals.lay_out(bundles, source, apart=True))
    crash_point("bundle-fetched")
    try:
        outcomes = run_prepare(source, destination)
    except ChildDiedError as death:
        if death.file:
            UploadedInstance.objects.filter(pk=death.file).update(deaths=F("deaths") + 1)
        return
    crash_point("bundle-coded")
    for bundle in bundles:
        _store(bundle, (destination / str(bundle.pk)).read_bytes())
    _note(outcomes)


def _store(bundle: Bundle, data: bytes) -> None:
    """Keep what was made of a bundle, unless it was declared anew or given up meanwhile."""
    same = _mine([bundle])
    if not same.exclude(upload__state=UploadState.ABANDONED).exists():
        return
    storage.write(storage.ORIGINALS, bundle.prepared_key, data)
    crash_point("bundle-stored")
    same.update(prepared_at=timezone.now(), prepared_sha256=hashlib.sha256(data).hexdigest())


def _note(outcomes: dict[str, Code]) -> None:
    """Note what is known of each file so far; the run over the case has the last word."""
    for code in set(outcomes.values()):
        names = [name for name, found in outcomes.items() if found is code]
        UploadedInstance.objects.filter(pk__in=names, outcome="").update(outcome=code)


def _search(upload: Upload) -> None:
    """Search the pictures of an upload for printed text, once all its bundles are prepared."""
    bundles = list(Bundle.objects.filter(upload=upload).select_related("upload"))
    waits = Upload.objects.filter(pk=upload.pk, clear_series__isnull=True, state__in=_LIVING)
    if (
        not all(one.prepared_at or one.left_out == one.planned_instances for one in bundles)
        or not waits.filter(case__status__in=lifecycle.EDITABLE).exists()
        or not is_installed()
    ):
        return
    with tempfile.TemporaryDirectory(prefix="search-") as scratch:
        originals.lay_out_prepared(bundles, Path(scratch))
        try:
            found = run_search(Path(scratch))
        except ChildDiedError:
            return  # the run over the case will say what is wrong
    waits.update(clear_series=found)


def clear_series(case: Case) -> frozenset[str]:
    """Return the names of the case's series that were searched and hold no printed text."""
    uploads = Upload.objects.filter(case=case, state=UploadState.COMPLETE)
    found = uploads.values_list("clear_series", flat=True)
    return frozenset(name for names in found for name in names or ())


def bundles_to_send_again() -> list[int]:
    """Return bundles that landed a while ago and that nobody prepares."""
    late = timezone.now() - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = _waiting().filter(landed_at__lt=late)
    return list(waiting.order_by("landed_at").values_list("pk", flat=True)[:MOST_SWEPT])


def clear_used() -> int:
    """Delete what was prepared for requests whose study is ready or that ended; return how many."""
    needed = [*lifecycle.EDITABLE, lifecycle.SUBMITTED, lifecycle.PROCESSING, lifecycle.HELD]
    used = Bundle.objects.filter(prepared_at__isnull=False).exclude(upload__case__status__in=needed)
    cleared = 0
    for bundle in used.select_related("upload")[:MOST_SWEPT]:
        storage.delete(storage.ORIGINALS, bundle.prepared_key)
        cleared += Bundle.objects.filter(pk=bundle.pk).update(prepared_at=None, prepared_sha256="")
    return cleared
