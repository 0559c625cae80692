"""The packs in blocks: the same bytes, few requests, bounded memory, however many threads ask."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cases import storage
from dicomweb.blocks import Blocks

KEY = "studies/x/s01/frames.pack"
PACK = bytes(range(256)) * 10  # 2560 bytes


class Store:
    """Reads from S3, and counts."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, int]] = []

    def __call__(self, key: str, start: int, length: int) -> bytes:
        self.asked.append((key, start, length))
        return storage.read(storage.STUDIES, key, start=start, length=length)


@pytest.fixture
def store(s3) -> Store:
    storage.write(storage.STUDIES, KEY, PACK)
    return Store()


@pytest.mark.parametrize(
    ("start", "length"), [(0, 1), (0, 100), (99, 2), (100, 100), (50, 300), (2500, 60), (0, 2560)]
)
def test_a_span_holds_the_bytes_of_the_object(store, start, length):
    blocks = Blocks(store, size=100, most=4)
    assert blocks.span(KEY, start, length) == PACK[start : start + length]
    assert blocks.span(KEY, start, length) == PACK[start : start + length]


def test_neighbours_come_with_one_request(store):
    blocks = Blocks(store, size=1000, most=4)
    for start in range(0, 1000, 100):
        assert blocks.span(KEY, start, 100) == PACK[start : start + 100]
    assert store.asked == [(KEY, 0, 1000)]


def test_no_more_blocks_are_kept_than_allowed_and_the_oldest_go(store):
    blocks = Blocks(store, size=100, most=3)
    for start in range(0, 2500, 100):
        blocks.span(KEY, start, 100)
        assert len(blocks) <= 3
    store.asked.clear()
    blocks.span(KEY, 2400, 100)
    assert store.asked == []
    blocks.span(KEY, 0, 100)
    assert store.asked == [(KEY, 0, 100)]


def test_threads_that_want_the_same_block_share_one_request(s3):
    storage.write(storage.STUDIES, KEY, PACK)
    store, begun, wait = Store(), threading.Event(), threading.Event()

    def slow(key: str, start: int, length: int) -> bytes:
        begun.set()
        assert wait.wait(10)
        return store(key, start, length)

    blocks = Blocks(slow, size=1000, most=2)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(blocks.span, KEY, 0, 100)
        assert begun.wait(10)
        others = [pool.submit(blocks.span, KEY, start, 100) for start in range(100, 800, 100)]
        wait.set()
        assert first.result(10) == PACK[:100]
        assert [one.result(10) for one in others] == [
            PACK[n : n + 100] for n in range(100, 800, 100)
        ]
    assert store.asked == [(KEY, 0, 1000)]


def test_a_store_that_was_away_is_asked_again(s3):
    blocks = Blocks(Store(), size=1000, most=2)
    with pytest.raises(storage.ObjectMissingError):
        blocks.span(KEY, 0, 100)
    storage.write(storage.STUDIES, KEY, PACK)
    assert blocks.span(KEY, 0, 100) == PACK[:100]


def test_an_object_shorter_than_its_index_is_an_error_and_no_short_frame(store):
    blocks = Blocks(store, size=1000, most=2)
    with pytest.raises(storage.ObjectMissingError):
        blocks.span(KEY, 2500, 100)
