"""What must not be in the repository, and what must be."""

import re
import subprocess

import pytest

from portal.settings import env
from stack.bootstrap import ROOT
from stack.example_settings import example_settings
from tests.conventions.tree import name, tracked_files

# Spelled in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile("/" + r"(?:work/(?:main|shared|coord)|root/|tmp/bash_jobs|farm/)")
INDEX = re.compile(r"^\s*--?(?:i|index-url|extra-index-url|trusted-host|find-links)\b")
RESOLVED = re.compile(r'"resolved": "https?://(?!registry\.npmjs\.org/)')
LARGEST = 1_500_000
BINARY = {".png", ".webp", ".woff2", ".ico", ".jpg", ".mo", ".pdf", ".gz", ".wasm", ".ttf", ".zip"}


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name(path)}:{number}"
        for path in tracked_files()
        if path.suffix not in BINARY and "vendor" not in path.parts
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATHS, INDEX, RESOLVED])
def test_nothing_names_one_machine_or_one_registry(pattern):
    assert lines_with(pattern) == []


def test_no_large_file():
    large = {name(path): path.stat().st_size for path in tracked_files()}
    assert {path: size for path, size in large.items() if size > LARGEST} == {}


def test_no_link_leads_out_of_the_tree():
    """Such as a link to another checkout's .venv: git would put it in place of theirs."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [line for line in listed.stdout.splitlines() if line.startswith("120000")] == []


def test_pages_hold_no_inline_script_or_style():
    """The content security policy refuses them, so they would only fail silently."""
    inline = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/json)"
    )
    mails = ROOT / "templates" / "emails"
    found = [
        f"{name(path)}: {match.group()}"
        for path in tracked_files()
        if path.suffix == ".html"
        and ROOT / "templates" in path.parents
        and mails not in path.parents
        for match in inline.finditer(path.read_text())
    ]
    assert found == []


def test_the_example_lists_every_setting_that_the_portal_reads():
    keys = {f"S3_{role}_{part}" for role in ("WEB", "WORKER")
            for part in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")}  # fmt: skip
    for_compose_only = {"POSTGRES_PASSWORD", "BROKER_PASSWORD"} | keys
    assert set(example_settings()) - for_compose_only == env.asked


def test_every_secret_of_the_example_is_an_example():
    """A start with one of them is refused: tests/portal/test_env.py."""
    secrets = {key for key in example_settings() if re.search("SECRET|PASSWORD$|_KEYS$", key)}
    unset = {key for key, value in example_settings().items() if value in {"", "change-me"}}
    assert secrets <= unset


def test_entry_points_can_be_run():
    for script in ("bin/demo", "bin/test", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111, script
