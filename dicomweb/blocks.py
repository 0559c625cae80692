"""The packs of frames, read in blocks: one request to S3 serves many neighbouring frames."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Final

from cases import storage

#: About seven frames of 384 x 384; a reader's next images are the neighbours of the last one.
BLOCK_BYTES: Final = 1 << 20
#: What a process keeps, whoever reads: 32 MiB.
MOST_BLOCKS: Final = 32

Reader = Callable[[str, int, int], bytes]


def _read_pack(key: str, start: int, length: int) -> bytes:
    return storage.read(storage.STUDIES, key, start=start, length=length)


class Blocks:
    """The blocks that were asked for last, each read once however many threads want it.

    Parameters
    ----------
    read : callable
        Returns `length` bytes of an object from `start`, fewer at its end.
    size : int
        Bytes of a block.
    most : int
        Number of blocks kept. Beside them lie only those that are being sent.
    """

    def __init__(
        self, read: Reader = _read_pack, *, size: int = BLOCK_BYTES, most: int = MOST_BLOCKS
    ) -> None:
        self._read, self._size, self._most = read, size, most
        self._kept: OrderedDict[tuple[str, int], Future[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def span(self, key: str, start: int, length: int) -> bytes:
        """Return `length` bytes of an object that never changes.

        Raises
        ------
        cases.storage.ObjectMissingError
            When there is no such object, or it is shorter.
        cases.storage.StorageUnavailableError
            When S3 cannot be asked; the next call tries again.
        """
        found = b"".join(self._pieces(key, start, start + length))
        if len(found) != length:
            raise storage.ObjectMissingError("the object is shorter than its index says")
        return found

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def _pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        for number in range(start // self._size, -(-end // self._size)):
            first = number * self._size
            yield self._block(key, number)[max(0, start - first) : end - first]

    def _block(self, key: str, number: int) -> bytes:
        with self._lock:
            waiting = self._kept.get((key, number))
            mine = waiting is None
            if waiting is None:
                waiting = self._kept[key, number] = Future()
            self._kept.move_to_end((key, number))
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if mine:
            self._fill(waiting, key, number)
        return waiting.result()

    def _fill(self, waiting: "Future[bytes]", key: str, number: int) -> None:
        try:
            waiting.set_result(self._read(key, number * self._size, self._size))
        except BaseException as error:
            with self._lock:
                if self._kept.get((key, number)) is waiting:
                    del self._kept[key, number]
            waiting.set_exception(error)


packs: Final = Blocks()
