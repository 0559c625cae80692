"""What the upload tests share: a signed-in session, plans, declarations and a PUT."""

import json
import urllib.error
import urllib.request
from hashlib import sha256
from typing import Any

from django.test import Client


class Session:
    """A signed-in person, as stack.upload_client wants one."""

    def __init__(self, user=None) -> None:
        self.client = Client()
        if user:
            self.client.force_login(user)

    def post_json(self, path: str, data: object):
        response = self.client.post(path, json.dumps(data), content_type="application/json")
        return response.status_code, response.json()


def plan_of(*bundles, fingerprint="a") -> dict[str, Any]:
    """Plan bundles given as (instances, bytes)."""
    return {
        "fingerprint": sha256(fingerprint.encode()).hexdigest(),
        "pictures": 1,
        "series": 1,
        "lower_back": True,
        "bundles": [{"instances": count, "bytes": size} for count, size in bundles],
    }


def declaration_of(*payloads, coding="raw", raw_lengths=None) -> dict[str, Any]:
    body = b"".join(payloads)
    index, offset = [], 0
    for number, payload in enumerate(payloads):
        raw_length = raw_lengths[number] if raw_lengths else len(payload)
        digest = sha256(payload).hexdigest()
        entry = {"offset": offset, "length": len(payload), "raw_length": raw_length}
        index.append(entry | {"sha256": digest, "coding": coding})
        offset += len(payload)
    return {"size": len(body), "sha256": sha256(body).hexdigest(), "index": index}


def put(ticket, body: bytes) -> int:
    request = urllib.request.Request(
        ticket["url"], data=body, headers=ticket["headers"], method="PUT"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


class Draft:
    """One planned upload of a single bundle that holds one file."""

    def __init__(self, session, case, body=b"x" * 1000, fingerprint="a") -> None:
        self.session, self.body = session, body
        self.uploads = f"/cases/{case.code}/uploads/"
        status, state = session.post_json(
            self.uploads, plan_of((1, len(body)), fingerprint=fingerprint)
        )
        assert status == 200, state
        self.upload = f"{self.uploads}{state['upload']}/"

    def post(self, what: str, data=None):
        return self.session.post_json(f"{self.upload}{what}", data or {})

    def sign(self, declaration=None):
        return self.post("bundles/0/", declaration or declaration_of(self.body))


def digests(folder) -> list[str]:
    return sorted(sha256(path.read_bytes()).hexdigest() for path in folder.iterdir())
