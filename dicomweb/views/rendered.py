"""WADO-RS rendered pictures and thumbnails (PS3.18 10.4.1.1.3 and 10.4.1.1.5)."""

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
import pydicom
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from PIL import Image

from cases import previews
from cases.models import Instance, Series
from dicomweb import objects, parts
from dicomweb.media import Menu, Offer, wishes_of
from dicomweb.query import BadQueryError
from dicomweb.scope import Scope, scoped
from imaging.display import decode_frame
from imaging.preview import (
    Window,
    choose_window,
    declared_range,
    pixel_aspect,
    to_picture,
    value_range,
)

FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
PICTURES: Final = Menu([Offer(kind) for kind in FORMATS], multipart=False)
QUALITY: Final = 90
LARGEST_EDGE: Final = 2048
THUMBNAIL_EDGE: Final = 256


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the client wants: its own window (modality units), size and quality."""

    window: tuple[float, float] | None
    edge: int
    quality: int


@scoped
def rendered(
    request: HttpRequest,
    scope: Scope,
    study: str,
    series: str = "",
    instance: str = "",
    number: str = "1",
) -> HttpResponseBase:
    """Render a frame in its own or the wished window; of a series or study the middle frame."""
    kind = PICTURES.choose(wishes_of(request)).offer.media_type
    wish = _rendering(request)
    one = _representative(scope, study, series, instance)
    etag = f'"{one.sop_instance_uid[-24:]}-{number}-{kind[-4:]}-{request.GET.urlencode()}"'
    if answer := parts.unchanged(request, etag):
        return answer
    picture = _render(one, int(number), wish)
    return parts.kept(_picture_response(picture, kind, wish.quality), etag)


def _render(one: Instance, place: int, wish: Rendering) -> Image.Image:
    """Decode a frame and put it through its own or the wished window."""
    pack = objects.pack_of(one.series)
    (frame,) = pack.frames(one.sop_instance_uid, [place])
    header = _header(one)
    raw_type = np.dtype("u1" if header.BitsAllocated == 8 else "<u2")
    data = pack.read(frame)
    values = decode_frame(frame.encoding, data, raw_type)
    values = values.reshape(int(header.Rows), int(header.Columns))
    window = choose_window(header, place - 1, value_range(values))
    if wish.window is not None:
        header.WindowCenter, header.WindowWidth = wish.window
        window = _wished_window(header, place, window)
    return to_picture(values, window, pixel_aspect(header), wish.edge)


@scoped
def thumbnail(
    request: HttpRequest,
    scope: Scope,
    study: str,
    series: str = "",
    instance: str = "",
    number: str = "1",
) -> HttpResponseBase:
    """Send a small picture made from the preview."""
    kind = PICTURES.choose(wishes_of(request)).offer.media_type
    one = _representative(scope, study, series, instance)
    etag = f'"t-{one.sop_instance_uid[-24:]}-{number}-{kind[-4:]}"'
    if answer := parts.unchanged(request, etag):
        return answer
    pack = objects.pack_of(one.series)
    pack.frames(one.sop_instance_uid, [int(number)])
    first = pack.index.first_preview[one.sop_instance_uid]
    with Image.open(io.BytesIO(previews.read(one.series, first + int(number) - 1))) as preview:
        picture = preview.convert("L")
    picture.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return parts.kept(_picture_response(picture, kind, QUALITY), etag)


def _representative(scope: Scope, study: str, series: str, instance: str) -> Instance:
    """Return the instance of the path, or the middle one of the first proper series."""
    if instance:
        return scope.instance(study, series, instance)
    found: list[Series] = scope.series_of(study, series)
    best = next((one for one in found if not one.is_localizer), found[0])
    rows = list(scope.instances(study, best.series_instance_uid))
    if not rows:
        raise Http404
    return rows[len(rows) // 2]


def _header(one: Instance) -> pydicom.Dataset:
    for document in objects.metadata(one.series):
        if document["00080018"]["Value"] == [one.sop_instance_uid]:
            document.pop("7FE00010", None)
            return pydicom.Dataset.from_json(document)
    raise Http404


def _wished_window(header: pydicom.Dataset, number: int, own: Window) -> Window:
    """Return the wished window in stored values, believed even where it shows little."""
    span = declared_range(header, number - 1)
    return own if span is None else Window(*span, inverted=own.inverted)


def _rendering(request: HttpRequest) -> Rendering:
    """Read the rendering parameters (PS3.18 8.3.5)."""
    window = None
    try:
        if text := request.GET.get("window"):
            centre, width, *_function = text.split(",")
            window = float(centre), float(width)
        edge = max((int(part) for part in _viewport(request) if part), default=LARGEST_EDGE)
        quality = int(request.GET.get("quality", QUALITY))
    except ValueError:
        raise BadQueryError("window, viewport and quality must be numbers.") from None
    if (window and not 1 <= window[1] < 1e9) or not 1 <= quality <= 100 or not edge >= 1:
        raise BadQueryError("window, viewport or quality is out of range.")
    return Rendering(window, min(edge, LARGEST_EDGE), quality)


def _viewport(request: HttpRequest) -> list[str]:
    return request.GET.get("viewport", "").split(",")[:2]


def _picture_response(picture: Image.Image, kind: str, quality: int) -> HttpResponse:
    buffer = io.BytesIO()
    picture.save(buffer, FORMATS[kind], **({} if kind == "image/png" else {"quality": quality}))
    return HttpResponse(buffer.getvalue(), content_type=kind)
