"""Blind first read: until the lock no address of the case sends a word of the first report."""

import pytest

from tests.conventions.test_every_address import OF_A_CASE, address
from tests.radiologists.test_reading_pages import begin, save

pytestmark = pytest.mark.django_db
#: A word that stands in the first report and nowhere else.
WORD = "Zwetschgenmus"


def bodies_of(client, case):
    """Return what each address of the case, and the lists, answer to its reader."""
    paths = [address(route, case) for route in OF_A_CASE]
    paths += ["/worklist/", "/worklist/counts/"]
    answers = {path: client.get(path) for path in paths}
    return {
        path: b"".join(answer) if answer.streaming else answer.content
        for path, answer in answers.items()
        if answer.status_code == 200
    }


def with_the_word(bodies):
    return {path for path, body in bodies.items() if WORD.encode() in body}


def test_no_address_sends_the_first_report_before_the_lock(s3, compared, mia, sign_in):
    compared.intake.first_report_text += f" {WORD}."
    compared.intake.save()
    client, place = sign_in(mia), f"/read/{compared.code}/"
    paper = f"{place}report/patient.pdf"
    assert with_the_word(bodies_of(client, compared)) == set()
    begin(client, compared)
    answers = {"saved": save(client, compared), "conflict": save(client, compared, impression="x")}
    assert [one.status_code for one in answers.values()] == [200, 409]
    assert with_the_word({name: one.content for name, one in answers.items()}) == set()
    bodies = bodies_of(client, compared)
    reached = {place, f"{place}open/", f"{place}sign/", f"{place}key-images/"}
    reached |= {f"/worklist/{compared.code}/", f"/cases/{compared.code}/images.json"}
    assert reached <= set(bodies)
    assert paper not in bodies
    assert with_the_word(bodies) == set()
    client.post(f"{place}lock/", {"revision": "1"})
    assert place in with_the_word(bodies_of(client, compared))
