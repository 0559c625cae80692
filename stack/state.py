"""What a stack folder remembers between starts: its secrets and its ports."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stack import ports

SECRETS = (
    "django",
    "postgres",
    "valkey",
    "s3",
    "s3_web",
    "s3_worker",
    "jwt_write",
    "jwt_read",
    "jwt_filer",
    "jwt_filer_read",
)
PORTS = (
    "postgres", "valkey", "s3", "s3_grpc", "master", "master_grpc", "volume", "volume_grpc",
    "filer", "filer_grpc", "admin", "admin_grpc",
)  # fmt: skip


@dataclass(slots=True)
class State:
    """Secrets and ports of one stack folder, kept in state.json with mode 0600."""

    var: Path
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    ports: dict[str, int] = field(default_factory=dict)
    folders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, var: Path) -> "State":
        """Return the state of a stack that runs."""
        return cls(var, **json.loads((var / "state.json").read_text()))

    @classmethod
    def load(cls, var: Path) -> "State":
        """Return the state of a stack that is about to start."""
        state = cls.read(var) if (var / "state.json").exists() else cls(var)
        state.complete()
        state.save()
        return state

    def complete(self) -> None:
        """Draw the secrets that are missing and new ports for those that are taken."""
        for name in SECRETS:
            self.secrets.setdefault(name, secrets.token_urlsafe(36))
        for name in ("s3_key", "s3_web_key", "s3_worker_key"):
            self.secrets.setdefault(name, f"AK{secrets.token_hex(9).upper()}")
        key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        self.secrets.setdefault("field_key", key)
        for name in PORTS:
            if name not in self.ports or not ports.is_free(self.ports[name]):
                self.ports[name] = ports.draw(set(self.ports.values()))

    def save(self) -> None:
        content = asdict(self)
        content.pop("var")
        write_private(self.var / "state.json", content)

    def folder(self, name: str) -> Path:
        path = self.var / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    @property
    def database_url(self) -> str:
        return self.database_url_of("portal")

    def database_url_of(self, name: str) -> str:
        password, port = self.secrets["postgres"], self.ports["postgres"]
        return f"postgresql://portal:{password}@127.0.0.1:{port}/{name}"

    def broker_url_of(self, number: int) -> str:
        return f"redis://:{self.secrets['valkey']}@127.0.0.1:{self.ports['valkey']}/{number}"

    @property
    def s3_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3']}"


def write_private(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON that only its owner can read, replacing the old file at once."""
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        json.dump(content, handle, indent=1)
    draft.replace(path)
