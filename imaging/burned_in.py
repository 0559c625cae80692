"""Does the picture itself hold text? What the header tells, before any pixel is looked at.

A scanner's own slices carry no text. Screen captures, colour pictures and secondary captures often
carry the patient's name, so they are held for a person. Where no picture is searched for text,
every secondary picture is held that does not say how it was computed.

References
----------
PS3.15 E.3.1 (Clean Pixel Data Option); PS3.3 C.7.6.1.1.2 (Image Type), C.8.6.1 (Conversion Type),
C.7.6.1.1.7 (Burned In Annotation).
"""

from enum import StrEnum
from typing import Final

from imaging.elements import Header

IMAGE_TYPE: Final = 0x00080008
CONVERSION_TYPE: Final = 0x00080064
ORIENTATION: Final = 0x00200037
SHARED_GROUPS: Final = 0x52009229
PHOTOMETRIC: Final = 0x00280004
BURNED_IN_ANNOTATION: Final = 0x00280301
CAPTURE_WORDS: Final = frozenset(
    {"SCREEN SAVE", "SCREENSAVE", "SCREENSHOT", "SCREEN", "CAPTURE", "POSDISP", "REPORT", "TEXT"}
)
#: Image types that say how a secondary picture was computed from others: no screen was saved.
DERIVATION_WORDS: Final = frozenset(
    {"MPR", "CSA MPR", "MIP", "MINIP", "PROJECTION IMAGE", "REFORMATTED", "CURVED", "RESAMPLED"}
    | {"COMPOSED", "COMP_SP", "SUB", "SUBTRACTION", "ADDITION", "MEAN", "MAXIMUM", "MINIMUM"}
    | {"ADC", "TRACEW", "FA"}
)


class HoldReason(StrEnum):
    """Why a person looks at a picture before it goes on."""

    SAYS_SO = "says-so"  # Burned In Annotation is YES
    COLOUR = "colour"
    SECONDARY_CAPTURE = "capture"
    SCREEN = "screen"
    NO_PLACE = "no-place"  # derived, without a place in the patient
    UNSEARCHED = "unsearched"  # derived in an unknown way, and nobody searches it for text
    TEXT = "text"  # found in the pixels


def held_for(header: Header, *, searched: bool) -> HoldReason | None:
    """Say why the picture may hold text, None when nothing in the header speaks for it.

    Parameters
    ----------
    header : Header
        An MR instance that passed the gate.
    searched : bool
        Whether its pixels are searched for text later on.

    Returns
    -------
    HoldReason or None
    """
    image_type = {word.strip().upper() for word in header.text(IMAGE_TYPE).split("\\")}
    if header.text(BURNED_IN_ANNOTATION).upper() == "YES":
        return HoldReason.SAYS_SO
    if not header.text(PHOTOMETRIC).startswith("MONOCHROME"):
        return HoldReason.COLOUR
    if header.text(CONVERSION_TYPE):
        return HoldReason.SECONDARY_CAPTURE
    if image_type & CAPTURE_WORDS:
        return HoldReason.SCREEN
    if "SECONDARY" in image_type and not _has_geometry(header):
        return HoldReason.NO_PLACE
    unexplained = "SECONDARY" in image_type and not image_type & DERIVATION_WORDS
    return HoldReason.UNSEARCHED if unexplained and not searched else None


def _has_geometry(header: Header) -> bool:
    """Say whether the picture lies somewhere in the patient, as a reformatted slice does."""
    return bool(header.text(ORIENTATION)) or SHARED_GROUPS in header
