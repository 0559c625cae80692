"""What every page must satisfy at every width and in both themes."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


@dataclass(frozen=True)
class Look:
    width: int
    theme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"

    @property
    def options(self):
        return {"viewport": {"width": self.width, "height": 844}, "color_scheme": self.theme}


LOOKS = [Look(320, "light"), Look(390, "dark"), Look(1280, "light"), Look(1280, "dark")]

#: Controls of a patient page that are lower than a thumb.
SMALL_TARGETS = """
() => [...document.querySelectorAll(
    ".btn, button, summary, select, .form-control, .choice, .back-link, .menu-panel a, .foot a"
  )]
  .filter((element) => element.offsetParent !== null)
  .map((element) => [element.getBoundingClientRect().height, element.outerHTML.slice(0, 120)])
  .filter(([height]) => height > 0 && height < 43.5)
  .map(([height, html]) => `${Math.round(height)} px: ${html}`)
"""


def looks_right(page, base, path, axe):
    """Open `path` and hold it against the rules of the house."""
    strangers = []
    page.on(
        "request",
        lambda request: (
            strangers.append(request.url)
            if not request.url.startswith((base, "data:", "blob:"))
            else None
        ),
    )
    page.goto(path)
    keeps_the_rules(page, path, axe)
    assert strangers == [], path


def keeps_the_rules(page, path, axe):
    """Hold the page that is open against the rules of the house."""
    assert page.locator("h1").count() == 1, path
    assert page.title().endswith(" SecondRead"), path
    assert page.locator("main#main").count() == 1, path
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{path} scrolls sideways by {wide} px"
    if page.locator("body.work").count() == 0:
        assert page.evaluate(SMALL_TARGETS) == [], path
    assert page.locator("[style]").count() == 0, path
    axe(page)


def keep(page, name, *, full_page=True):
    """Write what a page shows to docs/screenshots, small."""
    page.evaluate("document.fonts.ready")
    shot = page.screenshot(full_page=full_page, animations="disabled")
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.save(FOLDER / f"{name}.png", optimize=True)
