"""What every test may use. The fixtures lie in tests/fixtures, by what they give."""

from collections.abc import Iterator

import pytest
from django.utils import translation

#: Folders whose tests start servers, workers or browsers. They come first, so that at the end of a
#: run in two processes neither waits long for the other.
SLOW = {"stack", "faults", "journeys", "privacy", "dicomweb", "radiologists", "ui"}

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.browser", "tests.fixtures.people"]


@pytest.hookimpl(trylast=True)  # after pytest-randomly, whose order is kept among the slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.parent.name not in SLOW)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin each test in English: a request in another language stays active in its thread."""
    translation.deactivate()
    yield
    translation.deactivate()
