"""Plant identifiers in every place of a header; look for them everywhere but in the originals."""

import pytest
import redis
from django.db import connection

from cases import storage
from cases.lifecycle import READY
from cases.sealing import unseal
from imaging.synthetic import Subject, build_study
from imaging.synthetic.identifiers import SEEDS
from tests.faults.conftest import sent_case, wait_for

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["sent_case"]

NAME = "Kowalski^Zbigniew"


@pytest.fixture(scope="module")
def tiny_study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Kowalski Zbigniew")
    subject = Subject(name=NAME, birth_date="19610425", sex="F")
    return list(build_study(folder, size="tiny", identifiers=True, patient=subject).paths)


def found_in(text: bytes) -> set[str]:
    low = text.lower()
    return {seed for seed in [*SEEDS, *NAME.split("^")] if seed.lower().encode() in low}


def every_text_column() -> bytes:
    """Return all that stands in any text, JSON or array column of the database."""
    everything: list[bytes] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            everything += [row[0].encode() for row in cursor.fetchall()]
    return b"\n".join(everything)


def test_no_planted_identifier_is_found_outside_the_originals(
    sent_case, celery_worker, slot, mail_folder
):
    wait_for(sent_case(), READY, "held")
    originals = b"".join(
        storage.read(storage.ORIGINALS, key) for key in storage.keys(storage.ORIGINALS, "uploads/")
    )
    assert originals, "the originals are there, so there was something to leak"

    places = {
        "the worker's log": celery_worker.log.encode(),
        "the database": every_text_column(),
        "mail": b"".join(letter.read_bytes() for letter in mail_folder.iterdir()),
        "keys in S3": "\n".join(
            [*storage.keys(storage.STUDIES, ""), *storage.keys(storage.ORIGINALS, "")]
        ).encode(),
    }
    broker = redis.Redis.from_url(slot.environment["BROKER_URL"])
    places["the broker"] = b"\n".join(broker.dump(key) or b"" for key in broker.scan_iter())
    for key in storage.keys(storage.STUDIES, ""):
        places[key] = storage.read(storage.STUDIES, key)

    leaks = {place: found for place, content in places.items() if (found := found_in(content))}
    assert leaks == {}


def test_the_identity_on_the_disc_is_kept_sealed_for_the_check(sent_case, celery_worker):
    case = wait_for(sent_case(), READY, "held")
    assert case.secret.sealed_identity
    sealed = bytes(case.secret.sealed_identity)
    assert found_in(sealed) == set()
    assert "KOWALSKI" in str(unseal(sealed)["patient_name"]).upper()
