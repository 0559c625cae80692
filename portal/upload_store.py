"""Whether the store behaves as the upload trusts it to (docs/upload.md, "The store").

Stores that call themselves S3 differ: some ignore a signed checksum or "only if absent". The
worker checks every file again, so nothing false is read, but the patient would learn of it late.
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
        "a signed PUT is held to its length, to its bytes and to once; browsers may send it; "
        f"these keys {'can' if readable else 'cannot'} read it back (the web process's should not)"
    )


def may_read(key: str) -> bool:
    """Say whether this process's keys open an original: docs/operations.md, "Keys"."""
    try:
        return bool(storage.read(storage.ORIGINALS, key))
    except (storage.StorageUnavailableError, storage.ObjectMissingError):
        return False


def faults_of_a_signed_put(key: str) -> Iterator[str]:
    digest = hashlib.sha256(BODY).hexdigest()
    url, headers = storage.presign_put(key, size=len(BODY), sha256_hex=digest)
    if put(url, headers, BODY + b"!") < 400:
        yield "The store takes a longer body than was signed."
    if put(url, headers, WRONG) < 400:
        yield "The store does not compare a body with its signed SHA-256."
        storage.delete_prefix(storage.ORIGINALS, key.rpartition("/")[0] + "/")
    status = put(url, headers, BODY)
    if status >= 400:
        yield (
            f"A signed PUT to S3_PUBLIC_ENDPOINT_URL was answered with {status}: check that"
            " address, S3_REGION and S3_ADDRESSING_STYLE, and the machine's clock."
        )
    elif put(url, headers, BODY) < 400:
        yield "The store ignores If-None-Match: an object can be written twice."


def faults_of_cors(key: str) -> Iterator[str]:
    """Ask as a browser asks before it sends to another origin."""
    url, headers = storage.presign_put(key, size=1, sha256_hex="0" * 64)
    if origin_of(url) == origin_of(settings.SITE_URL):
        return
    asking = {
        "Origin": origin_of(settings.SITE_URL),
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in headers)),
    }
    request = urllib.request.Request(url, headers=asking, method="OPTIONS")  # noqa: S310 - our own S3
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - same
            allowed = response.headers.get("Access-Control-Allow-Origin")
    except OSError:
        allowed = None
    if allowed not in {"*", asking["Origin"]}:
        yield (
            f"Browsers may not send to the store: let the bucket's CORS rule allow PUT from"
            f" {asking['Origin']} with the headers {asking['Access-Control-Request-Headers']}."
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
