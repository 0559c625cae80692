"""Each disc that is not what we need leads to its own plain words and a next step."""

import re
import zipfile
from pathlib import Path

import py7zr
import pytest
from playwright.sync_api import expect

from cases.models import Upload
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.uploading import LONG, UploadPage

pytestmark = pytest.mark.django_db(transaction=True)
#: What a scratch does to the DICOMDIR.
DAMAGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "records overwritten": lambda data: data[:500] + b"\xff" * 4000,
    "meta header overwritten": lambda data: data[:140] + b"\xff" * 4000,
    "empty": lambda _: b"",
}
PHOTO = b"\xff\xd8\xff\xe0" + bytes(4000)


def expect_problem(upload_page, *texts: str) -> None:
    problem = upload_page.problem()
    for text in texts:
        expect(problem).to_contain_text(text)
    expect(upload_page.page.get_by_role("button", name="Choose a folder or CD")).to_be_visible()
    assert not Upload.objects.exists()


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


class TestNothingToSend:
    def test_photos_of_films(self, upload_page, folder, axe, shot):
        (folder / "film.jpg").write_bytes(PHOTO)
        (folder / "film.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(4000))
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "These are photos", "original MRI files")
        axe(upload_page.page)
        shot(upload_page.page, "upload-photos")

    def test_a_report(self, upload_page, folder):
        (folder / "Befund.pdf").write_bytes(b"%PDF-1.4\n" + bytes(4000))
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "This is perhaps a report.")

    def test_other_files(self, upload_page, folder):
        (folder / "letter.txt").write_text("Dear patient")
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "There are no MRI pictures here.", "the whole disc")

    def test_empty_files(self, upload_page, folder):
        (folder / "IM1").write_bytes(b"")
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "The files here are empty.")

    def test_pictures_cut_off_while_they_were_copied(self, upload_page, folder):
        for path in discs.lumbar(folder, series=("T2 SAG",)).paths:
            cut_in_half(path)
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "The pictures here are incomplete")

    def test_a_ct(self, upload_page, folder):
        def as_ct(instances):
            for instance in instances:
                instance.dataset.Modality = "CT"
            return instances

        discs.lumbar(folder, series=("T2 SAG",), edit=as_ct)
        upload_page.choose_folder(folder)
        expect_problem(upload_page, "There are medical pictures here, but no MRI.")


