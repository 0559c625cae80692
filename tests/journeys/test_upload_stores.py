"""Stores of any make: what they cannot do is set, and one real upload goes through each."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from django.conf import settings as portal_settings
from django.utils import timezone

from cases import lifecycle, pipeline
from cases.lifecycle import READY
from imaging.synthetic import BuiltStudy
from stack import seaweedfs
from stack.state import State
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.servers import Server, running
from tests.journeys.uploading import PUT, UploadPage, change_constants, sign_in
from tests.store_proxy import ANSWER, REQUEST, portal_on, proxy_of

pytestmark = pytest.mark.django_db(transaction=True)

SERIES = ("LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX")
#: How a store refuses what it has never heard of, whoever asks.
UNKNOWN = ("x-amz-checksum-", "x-amz-sdk-checksum-", "if-none-match")

#: All in one, which is more than sockets take when nobody reads: Linux holds 4 MB for a sender.
BIG_BUNDLE = 10**8
SHORT_MS, FOREVER_MS = 4_000, 10**6


@pytest.fixture
def study(tmp_path):
    return discs.lumbar(tmp_path / "disc", series=SERIES, size="tiny")


def incompressible(folder: Path) -> BuiltStudy:
    """Return a study of some MB that no coding makes smaller."""
    source = Random(1)

    def padded(instances):
        for instance in instances:
            instance.dataset.add_new(0x00090010, "LO", "PADDING")
            instance.dataset.add_new(0x00091001, "OB", source.randbytes(200_000))
        return instances

    return discs.lumbar(folder, series=SERIES, size="tiny", edit=padded)


def send(page, case, url, study) -> list[str]:
    """Send the study and have it read; return where the browser put its bundles."""
    puts: list[str] = []
    page.on("request", lambda one: puts.append(one.url) if one.method == "PUT" else None)
    sign_in(page, case.patient, url)
    upload_page = UploadPage(page, case).open()
    upload_page.choose_folder(study.folder)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths))
    lifecycle.advance(case, "submit", by=case.patient, submitted_at=timezone.now())
    pipeline.process(case.pk)
    case.refresh_from_db()
    assert case.status == READY
    return puts


def test_a_store_without_checksums_and_without_write_once(
    page, ana, live_server, s3, slot, settings, study
):
    with (
        proxy_of(slot.state.s3_url, refused=UNKNOWN) as store,
        portal_on(settings, store.url, S3_CHECKSUM=False, S3_WRITE_ONCE=False),
    ):
        puts = send(page, make_case(ana), live_server.url, study)
    assert puts
    assert all(url.startswith(store.url) and PUT.search(url) for url in puts)
    assert not any("checksum" in url.lower() for url in puts)


def test_a_store_whose_buckets_are_hosts(page, ana, live_server, slot, settings, study, tmp_path):
    (tmp_path / "store").mkdir()
    state = State.load(tmp_path / "store")
    program = seaweedfs.program(state, durable=False)
    program = replace(program, command=[*program.command, "-s3.domainName=localhost"])
    port = urlsplit(state.s3_url).port
    keys = dict(zip(("access_key", "secret_key"), seaweedfs.keys(state), strict=True))
    settings.S3 = settings.S3 | keys
    with (
        running(Server(program, tmp_path / "store.log", slot.lock.fileno())),
        portal_on(
            settings, state.s3_url, public=f"http://localhost:{port}", S3_ADDRESSING_STYLE="virtual"
        ),
    ):
        seaweedfs.ensure_buckets(state, slot.instance.buckets, origins=[live_server.url])
        puts = send(page, make_case(ana), live_server.url, study)
    assert puts
    host = f"http://{portal_settings.S3_BUCKET_ORIGINALS}.localhost:{port}/uploads/"
    assert all(url.startswith(host) for url in puts)


@pytest.mark.parametrize("swallowed", [REQUEST, ANSWER])
def test_a_store_that_swallows_a_bundle_is_given_up_and_asked_again(
    upload_page, slot, settings, tmp_path, swallowed, record_property
):
    """It takes the connection and reads no further, or reads all and never answers."""
    page, waits = upload_page.page, {REQUEST: "STALL_MS", ANSWER: "ANSWER_MS"}
    others = {waits[name]: FOREVER_MS for name in waits if name != swallowed}
    change_constants(page, "transport", **{waits[swallowed]: SHORT_MS}, **others)
    big = {"BUNDLE_BYTES": BIG_BUNDLE, "SMALL": "{ bundles: -1 }", "LAST": "{ share: 1, bytes: 0 }"}
    change_constants(page, "plan", **big)
    study = incompressible(tmp_path / "big")
    lost: list[str] = []
    given_up: list[str] = []
    page.on("requestfailed", lambda one: given_up.append(one.method))

    def swallow(method):
        if method != "PUT" or lost:
            return ""
        lost.append(method)
        return swallowed

    with (
        proxy_of(slot.state.s3_url) as store,
        portal_on(settings, slot.state.s3_url, public=store.url),
    ):
        store.swallows = swallow
        upload_page.open()
        upload_page.choose_folder(study.folder)
        upload_page.found()
        started = time.monotonic()
        upload_page.confirm_and_send()
        upload_page.expect_done(len(study.paths))
    seconds = time.monotonic() - started
    assert set(given_up) == {"PUT"}  # on a busy machine a second one may be slow, too
    assert seconds > SHORT_MS / 1000
    record_property("seconds", seconds)
    sys.stdout.write(f"{swallowed} of a bundle swallowed: done after {seconds:.1f} s\n")
