"""The coordinator looks at pictures in which something is printed, and decides about them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases import access, storage
from cases.lifecycle import HELD, IllegalTransitionError
from cases.models.held_picture import PictureDecision
from cases.selectors.held_pictures import drawing_key, held_sets
from cases.services import printed_text
from imaging.regions import Region
from radiologists.views.roles import coordinator_only, user_of

FIELDS = ("x", "y", "width", "height")


@coordinator_only
@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Show every set of held pictures with what was decided about it."""
    case = access.case_for(request.user, code)
    context = {"case": case, "sets": held_sets(case), "is_held": case.status == HELD}
    return render(request, "radiologists/held_pictures.html", context)


@coordinator_only
@require_safe
def drawing(request: HttpRequest, code: str, image_id: UUID) -> HttpResponse:
    """Return the drawing of one held picture; who looked at it is written down."""
    case = access.case_for(request.user, code)
    key = drawing_key(case, image_id)
    if not key:
        raise Http404
    try:
        picture = storage.read(storage.STUDIES, key)
    except storage.ObjectMissingError:
        raise Http404 from None
    access.record_reading(user_of(request), case, "held_pictures")
    return HttpResponse(
        picture, content_type="image/webp", headers={"Cache-Control": "private, no-store"}
    )


@coordinator_only
@require_POST
def decide(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Carry one decision about a set; what stands in the way becomes a message."""
    case = access.case_for(request.user, code)
    try:
        decision = PictureDecision(request.POST.get("decision", ""))
        left = printed_text.decide(
            case=case,
            group=number,
            seal=request.POST.get("seal", ""),
            decision=decision,
            regions=_regions(request),
            by=user_of(request),
        )
    except (ValueError, printed_text.RegionsError):
        text = _("Nothing was decided: mark at least one rectangle inside the picture.")
        messages.error(request, text)
    except printed_text.CannotGoOnError:
        messages.error(request, _("Nothing was decided: these pictures can only be left out."))
    except (printed_text.NoPicturesError, IllegalTransitionError):
        text = _("Nothing was decided: these pictures do not wait for a decision any more.")
        messages.error(request, text)
    else:
        if not left:
            text = _("Every picture is decided. The images are being checked again.")
            messages.success(request, text)
            return redirect("radiologists:case_file", case.code)
        words = ngettext("%(n)s picture still waits.", "%(n)s pictures still wait.", left)
        messages.success(request, words % {"n": left})
    return redirect("radiologists:held_pictures", case.code)


def _regions(request: HttpRequest) -> list[Region]:
    """Return the rectangles of the form; lines without any number are passed over.

    Raises
    ------
    ValueError
        When a line is half filled or holds something else than a number.
    """
    lines = zip(*(request.POST.getlist(name) for name in FIELDS), strict=True)
    filled = [line for line in lines if any(value.strip() for value in line)]
    return [Region(*(int(value) for value in line)) for line in filled]
