"""The portal's settings on the test servers, with what only speed asks for."""

import os

from tests import environment  # isort: skip - first: the settings read what it puts in place
from portal.settings import *  # noqa: F403 - the real settings, on which the lines below build

SLOT = environment.SLOT
# Of a web process that a test starts: signatures that run out while it watches.
UPLOAD_URL_SECONDS = int(os.environ.get("TEST_UPLOAD_URL_SECONDS", UPLOAD_URL_SECONDS))  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {  # noqa: F405 - from portal.settings
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
# Where none is, even when a demo has installed one: tests/dicomweb says where theirs lies.
VIEWER_ROOT = BASE_DIR / ".cache" / "no-viewer"  # noqa: F405
