"""The file with the first report: stored as it came, opened by nobody here, read by people."""

import uuid
from collections.abc import Iterator

from django.db import transaction

from cases import storage
from cases.models import Case, Intake

CONTENT_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


def store(*, case: Case, content: bytes, kind: str) -> None:
    """Put the file into the bucket of originals under a key of ours, and name it in the intake."""
    key = f"first-reports/{uuid.uuid4()}.{kind}"
    storage.write(storage.ORIGINALS, key, content, content_type=CONTENT_TYPES[kind])
    with transaction.atomic():
        intake = Intake.objects.select_for_update().get(case=case)
        intake.first_report_key = key
        intake.save(update_fields=["first_report_key"])
    case.intake = intake


def stream(case: Case) -> tuple[str, str, Iterator[bytes]]:
    """Return a name of ours for the file, its content type, and its bytes.

    Raises
    ------
    cases.storage.ObjectMissingError, cases.storage.StorageUnavailableError
        Before the first byte.
    """
    key = case.intake.first_report_key
    kind = key.rpartition(".")[2]
    return f"{case.code}.{kind}", CONTENT_TYPES[kind], storage.stream(storage.ORIGINALS, key)
