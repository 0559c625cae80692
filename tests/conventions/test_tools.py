"""The tools that judge the tree, where a test says it sooner than CI does."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from portal.viewer_package import PACKAGE, VERSION
from stack.bootstrap import ROOT

VENV = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["lint-imports", "--no-cache"], id="imports go one way"),
        pytest.param(
            ["docker-compose", "--env-file", ".env.example", "config", "-q"], id="compose"
        ),
        pytest.param(["hadolint", "Dockerfile"], id="Dockerfile"),
    ],
)
def test_tool_is_content(command):
    finished = subprocess.run(
        [VENV / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_the_image_fetches_the_viewer_that_is_pinned():
    assert f"npm pack --silent {PACKAGE}@{VERSION}" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("extra", ["ocr", "viewer"])
def test_an_extra_is_what_its_requirements_say(extra):
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    lines = (ROOT / f"requirements-{extra}.in").read_text().splitlines()
    assert extras[extra] == [line for line in lines if not line.startswith(("#", "-"))]
