"""Whether the portal lives, and whether all it needs to do its work is there.

`/healthz` says that this process answers. `/readyz` asks every part and names the ones that are
missing, without details: those are for `manage.py doctor`, at a terminal.
"""

import logging
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Final

import redis
from botocore.exceptions import BotoCoreError, ClientError
from django.apps import apps
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
from portal.viewer_package import is_installed

logger = logging.getLogger(__name__)

#: A worker that consumed no heartbeat for so long is taken for dead.
WORKER_IS_LATE_AFTER = timedelta(seconds=90)
#: An object of ours that strangers are to be refused; the web process may write no other key into
#: the bucket of studies (docs/operations.md, "Keys of the store").
PROBE: Final = "studies/probe/key-images/probe"
_TIMEOUT_SECONDS = 3
COLUMNS: Final = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema()"""


class Answer(Enum):
    """What the store says to somebody without keys."""

    REFUSED = auto()
    GIVEN = auto()
    #: It was away, or said something else: nothing is known.
    UNKNOWN = auto()


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


def look_at_tables() -> str:
    """Look for a column that the code wants and the database does not have.

    Until the first release a change is written into the first migration, which a database of
    before has applied already.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(COLUMNS)
            there = set(cursor.fetchall())
    except DatabaseError as error:
        raise UnhealthyError("Unknown while the database does not answer.") from error
    tables = [model._meta for model in apps.get_models()]  # noqa: SLF001 - which Django documents
    wanted = {(one.db_table, field.column) for one in tables for field in one.local_concrete_fields}
    if wanted - there:
        raise UnhealthyError(
            "The data were made by an earlier version: begin anew, in a demo with bin/demo --reset."
        )
    return "have every column that the code wants"


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
    unknown = []
    for bucket in (storage.ORIGINALS, storage.STUDIES):
        name = storage.bucket_name(bucket)
        try:
            storage.client().list_objects_v2(Bucket=name, MaxKeys=1)
        except (BotoCoreError, ClientError) as error:
            raise UnhealthyError(f"Cannot reach bucket {name!r}: check the S3_ keys.") from error
        answer = answer_to_strangers(bucket)
        if answer is Answer.GIVEN:
            raise UnhealthyError(f"Bucket {name!r} is public: remove its policy and ACL.")
        if answer is Answer.UNKNOWN:
            unknown.append(name)
    if unknown:
        return (
            f"both are there; whether {' and '.join(unknown)} is public could not be asked:"
            " look at the policy and the ACL"
        )
    return "both are there, and neither is public"


def answer_to_strangers(bucket: str) -> Answer:
    """Try to list the bucket without keys, and to read an object that is there."""
    name = storage.bucket_name(bucket)
    listing = _ask(f"{name}?list-type=2&max-keys=1")
    if listing is not Answer.REFUSED:
        return listing
    try:
        if storage.size_of(bucket, PROBE) is None:
            storage.write(bucket, PROBE, b"Nobody without keys may read this.")
    except (storage.StorageUnavailableError, storage.ObjectMissingError):
        return Answer.UNKNOWN
    return _ask(f"{name}/{PROBE}")


def _ask(address: str) -> Answer:
    url = f"{settings.S3['endpoint_url']}/{address}"
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - our own S3
            return Answer.GIVEN
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer.REFUSED if refusal.code in {401, 403} else Answer.UNKNOWN
    except OSError:
        return Answer.UNKNOWN


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
    if not is_installed(settings.VIEWER_ROOT):
        raise UnhealthyError("Not installed: run manage.py install_viewer.")
    return "is installed"


#: What must work for a case to move; the rest is `manage.py doctor`'s.
VITAL: dict[str, Callable[[], str]] = {
    "database": look_at_database,
    "broker": look_at_broker,
    "buckets": look_at_buckets,
    "worker": look_at_worker,
}
EVERYTHING = VITAL | {"tables": look_at_tables, "mail": look_at_mail, "viewer": look_at_viewer}


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
        If a request without keys can list one of the two buckets, or read from it.
    """
    for bucket in (storage.ORIGINALS, storage.STUDIES):
        answer = answer_to_strangers(bucket)
        if answer is Answer.GIVEN:
            raise ImproperlyConfigured(f"The bucket of {bucket} is public. Close it first.")
        if answer is Answer.UNKNOWN:
            logger.warning("whether the bucket of %s is public could not be asked", bucket)


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
