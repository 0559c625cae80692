"""How well the search finds text printed into pictures, and how often anatomy passes for it.

    .venv/bin/python -m benchmarks.printed_text [FOLDER ...]

The pictures are the brightest and the darkest projection of each series of the full synthetic
study, or of each MR file below the folders. Each is searched as it is, also mirrored and in other
sizes; then names, numbers and dates are printed into it, upright and along the side.
"""

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.decode import FrameSource
from imaging.errors import ImagingError
from imaging.printed_text import Extremes
from imaging.regions import Region
from imaging.synthetic import build_study
from imaging.text_detector import Picture, TextDetector, text_detector

WORDS = (
    "KOWALSKI ZBIGNIEW", "Example Eva", "SYN-2026-0117", "14.02.1980", "ID 8830417", "Dr. House",
    "MUELLER^ANNA", "1980-02-14 F", "Smith", "Ann Lee 45Y", "Szpital Wojewodzki",
)  # fmt: skip
BRIGHTNESS = (0.5, 0.75, 1.0)  # of the brightest value of the picture
TURNS = {"upright": (0, 0), "along the side": (90, 270)}
SIZES = (0.5, 0.65, 0.8, 1.0, 1.2)


def synthetic(folder: Path) -> Iterator[Picture]:
    paths = build_study(folder, size="full").paths
    for series in sorted({path.name[:3] for path in paths}):
        frames = [next(iter(FrameSource(one))) for one in paths if one.name.startswith(series)]
        yield from Extremes.of(frames).pictures()


def real(folder: Path) -> Iterator[Picture]:
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        try:
            yield from Extremes.of(FrameSource(path)).pictures()
        except (ImagingError, StopIteration):
            continue


def other_looks(picture: Picture) -> Iterator[Picture]:
    rows, columns = picture.shape
    for size in SIZES:
        scaled = Image.fromarray(picture).resize((int(columns * size), int(rows * size)))
        yield np.asarray(scaled)
        yield np.ascontiguousarray(np.asarray(scaled)[:, ::-1])


def printed(
    picture: Picture, brightness: float, turn: int, chance: random.Random
) -> tuple[Picture, Region] | None:
    """Print some words somewhere; None where they do not fit."""
    font = ImageFont.load_default(size=max(12, picture.shape[0] // 20))
    words = chance.choice(WORDS)
    right, bottom = (int(side) for side in font.getbbox(words)[2:])
    label = Image.new("L", (right + 2, bottom + 2))
    ImageDraw.Draw(label).text((0, 0), words, 255, font)
    label = label.rotate(turn, expand=True)
    room = picture.shape[1] - label.width, picture.shape[0] - label.height
    if min(room) < 1:
        return None
    x, y = (chance.randrange(side) for side in room)
    letters = Image.new("L", picture.shape[::-1])
    letters.paste(label, (x, y))
    made = np.where(np.asarray(letters) > 127, np.uint8(255 * brightness), picture)
    return made, Region(x, y, label.width, label.height)


def search(pictures: Iterator[Picture], detector: TextDetector) -> None:
    chance, found, tried = random.Random(7), Counter[str](), Counter[str]()
    for picture in pictures:
        for look in other_looks(picture):
            tried["alarms without text"] += 1
            found["alarms without text"] += bool(detector.find(look))
        for brightness in BRIGHTNESS:
            for way, turns in TURNS.items():
                for turn in turns:
                    made = printed(picture, brightness, turn, chance)
                    if made is None:
                        continue
                    kind = f"text {way} at {brightness:g} of the brightest value"
                    tried[kind] += 1
                    found[kind] += any(made[1].touches(one) for one in detector.find(made[0]))
    for kind, times in sorted(tried.items()):
        print(f"{kind}: {found[kind]} of {times}")


def main(folders: list[str]) -> int:
    detector = text_detector()
    if detector is None:
        print("the extra ocr is not installed")
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        sources = [real(Path(one)) for one in folders] or [synthetic(Path(scratch))]
        for pictures in sources:
            search(pictures, detector)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
