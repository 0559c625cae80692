"""What every test may use. The fixtures lie in tests/fixtures, by what they give."""

from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.browser", "tests.fixtures.people"]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin each test in English: a request in another language stays active in its thread."""
    translation.deactivate()
    yield
    translation.deactivate()
