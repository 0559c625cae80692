"""A lease on a row: whoever has it renews it while at work, so that only the dead lose it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone


def lease_end() -> datetime:
    """Return until when a lease holds that is taken or renewed now."""
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)


@contextmanager
def kept(renew: Callable[[], object]) -> Iterator[None]:
    """Call `renew` from a thread, three times in each lease, while the block runs."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(settings.LEASE_SECONDS / 3):
            close_old_connections()
            renew()
        connection.close()

    thread = threading.Thread(target=keep, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
