"""The sweep finds bundles that landed silently, and ends what nobody goes on with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases import arrivals, storage
from cases.models import Bundle, Upload
from cases.models.upload import UploadState
from tests.cases.uploading import Draft, Session, put
from tests.factories import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ana, s3):
    return Draft(Session(ana), make_case(ana))


def age(**columns: timedelta) -> None:
    """Make every upload and bundle older."""
    for name, by in columns.items():
        model = Bundle if name == "declared_at" else Upload
        model.objects.update(**{name: timezone.now() - by})


def test_a_bundle_that_landed_silently_is_found(draft):
    put(draft.sign()[1], draft.body)
    assert arrivals.settle_silent() == 0  # its browser may still say so
    age(declared_at=timedelta(minutes=2))
    assert arrivals.settle_silent() == 1
    assert Bundle.objects.get().landed_at is not None


def test_a_bundle_that_is_not_there_is_not_found(draft):
    draft.sign()
    age(declared_at=timedelta(minutes=2))
    assert arrivals.settle_silent() == 0


def test_an_upload_is_given_up_after_three_days_without_progress(draft):
    age(last_progress_at=timedelta(hours=71))
    assert arrivals.give_up_stale() == 0
    age(last_progress_at=timedelta(hours=73))
    assert arrivals.give_up_stale() == 1
    assert draft.post("complete/")[0] == 404


def test_a_complete_upload_is_never_given_up(draft):
    put(draft.sign()[1], draft.body)
    draft.post("complete/")
    age(last_progress_at=timedelta(days=300))
    arrivals.sweep()
    assert Upload.objects.get().state == UploadState.COMPLETE
    assert len(storage.keys(storage.ORIGINALS, "uploads/")) == 1


def test_what_lands_after_an_upload_was_abandoned_is_deleted_too(draft):
    _, ticket = draft.sign()
    draft.post("abandon/")
    assert put(ticket, draft.body) == 200  # the signature is still good
    assert arrivals.clear_abandoned() == 0
    age(last_progress_at=timedelta(minutes=21))
    assert arrivals.clear_abandoned() == 1
    assert storage.keys(storage.ORIGINALS, "uploads/") == {}
    assert arrivals.clear_abandoned() == 0
