"""What a browser does without a screen: cookies, forms with their values, JSON posts."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from stack.errors import StackError

_TIMEOUT_SECONDS = 60
_UNSENT = {"submit", "button", "file", "image", "reset"}
_CHOICES = {"radio", "checkbox"}


@dataclass(slots=True)
class Form:
    """A form with the values that a browser would send; `offered` lists each choice's values."""

    action: str = ""
    method: str = "get"
    values: dict[str, list[str]] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)

    def fill(self, **answers: str | list[str]) -> "Form":
        """Answer fields by name; a field that the page does not have is an error."""
        for name, answer in answers.items():
            if name not in self.values and name not in self.offered:
                raise StackError(f"the form {self.action} has no field {name!r}")
            self.values[name] = answer if isinstance(answer, list) else [answer]
        return self


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the portal."""

    url: str
    status: int
    text: str
    body: bytes
    forms: list[Form]
    data: dict[str, Any]

    def json(self) -> dict[str, Any]:
        return _json_or_nothing(self.body)

    def form(self, *, action: str = "", having: str = "") -> Form:
        """Return the first form whose address ends with `action`, with the field `having`."""
        for form in self.forms:
            known = {*form.values, *form.offered}
            if urllib.parse.urlsplit(form.action).path.endswith(action) and (
                not having or having in known
            ):
                return form
        raise StackError(f"{self.url} has no form {action or having!r}")


class Browser:
    """One person's browser on one portal."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def open(self, path: str) -> Page:
        return self._page(urllib.request.Request(self._absolute(path)))  # noqa: S310 - the portal's own address

    def get_json(self, path: str) -> dict[str, Any]:
        return self.open(path).json()

    def submit(self, form: Form, **extra: str) -> Page:
        pairs = [(name, value) for name, values in form.values.items() for value in values]
        body = urllib.parse.urlencode([*pairs, *extra.items()]).encode()
        headers = {"Referer": form.action, "Origin": self.url}
        return self._page(urllib.request.Request(form.action, data=body, headers=headers))  # noqa: S310 - the same

    def post_json(self, path: str, data: object) -> tuple[int, dict[str, Any]]:
        """Post JSON as the page's scripts do; return status and answer, refusals included."""
        headers = {
            "Content-Type": "application/json",
            "X-CSRFToken": self.csrf_token,
            "Origin": self.url,
            "Referer": self.url,
        }
        request = urllib.request.Request(self._absolute(path), json.dumps(data).encode(), headers)  # noqa: S310 - the same
        try:
            with self.opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                return int(response.status), json.load(response)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, _json_or_nothing(refusal.read())

    @property
    def csrf_token(self) -> str:
        return next((cookie.value or "" for cookie in self.cookies if "csrf" in cookie.name), "")

    def _page(self, request: urllib.request.Request) -> Page:
        try:
            with self.opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                url, status, body = response.geturl(), int(response.status), response.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise StackError(f"{request.full_url} answered {refusal.code}") from None
        text = body.decode(errors="replace")
        reader = _Reader(url)
        reader.feed(text)
        return Page(url, status, text, body, reader.forms, reader.data)

    def _absolute(self, path: str) -> str:
        return urllib.parse.urljoin(self.url, path)


def _json_or_nothing(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


class _Reader(HTMLParser):
    """Collects a page's forms and its blocks of JSON."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.data: dict[str, Any] = {}
        self.form: Form | None = None
        self.select = ""
        self.textarea = ""
        self.json_id = ""
        self.buffer = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        handler = getattr(self, f"_start_{tag}", None)
        if handler is not None:
            handler(given)

    def handle_data(self, data: str) -> None:
        self.buffer += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.textarea and self.form:
            self.form.values[self.textarea] = [self.buffer.lstrip("\r\n")]
            self.textarea = ""
        elif tag == "script" and self.json_id:
            self.data[self.json_id] = json.loads(self.buffer)
            self.json_id = ""

    def _start_form(self, given: dict[str, str]) -> None:
        action = urllib.parse.urljoin(self.url, given.get("action", ""))
        self.form = Form(action, given.get("method", "get").lower())
        self.forms.append(self.form)
        self.by_id[given.get("id", "")] = self.form

    def _start_input(self, given: dict[str, str]) -> None:
        form, name = self._owner(given), given.get("name", "")
        kind = given.get("type", "text")
        if form is None or not name or kind in _UNSENT:
            return
        if kind in _CHOICES:
            value = given.get("value", "on")
            form.offered.setdefault(name, []).append(value)
            if "checked" in given:
                form.values.setdefault(name, []).append(value)
        else:
            form.values[name] = [given.get("value", "")]

    def _start_button(self, given: dict[str, str]) -> None:
        form, name = self._owner(given), given.get("name", "")
        if form is not None and name:
            form.offered.setdefault(name, []).append(given.get("value", ""))

    def _start_select(self, given: dict[str, str]) -> None:
        form, self.select = self._owner(given), given.get("name", "")
        if form is not None:
            form.offered[self.select] = []
            self.form = form

    def _start_option(self, given: dict[str, str]) -> None:
        if self.form is None or not self.select:
            return
        offered = self.form.offered[self.select]
        offered.append(given.get("value", ""))
        if "selected" in given or len(offered) == 1:
            self.form.values[self.select] = [offered[-1]]

    def _start_textarea(self, given: dict[str, str]) -> None:
        self.textarea, self.buffer = given.get("name", ""), ""

    def _start_script(self, given: dict[str, str]) -> None:
        if given.get("type") == "application/json":
            self.json_id, self.buffer = given.get("id", ""), ""

    def _owner(self, given: dict[str, str]) -> Form | None:
        return self.by_id.get(given["form"]) if "form" in given else self.form
