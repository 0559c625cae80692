"""Where in a picture is text? Found without keeping, or even spelling out, what it says.

Two networks of PP-OCR look one after the other: the first marks pixels that belong to letters, the
second reads each marked line. Of its answer only the number of letters and how sure it is are
used: anatomy is often marked (vertebrae stand in a row like letters) and never read as a word. The
table of characters is not loaded.

The models lie in the wheel of rapidocr and are run by onnxruntime; both come with the extra
``ocr``. The code of that package is not used: it would want OpenCV, and with it libGL.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imaging.regions import Region, merged
from imaging.thresholds import (
    TEXT_AREA,
    TEXT_CELL,
    TEXT_CELLS_MIN,
    TEXT_LETTER,
    TEXT_LETTERS_MIN,
    TEXT_LONG_SIDE,
    TEXT_MARGIN,
    TEXT_MARGIN_MIN,
    TEXT_SECOND_MARGIN,
    TEXT_SHORT_SIDE,
    TEXT_SURE,
    TEXT_TURNED,
)

MARKING_MODEL: Final = "ch_PP-OCRv4_det_mobile.onnx"
READING_MODEL: Final = "ch_PP-OCRv4_rec_mobile.onnx"
STRIDE: Final = 32  # the first network wants sides of whole multiples
LINE_HEIGHT: Final = 48  # pixels to which the second network wants a line enlarged

Picture = NDArray[np.uint8]


def is_installed() -> bool:
    """Say whether the extra ``ocr`` is there."""
    return find_spec("onnxruntime") is not None and _models() is not None


@cache
def text_detector() -> "TextDetector | None":
    """Return the process's detector, or None without the extra ``ocr``."""
    models = _models()
    return TextDetector(models) if models and is_installed() else None


def _models() -> Path | None:
    spec = find_spec("rapidocr")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        models = Path(folder) / "models"
        if all((models / name).is_file() for name in (MARKING_MODEL, READING_MODEL)):
            return models
    return None


class TextDetector:
    """Finds text with one thread; keeps nothing between pictures.

    Parameters
    ----------
    models : Path
        The folder that holds both models.
    """

    def __init__(self, models: Path) -> None:
        self._models = models

    def find(self, picture: Picture, scale: float | None = None) -> tuple[Region, ...]:
        """Return where text stands, top to bottom.

        Parameters
        ----------
        picture : ndarray
            (rows, columns) of grey levels 0-255.
        scale : float, optional
            By how much it is enlarged first; by default so that the picture fits the network.

        Returns
        -------
        tuple of Region
            In pixels of `picture`, with a margin around the letters.
        """
        if picture.size == 0 or picture.min() == picture.max():
            return ()
        marked = self._marked(picture, scale or scale_for(*picture.shape))
        return merged(
            _with_margin(line, TEXT_MARGIN, picture.shape)
            for line in marked
            if self._is_read(picture, line)
        )

    def _marked(self, picture: Picture, scale: float) -> Iterator[Region]:
        rows, columns = picture.shape
        height, width = (_fitting(side * scale) for side in (rows, columns))
        probability = _run(self._marking, _fed(picture, height, width))[0, 0]
        for area in _areas(probability):
            yield _in_picture(area, rows / height, columns / width)

    def _is_read(self, picture: Picture, line: Region) -> bool:
        """Say whether the second network sees a word, with the one margin and with the other."""
        return all(
            self._holds_word(picture, _with_margin(line, margin, picture.shape))
            for margin in (TEXT_MARGIN, TEXT_SECOND_MARGIN)
        )

    def _holds_word(self, picture: Picture, region: Region) -> bool:
        """Say whether the second network sees a word, upright or turned by a quarter."""
        line = picture[region.rows, region.columns]
        if region.height > TEXT_TURNED * region.width:
            return any(self._letters(np.rot90(line, turn)) >= TEXT_LETTERS_MIN for turn in (1, 3))
        return self._letters(line) >= TEXT_LETTERS_MIN

    def _letters(self, line: Picture) -> int:
        """Return how many letters a line holds, 0 when the network is not sure.

        Each step of its answer is one of 6,625 characters or, at place 0, none; a character that
        goes on over several steps counts once (connectionist temporal classification).
        """
        width = max(LINE_HEIGHT, round(line.shape[1] * LINE_HEIGHT / line.shape[0]))
        steps = _run(self._reading, _fed(line, LINE_HEIGHT, width))[0]
        best, sure = steps.argmax(axis=1), steps.max(axis=1)
        begins = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
        return int(begins.sum()) if begins.any() and sure[begins].mean() >= TEXT_SURE else 0

    @cached_property
    def _marking(self) -> Any:
        return _session(self._models / MARKING_MODEL)

    @cached_property
    def _reading(self) -> Any:
        return _session(self._models / READING_MODEL)


