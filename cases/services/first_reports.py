"""The file with the first report: stored as it came, opened by nobody here, read by people."""

import uuid

from django.db import transaction

from cases import storage
from cases.models import Case, Intake

CONTENT_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
#: A link to the file lives this long.
ADDRESS_SECONDS = 60


def store(*, case: Case, content: bytes, kind: str) -> None:
    """Put the file into the bucket of originals under a key of ours, and name it in the intake."""
    key = f"first-reports/{uuid.uuid4()}.{kind}"
    storage.write(storage.ORIGINALS, key, content, content_type=CONTENT_TYPES[kind])
    with transaction.atomic():
        intake = Intake.objects.select_for_update().get(case=case)
        intake.first_report_key = key
        intake.save(update_fields=["first_report_key"])
    case.intake = intake


def address(case: Case) -> str:
    """Return a short-lived address at which the file is downloaded."""
    key = case.intake.first_report_key
    kind = key.rpartition(".")[2]
    return storage.presign_get(key, seconds=ADDRESS_SECONDS, file_name=f"{case.code}.{kind}")
