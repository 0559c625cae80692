"""``python -m imaging inspect``: its JSON, its exit codes, and no traceback whatever it reads."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from typing import Any

import py7zr
import pycdlib
import pytest

from imaging.__main__ import main
from imaging.study import Verdict
from tests.dicom import STUDY_DATE, build_study, examine, one_file
from tests.imaging.test_archives import zipped


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return build_study(tmp_path_factory.mktemp("study"), size="tiny", study_date=STUDY_DATE).folder


def inspect(capsys, *arguments) -> tuple[int, dict[str, Any]]:
    code = main(["inspect", *map(str, arguments), "--json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, json.loads(printed.out)


def test_a_folder_s_json_has_the_documented_names(capsys, study):
    code, found = inspect(capsys, study)
    assert code == 0
    assert set(found) == {"verdict", "patients", "files", "studies", "findings", "refused"}
    assert found["verdict"] == "COMPLETE"
    assert found["patients"] == 1
    assert found["files"] == {"read": 59, "left_out": 0}
    (one,) = found["studies"]
    assert one["label"] == "MRI lumbar spine"
    labels = [series["label"] for series in one["series"]]
    assert labels == ["LOC", "T1 SAG", "T2 SAG", "STIR SAG", "T2 AX", "T1 AX"]
    assert one["series"][2] | {
        "number": 3, "plane": "SAG", "weighting": "T2", "instances": 11, "gaps": [],
    } == one["series"][2]  # fmt: skip


def test_findings_have_code_level_and_message(capsys, tmp_path):
    build_study(tmp_path, size="tiny", series=["T2 SAG"], study_date=STUDY_DATE)
    _, found = inspect(capsys, tmp_path)
    assert found["verdict"] == "INCOMPLETE"
    assert found["findings"][0] == {
        "code": "MISSING-AX-T2",
        "level": "fail",
        "message": "An axial T2 series is missing.",
        "params": {},
    }


@pytest.mark.parametrize("kind", ["zip", "7z", "iso"])
def test_an_archive_says_the_same_as_its_folder(capsys, tmp_path, study, kind):
    path = tmp_path / f"disc.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in study.iterdir():
                archive.write(one, f"DICOM/{one.name}")
    elif kind == "7z":
        with py7zr.SevenZipFile(path, "w") as archive:
            archive.writeall(study, "DICOM")
    else:
        image = pycdlib.PyCdlib()
        image.new(interchange_level=3)
        for index, one in enumerate(sorted(study.iterdir())):
            image.add_file(str(one), f"/IM{index:06d}.;1")
        image.write(str(path))
        image.close()
    assert inspect(capsys, path) == inspect(capsys, study)


def test_one_file_is_read_alone(capsys, study):
    code, found = inspect(capsys, next(study.iterdir()))
    assert code == 0
    assert found["files"]["read"] == 1


def test_folders_below_are_read_and_other_files_left_out(capsys, tmp_path, study):
    shutil.copytree(study, tmp_path / "disc" / "DICOM" / "ST1")
    (tmp_path / "disc" / "AUTORUN.INF").write_text("[autorun]")
    (tmp_path / "disc" / "link").symlink_to("/etc/passwd")
    code, found = inspect(capsys, tmp_path / "disc")
    assert code == 0
    assert found["refused"] == [{"file": "AUTORUN.INF", "code": "NOT-DICOM"}]
    assert found["verdict"] == "COMPLETE"


def test_a_path_that_is_not_there_is_a_wrong_argument(capsys, tmp_path):
    assert main(["inspect", str(tmp_path / "nothing")]) == 2
    assert capsys.readouterr().err


def test_wrong_arguments_end_with_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["inspect"])
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_an_empty_folder_ends_with_1(capsys, tmp_path):
    code, found = inspect(capsys, tmp_path)
    assert code == 1
    assert found["verdict"] == "NO_IMAGES"


def test_a_hostile_archive_ends_with_1_and_its_code(capsys, tmp_path):
    path = zipped(tmp_path / "evil.zip", {"../evil": b"1"})
    code, found = inspect(capsys, path)
    assert code == 1
    assert found["refused"] == [{"file": "evil.zip", "code": "ARCHIVE"}]


def test_the_table_shows_each_series_and_each_finding(capsys, tmp_path):
    build_study(tmp_path, size="tiny", series=["T2 SAG", "T1 AX"], study_date=STUDY_DATE)
    (tmp_path / "notes.txt").write_text("hello")
    assert main(["inspect", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for words in ("INCOMPLETE", "T2 SAG", "T1 AX", "MISSING-AX-T2", "1 left out (NOT-DICOM 1)"):
        assert words in printed


def test_the_form_s_age_and_sex_can_be_given(capsys, study):
    _, found = inspect(capsys, study, "--age", 30, "--sex", "M")
    assert {one["code"] for one in found["findings"]} == {"AGE-DIFFERS", "SEX-DIFFERS"}


def test_the_form_s_history_can_be_given(capsys, study):
    _, found = inspect(capsys, study, "--history", "operated", "infection")
    (one,) = found["findings"]
    assert (one["code"], one["params"]["history"]) == (
        "CONTRAST-WANTED",
        ["operated", "infection"],
    )


def test_flipped_bits_in_a_header_never_raise(tmp_path):
    good = one_file(tmp_path / "good", size="tiny").read_bytes()
    folder = tmp_path / "bad"
    folder.mkdir()
    for turn in range(400):
        spoiled = bytearray(good)
        for step in range(1 + turn % 4):
            spoiled[132 + (turn * 7919 + step * 104_729) % (len(good) - 132)] ^= 1 << (turn % 8)
        (folder / f"{turn:04d}").write_bytes(spoiled)
    found = examine(tmp_path / "other", series=["T2 SAG"])
    assert found.verdict is Verdict.INCOMPLETE
    assert main(["inspect", str(folder), "--json"]) in {0, 1}


def test_names_that_are_no_text_and_special_files_are_no_trouble(capfd, tmp_path):
    (tmp_path / os.fsdecode(b"M\xfcller\x1b[2J.dcm")).write_bytes(b"hello")
    os.mkfifo(tmp_path / "pipe")
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0)
    assert main(["inspect", str(tmp_path), "--json"]) == 1
    found = json.loads(capfd.readouterr().out)
    assert found["refused"] == [{"file": "M?ller\x1b[2J.dcm", "code": "NOT-DICOM"}]
    locked.chmod(0o700)
    assert main(["inspect", str(tmp_path / "pipe")]) == 2


def test_a_reader_that_goes_away_and_a_poor_terminal_are_no_trouble(study):
    command = [sys.executable, "-W", "error", "-m", "imaging", "inspect", str(study), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as going:
        assert going.stdout is not None
        assert going.stderr is not None
        going.stdout.close()
        assert going.stderr.read() == b""
    poor = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=poor, check=True)
    assert json.loads(done.stdout)["verdict"] == "COMPLETE"
