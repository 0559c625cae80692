"""A viewer asks for hundreds of frames in a few seconds; not each of them asks the database.

When session, second factor, person and case were checked in full for a frame, the same session gets
further frames of that case without it for GRANT_SECONDS. So frames stop within that time after a
case is taken away, a person signs out or an account is closed. Every other address is checked in
full each time, and nothing but the full check gives or renews a grant.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

from cases.access import is_ahead

if TYPE_CHECKING:
    from dicomweb.scope import Scope

GRANT_SECONDS: Final = 2.0
MOST_GRANTS: Final = 256
#: Where a request carries the scope that a grant opened, and the one that the full check opened.
GRANTED, CHECKED = "dicomweb_granted", "dicomweb_checked"
PREFIX, FRAMES = "/dicomweb/", "dicomweb:frames"


class Holder(NamedTuple):
    """Who may have frames of what: a session, a case, and whether it loads ahead of reading."""

    session: str
    code: str
    is_ahead: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """A scope that was checked, and until when that counts (seconds of the clock)."""

    scope: "Scope"
    until: float


class Grants:
    """The grants of one process, the oldest given up beyond MOST_GRANTS."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._given: OrderedDict[Holder, Grant] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._given)

    def give(self, holder: Holder, scope: "Scope", checked_at: float) -> None:
        """Grant what was found open by a check that began at `checked_at`."""
        with self._lock:
            self._given[holder] = Grant(scope, checked_at + GRANT_SECONDS)
            self._given.move_to_end(holder)
            while len(self._given) > MOST_GRANTS:
                self._given.popitem(last=False)

    def find(self, holder: Holder) -> "Scope | None":
        """Return the scope that is still granted."""
        grant = self._given.get(holder)
        return grant.scope if grant is not None and self._clock() < grant.until else None

    def now(self) -> float:
        return self._clock()

    def clear(self) -> None:
        with self._lock:
            self._given.clear()


grants: Final = Grants()


class FrameGrantMiddleware:
    """Answer a granted frame at once; let everything else go the whole way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = _frame_of(request)
        if found is None:
            return self.get_response(request)
        match, holder = found
        scope = grants.find(holder)
        return (scope and _answer(request, match, scope)) or self._in_full(request, holder)

    def _in_full(self, request: HttpRequest, holder: Holder) -> HttpResponseBase:
        began = grants.now()
        response = self.get_response(request)
        checked = getattr(request, CHECKED, None)
        if checked is not None and response.status_code < 400:
            grants.give(holder, checked, began)
        return response


def _frame_of(request: HttpRequest) -> tuple[ResolverMatch, Holder] | None:
    if request.method != "GET" or not request.path_info.startswith(PREFIX):
        return None
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not session:
        return None
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return None
    if match.view_name != FRAMES:
        return None
    return match, Holder(session, match.kwargs["code"], is_ahead(request))


def _answer(request: HttpRequest, match: ResolverMatch, scope: "Scope") -> HttpResponseBase | None:
    """Return the frame; None where the whole way has to say what is wrong."""
    setattr(request, GRANTED, scope)
    try:
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    except Http404:
        pass
    else:
        if response.status_code < 400:
            return response
    delattr(request, GRANTED)
    return None
