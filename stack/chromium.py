"""Chromium by its own protocol over a pipe, for what Playwright cannot see: pages drawn ahead.

Chromium draws no page ahead while a client is attached to the page itself, as Playwright is. This
one attaches to the tab, and follows it from page to page (https://chromedevtools.github.io/,
Target.setAutoAttach with a tab target).
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

ANSWER_SECONDS: Final = 60.0
#: How long one question of `wait_for` may take before it is asked again, of the page seen then.
QUESTION_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.05
#: Chromium reads commands from descriptor 3 and answers on 4.
LAUNCHER: Final = """import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, number in zip(ends, (3, 4)):
    os.dup2(end, number)
    os.close(end)
os.execv(sys.argv[3], sys.argv[3:])"""

Message = dict[str, Any]


class ChromiumError(Exception):
    """The browser refused a command, or a condition did not come true in time."""


class Tab:
    """One tab: the page that is seen in it, and the pages that are drawn ahead for it."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._answers: dict[int, tuple[str, queue.Queue[Message]]] = {}
        self._pages: dict[str, Message] = {}
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()
        (tab,) = self.send("Target.getTargets", filter=[{"type": "tab"}])["targetInfos"]
        session = self.send("Target.attachToTarget", targetId=tab["targetId"], flatten=True)
        attach = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True}
        self.send("Target.setAutoAttach", session["sessionId"], **attach)

    def send(
        self, method: str, session: str = "", *, seconds: float = ANSWER_SECONDS, **params: Any
    ) -> Message:
        """Send a command and return its result; raise where none comes within these seconds."""
        self._number += 1
        number, answer = self._number, queue.Queue[Message]()
        self._answers[number] = session, answer
        message = {"id": number, "method": method, "params": params}
        os.write(self._to, json.dumps(message | _of(session)).encode() + b"\0")
        try:
            found = answer.get(timeout=seconds)
        except queue.Empty:
            raise ChromiumError(f"{method}: no answer after {seconds:.0f} s") from None
        if "error" in found:
            raise ChromiumError(f"{method}: {found['error']['message']}")
        result: Message = found["result"]
        return result

    @property
    def page(self) -> str:
        """The session of the page that is seen now."""
        seen = [key for key, one in list(self._pages.items()) if one.get("subtype") is None]
        if not seen:
            raise ChromiumError("the tab shows no page")
        return seen[-1]

    @property
    def ahead(self) -> list[str]:
        """The sessions of the pages that are drawn ahead now."""
        return [key for key, one in list(self._pages.items()) if one.get("subtype") == "prerender"]

    def evaluate(
        self, expression: str, session: str = "", *, seconds: float = ANSWER_SECONDS
    ) -> Any:
        """Return the value of an expression in the page that is seen, or in another one."""
        found = self.send(
            "Runtime.evaluate",
            session or self.page,
            seconds=seconds,
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in found:
            raise ChromiumError(found["exceptionDetails"]["exception"].get("description", "error"))
        return found["result"].get("value")

    def wait_for(self, expression: str, session: str = "", *, seconds: float = 60.0) -> Any:
        """Wait until an expression is true; the page may change meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self.evaluate(expression, session, seconds=QUESTION_SECONDS)
            except ChromiumError:
                found = None  # between two pages
            if found:
                return found
            if time.monotonic() > deadline:
                pages = [(one.get("subtype"), one["url"]) for one in self._pages.values()]
                raise ChromiumError(f"not true after {seconds:.0f} s: {expression}; {pages}")
            time.sleep(POLL_SECONDS)

    def open(self, url: str) -> None:
        self.send("Page.navigate", self.page, url=url)

    def press(self, key: str) -> None:
        """Press a key that types one letter."""
        page = self.page
        self.send("Input.dispatchKeyEvent", page, type="keyDown", key=key, text=key)
        with suppress(ChromiumError):  # the key may have led to another page
            self.send("Input.dispatchKeyEvent", page, type="keyUp", key=key)

    def _listen(self) -> None:
        rest = b""
        while data := os.read(self._from, 1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message: Message) -> None:
        if "id" in message:
            self._answer(message)
            return
        params = message.get("params", {})
        if message["method"] == "Target.attachedToTarget":
            if params["targetInfo"]["type"] == "page":
                self._pages[params["sessionId"]] = params["targetInfo"]
        elif message["method"] == "Target.detachedFromTarget":
            self._pages.pop(params["sessionId"], None)
            self._give_up(params["sessionId"])
        elif message["method"] == "Target.targetInfoChanged":
            for key, one in list(self._pages.items()):
                if one["targetId"] == params["targetInfo"]["targetId"]:
                    self._pages[key] = params["targetInfo"]

    def _answer(self, message: Message) -> None:
        """Hand an answer to who waits for it; a page that is gone may still answer late."""
        if asked := self._answers.pop(message["id"], None):
            asked[1].put(message)

    def _give_up(self, gone: str) -> None:
        """Answer what was asked of a page that is gone: it never will."""
        for number, (session, _) in list(self._answers.items()):
            if session == gone:
                self._answer({"id": number, "error": {"message": "the page is gone"}})


def _of(session: str) -> Message:
    return {"sessionId": session} if session else {}


@contextmanager
def tab(chromium: str, *flags: str) -> Iterator[Tab]:
    """Start a browser with an empty profile and one tab; end it with the block."""
    read_end, to_browser = os.pipe()
    from_browser, write_end = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        command = [chromium, *options, "--no-first-run", *flags, "about:blank"]
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(read_end), str(write_end), *command],
            pass_fds=(read_end, write_end),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_end)
        os.close(write_end)
        try:
            yield Tab(to_browser, from_browser)
        finally:
            process.kill()
            process.wait()
            os.close(to_browser)
