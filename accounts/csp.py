"""The content security policy, and how one view asks for another.

A page may load scripts, styles, fonts and pictures from this site alone. The browser
sends files straight to the object store, so its public address may be connected to.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
Policy = dict[str, tuple[str, ...]]

NONE, SELF = ("'none'",), ("'self'",)
#: Where a view leaves its changes for the middleware.
ATTRIBUTE = "csp_changes"


def base_policy() -> Policy:
    """Return the policy of an ordinary page: directive -> sources."""
    return {
        "default-src": NONE,
        "script-src": SELF,
        "style-src": SELF,
        "img-src": ("'self'", "data:", "blob:"),
        "font-src": SELF,
        "connect-src": ("'self'", *store_origins()),
        "form-action": SELF,
        "frame-ancestors": NONE,
        "base-uri": NONE,
        "manifest-src": SELF,
    }


def store_origins() -> tuple[str, ...]:
    """Return where a browser may send pictures to: the store, or its bucket as a host."""
    store = urlsplit(settings.S3_PUBLIC_ENDPOINT_URL)
    hosts = [store.netloc]
    if settings.S3_ADDRESSING_STYLE != "path":
        hosts.append(f"{settings.S3_BUCKET_ORIGINALS}.{store.netloc}")
    return tuple(f"{store.scheme}://{host}" for host in hosts)


def policy_header(changes: Policy) -> str:
    """Return the header's value; a directive with no sources is left out."""
    policy = base_policy() | changes
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items() if sources)


def content_security_policy(
    **directives: Iterable[str],
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Replace directives of the policy for one view: `worker_src=("'self'", "blob:")`."""
    changes = {name.replace("_", "-"): tuple(sources) for name, sources in directives.items()}

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            setattr(response, ATTRIBUTE, changes)
            return response

        return wrapped

    return decorate
