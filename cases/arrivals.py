"""What has arrived in the bucket of originals without a word, and what nobody goes on with."""

import logging
from datetime import timedelta

from django.utils import timezone

from cases import preparation, storage
from cases.models import Bundle, Upload
from cases.models.upload import UploadState

logger = logging.getLogger(__name__)

#: A browser says "landed" within seconds; after this it has probably been closed.
SILENT_AFTER = timedelta(seconds=60)
#: How many bundles one sweep asks S3 for.
MOST_ASKED = 500
#: An upload without progress for so long is given up.
STALE_AFTER = timedelta(hours=72)
#: By then every signature that was given out has expired.
LAST_SIGNATURE = timedelta(minutes=20)


def settle(bundle: Bundle) -> bool:
    """Ask S3 for a declared bundle and note it when it is there."""
    if not bundle.size or storage.size_of(storage.ORIGINALS, bundle.key) != bundle.size:
        return False
    now = timezone.now()
    same = Bundle.objects.filter(pk=bundle.pk, object_id=bundle.object_id)
    if same.filter(landed_at=None).update(landed_at=now):
        Upload.objects.filter(pk=bundle.upload_id).update(last_progress_at=now)
    return True


def settle_silent() -> int:
    """Note bundles that landed although no browser said so; return how many."""
    silent = Bundle.objects.filter(
        upload__state=UploadState.OPEN,
        landed_at=None,
        declared_at__lt=timezone.now() - SILENT_AFTER,
    )
    return sum(settle(bundle) for bundle in silent.select_related("upload")[:MOST_ASKED])


def give_up_stale() -> int:
    """Give up uploads that nobody has gone on with for three days; return how many."""
    now = timezone.now()
    stale = Upload.objects.filter(state=UploadState.OPEN, last_progress_at__lt=now - STALE_AFTER)
    return stale.update(state=UploadState.ABANDONED, last_progress_at=now)


def clear_abandoned() -> int:
    """Delete what abandoned uploads left in S3 once nothing more can land there."""
    cleared = 0
    for upload in Upload.objects.filter(
        state=UploadState.ABANDONED,
        last_progress_at__lt=timezone.now() - LAST_SIGNATURE,
        bundles__isnull=False,
    ).distinct():
        storage.delete_prefix(storage.ORIGINALS, upload.prefix)
        upload.bundles.all().delete()  # its having none says that it was cleared
        cleared += 1
    return cleared


def sweep() -> None:
    """Do all of this once; a store that is away is asked again next time."""
    try:
        counts = settle_silent(), give_up_stale(), clear_abandoned(), preparation.clear_used()
    except storage.StorageUnavailableError:
        logger.warning("uploads: storage is away, swept next time")
        return
    if any(counts):
        logger.info("uploads: %s landed silently, %s given up, %s cleared, %s used", *counts)
