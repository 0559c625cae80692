"""Accept: of two ranges the narrower one speaks for a type, and q=0 means never (RFC 9110)."""

import pytest
from django.test import RequestFactory

from dicomweb.media import DICOM, OCTET_STREAM, Choice, Menu, NotAcceptableError, Offer, wishes_of

JSON = Menu([Offer("application/dicom+json"), Offer("application/json")], multipart=False)
HTJ2K, EXPLICIT = "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.1"
RAW, CODED = Offer(OCTET_STREAM, EXPLICIT), Offer("image/jphc", HTJ2K)
FRAME = Menu([RAW, CODED], stored=CODED)
FILE = Menu([Offer(DICOM, EXPLICIT)])
AS_STORED = "multipart/related; type=application/octet-stream; transfer-syntax=*"


def choose(menu: Menu, accept: str) -> Choice:
    return menu.choose(wishes_of(RequestFactory().get("/", headers={"Accept": accept})))


@pytest.mark.parametrize(
    ("menu", "accept", "kind", "multipart"),
    [
        (JSON, "*/*", "application/dicom+json", False),
        (JSON, "application/dicom+json;q=0, */*", "application/json", False),
        (JSON, "*/*, application/dicom+json;q=0", "application/json", False),
        (JSON, "application/dicom+json;q=0.1, */*", "application/json", False),
        (JSON, "*/*;q=0, application/dicom+json", "application/dicom+json", False),
        (JSON, "application/*;q=0.5, application/json;q=0.2", "application/dicom+json", False),
        (FRAME, "*/*", OCTET_STREAM, True),
        (FRAME, AS_STORED, "image/jphc", True),
        (FRAME, f"{AS_STORED}, image/jphc;q=0", "image/jphc", True),
        (FRAME, f'{AS_STORED}, multipart/related; type="image/jphc"; q=0', OCTET_STREAM, True),
        (FRAME, "image/jphc;q=0, */*", OCTET_STREAM, True),
        (FILE, 'multipart/related; type="application/dicom"; q=0, */*', DICOM, False),
    ],
)
def test_the_narrower_range_speaks(menu, accept, kind, multipart):
    choice = choose(menu, accept)
    assert (choice.offer.media_type, choice.multipart) == (kind, multipart)


@pytest.mark.parametrize(
    ("menu", "accept"),
    [
        (JSON, "*/*;q=0"),
        (JSON, "application/*;q=0, */*"),
        (JSON, "application/dicom+json;q=0"),
    ],
)
def test_what_is_refused_is_not_sent(menu, accept):
    with pytest.raises(NotAcceptableError):
        choose(menu, accept)
