"""Bundles fetched from S3 and undone into the files that the patient sent.

A file is named by our own id. One whose bytes are not the declared ones is left out.
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

from django.db.models import prefetch_related_objects

from cases import archived, storage
from cases.models import Bundle, UploadedInstance
from imaging.coding import Coding, CodingError, decode
from imaging.errors import Code

#: Bundles fetched side by side: S3 answers one while the coding of another is undone.
AT_ONCE = 3


class CorruptBundleError(Exception):
    """A stored bundle is not what was declared: counted as an attempt, so that people see it."""


def lay_out(bundles: Iterable[Bundle], source: Path) -> Iterator[Bundle]:
    """Write the files of the bundles into `source`; yield each bundle when it lies there.

    Parameters
    ----------
    source
        An existing folder.

    Raises
    ------
    CorruptBundleError
        When a bundle is not the declared one.
    cases.storage.StorageUnavailableError, cases.storage.ObjectMissingError
    """
    bundles = list(bundles)
    prefetch_related_objects(bundles, "upload", "instances")
    plain = [bundle for bundle in bundles if bundle.size and not _archive(bundle)]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="bundle") as pool:
        # No thread asks the database: it would have a connection of its own.
        undone = pool.map(lambda one: _undo(one, source), plain)
        for bundle, broken in zip(plain, undone, strict=True):
            UploadedInstance.objects.filter(pk__in=broken).update(outcome=Code.CUT_OFF)
            yield bundle
    for bundle in bundles:
        archive = _archive(bundle)
        if archive:
            archived.unpack_archive(archive, _read(bundle), source)
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


def _read(bundle: Bundle) -> bytes:
    data = storage.read(storage.ORIGINALS, bundle.key)
    if hashlib.sha256(data).hexdigest() != bundle.sha256:
        raise CorruptBundleError
    return data


def _undo(bundle: Bundle, source: Path) -> list[UUID]:
    """Write each file of a bundle after its SHA-256 was checked; return the ids of the others."""
    data = _read(bundle)
    broken: list[UUID] = []
    for item in bundle.instances.all():
        coded = data[item.offset : item.offset + item.coded_size]
        try:
            content = decode(coded, Coding(item.coding), item.size)
        except (CodingError, ValueError):
            content = None
        if content is not None and hashlib.sha256(content).hexdigest() == item.sha256:
            (source / str(item.pk)).write_bytes(content)
        else:
            broken.append(item.pk)
    return broken
