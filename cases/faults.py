"""Named points at which a test may kill the process, to show that nothing is lost.

Inert unless PORTAL_CRASH_AT names the point (optionally "point:file", where the file is a
flag that is removed first, so that the process dies once and not for ever).
"""

import os
import signal
from pathlib import Path

from django.conf import settings


def crash_point(name: str) -> None:
    """Die here by SIGKILL, as a power cut would, when the environment asks for it."""
    point, _, flag = settings.CRASH_AT.partition(":")
    if point != name:
        return
    if flag:
        try:
            Path(flag).unlink()
        except FileNotFoundError:
            return
    os.kill(os.getpid(), signal.SIGKILL)
