"""Prints what a command found, on whatever terminal, pipe or file there is."""

import json
import os
import sys
from typing import Any


def put(text: str) -> bool:
    """Print a text, its letters as far as the terminal has them; say whether it could be printed.

    A reader that goes away has read enough: that is no failure, and nothing is said of it.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"{reason(error)}\n")
            return False
    return True


def put_json(document: dict[str, Any]) -> bool:
    """Print a document as JSON, in escapes where the terminal has no Unicode."""
    unicode = (sys.stdout.encoding or "utf-8").lower().replace("_", "-") == "utf-8"
    return put(json.dumps(document, indent=2, ensure_ascii=not unicode))


def reason(error: OSError) -> str:
    """Return the system's words for a failure, without the path that they are about."""
    return error.strerror or "cannot be read"
