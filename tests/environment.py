"""This process's slot on the test servers, put into the environment before settings are read."""

import os

from stack.runs import FOLDER, nowhere, take_slot

SLOT = take_slot(os.environ.get(FOLDER))
if SLOT is None:
    nowhere(os.environ)
else:
    os.environ.update(SLOT.environment)
    os.environ["DJANGO_LIVE_TEST_SERVER_ADDRESS"] = SLOT.instance.site_url.removeprefix("http://")
# What is started from here, pytest-xdist's processes above all, uses the tests' settings too.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
# Playwright's synchronous interface keeps an event loop on the thread that runs the test.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
