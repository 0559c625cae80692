"""Serve the diagnostic viewer under /viewer/, for one case at a time.

Its files are public software. The page itself is for those who may see the case, and takes a case
number only: no address, so that nobody can make it load images from elsewhere.
"""

import json
import mimetypes
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.middleware.csrf import get_token
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from cases import access
from cases.report_context import shown_studies
from portal.viewer_package import MANIFEST, is_installed

OWN_FILES = Path(settings.BASE_DIR) / "static" / "viewer"
PAGE = "/viewer/basic"
PAGE_FILE = "index.html"
HASHED = re.compile(r"[0-9a-f]{16}")
FOR_GOOD = "public, max-age=31536000, immutable"
CHECK_EACH_TIME = "no-cache"
TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    # OHIF's components set style attributes on their elements.
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
#: A worker takes the policy of its own response; the decoder compiles WebAssembly bindings.
DECODER_POLICY = POLICY | {"script-src": "'self' 'unsafe-eval'"}


def viewer_is_installed() -> bool:
    return is_installed(settings.VIEWER_ROOT)


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """Open the viewer on one case: `/viewer/basic?case=SR-...`.

    The viewer's own parameters are added here: the current study first, then its prior.
    """
    case = access.case_for(request.user, request.GET.get("case", ""))
    studies = shown_studies(case)
    if not studies or not viewer_is_installed():
        raise Http404
    uids = [study.study_instance_uid for study in studies]
    wanted = {"case": [case.code], "StudyInstanceUIDs": uids}
    given = dict(request.GET.lists())
    if given == {"case": [case.code]}:
        return HttpResponseRedirect(f"{PAGE}?{urlencode(wanted, doseq=True)}")
    if given != wanted:
        raise Http404
    get_token(request)  # the page saves key images
    return _send(request, settings.VIEWER_ROOT / PAGE_FILE, POLICY)


@require_safe
def own_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve our settings and extension of the viewer."""
    return _send(request, _inside(OWN_FILES, name), POLICY)


@require_safe
def package_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a file of the package, but not its page: that one is for those who may see a case."""
    path = _inside(settings.VIEWER_ROOT, name)
    if path.name.startswith(PAGE_FILE):
        raise Http404
    policy = DECODER_POLICY if name in _decoders(settings.VIEWER_ROOT) else POLICY
    return _send(request, path, policy)


def _inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise Http404
    return path


@lru_cache(maxsize=4)
def _decoders(root: Path) -> frozenset[str]:
    try:
        return frozenset(json.loads((root / MANIFEST).read_text())["decoders"])
    except OSError:
        return frozenset()


def _send(request: HttpRequest, path: Path, policy: dict[str, str]) -> HttpResponseBase:
    packed = path.with_name(f"{path.name}.gz")
    compress = packed.is_file() and "gzip" in request.headers.get("Accept-Encoding", "")
    sent = packed if compress else path
    state = sent.stat()
    etag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = FileResponse(sent.open("rb"), content_type=_type_of(path))
        if compress:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    response["Cache-Control"] = FOR_GOOD if HASHED.search(path.name) else CHECK_EACH_TIME
    response["Content-Security-Policy"] = "; ".join(" ".join(item) for item in policy.items())
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _type_of(path: Path) -> str:
    guessed = mimetypes.guess_type(path.name)[0]
    return TYPES.get(path.suffix) or guessed or "application/octet-stream"