def _session(model: Path) -> Any:
    import onnxruntime  # noqa: PLC0415 - an optional extra, and 0.2 s to load

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _run(session: Any, fed: NDArray[np.float32]) -> NDArray[Any]:
    answer: NDArray[Any] = session.run(None, {session.get_inputs()[0].name: fed})[0]
    return answer


def _fed(picture: Picture, height: int, width: int) -> NDArray[np.float32]:
    """Return a picture as both networks want it: (1, 3, height, width), -1 to 1."""
    enlarged = Image.fromarray(np.ascontiguousarray(picture)).resize((width, height))
    grey = np.asarray(enlarged, dtype=np.float32) / np.float32(127.5) - np.float32(1)
    return np.repeat(grey[None, None], 3, axis=1)


def scale_for(rows: int, columns: int) -> float:
    """Return by how much a picture of that size is enlarged for the network."""
    scale = max(1.0, TEXT_SHORT_SIDE / min(rows, columns))
    return min(scale, TEXT_LONG_SIDE / max(rows, columns))


def _fitting(side: float) -> int:
    return max(STRIDE, round(side / STRIDE) * STRIDE)


def _areas(probability: NDArray[Any]) -> list[Region]:
    """Return the areas of letters in pixels of the network, joined on a coarse grid."""
    rows, columns = probability.shape
    blocks = probability.reshape(rows // TEXT_CELL, TEXT_CELL, columns // TEXT_CELL, TEXT_CELL)
    marked = blocks > TEXT_LETTER
    counts = marked.sum(axis=(1, 3))
    sums = np.where(marked, blocks, 0).sum(axis=(1, 3))
    areas = []
    for cells in _together(counts > 0):
        at = tuple(cells.T)
        if len(cells) >= TEXT_CELLS_MIN and sums[at].sum() / counts[at].sum() >= TEXT_AREA:
            (top, left), (bottom, right) = cells.min(axis=0), cells.max(axis=0) + 1
            size = (int(right - left) * TEXT_CELL, int(bottom - top) * TEXT_CELL)
            areas.append(Region(int(left) * TEXT_CELL, int(top) * TEXT_CELL, *size))
    return areas


def _together(marked: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """Yield (row, column) of the marked cells that hang together, corner to corner too."""
    row = marked.shape[1] + 1  # one more: no cell has its neighbour on the other side
    around = [down * row + across for down in (-1, 0, 1) for across in (-1, 0, 1)]
    waiting = {int(y) * row + int(x) for y, x in zip(*np.nonzero(marked), strict=True)}
    while waiting:
        found = [waiting.pop()]
        for cell in found:
            for step in around:
                if cell + step in waiting:
                    waiting.remove(cell + step)
                    found.append(cell + step)
        yield np.stack(np.divmod(found, row), axis=1)


def _in_picture(area: Region, down: float, across: float) -> Region:
    """Return an area in pixels of the picture."""
    top, bottom = int(area.y * down), -int(-(area.y + area.height) * down // 1)
    left, right = int(area.x * across), -int(-(area.x + area.width) * across // 1)
    return Region(left, top, max(1, right - left), max(1, bottom - top))


def _with_margin(line: Region, share: float, shape: tuple[int, ...]) -> Region:
    """Return a marked line grown by a share of its thickness, whichever way it runs.

    The network marks the shrunken middle of a text line; its makers grow it again.
    """
    thickness = min(line.width, line.height)
    margin = max(TEXT_MARGIN_MIN, round(thickness * share))
    return line.grown(margin, shape[0], shape[1])
