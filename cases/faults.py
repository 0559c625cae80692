"""Named points at which a test may kill the process, to show that nothing is lost.

Inert unless PORTAL_CRASH_AT names the points, separated by commas; "point:file" names a flag that
is removed first, so that the process dies once and not for ever.
"""

import os
import signal
from pathlib import Path

from django.conf import settings


def crash_point(name: str) -> None:
    """Die here by SIGKILL, as a power cut would, when the environment asks for it."""
    for asked in settings.CRASH_AT.split(","):
        point, _, flag = asked.partition(":")
        if point == name and (not flag or _was_there(Path(flag))):
            os.kill(os.getpid(), signal.SIGKILL)


def _was_there(flag: Path) -> bool:
    """Take a flag away; False when it is gone."""
    try:
        flag.unlink()
    except FileNotFoundError:
        return False
    return True
