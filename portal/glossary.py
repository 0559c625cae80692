"""Words of radiology in plain words, as the glossary page prints them.

Seeded from the plain-language table of the clinical design notes (E14); pending review by a
radiologist.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Entry:
    slug: str
    term: "str | Promise"
    meaning: "str | Promise"


ENTRIES = (
    Entry(
        "mri", _("MRI"), _("Pictures made with a strong magnet and radio waves, without X-rays.")
    ),
    Entry(
        "lumbar-spine",
        _("Lumbar spine, L1 to L5, S1"),
        _("The five bones of the lower back, counted from above, and the top of the sacrum (S1)."),
    ),
    Entry("disc", _("Disc"), _("A soft cushion between two bones of the spine.")),
    Entry(
        "degenerative",
        _("Degenerative disc disease"),
        _("The disc has lost some water, as discs do with age."),
    ),
    Entry(
        "fissure",
        _("Annular fissure"),
        _("A small split in the outer ring of the disc. It is common without pain."),
    ),
    Entry("bulge", _("Bulge"), _("The disc edge spreads a little wider than the bone, all round.")),
    Entry("protrusion", _("Protrusion"), _("A small part of the disc pushes out on one side.")),
    Entry(
        "extrusion", _("Extrusion"), _("A larger part of the disc has come through the outer ring.")
    ),
    Entry(
        "root",
        _("Nerve root: contact, compression"),
        _("The disc touches the nerve (contact) or presses on it (compression)."),
    ),
    Entry("canal", _("Spinal canal"), _("The tunnel behind the bones in which the nerves run.")),
    Entry(
        "stenosis",
        _("Stenosis"),
        _("Less room for the nerves. Mild stenosis means a little less room."),
    ),
    Entry(
        "foramen",
        _("Foramen"),
        _("The opening at the side through which a nerve leaves the spine."),
    ),
    Entry("facet", _("Facet arthropathy"), _("Wear in the small joints at the back of the spine.")),
    Entry("modic", _("Modic changes"), _("Changes in the bone next to a disc.")),
    Entry(
        "listhesis",
        _("Spondylolisthesis"),
        _("One bone of the spine stands a little further forward than the one below."),
    ),
    Entry("unremarkable", _("Unremarkable"), _("It looks normal.")),
)
