"""The doctor tries the store as a browser would, in right and in wrong ways."""

import re
from pathlib import Path

import pytest

from accounts.csp import store_origins
from cases import storage
from portal import upload_store
from portal.health import UnhealthyError
from tests.store_proxy import portal_on, proxy_of


def test_the_store_of_the_stack_keeps_its_word(s3):
    said = upload_store.look_at_uploads()
    assert "held to its length, to its bytes and to once" in said
    assert "can read it back (the web process's should not)" in said  # the tests' keys may all
    assert storage.keys(storage.ORIGINALS, "uploads/doctor-") == {}


def test_a_store_that_takes_everything_is_found_out(s3, monkeypatch):
    """Answer as a store does that ignores what was signed."""
    monkeypatch.setattr(upload_store, "put", lambda url, headers, body: 200)
    with pytest.raises(UnhealthyError) as error:
        upload_store.look_at_uploads()
    assert "longer body" in str(error.value)
    assert "signed SHA-256" in str(error.value)
    assert "set S3_CHECKSUM=none" in str(error.value)
    assert "written twice" in str(error.value)
    assert "set S3_WRITE_ONCE=0" in str(error.value)


@pytest.mark.parametrize(
    ("refused", "advice"),
    [
        (("x-amz-checksum-sha256",), "set S3_CHECKSUM=none."),
        (("if-none-match",), "set S3_WRITE_ONCE=0."),
        (("x-amz-checksum-sha256", "if-none-match"), "set S3_CHECKSUM=none and S3_WRITE_ONCE=0."),
        (("host",), "check that address"),
    ],
    ids=["checksums", "once", "both", "anything"],
)
def test_a_store_that_refuses_a_condition_is_told_what_to_set(s3, slot, settings, refused, advice):
    with (
        proxy_of(slot.state.s3_url, refused=refused) as store,
        portal_on(settings, slot.state.s3_url, public=store.url, SITE_URL=store.url),
        pytest.raises(UnhealthyError, match="answered with 501") as error,
    ):
        upload_store.look_at_uploads()
    assert advice in str(error.value)


def test_what_the_settings_do_without_is_not_asked_for_and_is_told(s3, slot, settings):
    refused = ("x-amz-checksum-", "x-amz-sdk-checksum-", "if-none-match")
    with (
        proxy_of(slot.state.s3_url, refused=refused) as store,
        portal_on(settings, store.url, S3_CHECKSUM=False, S3_WRITE_ONCE=False),
    ):
        said = upload_store.look_at_uploads()
    assert "held to its length, and by the settings to no more: the worker alone compares" in said


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


#: Kind of store -> the public address, the style, and where a browser sends to.
STORES = {
    "AWS": ("https://s3.eu-central-1.amazonaws.com", "virtual", "originals."),
    "AWS, left to the library": ("https://s3.eu-central-1.amazonaws.com", "auto", ""),
    "MinIO with domains": ("https://minio.example.org:9000", "virtual", "originals."),
    "MinIO": ("https://minio.example.org:9000", "path", ""),
    "behind nginx": ("https://portal.example.org", "path", ""),
}


@pytest.mark.parametrize(("url", "style", "host"), STORES.values(), ids=STORES)
def test_a_store_of_any_make_is_addressed_and_allowed_by_settings(settings, url, style, host):
    settings.S3_BUCKET_ORIGINALS = "originals"
    settings.S3_PUBLIC_ENDPOINT_URL, settings.S3_ADDRESSING_STYLE = url, style
    storage._public_client.cache_clear()
    try:
        signed, headers = storage.presign_put("uploads/a/b", size=5, sha256_hex="0" * 64)
    finally:
        storage._public_client.cache_clear()
    scheme, netloc = url.split("://")
    path = "/uploads/a/b" if host else "/originals/uploads/a/b"
    assert signed.split("?")[0] == f"{scheme}://{host}{netloc}{path}"
    assert f"{scheme}://{host}{netloc}" in store_origins(), "the page's policy lets it through"
    assert set(headers) == {"x-amz-checksum-sha256", "If-None-Match"}
    assert "content-length" in signed.split("X-Amz-SignedHeaders=")[1]


def test_the_proxy_lets_the_doctor_and_the_browser_through(settings):
    """What is signed lies under the one path that deploy/nginx.conf hands to the store."""
    config = Path(settings.BASE_DIR, "deploy", "nginx.conf").read_text()
    (path,) = re.findall(r"location (/originals/\S+) \{", config)
    settings.S3_BUCKET_ORIGINALS = "originals"
    for key in ("uploads/a/b", "uploads/doctor-a/object"):
        signed, _ = storage.presign_put(key, size=5, sha256_hex="0" * 64)
        assert signed.split("?")[0].partition("127.0.0.1")[2].partition("/")[2].startswith(path[1:])
    assert "limit_except PUT { deny all; }" in config
    assert "http2_body_preread_size 1m;" in config
    _, store = config.split("location /originals/")
    assert "error_log /var/log/nginx/store.log crit;" in store, "an error names the address"
