"""The only door to S3: two private buckets, keys made from our own identifiers.

The bucket of originals holds what the patient sent; no read URL of it is ever given out.
The bucket of studies holds what was de-identified; the portal reads it on behalf of people
it has checked, so that every read is seen.
"""

import base64
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import boto3
from boto3.exceptions import S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

ORIGINALS, STUDIES = "originals", "studies"
CHUNK = 1 << 18


class StorageUnavailableError(Exception):
    """S3 did not answer, or answered with a fault of its own: try again later."""


class ObjectMissingError(Exception):
    """There is no object under this key."""


class PrivateS3Storage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """A bucket without public addresses: `url()` is refused."""

    default_acl = None
    file_overwrite = True
    querystring_auth = True

    def url(self, name: str, *args: object, **kwargs: object) -> str:
        raise NotImplementedError("Objects are read through the portal, never by address.")


def _client(endpoint_url: str) -> "S3Client":
    made: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=settings.S3["access_key"],
        aws_secret_access_key=settings.S3["secret_key"],
        region_name=settings.S3["region_name"],
        config=Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=20,
            retries={"max_attempts": 3, "mode": "standard"},
            max_pool_connections=16,
            s3={"addressing_style": settings.S3_ADDRESSING_STYLE},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return made


@cache
def client() -> "S3Client":
    """Return the process's S3 client (boto3 clients are safe to share between threads)."""
    return _client(settings.S3["endpoint_url"])


# Web server and worker look at their buckets and then fork. Two processes that shared a connection
# would each take the answer that comes first: the bytes of another patient.
os.register_at_fork(after_in_child=client.cache_clear)


@cache
def _public_client() -> "S3Client":
    """Return a client that signs for the address the browser sees; it sends nothing."""
    return _client(settings.S3_PUBLIC_ENDPOINT_URL)


def bucket_name(bucket: str) -> str:
    return {ORIGINALS: settings.S3_BUCKET_ORIGINALS, STUDIES: settings.S3_BUCKET_STUDIES}[bucket]


def storage(bucket: str) -> PrivateS3Storage:
    """Return the django-storages backend of a bucket, for plain file work."""
    backend = storages[bucket]
    if not isinstance(backend, PrivateS3Storage):
        raise TypeError(f"STORAGES[{bucket!r}] must be a PrivateS3Storage")
    return backend


def _translate(error: BotoCoreError | ClientError) -> Exception:
    """Return our error for S3's; its text may hold a key and is not passed on."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if status == 404 or error.response.get("Error", {}).get("Code") == "NoSuchKey":
            return ObjectMissingError("no such object")
    return StorageUnavailableError(type(error).__name__)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a store holds a signed PUT to, beside its length."""

    sha256: bool
    #: Written once: refused when the object is there already.
    once: bool


def conditions() -> Conditions:
    """Return what this deployment's store can do."""
    return Conditions(sha256=settings.S3_CHECKSUM, once=settings.S3_WRITE_ONCE)


def presign_put(
    key: str, *, size: int, sha256_hex: str, held_to: Conditions | None = None
) -> tuple[str, dict[str, str]]:
    """Return the address and headers with which a browser may store one original.

    Length, SHA-256 and "only if absent" are part of the signature: another body is refused by
    S3 itself. What a store cannot do the worker does (`cases.originals`), after the fact.
    """
    held_to = held_to or conditions()
    params: dict[str, Any] = {
        "Bucket": settings.S3_BUCKET_ORIGINALS,
        "Key": key,
        "ContentLength": size,
    }
    headers = {}
    if held_to.sha256:
        checksum = base64.b64encode(bytes.fromhex(sha256_hex)).decode()
        params["ChecksumSHA256"] = headers["x-amz-checksum-sha256"] = checksum
    if held_to.once:
        params["IfNoneMatch"] = headers["If-None-Match"] = "*"
    url = _public_client().generate_presigned_url(
        "put_object", Params=params, ExpiresIn=settings.UPLOAD_URL_SECONDS
    )
    return url, headers


