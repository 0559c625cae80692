"""What every test may use. The fixtures lie in tests/fixtures, by what they give."""

from collections.abc import Iterator

import pytest
from django.utils import translation

#: Folders whose tests start servers, workers or browsers, the longest files first: at the end of a
#: run no process waits long for another.
SLOW = ("faults", "stack", "dicomweb", "journeys", "radiologists", "ui", "privacy")

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.browser",
    "tests.fixtures.people",
    "tests.fixtures.failures",
]


@pytest.hookimpl(trylast=True)  # after pytest-randomly, whose order is kept among the slow
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(SLOW)))


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Begin each test in English: a request in another language stays active in its thread."""
    translation.deactivate()
    yield
    translation.deactivate()
