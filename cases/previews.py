"""The small pictures of a series, which lie one behind the other in one object."""

from cases import storage
from cases.models import Series
from imaging.display import PREVIEWS


def read(series: Series, number: int) -> bytes:
    """Return the WebP preview of a frame; `number` counts from 1 over the frames of the series.

    Raises
    ------
    cases.storage.ObjectMissingError
        When there is none of that number.
    cases.storage.StorageUnavailableError
    """
    if not 1 <= number <= len(series.preview_ends):
        raise storage.ObjectMissingError("no such preview")
    start, end = [0, *series.preview_ends][number - 1 : number + 1]
    return storage.read(
        storage.STUDIES, f"{series.prefix}{PREVIEWS}", start=start, length=end - start
    )
