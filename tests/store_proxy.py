"""A store of another make: a proxy before SeaweedFS that refuses or swallows what it is told."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cases import storage

NOT_IMPLEMENTED = 501
REQUEST, ANSWER = "request", "answer"
RECEIVED_UNREAD = 2**16
#: What two servers tell each other, and not the client.
HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "content-length"})


class Handler(BaseHTTPRequestHandler):
    """Hands each request on, byte for byte and with its Host, so that its signature holds."""

    protocol_version = "HTTP/1.1"
    server: "StoreProxy"

    def hand_on(self) -> None:
        swallowed = self.server.swallows(self.command)
        if swallowed == REQUEST:
            self.wait_and_hang_up()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if swallowed == ANSWER:
            self.wait_and_hang_up()
            return
        if any(name.lower().startswith(self.server.refused) for name in self.headers):
            self.answer(NOT_IMPLEMENTED, {"Access-Control-Allow-Origin": "*"}, b"")
            return
        connection = http.client.HTTPConnection(self.server.store, timeout=30)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in HOP:
                    connection.putheader(name, value)
            if body or "Content-Length" in self.headers:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            headers = {name: v for name, v in response.getheaders() if name.lower() not in HOP}
            length = response.headers.get("Content-Length")
            answer = response.read()
            if self.server.spoils(self.command):
                answer = bytes(len(answer))
            self.answer(response.status, headers, answer, length)
        finally:
            connection.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = hand_on  # noqa: N815 - http.server asks for them

    def wait_and_hang_up(self) -> None:
        self.server.ended.wait()
        self.close_connection = True

    def answer(
        self, status: int, headers: dict[str, str], body: bytes, length: str | None = None
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class StoreProxy(ThreadingHTTPServer):
    """Listens on a port of its own; `refused` are beginnings of header names, in lower case."""

    def __init__(self, store_url: str, *, refused: tuple[str, ...] = (), port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        # So that what nobody reads stays with its sender, who then sees no progress.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_UNREAD)
        self.store, self.refused = urlsplit(store_url).netloc, refused
        #: Told a method, it says what of this request is never read or never given.
        self.swallows: Callable[[str], str] = lambda _method: ""
        #: Told a method, it says whether the answer's bytes are others than the store's.
        self.spoils: Callable[[str], bool] = lambda _method: False
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: Any) -> None:
        """Be silent about clients that went away: that is what they are to do."""


@contextmanager
def proxy_of(
    store_url: str, *, refused: tuple[str, ...] = (), port: int = 0
) -> Iterator[StoreProxy]:
    with StoreProxy(store_url, refused=refused, port=port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.ended.set()
            proxy.shutdown()
            thread.join()


@contextmanager
def portal_on(settings, url: str, *, public: str = "", **changes: object) -> Iterator[None]:
    """Have the portal in this process use the store at `url`; other settings by their names."""
    settings.S3 = settings.S3 | {"endpoint_url": url}
    settings.S3_PUBLIC_ENDPOINT_URL = public or url
    for name, value in changes.items():
        setattr(settings, name, value)
    forget_clients()
    try:
        yield
    finally:
        forget_clients()


def forget_clients() -> None:
    storage.client.cache_clear()
    storage._public_client.cache_clear()
