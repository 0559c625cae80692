"""A case whose study lies in S3, ready to be looked at."""

import fcntl
import pickle
import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Page

from accounts.models import STAFF_ROLES
from cases import pipeline, storage, verdicts
from cases.lifecycle import ASSIGNED
from cases.models import Case, Study
from dicomweb import objects
from dicomweb.grants import grants
from imaging.ingest import IngestOptions, ingest_study
from imaging.study import IngestResult
from imaging.synthetic.build import build_study
from portal.viewer_package import is_installed
from stack.bootstrap import ROOT
from tests.dicomweb.reader import CODE, Reader
from tests.factories import make_case


@pytest.fixture(scope="session")
def ingested(tmp_path_factory, once_a_run):
    """Return the tree and the result of one small study."""
    return once_a_run("siemens", partial(ingest_synthetic, tmp_path_factory, "siemens"))


@pytest.fixture(scope="session")
def enhanced(tmp_path_factory, once_a_run):
    """Return the same of a study in Enhanced MR: one multi-frame instance for each series."""
    how = partial(ingest_synthetic, tmp_path_factory, "philips", enhanced=True)
    return once_a_run("enhanced", how)


@pytest.fixture(scope="session")
def once_a_run(tmp_path_factory, worker_id):
    """Return `once_a_run(name, make)`: what the first process made, for those beside it too."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent

    def made(name, make):
        kept = folder / f"{name}.pickle"
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(pickle.dumps(make()))
        return pickle.loads(kept.read_bytes())

    return made


def ingest_synthetic(tmp_path_factory, vendor: str, **how) -> tuple[Path, IngestResult]:
    source, destination = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    build_study(source, vendor, size="small", **how)
    options = IngestOptions(CODE, b"k" * 32)
    return destination, ingest_study(source, destination, options, opening=lambda _name: None)


@pytest.fixture
def viewer_root(settings) -> Path:
    """Return where the diagnostic viewer lies: one for all runs, and for the demo of this tree."""
    root = ROOT / "var" / "viewer"
    settings.VIEWER_ROOT = root
    if not is_installed(root):
        call_command("install_viewer")
    return root


@pytest.fixture
def tree(ingested: tuple[Path, IngestResult]) -> Path:
    return ingested[0]


@pytest.fixture
def result(ingested: tuple[Path, IngestResult]) -> IngestResult:
    return ingested[1]


@pytest.fixture
def case(slot, ana, mia, tree, result) -> Case:
    """Ana's case, assigned to Mia, with its study in place."""
    case = make_case(ana, ASSIGNED, code=CODE, assignee=mia)
    put_study(case, tree, result)
    return case


def put_study(case: Case, tree: Path, result: IngestResult) -> Study:
    """Write the rows of a study, and its objects where no earlier test has left them.

    Their keys come from the case's code and from the bytes that were sent (`studies_for`).
    """
    studies = pipeline.studies_for(case, result)
    verdicts._save_studies(case, studies, result)
    stored = f"{studies[0].prefix}stored"
    if storage.size_of(storage.STUDIES, stored) is None:
        with TemporaryDirectory() as name:
            copy = Path(shutil.copytree(tree, name, dirs_exist_ok=True))
            for study in studies:
                folder = pipeline.outputs_of(copy, study)
                for path in pipeline.objects_of(folder):
                    key = f"{study.prefix}{path.relative_to(folder)}"
                    storage.write(storage.STUDIES, key, path.read_bytes())
        storage.write(storage.STUDIES, stored, b"")
    cache.clear()
    objects.forget()
    grants.clear()
    return studies[0]


def sign_in(client, user) -> None:
    """Sign in at once; staff get their second factor."""
    if user.role in STAFF_ROLES:
        totp.TOTP.activate(user, totp.generate_totp_secret())
    client.force_login(user)


def carry_session(page: Page, live_server, user) -> None:
    client = Client()
    sign_in(client, user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def study_path(result) -> str:
    return f"/dicomweb/c/{CODE}/studies/{result.study.study_instance_uid}"


@pytest.fixture
def open_images(new_page, live_server, case, ana):
    """Open the patient's own pictures: `open_images(viewport=...)`."""

    def open_page(**options):
        page = new_page(**options)
        carry_session(page, live_server, ana)
        page.goto(f"/cases/{case.code}/images/")
        page.locator("[data-stack-viewer][data-state=ready]").wait_for(timeout=30_000)
        return page

    return open_page


@pytest.fixture
def reader(viewer_root, new_page, live_server, case, mia) -> Reader:
    page = new_page(viewport={"width": 1600, "height": 1000})
    carry_session(page, live_server, mia)
    return Reader(page)