def size_of(bucket: str, key: str) -> int | None:
    """Return the size of an object, or None when there is none.

    The bucket is listed, because HEAD asks for the right to read, which the web process lacks.
    """
    return keys(bucket, key).get(key)


def read(bucket: str, key: str, *, start: int = 0, length: int | None = None) -> bytes:
    """Return an object, or `length` bytes of it from `start`."""
    return b"".join(stream(bucket, key, start=start, length=length))


def stream(bucket: str, key: str, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield an object in chunks; the request is made before the first chunk is asked for."""
    wanted: dict[str, Any] = {"Bucket": bucket_name(bucket), "Key": key}
    if start or length is not None:
        wanted["Range"] = f"bytes={start}-" + ("" if length is None else str(start + length - 1))
    try:
        body = client().get_object(**wanted)["Body"]
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None
    return _chunks(body)


def _chunks(body: Any) -> Iterator[bytes]:
    try:
        with body:
            yield from body.iter_chunks(CHUNK)
    except (BotoCoreError, ClientError, OSError) as error:
        raise StorageUnavailableError(type(error).__name__) from None


def write(bucket: str, key: str, data: bytes | IO[bytes], *, content_type: str = "") -> None:
    """Store an object, replacing what was there; S3 checks the SHA-256 on arrival if it can."""
    extra: dict[str, Any] = {"ContentType": content_type} if content_type else {}
    if conditions().sha256:
        extra["ChecksumAlgorithm"] = "SHA256"
    try:
        client().put_object(
            Bucket=bucket_name(bucket),
            Key=key,
            Body=data,
            **extra,
        )
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None


def write_files(
    bucket: str, files: Iterable[tuple[str, Path, str]], *, workers: int = 4
) -> Iterator[int]:
    """Store (key, path, content type) side by side; yield how many are stored, one by one.

    Raises
    ------
    StorageUnavailableError
        As soon as one of them cannot be stored.
    """

    def put(item: tuple[str, Path, str]) -> None:
        key, path, content_type = item
        with path.open("rb") as file:
            write(bucket, key, file, content_type=content_type)

    with ThreadPoolExecutor(workers, thread_name_prefix="s3-put") as pool:
        for done, _result in enumerate(pool.map(put, files), start=1):
            yield done


def write_file(bucket: str, key: str, file: IO[bytes]) -> None:
    """Store an object from an open file, in parts when it is large."""
    try:
        client().upload_fileobj(file, bucket_name(bucket), key)
    except S3UploadFailedError as error:
        raise StorageUnavailableError(type(error).__name__) from None
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None


def keys(bucket: str, prefix: str) -> dict[str, int]:
    """Return every key under `prefix` with its size."""
    found: dict[str, int] = {}
    try:
        pages = client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=bucket_name(bucket), Prefix=prefix):
            found |= {item["Key"]: int(item["Size"]) for item in page.get("Contents", [])}
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None
    return found


def delete(bucket: str, key: str) -> None:
    """Delete one object; one that is not there is no error."""
    try:
        client().delete_object(Bucket=bucket_name(bucket), Key=key)
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None


def delete_prefix(bucket: str, prefix: str) -> int:
    """Delete everything under `prefix`; return how many objects that were."""
    if not prefix.endswith("/"):
        raise ValueError("a prefix ends with a slash")
    doomed = sorted(keys(bucket, prefix))
    if not conditions().sha256:  # deleting many at once asks for a checksum, too
        for key in doomed:
            delete(bucket, key)
        return len(doomed)
    try:
        for first in range(0, len(doomed), 1000):
            objects: list[ObjectIdentifierTypeDef] = [
                {"Key": key} for key in doomed[first : first + 1000]
            ]
            client().delete_objects(
                Bucket=bucket_name(bucket), Delete={"Objects": objects, "Quiet": True}
            )
    except (BotoCoreError, ClientError) as error:
        raise _translate(error) from None
    return len(doomed)
