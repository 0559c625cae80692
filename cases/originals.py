"""Bundles fetched from S3 and undone into the files that the patient sent.

A file is named by our own id. One whose bytes are not the declared ones is left out. What a bundle
holds is looked at by a child process alone (`imaging/undoing.py`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.db.models import prefetch_related_objects

from cases import archived, storage
from cases.models import Bundle, UploadedInstance
from imaging.errors import Code
from imaging.undoing import Part, Undoer

#: Bundles fetched side by side: S3 answers one while the coding of another is undone.
AT_ONCE = 3
#: How often a bundle is read before it is called another one than was declared: the patient would
#: be asked to send it again for what went wrong on a line of ours.
READS = 2


def lay_out(bundles: Iterable[Bundle], source: Path, *, apart: bool = False) -> Iterator[Bundle]:
    """Write the files of the bundles into `source`; yield each bundle when it lies there.

    Of an object that is not the declared one, by its SHA-256, nothing is used: its files are noted
    as not whole. Some stores compare nothing, and let an object be written again.

    Parameters
    ----------
    source
        An existing folder.
    apart
        Give each bundle a folder of its own in it, named by its id.

    Raises
    ------
    imaging.undoing.UndoingError
    cases.storage.StorageUnavailableError, cases.storage.ObjectMissingError
    """
    bundles = list(bundles)
    prefetch_related_objects(bundles, "upload", "instances")
    folders = {bundle.pk: source / str(bundle.pk) if apart else source for bundle in bundles}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    plain = [bundle for bundle in bundles if bundle.size and not _archive(bundle)]
    if plain:
        with Undoer() as undoer, ThreadPoolExecutor(AT_ONCE, "bundle") as pool:
            # No thread asks the database: it would have a connection of its own.
            undone = pool.map(lambda one: _undo(one, undoer, folders[one.pk]), plain)
            for bundle, broken in zip(plain, undone, strict=True):
                _note_not_whole(broken)
                yield bundle
    for bundle in bundles:
        archive = _archive(bundle)
        if archive:
            data = _read(bundle)
            if data is None:
                _note_not_whole([str(archive.pk)])
            else:
                archived.unpack_archive(archive, data, folders[bundle.pk])
            yield bundle


def lay_out_prepared(bundles: Iterable[Bundle], folder: Path) -> None:
    """Write what was prepared for the bundles into `folder`; it is a cache and may be missing."""
    prepared = [bundle for bundle in bundles if bundle.prepared_at]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prepared") as pool:
        list(pool.map(lambda bundle: _write_prepared(bundle, folder), prepared))


def _write_prepared(bundle: Bundle, folder: Path) -> None:
    try:
        data = storage.read(storage.ORIGINALS, bundle.prepared_key)
    except storage.ObjectMissingError:
        return
    if hashlib.sha256(data).hexdigest() == bundle.prepared_sha256:
        (folder / str(bundle.pk)).write_bytes(data)


def _archive(bundle: Bundle) -> UploadedInstance | None:
    """Return the entry of an archive that came by the plain form, None for any other bundle."""
    coded = (one for one in bundle.instances.all() if one.coding == archived.ARCHIVE)
    return next(coded, None)


def _note_not_whole(ids: list[str]) -> None:
    UploadedInstance.objects.filter(pk__in=ids).update(outcome=Code.CUT_OFF)


def _read(bundle: Bundle) -> bytes | None:
    """Return the stored bundle, or None when it is not the declared one."""
    for _ in range(READS):
        data = storage.read(storage.ORIGINALS, bundle.key)
        if hashlib.sha256(data).hexdigest() == bundle.sha256:
            return data
    return None


def _undo(bundle: Bundle, undoer: Undoer, folder: Path) -> list[str]:
    """Have the files of a bundle written; return the ids of those that are not as declared."""
    parts = [
        Part(str(one.pk), one.offset, one.coded_size, one.coding, one.size, one.sha256)
        for one in bundle.instances.all()
    ]
    data = _read(bundle)
    return [part.name for part in parts] if data is None else undoer.undo(data, parts, folder)
