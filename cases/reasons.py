"""Why a file or a case did not go on, in words a patient understands.

The codes are those of `imaging.errors.Code` and a few of the portal's own. Each has what we say
and what the reader can do; a code without a text is a bug that a test finds.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: what happened, and what to do next ("" when there is nothing to do)."""

    text: "str | Promise"
    todo: "str | Promise" = ""


_COPY_AGAIN = _("Please copy the disc again and send it once more.")
_CHOOSE_OTHER = _("Please choose the examination of your lower back and send it again.")

REASONS: dict[str, Reason] = {
    # --- files -----------------------------------------------------------------------------
    "OK": Reason(_("This image was received and opens correctly.")),
    "NOT-DICOM": Reason(
        _("This file is not an MRI image, so we left it out."),
        _("Please choose the folder or disc that holds the images of your MRI."),
    ),
    "EMPTY": Reason(_("This file is empty."), _("Please copy it again from the disc.")),
    "CUT-OFF": Reason(
        _("This image is incomplete: the copy was probably interrupted."),
        _("Please copy the disc again and add this file."),
    ),
    "DAMAGED": Reason(_("This image is damaged and cannot be read."), _COPY_AGAIN),
    "SYNTAX": Reason(
        _("This image uses a form of compression we cannot read."),
        _("Ask the clinic for the images in standard DICOM."),
    ),
    "KIND": Reason(
        _("This is not an MR image (for example a CT, a report or a plan). We left it out."),
        _("Please send the MRI of your lower back."),
    ),
    "BODY": Reason(
        _("We could not see that this examination shows the lower back."), _CHOOSE_OTHER
    ),
    "TOO-BIG": Reason(
        _("This is larger than we can take."), _("Please choose only the MRI of your lower back.")
    ),
    "TOO-MANY": Reason(
        _("These are more pictures than we can take."),
        _("Please choose only the MRI of your lower back."),
    ),
    "LIMIT": Reason(_("This image has an inner structure far beyond the normal and was refused.")),
    "UNSAFE": Reason(
        _("This file was held back by our safety check. You need not do anything; we will look.")
    ),
    "IDENT": Reason(
        _("The images belong to different people or dates of birth."),
        _("Please upload one person's examination only."),
    ),
    "BURNED": Reason(
        _(
            "A name seems to be printed inside the picture itself. "
            "A person will check it before it is passed on."
        )
    ),
    "LEFT-OUT": Reason(
        _("A person looked at this picture and left it out: something is printed inside it."),
        _("If pictures are missing now, ask the clinic for them without a name inside."),
    ),
    "DUPLICATE": Reason(_("This image was there twice: we kept one.")),
    "CONFLICT": Reason(
        _("Two different pictures carry the same number, so one of them is wrong."), _COPY_AGAIN
    ),
    "MISSING": Reason(
        _("Important details (which examination, which series) are missing in this file."),
        _("Ask the clinic for a new copy of the disc."),
    ),
    "FEW": Reason(
        _("Some pictures that a radiologist needs are missing."),
        _("Ask the clinic for the complete examination and add the missing pictures."),
    ),
    "ARCHIVE": Reason(
        _("This archive cannot be opened safely."), _("Please unpack it and choose the folder.")
    ),
    "CRASHER": Reason(
        _("One file repeatedly stopped our reader. We set it aside and went on without it.")
    ),
    "UNEXPECTED": Reason(
        _(
            "Something went wrong on our side. Your files are safe; "
            "we have been told and will go on."
        )
    ),
    "SET-ASIDE": Reason(
        _("A person looked into this file and left it out: it could not be passed on safely."),
        _("If pictures are missing now, ask the clinic for a new copy of the disc."),
    ),
    # --- cases -----------------------------------------------------------------------------
    "NO-IMAGES": Reason(
        _("We found no MRI images in what you sent."),
        _("Please choose the folder or disc that holds the images of your MRI."),
    ),
    "STUDIES": Reason(
        _("These pictures belong to more than two examinations."),
        _(
            "Please send the newest MRI of your lower back, and at most one older one to"
            " compare it with."
        ),
    ),
    "STUDIES-ORDER": Reason(
        _("You sent two examinations, and we cannot see which one is the newer."),
        _("Please send only the examination that is to be read."),
    ),
    "STUDIES-BODY": Reason(
        _("You sent two examinations, and one of them does not show the lower back."),
        _("Please send only MRI examinations of your lower back."),
    ),
    "PRIOR": Reason(
        _("You sent two examinations, and only one of them can be read. A person will look at it.")
    ),
    "DEMOGRAPHICS": Reason(
        _("The age or sex on the images differs from what you told us. A person will check it.")
    ),
    "QUARANTINE": Reason(
        _("Our safety check held some of the files back. A person will look at them.")
    ),
    "REVIEW": Reason(_("A person will look at your request before it goes on.")),
    "COORDINATOR": Reason(_("Our coordinator has a question about your request.")),
    "RADIOLOGIST": Reason(_("The radiologist needs something more from you.")),
}


def reason_for(code: str) -> Reason:
    """Return the words for a code; an unknown one reads as a fault of ours."""
    return REASONS.get(code, REASONS["UNEXPECTED"])
