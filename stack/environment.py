"""The portal's settings for a stack: every key that portal/settings.py reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.seaweedfs import REGION, keys
from stack.state import State


@dataclass(frozen=True, slots=True)
class Instance:
    """One portal on a stack: where it is seen, and which database and buckets are its own."""

    site_url: str
    var: Path
    database: str = "portal"
    broker: int = 0
    buckets: tuple[str, str] = ("originals", "studies")


def portal_environment(state: State, instance: Instance, role: str = "") -> dict[str, str]:
    """Return the settings of one of the portal's processes; `role` is whose S3 keys it holds."""
    originals, studies = instance.buckets
    s3_key, s3_secret = keys(state, role)
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_SECRET_KEY": state.secrets["django"],
        "PORTAL_FIELD_KEYS": state.secrets["field_key"],
        "PORTAL_SITE_URL": instance.site_url,
        "PORTAL_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PORTAL_DEMO": "1",
        "PORTAL_MAIL_DIR": str(instance.var / "mail"),
        "PORTAL_STATIC_ROOT": str(instance.var / "static"),
        "DATABASE_URL": state.database_url_of(instance.database),
        "BROKER_URL": state.broker_url_of(instance.broker),
        "S3_ENDPOINT_URL": state.s3_url,
        "S3_ACCESS_KEY_ID": s3_key,
        "S3_SECRET_ACCESS_KEY": s3_secret,
        "S3_REGION": REGION,
        "S3_ADDRESSING_STYLE": "path",
        "S3_BUCKET_ORIGINALS": originals,
        "S3_BUCKET_STUDIES": studies,
        "PYTHONUNBUFFERED": "1",
    }


def merged(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our own environment with the portal's settings in front of it."""
    return {**os.environ, **settings}
