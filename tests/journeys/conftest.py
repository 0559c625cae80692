"""Where most uploads of the tests begin."""

import pytest

from tests.factories import make_case
from tests.journeys.uploading import UploadPage, sign_in


@pytest.fixture
def upload_page(page, ana, live_server, s3) -> UploadPage:
    """Ana's upload page, open."""
    sign_in(page, ana, live_server.url)
    return UploadPage(page, make_case(ana)).open()


@pytest.fixture
def folder(tmp_path):
    """An empty folder that a test makes a disc of."""
    folder = tmp_path / "disc"
    folder.mkdir()
    return folder
