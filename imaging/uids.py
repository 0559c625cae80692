"""New identifiers for old ones: stable inside a case, meaningless outside it.

A plain hash of a UID can be undone by hashing every UID a scanner could have made. With a key
that only the case has, and that is deleted with it, it cannot.

References
----------
PS3.5 section 9.1 and Annex B.2 (UUID-derived UIDs ``2.25.<integer>``); PS3.15 E.3.9.
"""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import Final

from pydicom.config import IGNORE
from pydicom.uid import UID

KEY_LENGTH: Final = 32  # bytes

_STANDARD_ROOT: Final = b"1.2.840.10008."
_MAPPED: Final = re.compile(rb"2\.25\.(0|[1-9][0-9]{0,38})")


@lru_cache(maxsize=4096)
def is_registered(uid: bytes) -> bool:
    """Tell whether a UID is one that the DICOM standard itself defines."""
    if not uid.startswith(_STANDARD_ROOT):
        return False
    text = uid.decode("latin-1")
    return UID(text, validation_mode=IGNORE).name != text  # validation would log the value


def is_mapped(uid: bytes) -> bool:
    """Tell whether a UID has the form that `UidMap` makes."""
    return _MAPPED.fullmatch(uid) is not None


class UidMap:
    """Maps the UIDs of one case.

    Parameters
    ----------
    key : bytes
        32 secret bytes of the case.

    Raises
    ------
    ValueError
        When the key has another length.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_LENGTH:
            raise ValueError(f"a UID key has {KEY_LENGTH} bytes")
        self._key = key
        self._known: dict[bytes, bytes] = {}

    def map(self, uid: bytes) -> bytes:
        """Return the case's UID for one UID; registered UIDs stay, "" stays "".

        The input need not be a valid UID: whatever stood there, the output is one.
        """
        mapped = self._known.get(uid)
        if mapped is None:
            mapped = self._known[uid] = self._make(uid)
        return mapped

    def map_value(self, raw: bytes) -> bytes:
        r"""Map a raw value of VR UI, with its padding and any number of ``\``-separated UIDs."""
        if b"\\" not in raw:
            return self.map(raw.strip(b"\0 "))
        return b"\\".join(self.map(part.strip(b"\0 ")) for part in raw.split(b"\\"))

    def _make(self, uid: bytes) -> bytes:
        if not uid or is_registered(uid):
            return uid
        digest = hmac.digest(self._key, uid, hashlib.sha256)
        return b"2.25.%d" % int.from_bytes(digest[:16], "big")
