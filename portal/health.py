"""Whether the portal lives, and whether all it needs to do its work is there.

`/healthz` says that this process answers. `/readyz` asks every part and names the ones that are
missing, without details: those are for `manage.py doctor`, at a terminal.
"""

import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import redis
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cases import storage
from cases.models import Heartbeat

#: A worker that consumed no heartbeat for so long is taken for dead.
WORKER_IS_LATE_AFTER = timedelta(seconds=90)
_TIMEOUT_SECONDS = 3


class UnhealthyError(Exception):
    """A part does not work; the text says what to do, for the operator."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of looking at one part."""

    name: str
    ok: bool
    text: str


def look_at_database() -> str:
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise UnhealthyError("Does not answer: check DATABASE_URL and the server.") from error
    if behind:
        raise UnhealthyError(f"{len(behind)} migrations are missing: run manage.py migrate.")
    return "answers, and every migration is applied"


def look_at_broker() -> str:
    broker = redis.Redis.from_url(
        settings.CELERY_BROKER_URL,
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
    )
    try:
        broker.ping()
    except redis.RedisError as error:
        raise UnhealthyError("Does not answer: check BROKER_URL and the server.") from error
    finally:
        broker.close()
    return "answers"


def look_at_buckets() -> str:
    for bucket in (storage.ORIGINALS, storage.STUDIES):
        name = storage.bucket_name(bucket)
        try:
            storage.client().list_objects_v2(Bucket=name, MaxKeys=1)
        except (BotoCoreError, ClientError) as error:
            raise UnhealthyError(f"Cannot reach bucket {name!r}: check the S3_ keys.") from error
        if is_public(name):
            raise UnhealthyError(f"Bucket {name!r} is public: remove its policy and ACL.")
    return "both are there, and neither is public"


def is_public(bucket: str) -> bool:
    """Tell whether somebody without keys can list the bucket."""
    url = f"{settings.S3['endpoint_url']}/{bucket}?list-type=2&max-keys=1"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own S3
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def look_at_worker() -> str:
    try:
        heartbeat = Heartbeat.objects.filter(name="worker").first()
    except DatabaseError as error:
        raise UnhealthyError("Unknown while the database does not answer.") from error
    if heartbeat is None:
        raise UnhealthyError("No worker ever reported: start `celery -A portal worker` and beat.")
    silence = timezone.now() - heartbeat.at
    if silence > WORKER_IS_LATE_AFTER:
        raise UnhealthyError(f"Silent for {silence.total_seconds():.0f} s: restart worker or beat.")
    return f"reported {silence.total_seconds():.0f} s ago"


def look_at_mail() -> str:
    if settings.MAIL_DIR:
        return f"is written to the folder {settings.MAIL_DIR}"
    try:
        with get_connection():
            pass
    except (OSError, smtplib.SMTPException) as error:
        raise UnhealthyError("The server refuses or is away: check the EMAIL_ keys.") from error
    return f"is taken by {settings.EMAIL_HOST}"


def look_at_viewer() -> str:
    if not (Path(settings.VIEWER_ROOT) / "index.html").is_file():
        raise UnhealthyError("Not installed: run manage.py install_viewer.")
    return "is installed"


#: What must work for a case to move; the rest is `manage.py doctor`'s.
VITAL: dict[str, Callable[[], str]] = {
    "database": look_at_database,
    "broker": look_at_broker,
    "buckets": look_at_buckets,
    "worker": look_at_worker,
}
EVERYTHING = VITAL | {"mail": look_at_mail, "viewer": look_at_viewer}


def examine(parts: dict[str, Callable[[], str]]) -> Iterable[Finding]:
    for name, look in parts.items():
        try:
            yield Finding(name, ok=True, text=look())
        except UnhealthyError as error:
            yield Finding(name, ok=False, text=str(error))


def refuse_public_buckets() -> None:
    """Refuse to start on a bucket that anybody can read.

    Raises
    ------
    ImproperlyConfigured
        If a request without keys can list one of the two buckets.
    """
    for bucket in (storage.ORIGINALS, storage.STUDIES):
        if is_public(storage.bucket_name(bucket)):
            raise ImproperlyConfigured(f"The bucket of {bucket} is public. Close it first.")


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    findings = list(examine(VITAL))
    ready = all(finding.ok for finding in findings)
    content = {finding.name: "ok" if finding.ok else "failed" for finding in findings}
    return JsonResponse(content, status=200 if ready else 503)
