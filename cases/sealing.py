"""Seal the identity found on the disc, so that the database alone does not tell it.

One small field does not need a package: Fernet with rotation, as `cryptography` gives it.
"""

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnsealError(Exception):
    """None of the keys opens this value."""


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


def seal(value: dict[str, Any]) -> bytes:
    """Return `value` as JSON, encrypted with the newest key."""
    return _fernet().encrypt(json.dumps(value, sort_keys=True).encode())


def unseal(sealed: bytes) -> dict[str, Any]:
    """Return what was sealed.

    Raises
    ------
    UnsealError
        If no key in the settings opens it.
    """
    try:
        opened: dict[str, Any] = json.loads(_fernet().decrypt(bytes(sealed)))
    except InvalidToken:
        raise UnsealError("no key opens this value") from None
    return opened
