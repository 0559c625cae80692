"""What gunicorn loads before it forks its workers."""

import subprocess
import sys

from stack.bootstrap import ROOT

LOADED = """
import sys, portal.wsgi
pages = {name for name in sys.modules if name.startswith(("cases.views", "radiologists.views"))}
print(len(pages))
"""


def test_every_page_is_loaded_before_the_workers_are_forked():
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings_offline", "PATH": "/usr/bin:/bin"}
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(finished.stdout) > 10
