"""The de-identification receipt of a case, in words a person reads."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from cases.models import Case, Study, UploadedInstance
from cases.models.upload import UploadState
from cases.reasons import Reason, reason_for
from cases.report_context import shown_studies
from imaging.errors import Code

#: Titles that `imaging.receipt` gives to what was removed; named here to be translated.
REMOVED_GROUPS = (
    gettext_noop("Names of people"),
    gettext_noop("Identifiers of other objects"),
    gettext_noop("Nested records"),
    gettext_noop("Dates and times"),
    gettext_noop("Texts and numbers"),
    gettext_noop("Private elements of the vendor"),
    gettext_noop("Overlays and curves"),
    gettext_noop("Other technical elements"),
    gettext_noop("Elements that the standard does not know"),
)


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One group of attributes: how many elements over all images, and their keywords."""

    title: str
    elements: int
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done to one study; `title` says which."""

    title: str
    profile: str
    options: dict[str, str]
    images: int
    untouched_images: int
    cleaned_images: int
    trimmed_images: int
    blanked_images: int
    text_searched: bool
    dates_removed: bool
    removed: tuple[ReceiptLine, ...]
    replaced: tuple[ReceiptLine, ...]
    kept: tuple[ReceiptLine, ...]

    @property
    def removed_total(self) -> int:
        return sum(line.elements for line in self.removed)

    @property
    def replaced_total(self) -> int:
        return sum(line.elements for line in self.replaced)

    @property
    def kept_total(self) -> int:
        return sum(line.elements for line in self.kept)


def receipts_of(case: Case) -> list[Receipt]:
    """Return the receipts of the studies that are shown: of the current one first."""
    return [receipt_of(study) for study in shown_studies(case) if study.receipt]


def receipt_of(study: Study) -> Receipt:
    """Return the receipt of a study that has one."""
    found: dict[str, Any] = study.receipt
    pixels = found["pixels"]
    return Receipt(
        title=study.title,
        profile=found["profile"],
        options=found.get("options", {}),
        images=found["instances"],
        untouched_images=pixels["unchanged"],
        cleaned_images=pixels["bits_cleared"],
        trimmed_images=pixels.get("padding_trimmed", 0),
        blanked_images=pixels.get("blanked", 0),
        text_searched=found.get("text_searched", False),
        dates_removed=found["dates"] == "REMOVED",
        removed=_lines(found["removed"]),
        replaced=_lines(found["replaced"]),
        kept=_lines(found["kept"]),
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that did not become part of the study, by the reason."""

    code: str
    reason: Reason
    files: int


def left_out_of(case: Case) -> list[LeftOut]:
    """Return why files of the complete uploads were left out, the commonest reason first."""
    outcomes = (
        UploadedInstance.objects.filter(
            bundle__upload__case=case, bundle__upload__state=UploadState.COMPLETE
        )
        .exclude(outcome__in=["", Code.OK])
        .values_list("outcome")
        .annotate(files=Count("pk"))
        .order_by("-files", "outcome")
    )
    return [LeftOut(code, reason_for(code), files) for code, files in outcomes]


def _lines(groups: dict[str, dict[str, Any]]) -> tuple[ReceiptLine, ...]:
    lines = (
        ReceiptLine(_(title), group["elements"], tuple(group["attributes"]))
        for title, group in groups.items()
    )
    return tuple(sorted(lines, key=lambda line: -line.elements))
