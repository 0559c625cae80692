"""The states of the upload page on one sheet a look and theme, from the pictures of their test.

bin/test tests/journeys/test_upload_looks.py --shots
.venv/bin/python -m tests.ui.contact_sheet
"""

from PIL import Image

from tests.fixtures.browser import SHOTS
from tests.journeys.upload_states import LOOKS, STATES
from tests.ui.looks import FOLDER, THEMES

COLUMNS, GAP = 4, 12
#: Pixels on the sheet for one on the page: what is written can still be read.
SCALES = {"desktop": 0.45, "phone": 0.8}
MOST_COLOURS = 128
TALLEST = 1500
#: Of these the lower end is what is looked at.
LOWER = {"check", "twice"}


def sheet(look: str) -> Image.Image:
    scale = SCALES[look.partition("-")[0]]
    columns = COLUMNS if look.startswith("desktop") else 2 * COLUMNS
    pictures = [small(state, look, scale) for state in STATES]
    rows = [pictures[first : first + columns] for first in range(0, len(pictures), columns)]
    width = max(sum(picture.width + GAP for picture in row) for row in rows)
    heights = [max(picture.height for picture in row) + GAP for row in rows]
    whole = Image.new("RGB", (width, sum(heights)), "#808080")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        left = 0
        for picture in row:
            whole.paste(picture, (left, top))
            left += picture.width + GAP
        top += height
    return whole


def small(state: str, look: str, scale: float) -> Image.Image:
    picture = Image.open(SHOTS / f"upload-{state}-{look}.png").convert("RGB")
    height = min(picture.height, TALLEST)
    top = picture.height - height if state in LOWER else 0
    picture = picture.crop((0, top, picture.width, top + height))
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    for name in (f"{look}-{theme}" for look in LOOKS for theme in THEMES):
        quantized = sheet(name).quantize(MOST_COLOURS, Image.Quantize.MAXCOVERAGE)
        quantized.save(FOLDER / f"upload-states-{name}.png", optimize=True)
