"""Key images: slices that the reader marks for the report, as they were shown."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from PIL import Image

from cases import storage
from cases.models import Instance, KeyImage, Report
from cases.models.study import SHOWN

LARGEST_EDGE = 1600
MOST_PIXELS = 4096 * 4096
MOST_IMAGES = 24
MOST_MEASUREMENTS = 12


class BadKeyImageError(ValueError):
    """The image cannot be taken into the report; the text says why."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What the viewer says about a marked slice.

    Attributes
    ----------
    sop : str
        SOP Instance UID, the pseudonymous one.
    frame : int
        Counts from 1.
    centre, width : float or None
        The window it was shown in, in modality units.
    measurements : sequence of str
        Text of what was measured on it.
    """

    sop: str
    frame: int
    centre: float | None
    width: float | None
    measurements: Sequence[str]


def add_key_image(*, report: Report, marked: Marked, picture: bytes) -> KeyImage:
    """Store the picture and put it into the draft.

    Raises
    ------
    BadKeyImageError
        When the slice is not of this case, the picture is none, or there are too many.
    """
    instance = Instance.objects.filter(
        series__study__case=report.case,
        series__study__role__in=SHOWN,
        sop_instance_uid=marked.sop,
        frame_count__gte=marked.frame,
    ).first()
    if instance is None or marked.frame < 1:
        raise BadKeyImageError("no such image")
    if report.key_images.count() >= MOST_IMAGES:
        raise BadKeyImageError("too many key images")
    image = KeyImage(
        report=report,
        instance=instance,
        frame=marked.frame,
        window_center=_finite(marked.centre),
        window_width=_finite(marked.width),
        measurements=[str(line)[:200] for line in marked.measurements[:MOST_MEASUREMENTS]],
    )
    image.picture_key = f"{instance.series.study.prefix}key-images/{image.pk}.png"
    storage.write(storage.STUDIES, image.picture_key, drawn_again(picture))
    image.save(force_insert=True)
    return image


def drawn_again(picture: bytes) -> bytes:
    """Return a PNG made anew from the pixels alone, at most `LARGEST_EDGE` long.

    Raises
    ------
    BadKeyImageError
        When the bytes are no PNG, or far too large.
    """
    try:
        with Image.open(io.BytesIO(picture), formats=["PNG"]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadKeyImageError("the picture is too large")
            pixels = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise BadKeyImageError("not a picture") from error
    pixels.thumbnail((LARGEST_EDGE, LARGEST_EDGE))
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@transaction.atomic
def set_caption(*, report: Report, image_id: UUID, caption: str) -> None:
    report.key_images.filter(pk=image_id).update(caption=caption.strip()[:300])


@transaction.atomic
def remove_key_image(*, report: Report, image_id: UUID) -> None:
    """Take an image out of the draft; its object goes with the study."""
    report.key_images.filter(pk=image_id).delete()


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
