"""The files that our safety check, or a fault of ours, keeps from going on until a person decides.

A person who sets them aside writes that into the row of each file: no later run opens it again.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.lifecycle import FAILED, HELD
from cases.models import Case, UploadedInstance
from cases.models.upload import UploadState
from imaging.errors import Code, Fate

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: The reason with which a case is held for such files.
QUARANTINE: Final = "QUARANTINE"
#: Outcome of a file that a person has set aside.
SET_ASIDE: Final = "SET-ASIDE"
#: Code -> what a coordinator is told about it.
WORDS: dict[Code, "Promise"] = {
    Code.UNSAFE: _(
        "the cleaned copy did not pass the second reading: it may still name the patient,"
        " or its picture differs"
    ),
    Code.LIMIT: _("the inner structure is far beyond the normal"),
    Code.CRASHER: _("opening it stopped our reader again and again"),
    Code.UNEXPECTED: _("our reader failed: a fault of ours, tell whoever runs the portal"),
}
STOPPED: Final = frozenset(code for code in Code if code.fate in {Fate.QUARANTINED, Fate.FAILED})


@dataclass(frozen=True, slots=True)
class Stopped:
    """Files of one code."""

    code: str
    words: "str | Promise"
    files: int


def stopped(case: Case) -> list[Stopped]:
    """Return the files for which the case waits, by their code; empty when it waits for none."""
    if case.status not in {HELD, FAILED} or case.reason_code not in {QUARANTINE, Code.UNEXPECTED}:
        return []
    counts = stopped_files(case).values_list("outcome").annotate(files=Count("pk"))
    return [Stopped(code, WORDS[Code(code)], files) for code, files in counts.order_by("outcome")]


def stopped_files(case: Case) -> "QuerySet[UploadedInstance]":
    """Return the rows of the files that the last run stopped."""
    return _files(case).filter(outcome__in=STOPPED)


def set_aside_names(case: Case) -> list[str]:
    """Return the names, as the worker lays them out, of the files that a person set aside."""
    return [str(pk) for pk in _files(case).filter(outcome=SET_ASIDE).values_list("pk", flat=True)]


def _files(case: Case) -> "QuerySet[UploadedInstance]":
    return UploadedInstance.objects.filter(
        bundle__upload__case=case, bundle__upload__state=UploadState.COMPLETE
    ).order_by()
