"""The portal's settings without servers, for mypy and other tools that only read the code."""

import os

from stack.runs import nowhere

nowhere(os.environ)
from portal.settings import *  # noqa: E402, F403 - after the environment is in place
