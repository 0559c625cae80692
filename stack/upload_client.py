"""Send a folder of files to a case by plain HTTP, as docs/upload.md describes it.

A reference for writers of clients: standard library only, one bundle after the other. It sends
every file of the folder; a client for patients looks into the headers first.
"""

import hashlib
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from stack.errors import StackError

BUNDLE_BYTES = 4 * 2**20
BUNDLE_FILES = 256
TRIES = 4
_RAW_DEFLATE = -15


class Session(Protocol):
    """A signed-in patient: posts JSON with cookies and CSRF token; returns status and answer."""

    def post_json(self, path: str, data: object) -> tuple[int, dict[str, Any]]: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """What went over the line."""

    upload: str
    files: int
    raw_bytes: int
    sent_bytes: int


def upload_folder(session: Session, case_code: str, folder: Path) -> Sent:
    """Send all files below `folder` and have the upload completed; may be called again.

    Raises
    ------
    StackError
        When the portal or the store refuses; the text is the portal's error word.
    """
    bundles = list(plan(folder))
    uploads = f"/cases/{case_code}/uploads/"
    state = expect_ok(session.post_json(uploads, plan_of(bundles)))
    upload = f"{uploads}{state['upload']}/"
    sent = 0
    for number in sorted(set(range(len(bundles))) - set(state["landed"])):
        sent += send_bundle(session, f"{upload}bundles/{number}/", bundles[number])
    expect_ok(session.post_json(f"{upload}complete/", {}))
    files = [path for bundle in bundles for path in bundle]
    return Sent(state["upload"], len(files), sum(p.stat().st_size for p in files), sent)


def plan(folder: Path) -> Iterator[list[Path]]:
    """Yield the files in bundles: the same folder always gives the same bundles."""
    bundle: list[Path] = []
    size = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size):
        bundle.append(path)
        size += path.stat().st_size
        if size >= BUNDLE_BYTES or len(bundle) >= BUNDLE_FILES:
            yield bundle
            bundle, size = [], 0
    if bundle:
        yield bundle


def plan_of(bundles: list[list[Path]]) -> dict[str, object]:
    fingerprint = hashlib.sha256()
    for path in (path for bundle in bundles for path in bundle):
        fingerprint.update(hashlib.sha256(path.read_bytes()).digest())
    return {
        "fingerprint": fingerprint.hexdigest(),
        "pictures": sum(map(len, bundles)),
        "series": 1,
        "bundles": [
            {"instances": len(bundle), "bytes": sum(path.stat().st_size for path in bundle)}
            for bundle in bundles
        ],
    }


def send_bundle(session: Session, address: str, paths: list[Path]) -> int:
    """Declare one bundle, store it with the signature given, and say that it landed."""
    body, declaration = pack(paths)
    for attempt in range(TRIES):
        ticket = expect_ok(session.post_json(address, declaration))
        if ticket["landed"]:
            return 0
        put(ticket["url"], ticket["headers"], body)
        status, answer = session.post_json(f"{address}landed/", {})
        if status == 200:
            return len(body)
        if answer.get("error") != "not-stored":
            break
        time.sleep(2**attempt)
    raise StackError(f"a bundle was not stored: {answer.get('error')}")


def pack(paths: list[Path]) -> tuple[bytes, dict[str, object]]:
    """Return the bundle's bytes and its declaration: payloads one behind the other."""
    payloads, index, offset = [], [], 0
    for path in paths:
        raw = path.read_bytes()
        payload, coding = deflate(raw), "deflate"
        if len(payload) >= len(raw):
            payload, coding = raw, "raw"
        entry = {"offset": offset, "length": len(payload), "raw_length": len(raw)}
        index.append(entry | {"sha256": hashlib.sha256(raw).hexdigest(), "coding": coding})
        payloads.append(payload)
        offset += len(payload)
    body = b"".join(payloads)
    return body, {"size": len(body), "sha256": hashlib.sha256(body).hexdigest(), "index": index}


def deflate(raw: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, _RAW_DEFLATE)
    return compressor.compress(raw) + compressor.flush()


def put(url: str, headers: dict[str, str], body: bytes) -> None:
    """Store the bytes; 412 says that an earlier try did, other troubles are found by `landed`."""
    request = urllib.request.Request(url, data=body, headers=headers, method="PUT")  # noqa: S310 - signed for us
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the portal's
            response.read()
    except (urllib.error.URLError, TimeoutError):
        return


def expect_ok(answer: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    status, data = answer
    if status != 200:
        raise StackError(f"the portal answered {status}: {data.get('error', 'no reason')}")
    return data
