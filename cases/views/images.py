"""The preview pictures of a case, for its patient and where no diagnostic viewer is installed."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases import access, previews, storage
from cases.models import Case, KeyImage, Series, Study
from cases.report_context import shown_studies
from cases.views.patient import patient_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

CACHED_FOR_GOOD = "private, max-age=86400, immutable"


@require_safe
def image_list(request: HttpRequest, code: str) -> JsonResponse:
    """Return the series of the current study, then of its prior, with their previews' addresses."""
    case = access.case_for(request.user, code)
    studies = shown_studies(case)
    series = [one for study in studies for one in study.series.prefetch_related("instances")]
    if studies:
        access.record_request(request, case, "images")
    in_plain_words = case.patient_id == request.user.pk
    entries = [_series_entry(case, one, in_plain_words=in_plain_words) for one in series]
    marked = list(_marked_images(request, case)) if in_plain_words else []
    return JsonResponse({"series": [_marked_entry(case, marked), *entries] if marked else entries})


@require_safe
def preview(request: HttpRequest, code: str, series: int, number: int) -> HttpResponse:
    """Return one preview of the study that `v` names; so it may be kept for good.

    `series` and `number` count from 1.
    """
    case = access.case_for(request.user, code)
    studies = {_version(study): study for study in shown_studies(case)}
    study = studies.get(request.GET.get("v") or next(iter(studies), ""))
    if study is None:
        raise Http404
    etag = f'"{_version(study)}-{series}-{number}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified()
    row = study.series.filter(ordinal=series).first()
    if row is None:
        raise Http404
    try:
        picture = previews.read(row, number)
    except storage.ObjectMissingError:
        raise Http404 from None
    headers = {"ETag": etag, "Cache-Control": CACHED_FOR_GOOD}
    return HttpResponse(picture, content_type="image/webp", headers=headers)


@require_safe
def marked_picture(request: HttpRequest, code: str, image_id: UUID) -> HttpResponse:
    """Return one picture of the patient's own report, with what the radiologist drew on it."""
    case = access.own_case(request.user, code)
    image = _marked_images(request, case).filter(pk=image_id).first()
    if image is None:
        raise Http404
    access.record_request(request, case, "images")
    try:
        picture = storage.read(storage.STUDIES, image.picture_key)
    except storage.ObjectMissingError:
        raise Http404 from None
    headers = {"Cache-Control": CACHED_FOR_GOOD}
    return HttpResponse(picture, content_type="image/png", headers=headers)


def _marked_images(request: HttpRequest, case: Case) -> "QuerySet[KeyImage]":
    """Return the key images that a patient may see: those of the result they have opened."""
    images = access.key_images_for(patient_of(request), case).exclude(picture_key="")
    return images.select_related("instance__series__study")


def _version(study: Study) -> str:
    return study.id.hex[:12]


def _series_entry(case: Case, series: Series, *, in_plain_words: bool) -> dict[str, object]:
    frames = [
        (instance.sop_instance_uid, frame)
        for instance in series.instances.all()
        for frame in range(1, instance.frame_count + 1)
    ]
    version = _version(series.study)
    addresses = [
        reverse("cases:preview", args=[case.code, series.ordinal, number]) + f"?v={version}"
        for number in range(1, len(frames) + 1)
    ]
    return {
        "ordinal": series.ordinal,
        "series": series.series_instance_uid,
        "label": plain_label(series) if in_plain_words else series.full_label,
        "prior": series.study.is_prior,
        "plane": series.plane,
        "weighting": series.weighting,
        "localizer": series.is_localizer,
        "frames": frames,
        "previews": addresses,
    }


def _marked_entry(case: Case, images: list[KeyImage]) -> dict[str, object]:
    """Return the key images as if they were a series, the one that the viewer opens on."""
    return {
        "ordinal": 0,
        "label": _("Marked by your radiologist"),
        "marked": True,
        "localizer": False,
        "frames": [(image.instance.sop_instance_uid, image.frame) for image in images],
        "previews": [
            reverse("cases:marked_picture", args=[case.code, image.pk]) for image in images
        ],
        "captions": [_caption(image) for image in images],
    }


def _caption(image: KeyImage) -> str:
    where = plain_label(image.instance.series)
    return f"{where}: {image.caption}" if image.caption else where


def plain_label(series: Series) -> str:
    """Return what the series shows in words for a patient, and whether it is of the older study."""
    words = _plain_view(series)
    return _("Older pictures: %(view)s") % {"view": words} if series.study.is_prior else words


def _plain_view(series: Series) -> str:
    if series.is_localizer:
        return _("Overview for planning")
    views = {"SAG": _("Seen from the side"), "AX": _("Slices across"), "COR": _("Seen from front")}
    view = views.get(series.plane.upper()[:3], views.get(series.plane.upper()[:2], ""))
    return f"{view} ({series.weighting})" if view else series.label