class TestArchives:
    def test_a_7z_archive(self, upload_page, folder, tmp_path):
        (folder / "IM1").write_bytes(b"x" * 500)
        with py7zr.SevenZipFile(tmp_path / "mri.7z", "w") as archive:
            archive.write(folder / "IM1", "IM1")
        upload_page.choose_file(tmp_path / "mri.7z")
        expect_problem(upload_page, "cannot open 7z and RAR", "unpack the archive")

    def test_a_rar_archive(self, upload_page, tmp_path):
        (tmp_path / "mri.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(4000))
        upload_page.choose_file(tmp_path / "mri.rar")
        expect_problem(upload_page, "cannot open 7z and RAR")

    def test_a_damaged_zip(self, upload_page, folder, tmp_path):
        discs.lumbar(folder, series=("T2 SAG",))
        cut_in_half(discs.zipped(folder, tmp_path / "mri.zip"))
        upload_page.choose_file(tmp_path / "mri.zip")
        expect_problem(upload_page, "damaged or incomplete")

    def test_a_zip_of_an_unknown_method(self, upload_page, folder, tmp_path):
        (folder / "IM1").write_bytes(b"x" * 5000)
        discs.zipped(folder, tmp_path / "mri.zip", zipfile.ZIP_LZMA)
        upload_page.choose_file(tmp_path / "mri.zip")
        expect_problem(upload_page, "packed in a way that this page cannot open")

    def test_a_zip_in_a_zip(self, upload_page, folder, tmp_path):
        (folder / "IM1").write_bytes(b"x" * 5000)
        (tmp_path / "outer").mkdir()
        discs.zipped(folder, tmp_path / "outer" / "inner.zip")
        discs.zipped(tmp_path / "outer", tmp_path / "mri.zip")
        upload_page.choose_file(tmp_path / "mri.zip")
        expect_problem(upload_page, "an archive inside an archive")

    def test_a_zip_that_explodes(self, upload_page, folder, tmp_path):
        (folder / "IM1").write_bytes(bytes(30_000_000))
        upload_page.choose_file(discs.zipped(folder, tmp_path / "mri.zip"))
        expect_problem(upload_page, "cannot be opened safely")

    def test_a_zip_whose_members_overlap(self, upload_page, folder, tmp_path):
        for name in ("IM1", "IM2"):
            (folder / name).write_bytes(b"x" * 5000)
        target = discs.zipped(folder, tmp_path / "mri.zip", zipfile.ZIP_STORED)
        data = bytearray(target.read_bytes())
        second = data.rindex(b"PK\x01\x02")
        data[second + 42 : second + 46] = bytes(4)  # it claims to begin where the first does
        target.write_bytes(data)
        upload_page.choose_file(target)
        expect_problem(upload_page, "cannot be opened safely")

    def test_a_damaged_disc_image(self, upload_page, folder, tmp_path):
        discs.lumbar(folder, series=("T2 SAG",))
        cut_in_half(discs.disc_image(folder, tmp_path / "cd.iso", joliet=True))
        upload_page.choose_file(tmp_path / "cd.iso")
        expect_problem(upload_page, "A disc image here is damaged.")


class TestWhatWasFound:
    def test_two_people(self, upload_page, folder, axe, shot):
        discs.lumbar(folder / "a", seed="a")
        discs.lumbar(folder / "b", seed="b", patient=discs.BEN)
        upload_page.choose_folder(folder)
        found = upload_page.found()
        expect(found).to_contain_text("There are pictures of 2 people here.")
        expect(found.get_by_role("radio", checked=True)).to_have_count(0)
        axe(upload_page.page)
        shot(upload_page.page, "upload-two-people")
        upload_page.confirm_and_send()
        expect(found).to_contain_text("Choose the examination that is to be read.")
        found.get_by_label("Ben Other, born 1 January 1955").check()
        expect(found).to_contain_text("The name on the disc is not the name of your account.")
        found.get_by_label("Ana Example, born 14 February 1980").check()
        expect(found).not_to_contain_text("The name on the disc is not")
        expect(found.get_by_label("these are my pictures")).not_to_be_checked()
        upload_page.confirm_and_send()
        upload_page.expect_done(28)
        assert Upload.objects.get().instance_count == 28

    def test_two_examinations_of_one_person(self, upload_page, folder):
        discs.lumbar(folder / "knee", seed="k", body_part="KNEE", description="MR KNEE")
        discs.lumbar(folder / "back", seed="b")
        upload_page.choose_folder(folder)
        chosen = upload_page.found().locator("label.choice:has(input:checked)")
        expect(chosen).to_have_count(1)
        expect(chosen).to_contain_text("MRI of the lower back")

    def test_another_person_than_the_account(self, upload_page, folder):
        discs.lumbar(folder, patient=discs.BEN, series=("T2 SAG",))
        upload_page.choose_folder(folder)
        expect(upload_page.found()).to_contain_text("is not the name of your account")

    def test_another_part_of_the_body(self, upload_page, folder):
        discs.lumbar(folder, body_part="KNEE", description="MR KNEE", series=("T2 SAG",))
        upload_page.choose_folder(folder)
        expect(upload_page.found()).to_contain_text(
            "We cannot see that these pictures show the lower back."
        )

    def test_a_scratched_disc(self, upload_page, tmp_path):
        disc, study = discs.hospital_disc(tmp_path / "disc")
        discs.scratched(disc / "PT000000", 3)
        upload_page.choose_folder(disc)
        found = upload_page.found()
        expect(found).to_contain_text("3 pictures of this disc could not be found.")
        expect(found).to_contain_text(f"{len(study.paths) - 3} pictures")

    @pytest.mark.parametrize("lost", [0, 2])
    def test_a_browser_that_picks_no_folders(self, upload_page, tmp_path, lost):
        """As on many phones: the field takes files, and tells nothing of where they lie."""
        disc, study = discs.hospital_disc(tmp_path / "disc")
        discs.scratched(disc / "PT000000", lost)
        page = upload_page.page
        page.evaluate("document.getElementById('upload-folder').webkitdirectory = false")
        files = sorted(path for path in disc.rglob("*") if path.is_file())
        page.locator("#upload-folder").set_input_files(files)
        found = upload_page.found()
        expect(found).to_contain_text(f"2 sets, {len(study.paths) - lost} pictures")
        if lost:
            expect(found).to_contain_text(f"{lost} pictures of this disc could not be found")
        else:
            expect(found).not_to_contain_text("could not be found")

    @pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
    def test_a_damaged_directory_is_no_damaged_picture(self, upload_page, tmp_path, damage):
        disc, study = discs.hospital_disc(tmp_path / "disc")
        directory = disc / "DICOMDIR"
        directory.write_bytes(damage(directory.read_bytes()))
        upload_page.choose_folder(disc)
        found = upload_page.found()
        expect(found).to_contain_text(f"2 sets, {len(study.paths)} pictures")
        expect(found).not_to_contain_text(re.compile("damaged|incomplete|could not be found"))

    def test_each_of_very_many_sets_is_named(self, upload_page, folder):
        """Only the first are drawn."""

        def one_picture_each(instances):
            for number, instance in enumerate(instances):
                instance.dataset.SeriesInstanceUID += f".{number}"
                instance.dataset.SeriesDescription = f"SET {number}"
            return instances

        discs.lumbar(folder, edit=one_picture_each)
        upload_page.choose_folder(folder)
        sets = upload_page.found().get_by_role("list", name="The sets").get_by_role("listitem")
        expect(sets).to_have_count(28)
        expect(sets.filter(has=upload_page.page.locator("canvas"))).to_have_count(12)
        for number in range(28):
            expect(sets.get_by_text(f"SET {number}", exact=True)).to_be_visible()

    def test_some_pictures_are_incomplete_damaged_or_doubled(self, upload_page, folder):
        paths = discs.lumbar(folder, series=("T2 SAG",)).paths
        cut_in_half(paths[0])
        paths[1].write_bytes(bytes(128) + b"DICM" + b"\xff" * 4000)
        (folder / "copy of one").write_bytes(paths[2].read_bytes())
        upload_page.choose_folder(folder)
        found = upload_page.found()
        expect(found).to_contain_text("1 picture is incomplete")
        expect(found).to_contain_text("1 picture is damaged")
        expect(found).to_contain_text("1 picture is there twice.")
        expect(found).to_contain_text(f"{len(paths) - 2} pictures")

    def test_an_examination_that_was_sent_before(self, upload_page, folder, ana, axe, shot):
        discs.lumbar(folder, series=("T2 SAG",))
        upload_page.choose_folder(folder)
        upload_page.found()
        upload_page.confirm_and_send()
        upload_page.expect_done(11)
        page = upload_page.page
        again = UploadPage(page, make_case(ana)).open()
        copy = folder.with_name("copy")
        discs.lumbar(copy, series=("T2 SAG",))
        discs.lumbar(copy / "more", series=("T2 AX",))  # other bundles than before
        again.choose_folder(copy)
        again.found()
        again.confirm_and_send()
        told = page.locator("#upload-twice")
        expect(told).to_be_focused(timeout=LONG)
        expect(told).to_contain_text(upload_page.case.code)
        link = told.get_by_role("link", name="Open that request")
        expect(link).to_have_attribute("href", f"/cases/{upload_page.case.code}/")
        axe(page)
        shot(page, "upload-twice")
        assert not Upload.objects.filter(case=again.case).exists()
        told.get_by_role("button", name="Send these pictures here, too").click()
        again.expect_done(28)
