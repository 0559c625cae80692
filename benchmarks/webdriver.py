"""Browsers that Playwright does not drive: Firefox by Marionette, WebKitGTK by its own driver.

Both take the commands of W3C WebDriver; Firefox over a socket of its own (each message is its
length in bytes, a colon, and JSON: https://firefox-source-docs.mozilla.org/testing/marionette/),
WebKit over HTTP. Only what benchmarks/other_browsers.py needs.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stack import ports

ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
FIREFOX: Final = ("firefox-esr", "firefox")
#: WebGL without a graphics card, for the reading room.
PREFERENCES: Final = """\
user_pref("webgl.force-enabled", true);
user_pref("gfx.x11-egl.force-enabled", true);
"""
#: On a screen that nobody sees.
UNSEEN: Final = ("xvfb-run", "-a")
MINI_BROWSER: Final = "webkit2gtk-*/MiniBrowser"
NAMES: Final = {"firefox": "Firefox", "MiniBrowser": "WebKitGTK"}
START_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05

Values = dict[str, Any]
#: Sends a command of WebDriver by its name and returns its value.
Send = Callable[[str, Values], Any]


class Driven:
    """One tab of a browser."""

    def __init__(self, send: Send, capabilities: Values) -> None:
        self.send = send
        name = NAMES.get(capabilities["browserName"], capabilities["browserName"])
        self.name = f"{name} {capabilities['browserVersion']}"

    def open(self, url: str) -> None:
        self.send("Navigate", {"url": url})

    def add_cookie(self, name: str, value: str) -> None:
        self.send("AddCookie", {"cookie": {"name": name, "value": value, "path": "/"}})

    def ask(self, expression: str, *arguments: object) -> Any:
        """Return what a JavaScript expression is, in which `arguments` has the arguments."""
        answer = self.send(
            "ExecuteScript", {"script": f"return {expression}", "args": list(arguments)}
        )
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def click(self, selector: str) -> None:
        self.ask("document.querySelector(arguments[0]).click()", selector)

    def choose(self, selector: str, *files: Path) -> None:
        """Give files to a file field, as its dialog would."""
        found = self.send("FindElement", {"using": "css selector", "value": selector})
        element = found.get("value", found)[ELEMENT]
        self.send("ElementSendKeys", {"id": element, "text": "\n".join(map(str, files))})

    def wait_for(self, expression: str, seconds: float = ANSWER_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.ask(expression):
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.name}: not within {seconds:.0f} s: {expression}")
            time.sleep(POLL_SECONDS)


@contextmanager
def firefox() -> Iterator[Driven]:
    program = next(filter(None, map(shutil.which, FIREFOX)), None)
    if program is None or not shutil.which(UNSEEN[0]):
        raise SystemExit("no Firefox: apt-get install firefox-esr xvfb libegl1 libgl1-mesa-dri")
    port = ports.draw(set())
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        preferences = f'{PREFERENCES}user_pref("marionette.port", {port});\n'
        (Path(profile) / "user.js").write_text(preferences)
        command = [*UNSEEN, program, "--marionette", "--no-remote", "--profile", profile]
        with running(command), socket_to(port) as there:
            heard = there.makefile("rb")
            read_message(heard)  # who it is

            def send(name: str, values: Values) -> Any:
                data = json.dumps([0, 1, f"WebDriver:{name}", values]).encode()
                there.sendall(b"%d:%s" % (len(data), data))
                _, _, error, value = read_message(heard)
                if error:
                    raise SystemExit(f"Firefox: {error['error']}: {error['message']}")
                return value

            yield Driven(send, send("NewSession", {})["capabilities"])


def read_message(heard: Any) -> Any:
    length = b""
    while (letter := heard.read(1)) != b":":
        length += letter
    return json.loads(heard.read(int(length)))


def socket_to(port: int) -> socket.socket:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


#: Where a command of WebDriver goes over HTTP (https://www.w3.org/TR/webdriver2/#endpoints).
PATHS: Final = {
    "Navigate": "/url",
    "AddCookie": "/cookie",
    "ExecuteScript": "/execute/sync",
    "FindElement": "/element",
    "ElementSendKeys": "/element/{id}/value",
}


@contextmanager
def webkit() -> Iterator[Driven]:
    """Run WebKitGTK, whose engine is Safari's."""
    found = sorted(Path("/usr/lib").glob(f"*/{MINI_BROWSER}"))
    if not found or not shutil.which("WebKitWebDriver") or not shutil.which(UNSEEN[0]):
        raise SystemExit("no WebKitGTK: apt-get install webkit2gtk-driver xvfb")
    port = ports.draw(set())
    own = {"binary": str(found[-1]), "args": ["--automation"]}
    wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": own}}}
    with running([*UNSEEN, "WebKitWebDriver", f"--port={port}"]):
        socket_to(port).close()
        session = post(port, "/session", wanted)

        def send(name: str, values: Values) -> Any:
            path = PATHS[name].format(**values)
            return post(port, f"/session/{session['sessionId']}{path}", values)

        yield Driven(send, session["capabilities"])


def post(port: int, path: str, values: Values) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(values).encode(), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        raise SystemExit(f"WebKit: {path}: {error.read().decode()[:300]}") from None


@contextmanager
def running(command: list[str]) -> Iterator[None]:
    """Run a browser with all that it starts, until the block ends."""
    # Root has no user namespace to put pages into; what they open here is our own.
    environment = os.environ | {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **silent)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
