"""Whether the store behaves as the upload trusts it to (docs/upload.md, "The store").

Stores that call themselves S3 differ: some ignore or refuse a signed checksum or "only if absent",
and S3_CHECKSUM and S3_WRITE_ONCE do without. The worker compares every bundle and file again, so
that nothing false is read, but the patient then learns of it late.
"""

import hashlib
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from cases import storage
from portal.health import UnhealthyError

BODY: Final = b"SecondRead looks whether this store keeps its word."
WRONG: Final = BODY[::-1]
_TIMEOUT_SECONDS = 5


def look_at_uploads() -> str:
    """Send a small object in right and wrong ways, and take it away again."""
    prefix = f"uploads/doctor-{uuid.uuid4()}/"  # a proxy may let nothing else pass
    try:
        faults = [*faults_of_a_signed_put(f"{prefix}object"), *faults_of_cors(f"{prefix}object")]
        readable = may_read(f"{prefix}object")
    finally:
        storage.delete_prefix(storage.ORIGINALS, prefix)
    if faults:
        raise UnhealthyError("; ".join(faults))
    return (
        f"{held_to_in_words()}; browsers may send it; "
        f"these keys {'can' if readable else 'cannot'} read it back (the web process's should not)"
    )


def held_to_in_words() -> str:
    held_to = storage.conditions()
    if held_to.sha256 and held_to.once:
        return "a signed PUT is held to its length, to its bytes and to once"
    kept = ["its length"] + ["its bytes"] * held_to.sha256 + ["once"] * held_to.once
    return (
        f"a signed PUT is held to {' and to '.join(kept)}, and by the settings"
        " to no more: the worker alone compares"
    )


def may_read(key: str) -> bool:
    """Say whether this process's keys open an original: docs/operations.md, "Keys"."""
    try:
        return bool(storage.read(storage.ORIGINALS, key))
    except (storage.StorageUnavailableError, storage.ObjectMissingError):
        return False


def faults_of_a_signed_put(key: str) -> Iterator[str]:
    held_to = storage.conditions()
    url, headers = signed(key, held_to)
    if put(url, headers, BODY + b"!") < 400:
        yield "The store takes a longer body than was signed."
    if held_to.sha256 and put(url, headers, WRONG) < 400:
        yield (
            "The store does not compare a body with its signed SHA-256: take another, or set"
            " S3_CHECKSUM=none, and the worker alone compares."
        )
        storage.delete_prefix(storage.ORIGINALS, key.rpartition("/")[0] + "/")
    status = put(url, headers, BODY)
    if status >= 400:
        yield (
            f"A signed PUT to S3_PUBLIC_ENDPOINT_URL was answered with {status}: "
            f"{what_to_set(key, held_to)}."
        )
    elif held_to.once and put(url, headers, BODY) < 400:
        yield (
            "The store ignores If-None-Match, so that an object can be written twice: take another,"
            " or set S3_WRITE_ONCE=0, and the worker alone compares."
        )


def signed(key: str, held_to: storage.Conditions) -> tuple[str, dict[str, str]]:
    digest = hashlib.sha256(BODY).hexdigest()
    return storage.presign_put(key, size=len(BODY), sha256_hex=digest, held_to=held_to)


def what_to_set(key: str, refused: storage.Conditions) -> str:
    """Ask the store for less, and name the settings with which it takes a signed PUT."""
    for number, (sha256, once) in enumerate(((False, True), (True, False), (False, False))):
        less = storage.Conditions(sha256 and refused.sha256, once and refused.once)
        if less != refused and put(*signed(f"{key}-{number}", less), BODY) < 400:
            changes = {
                "S3_CHECKSUM=none": refused.sha256 and not less.sha256,
                "S3_WRITE_ONCE=0": refused.once and not less.once,
            }
            return f"set {' and '.join(name for name, changed in changes.items() if changed)}"
    return "check that address, S3_REGION and S3_ADDRESSING_STYLE, and the machine's clock"


def faults_of_cors(key: str) -> Iterator[str]:
    """Ask as a browser asks before it sends to another origin."""
    url, headers = storage.presign_put(key, size=1, sha256_hex="0" * 64)
    if origin_of(url) == origin_of(settings.SITE_URL):
        return
    asking = {
        "Origin": origin_of(settings.SITE_URL),
        "Access-Control-Request-Method": "PUT",
    }
    names = ",".join(sorted(name.lower() for name in headers))
    if names:
        asking["Access-Control-Request-Headers"] = names
    request = urllib.request.Request(url, headers=asking, method="OPTIONS")  # noqa: S310 - our own S3
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - same
            allowed = response.headers.get("Access-Control-Allow-Origin")
    except OSError:
        allowed = None
    if allowed not in {"*", asking["Origin"]}:
        yield (
            f"Browsers may not send to the store: let the bucket's CORS rule allow PUT from"
            f" {asking['Origin']} with the headers {names or 'of any PUT'}."
        )


def put(url: str, headers: dict[str, str], body: bytes) -> int:
    """Return the status of a PUT; 599 when there was no answer."""
    request = urllib.request.Request(url, data=body, headers=headers, method="PUT")  # noqa: S310 - our own S3
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - same
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code
    except OSError:
        return 599


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
