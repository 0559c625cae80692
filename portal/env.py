"""Read settings from the environment, and refuse a start that would not be safe.

Every key that the portal reads goes through `Environment`, so that `.env.example`
can be compared with it by a test.
"""

import os
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
#: Words that stand in example files; a secret that contains one was never set.
PLACEHOLDERS = ("change-me", "changeme", "example", "insecure", "secret-key", "password")


class Environment:
    """The process environment with types, and a record of the keys that were asked for."""

    def __init__(self, values: Mapping[str, str] = os.environ) -> None:
        self._values = values
        self.asked: set[str] = set()

    def text(self, key: str, default: str | None = None) -> str:
        """Return the value of `key`; without a default an empty value is refused."""
        self.asked.add(key)
        value = self._values.get(key, "").strip() or default
        if value is None:
            raise ImproperlyConfigured(f"Set {key} in the environment (see .env.example).")
        return value

    def secret(self, key: str, *, min_length: int = 16) -> str:
        """Return a secret; refuse a short one and one copied from an example."""
        value = self.text(key)
        if len(value) < min_length or _is_placeholder(value):
            raise ImproperlyConfigured(f"{key} is a default or too short: make a random one.")
        return value

    def fernet_keys(self, key: str) -> list[str]:
        """Return at least one key that Fernet takes, newest first."""
        values = self.items(key)
        try:
            sealing = [Fernet(value) for value in values]
        except ValueError:
            sealing = []
        if not sealing:
            raise ImproperlyConfigured(f"{key} needs keys of Fernet.generate_key().")
        return values

    def flag(self, key: str, *, default: bool = False) -> bool:
        return self.text(key, "1" if default else "0").lower() in {"1", "true", "yes", "on"}

    def number(self, key: str, default: int) -> int:
        value = self.text(key, str(default))
        try:
            return int(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{key} must be a whole number.") from error

    def items(self, key: str, default: str = "") -> list[str]:
        """Return a comma-separated list."""
        return [item.strip() for item in self.text(key, default).split(",") if item.strip()]

    def site_url(self, key: str, default: str) -> str:
        """Return the portal's own address; plain http is for this machine only."""
        value = self.text(key, default).rstrip("/")
        url = urlsplit(value)
        if url.scheme != "https" and url.hostname not in LOOPBACK:
            raise ImproperlyConfigured(f"{key} must be https:// unless it is this machine.")
        return value

    def database(self, key: str) -> dict[str, object]:
        """Return Django's DATABASES entry for a postgresql:// URL."""
        url = urlsplit(self.text(key))
        if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
            raise ImproperlyConfigured(f"{key} must look like postgresql://user:pw@host:port/name.")
        _refuse_placeholder(key, url.password)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.strip("/"),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or 5432),
        }

    def broker(self, key: str) -> str:
        """Return the broker's URL; plain text is refused off loopback."""
        value = self.text(key)
        url = urlsplit(value)
        if url.scheme == "redis" and url.hostname not in LOOPBACK:
            raise ImproperlyConfigured(
                f"{key} speaks plain text to another host: use rediss:// (see docs/operations.md)."
            )
        _refuse_placeholder(key, url.password)
        return value


def _is_placeholder(value: str) -> bool:
    return any(word in value.lower() for word in PLACEHOLDERS)


def _refuse_placeholder(key: str, password: str | None) -> None:
    """Refuse a password copied from an example; none at all is for the server to judge."""
    if _is_placeholder(password or ""):
        raise ImproperlyConfigured(f"The password in {key} is a default: make a random one.")


def require_different(**values: str) -> None:
    """Refuse two settings that must differ but are equal.

    Raises
    ------
    ImproperlyConfigured
        If any two of the values are equal.
    """
    if len(set(values.values())) < len(values):
        raise ImproperlyConfigured(f"These settings must differ: {', '.join(values)}.")
