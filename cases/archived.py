"""A ZIP file that came by the plain form: unpacked by the worker, file by file, into our names."""

import hashlib
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Final

from cases.models import UploadedInstance
from imaging.errors import ImagingError
from imaging.unpacking import run_unpack

#: Codings of `UploadedInstance` beside those of imaging.coding: the archive, and a file out of it.
ARCHIVE: Final = "archive"
MEMBER: Final = "member"


def unpack_archive(item: UploadedInstance, data: bytes, source: Path) -> None:
    """Lay the files of an archive into `source`; an archive that is refused leaves its code.

    A second run finds the same ids again: they are made from the archive's id and the order.
    """
    with tempfile.TemporaryDirectory(prefix="archive-") as name:
        archive, unpacked = Path(name) / "archive", Path(name) / "files"
        archive.write_bytes(data)
        unpacked.mkdir()
        try:
            paths = run_unpack(archive, unpacked)
        except ImagingError as error:
            UploadedInstance.objects.filter(pk=item.pk).update(outcome=error.code)
            return
        members = [_member(item, number, path) for number, path in enumerate(paths)]
        UploadedInstance.objects.bulk_create(members, ignore_conflicts=True)
        for member, path in zip(members, paths, strict=True):
            shutil.move(path, source / str(member.pk))


def _member(item: UploadedInstance, number: int, path: Path) -> UploadedInstance:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return UploadedInstance(
        id=uuid.uuid5(item.pk, str(number)),
        bundle_id=item.bundle_id,
        offset=number,
        coded_size=0,
        size=path.stat().st_size,
        sha256=digest,
        coding=MEMBER,
    )
