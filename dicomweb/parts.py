"""Multipart messages, made while they are sent (RFC 2387, PS3.18 8.6.1.2)."""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

FOR_GOOD = "private, max-age=86400, immutable"
ASK_AGAIN = "private, no-cache"
#: One entity tag; that of several frames holds commas.
_TAG = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers' type and place, and its bytes."""

    content_type: str
    location: str
    chunks: Iterable[bytes]


def content_type(media_type: str, transfer_syntax_uid: str) -> str:
    return f"{media_type}; transfer-syntax={transfer_syntax_uid}"


def multipart_response(
    kind: str, parts: Iterable[Part], *, is_short: bool = False
) -> HttpResponseBase:
    """Send parts one after the other; no more than one chunk is held in memory.

    Parameters
    ----------
    kind : str
        Media type of the parts, for the ``type`` parameter.
    parts : iterable of Part
        Made one at a time, while the message is being sent.
    is_short : bool
        Send it in one piece with its length: cheaper for what is in memory anyway.
    """
    boundary = secrets.token_hex(16)
    message = _message(parts, boundary)
    content_type = f'multipart/related; type="{kind}"; boundary={boundary}'
    if is_short:
        body = b"".join(message)
        headers = {"Content-Length": str(len(body))}
        return HttpResponse(body, content_type=content_type, headers=headers)
    return StreamingHttpResponse(_begun(message, 2), content_type=content_type)


def _begun(chunks: Iterable[bytes], at_once: int) -> Iterator[bytes]:
    """Make the first chunks now: what fails here still becomes a status of its own."""
    rest = iter(chunks)
    first = list(islice(rest, at_once))
    return _joined(first, rest)


def _joined(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Yield both; unlike itertools.chain it is closed together with what it reads from."""
    yield from first
    yield from rest


def _message(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    for part in parts:
        yield (
            f"--{boundary}\r\nContent-Type: {part.content_type}\r\n"
            f"Content-Location: {part.location}\r\n\r\n"
        ).encode()
        yield from part.chunks
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def single_response(part: Part) -> HttpResponseBase:
    """Send one part as the whole body."""
    response = StreamingHttpResponse(_begun(part.chunks, 1), content_type=part.content_type)
    response["Content-Location"] = part.location
    return response


def kept(response: HttpResponseBase, etag: str, policy: str = FOR_GOOD) -> HttpResponseBase:
    """Mark a response with its tag and how long a browser may keep it for its own user."""
    response["ETag"] = etag
    response["Cache-Control"] = policy
    response["Vary"] = "Accept, Cookie"
    return response


def unchanged(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    """Return 304 when the client already holds this representation."""
    held = _TAG.findall(request.headers.get("If-None-Match", ""))
    return kept(HttpResponse(status=304), etag) if etag in held else None
