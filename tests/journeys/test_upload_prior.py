"""Ana's disc holds an older MRI too: she may send it along, for comparison."""

import pytest
from playwright.sync_api import expect

from cases.models import Upload
from tests.journeys import discs

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "Do you also want to send an older examination"
NEWER = "MRI of the lower back, 12 March 2026, 2 sets, 28 pictures"
OLDER = "MRI of the lower back, 2 January 2025, 2 sets, 28 pictures"


@pytest.fixture
def disc(tmp_path):
    """Two examinations of the lower back, the older one read first, and a newer knee."""
    folder = tmp_path / "disc"
    discs.lumbar(folder / "a", seed="old", study_date="20250102")
    discs.lumbar(folder / "b", seed="new")
    discs.lumbar(
        folder / "c",
        seed="knee",
        series=("T2 SAG",),
        body_part="KNEE",
        description="MR KNEE",
        study_date="20260401",
    )
    return folder


def test_the_newest_is_read_and_an_older_one_goes_along_when_ticked(upload_page, disc, axe, shot):
    upload_page.choose_folder(disc)
    found = upload_page.found()
    read = found.get_by_role("group", name="Which examination is to be read?")
    expect(read.get_by_role("radio", checked=True)).to_have_count(1)
    expect(read.get_by_label(NEWER)).to_be_checked()
    asked = found.get_by_role("group", name=ASKED)
    expect(asked).to_contain_text("You can add one older MRI of your lower back")
    expect(asked.get_by_role("radio")).to_have_count(2)  # the knee is not among them
    none = asked.get_by_label("No, only the examination above")
    expect(none).to_be_checked()
    none.focus()
    upload_page.page.keyboard.press("ArrowDown")
    expect(asked.get_by_label(OLDER)).to_be_checked()
    axe(upload_page.page)
    shot(upload_page.page, "upload-prior-light")

    upload_page.confirm_and_send()
    upload_page.expect_done(56)
    done = upload_page.page.locator("#upload-done")
    expect(done).to_contain_text(f"{NEWER}; with an older one for comparison: {OLDER}")
    upload = Upload.objects.get()
    assert (upload.instance_count, upload.summary["prior"]) == (56, True)
    upload_page.open()
    expect(upload_page.page.get_by_text("with an older one for comparison")).to_be_visible()


def test_without_a_word_only_the_newest_is_sent(upload_page, disc):
    upload_page.choose_folder(disc)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(28)
    upload = Upload.objects.get()
    assert (upload.instance_count, upload.summary["prior"]) == (28, False)


def test_to_the_oldest_there_is_nothing_to_compare(upload_page, disc):
    upload_page.choose_folder(disc)
    found = upload_page.found()
    found.get_by_label(OLDER).first.check()
    expect(found.get_by_role("group", name=ASKED)).to_have_count(0)


def test_an_older_one_can_be_added_later(upload_page, disc):
    upload_page.choose_folder(disc)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(28)
    upload_page.open().choose_folder(disc)
    found = upload_page.found()
    found.get_by_role("group", name=ASKED).get_by_label(OLDER).check()
    upload_page.confirm_and_send()
    upload_page.expect_done(28)
    assert sorted(Upload.objects.values_list("instance_count", "summary__prior")) == [
        (28, False),
        (28, True),
    ]
