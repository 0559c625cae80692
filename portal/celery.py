"""The Celery application. Tasks live in the apps; the schedule stands in the settings."""

import os

from celery import Celery
from celery.signals import worker_init
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_unsafe_start(**_: object) -> None:
    """End the worker before it takes a case when anybody could read its buckets."""
    from portal.health import refuse_public_buckets  # noqa: PLC0415 - models exist only from here on

    try:
        refuse_public_buckets()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None  # Celery swallows every other exception here
