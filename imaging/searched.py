"""The search for printed text done before the study is known, once all its bundles are prepared.

It takes longest of all that a run does, and needs nothing but the pictures of a series. What is
kept are names of series in which no text stands. A name is made of the very pictures that were
searched and of the code that searched them: a series that lost or won a picture since, or one
whose pixels were changed, has another name and is searched by the run. So is a series with text.
"""

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from imaging import prepared
from imaging.printed_text import Slice, find_printed_text
from imaging.text_detector import TextDetector, text_detector

#: The modules that decide what is found, and the packages that hold the networks and run them.
_MAKERS: Final = ("printed_text", "regions", "searched", "text_detector", "thresholds")
_PACKAGES: Final = ("onnxruntime", "rapidocr", "numpy")


@cache
def _searched_by() -> str:
    versions = " ".join(version(name) for name in _PACKAGES)
    digest = hashlib.sha256(f"{prepared.made_by()} {versions}".encode())
    for name in _MAKERS:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def series_name(pictures: Iterable[str]) -> str:
    """Return the name of a series for this search; needs the extra ``ocr``.

    Parameters
    ----------
    pictures : iterable of str
        What names the pixels of each instance (`PackedInstance.picture`), in any order.
    """
    parts = [_searched_by(), *sorted(set(pictures))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def search(folder: Path) -> list[str]:
    """Search the series of one upload.

    Parameters
    ----------
    folder : Path
        Every file that `imaging.prepared.prepare` wrote for it.

    Returns
    -------
    list of str
        The names of those without text; none without the extra ``ocr``.
    """
    detector = text_detector()
    if detector is None:
        return []
    series: dict[str, dict[str, prepared.Kept]] = {}
    for kept in prepared.kept_in(folder):
        series.setdefault(kept.entry["series"], {})[kept.entry["key"]] = kept
    return [series_name(kept) for kept in series.values() if not _holds_text(kept, detector)]


def _holds_text(pictures: dict[str, prepared.Kept], detector: TextDetector) -> bool:
    slices = [Slice(key, kept.frames) for key, kept in pictures.items()]
    return bool(find_printed_text(slices, detector))
