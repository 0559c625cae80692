"""What the preparation of the bundles found out, before the patient sends the request.

It is a first look: the run over the submitted case has the last word (docs/upload.md).
"""

from dataclasses import dataclass

from django.db.models import Count, Q

from cases import archived, preparation
from cases.models import Case, UploadedInstance
from cases.models.upload import UploadState
from cases.selectors.receipts import LeftOut, left_out_of
from imaging.errors import Code


@dataclass(frozen=True, slots=True)
class FirstLook:
    """Files of the complete uploads; those in a ZIP file of the plain form are not looked at."""

    files: int
    seen: int
    usable: int
    left_out: list[LeftOut]
    #: Files that a person looks at before they go on.
    held: list[LeftOut]
    #: A worker is still looking.
    is_moving: bool


def first_look(case: Case) -> FirstLook:
    counts = (
        UploadedInstance.objects.filter(
            bundle__upload__case=case, bundle__upload__state=UploadState.COMPLETE
        )
        .exclude(coding__in=[archived.ARCHIVE, archived.MEMBER])
        .aggregate(
            files=Count("pk"),
            seen=Count("pk", filter=~Q(outcome="")),
            usable=Count("pk", filter=Q(outcome=Code.OK)),
        )
    )
    is_moving = case.is_editable and preparation.is_looking_at(case)
    others = left_out_of(case)
    return FirstLook(
        **counts,
        left_out=[one for one in others if one.code != Code.BURNED],
        held=[one for one in others if one.code == Code.BURNED],
        is_moving=is_moving,
    )
