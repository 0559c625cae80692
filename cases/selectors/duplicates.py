"""Pictures that a patient sent more than once, with different requests.

The page asks before it sends them again (cases/services/uploads.py). A ZIP file of the plain form
is opened by the worker only, so that here the coordinator is told.
"""

from typing import TYPE_CHECKING

from cases import lifecycle
from cases.models import Case, UploadedInstance
from cases.models.upload import UploadState
from imaging.errors import Code

if TYPE_CHECKING:
    from django.db.models import QuerySet


def requests_with_the_same_pictures(case: Case) -> "QuerySet[Case]":
    """Return the patient's other requests that hold a picture of this one, newest first."""
    sent = UploadedInstance.objects.filter(bundle__upload__state=UploadState.COMPLETE)
    pictures = sent.filter(bundle__upload__case=case, outcome=Code.OK)
    same = sent.filter(
        sha256__in=pictures.values("sha256"), bundle__upload__case__patient=case.patient_id
    )
    holding = Case.objects.filter(pk__in=same.values("bundle__upload__case"))
    return holding.exclude(pk=case.pk).exclude(status=lifecycle.WITHDRAWN).order_by("-created_at")
