"""What every page must satisfy at every width and in both themes."""

import io
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


#: The narrowest that WCAG asks for (1.4.10), a phone, a desktop. No rule of the style sheets lies
#: between the first two, so that axe looks at one of them.
WIDTHS = (320, 390, 1280)
AXE_WIDTHS = (390, 1280)
HEIGHT = 844
THEMES = ("light", "dark")

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


def looks_right(page, base, path, axe, look=lambda _name: None):
    """Open `path` on a phone and hold it against the rules of the house."""
    strangers = []
    page.on(
        "request",
        lambda request: (
            strangers.append(request.url)
            if not request.url.startswith((base, "data:", "blob:"))
            else None
        ),
    )
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    page.goto(path)
    keeps_the_rules(page, path, axe, look)
    assert strangers == [], path


def keeps_the_rules(page, path, axe, look=lambda _name: None):
    """Hold the page that is open against the rules of the house, at every width.

    `look("390-dark")` is called for each of both themes at each width that axe looks at.
    """
    assert page.locator("h1").count() == 1, path
    assert page.title().endswith(" SecondRead"), path
    assert page.locator("main#main").count() == 1, path
    assert page.locator("[style]").count() == 0, path
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{path} scrolls sideways by {wide} px at {width} px"
        if page.locator("body.work").count() == 0:
            assert page.evaluate(SMALL_TARGETS) == [], path
        for theme in THEMES if width in AXE_WIDTHS else ():
            page.emulate_media(color_scheme=theme)
            axe(page, colours=theme != THEMES[0])
            look(f"{width}-{theme}")


def keep(page, name, *, full_page=True):
    """Write what a page shows to docs/screenshots, small."""
    page.evaluate("document.fonts.ready")
    shot = page.screenshot(full_page=full_page, animations="disabled")
    picture = Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    picture.save(FOLDER / f"{name}.png", optimize=True)
