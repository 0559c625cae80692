"""The doctor tries the store as a browser would, in right and in wrong ways."""

import pytest

from cases import storage
from portal import upload_store
from portal.health import UnhealthyError


def test_the_store_of_the_stack_keeps_its_word(s3):
    said = upload_store.look_at_uploads()
    assert "held to its length, to its bytes and to once" in said
    assert "can read it back (the web process's should not)" in said  # the tests' keys may all
    assert storage.keys(storage.ORIGINALS, "doctor/") == {}


def test_a_store_that_takes_everything_is_found_out(s3, monkeypatch):
    """Answer as a store does that ignores what was signed."""
    monkeypatch.setattr(upload_store, "put", lambda url, headers, body: 200)
    with pytest.raises(UnhealthyError) as error:
        upload_store.look_at_uploads()
    assert "longer body" in str(error.value)
    assert "signed SHA-256" in str(error.value)
    assert "written twice" in str(error.value)


def test_a_wrong_public_address_is_found_out(s3, settings):
    settings.S3_PUBLIC_ENDPOINT_URL = "http://127.0.0.1:9"
    storage._public_client.cache_clear()
    try:
        with pytest.raises(UnhealthyError, match="check that address"):
            upload_store.look_at_uploads()
    finally:
        storage._public_client.cache_clear()


def test_a_missing_cors_rule_is_found_out(s3, settings):
    settings.SITE_URL = "https://elsewhere.example.org"
    with pytest.raises(UnhealthyError, match="if-none-match,x-amz-checksum-sha256"):
        upload_store.look_at_uploads()
