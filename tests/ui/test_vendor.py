"""Vendored files are the ones written down, and the icon sprite holds what templates name."""

import gzip
import hashlib
import re
from pathlib import Path

import django_htmx
import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
SUM = re.compile(r"^([0-9a-f]{64})  (\S+)$", re.MULTILINE)
SYMBOL = re.compile(r'<symbol id="([^"]+)"')
NAMED = re.compile(
    r'icon\.html" with name="([^"]+)"|icons\.svg\' %\}#([a-z0-9-]+)|icon[=:] ?"([a-z0-9-]+)"'
)


def names_in_sprite():
    return set(SYMBOL.findall((VENDOR / "bootstrap-icons" / "icons.svg").read_text()))


def names_in_use():
    files = [
        path
        for folder in ("templates", "accounts", "cases", "radiologists", "portal", "static/js")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".py", ".js"}
    ]
    return {
        name
        for path in files
        for groups in NAMED.findall(path.read_text())
        for name in groups
        if name
    }


def test_every_vendored_file_has_its_written_sum():
    written = {name: digest for digest, name in SUM.findall((VENDOR / "VENDOR.md").read_text())}
    found = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDOR.md"
    }
    assert found == written


def test_every_named_icon_is_in_the_sprite():
    assert names_in_use() - names_in_sprite() == set()


def test_the_sprite_holds_no_icon_that_nobody_names():
    assert names_in_sprite() - names_in_use() == set()


@pytest.mark.parametrize(
    "sheet", sorted((ROOT / "static" / "css").glob("*.css")), ids=lambda p: p.name
)
def test_colours_stand_in_the_token_sheet_alone(sheet):
    if sheet.name == "tokens.css":
        return
    text = re.sub(r"rgb\(0 0 0 / \d+%\)", "", sheet.read_text())  # the shade over a picture
    colours = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(", text)
    assert set(colours) <= {"#000", "#fff"}


def test_styles_and_scripts_of_a_patient_page_stay_under_120_kb():
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    files = [VENDOR / "bootstrap" / "bootstrap.min.css", htmx]
    files += [
        ROOT / "static" / "css" / f"{name}.css"
        for name in ("tokens", "forms", "boxes", "app", "patient")
    ]
    files += [ROOT / "static" / "js" / f"{name}.js" for name in ("theme", "app")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 120_000
