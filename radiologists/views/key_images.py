"""Key images of the draft: the reading page saves, shows, captions and removes them."""

import base64
import binascii
import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import access, storage
from cases.models import KeyImage
from cases.services import key_images
from cases.services.key_images import BadKeyImageError, Marked
from radiologists.views.reading import draft_of
from radiologists.views.roles import radiologist_only, user_of

PNG_ADDRESS = "data:image/png;base64,"


@radiologist_only
@require_http_methods(["GET", "POST"])
def collection(request: HttpRequest, code: str) -> HttpResponse:
    """List the draft's key images, or add one."""
    report = draft_of(request, code)
    if request.method == "GET":
        images = report.key_images.select_related("instance__series__study")
        return JsonResponse({"images": [_entry(code, image) for image in images]})
    try:
        marked, picture = _marked(json.loads(request.body))
        image = key_images.add_key_image(report=report, marked=marked, picture=picture)
    except (BadKeyImageError, KeyError, TypeError, ValueError, AttributeError):
        return JsonResponse({"error": "not a key image"}, status=400)
    return JsonResponse(_entry(code, image), status=201)


@radiologist_only
@require_POST
def caption(request: HttpRequest, code: str, image_id: UUID) -> HttpResponse:
    """Set the caption of one image."""
    text = request.POST.get("caption", "")
    key_images.set_caption(report=draft_of(request, code), image_id=image_id, caption=text)
    return HttpResponse(status=204)


@radiologist_only
@require_POST
def remove(request: HttpRequest, code: str, image_id: UUID) -> HttpResponse:
    """Take one image out of the draft."""
    key_images.remove_key_image(report=draft_of(request, code), image_id=image_id)
    return HttpResponse(status=204)


@radiologist_only
@require_safe
def picture(request: HttpRequest, code: str, image_id: UUID) -> HttpResponse:
    """Show one image to its reader, in the draft and after signing."""
    case = access.case_for(request.user, code)
    image = access.key_images_for(user_of(request), case).filter(pk=image_id).first()
    if image is None or not image.picture_key:
        raise Http404
    try:
        data = storage.read(storage.STUDIES, image.picture_key)
    except storage.ObjectMissingError:
        raise Http404 from None
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return HttpResponse(data, content_type="image/png", headers=headers)


def _marked(body: dict[str, Any]) -> tuple[Marked, bytes]:
    address = body["png"]
    if not address.startswith(PNG_ADDRESS):
        raise BadKeyImageError("not a picture")
    try:
        data = base64.b64decode(address.removeprefix(PNG_ADDRESS), validate=True)
    except binascii.Error as error:
        raise BadKeyImageError("not a picture") from error
    window = body.get("window") or {}
    marked = Marked(
        sop=str(body["sop"]),
        frame=int(body.get("frame", 1)),
        centre=_number(window.get("centre")),
        width=_number(window.get("width")),
        measurements=list(body.get("measurements") or []),
    )
    return marked, data


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _window(image: KeyImage) -> dict[str, float] | None:
    centre, width = image.window_center, image.window_width
    return None if centre is None or width is None else {"centre": centre, "width": width}


def _entry(code: str, image: KeyImage) -> dict[str, Any]:
    names = {"code": code, "image_id": image.pk}
    return {
        "id": str(image.pk),
        "caption": image.caption,
        "label": f"{image.instance.series.full_label}, {image.number}",
        "prior": image.instance.series.study.is_prior,
        "series": image.instance.series.series_instance_uid,
        "sop": image.instance.sop_instance_uid,
        "frame": image.frame,
        "window": _window(image),
        "measurements": image.measurements,
        "picture": reverse("radiologists:key_image", kwargs=names),
        "captionUrl": reverse("radiologists:key_image_caption", kwargs=names),
        "removeUrl": reverse("radiologists:key_image_remove", kwargs=names),
    }
