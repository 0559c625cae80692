"""The DICOM files of a series, which lie one behind the other in one object.

To store an object takes its milliseconds however small it is, and a study has hundreds of files.
"""

import shutil
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path

from cases import storage
from cases.models import Instance

PACK = "instances.pack"


def pack(folder: Path) -> None:
    """Move the files ``iNNNN.dcm`` of a series' folder into one, in the order of their numbers."""
    files = sorted(folder.glob("i*.dcm"), key=lambda path: int(path.stem[1:]))
    with (folder / PACK).open("wb") as target:
        for path in files:
            with path.open("rb") as stream:
                shutil.copyfileobj(stream, target)
            path.unlink()


def offsets(sizes: Iterable[int]) -> list[int]:
    """Return where the file of each size begins, in bytes."""
    return list(accumulate(sizes, initial=0))[:-1]


def read(instance: Instance) -> Iterator[bytes]:
    """Yield the stored Part 10 file in chunks; the request is made at once.

    Raises
    ------
    cases.storage.ObjectMissingError
    cases.storage.StorageUnavailableError
    """
    key = f"{instance.series.prefix}{PACK}"
    return storage.stream(storage.STUDIES, key, start=instance.offset, length=instance.size)
