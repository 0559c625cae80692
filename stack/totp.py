"""The six digits an authenticator app would show (RFC 6238), for the demo's accounts."""

import base64
import hmac
import struct
import time

STEP_SECONDS = 30


def code(secret: str, at: float | None = None) -> str:
    """Return the code of the base-32 `secret` at the time `at`, by default now."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = int(time.time() if at is None else at) // STEP_SECONDS
    digest = hmac.digest(base64.b32decode(padded), struct.pack(">Q", counter), "sha1")
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06d}"
