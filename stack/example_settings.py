"""Run a command under the settings of .env.example, each `change-me` replaced by a random value.

`python -m stack.example_settings python manage.py check --deploy` asks Django's questions of a
deployment without one.
"""

import base64
import os
import secrets
import sys
from pathlib import Path

from stack.bootstrap import ROOT
from stack.processes import base_environment

EXAMPLE = ROOT / ".env.example"


def example_settings(path: Path = EXAMPLE) -> dict[str, str]:
    """Return the keys and values of an example file as they stand there."""
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {key: value for key, value in pairs}  # noqa: C416 - dict() cannot type a list of lists


def filled_settings() -> dict[str, str]:
    filled = {
        key: value.replace("change-me", secrets.token_urlsafe(48))
        for key, value in example_settings().items()
    }
    filled["PORTAL_FIELD_KEYS"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return filled


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], base_environment() | filled_settings())  # noqa: S606
