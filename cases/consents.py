"""What the patient agrees to, word for word, with the version that is stored beside the yes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise

TEXT_VERSION = "2026-11"


@dataclass(frozen=True, slots=True)
class ConsentText:
    code: str
    text: "str | Promise"


CONSENTS: tuple[ConsentText, ...] = (
    ConsentText(
        "not_emergency",
        _("I understand that this is not an emergency service. If I get worse I call for help."),
    ),
    ConsentText(
        "images_only",
        _(
            "I understand that the opinion is about my images. It does not replace "
            "an examination by my doctor."
        ),
    ),
    ConsentText(
        "deidentification",
        _(
            "I agree that my images are stored, that my name and other personal details are "
            "removed from them, and that a radiologist then reads them."
        ),
    ),
    ConsentText(
        "own_images",
        _("These are my own images, or I am allowed to act for the person they belong to."),
    ),
)
CODES = frozenset(consent.code for consent in CONSENTS)
