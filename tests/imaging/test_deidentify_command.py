"""``python -m imaging deidentify`` on files, terminals and disks that are not as they should be."""

import json
import os
import resource
import subprocess
import sys

import imagecodecs
import pytest
from pydicom.uid import (
    EncapsulatedPDFStorage,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    SecondaryCaptureImageStorage,
)

from imaging.__main__ import main
from tests.imaging.codestreams import codestream, compressed_file
from tests.imaging.objects import mr_image, to_bytes

CASE = ("--case-code", "CASE-9", "--json")
ONLY_THERE = "Jablonska"  # a name that one header alone spells as a name


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def cleaned(tmp_path, source, capsys):
    """Clean the source; return the exit code and the JSON."""

    def run(*arguments):
        code = main(["deidentify", str(source), str(tmp_path / "out"), *CASE, *arguments])
        return code, json.loads(capsys.readouterr().out)

    return run


def shell(*arguments, **options):
    command = [sys.executable, "-W", "error", "-m", "imaging", "deidentify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)


def picture(number=10, **values):
    ds = mr_image(number)
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


@pytest.mark.parametrize("search", [[], ["--no-text-search"]], ids=["searched", "not searched"])
def test_a_file_that_cannot_be_decoded_is_refused(source, cleaned, search):
    good = codestream(JPEG2000Lossless)
    cut = good[: len(good) // 2] + b"\xff\xd9"
    (source / "IM1").write_bytes(compressed_file(JPEG2000Lossless, cut))
    (source / "IM2").write_bytes(to_bytes(mr_image(11)))
    code, told = cleaned(*search)
    assert code == 0
    assert told["refused"] == [{"file": "IM1", "code": "DAMAGED", "fate": "rejected"}]
    assert [one["file"] for one in told["written"]] == ["IM2"]
    assert told["receipt"]["text_searched"] is not bool(search)


@pytest.mark.parametrize("search", [[], ["--no-text-search"]], ids=["searched", "not searched"])
def test_a_file_on_which_two_decoders_differ_is_refused(source, cleaned, monkeypatch, search):
    (source / "IM1").write_bytes(compressed_file(JPEGLosslessSV1, codestream(JPEGLosslessSV1)))
    correct = imagecodecs.ljpeg_decode
    monkeypatch.setattr(imagecodecs, "ljpeg_decode", lambda data: correct(data) ^ 1)
    _, told = cleaned(*search)
    assert told["refused"] == [{"file": "IM1", "code": "UNSAFE", "fate": "quarantined"}]
    assert told["written"] == []


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "KIND"),
        ({"SOPClassUID": EncapsulatedPDFStorage}, "KIND"),
        ({"BurnedInAnnotation": "YES"}, "BURNED"),
        ({"Rows": 0}, "DAMAGED"),
    ],
)
def test_a_name_of_a_file_that_is_left_out_is_looked_for_in_the_others(
    source, cleaned, left_out, code
):
    (source / "IM1").write_bytes(to_bytes(picture(ReceiveCoilName=ONLY_THERE)))
    (source / "IM2").write_bytes(to_bytes(picture(11, PatientBirthName=ONLY_THERE, **left_out)))
    _, told = cleaned("--no-text-search")
    assert {(one["file"], one["code"]) for one in told["refused"]} == {
        ("IM1", "UNSAFE"), ("IM2", code),
    }  # fmt: skip


def test_a_poor_terminal_gets_json_in_escapes(tmp_path, source):
    (source / "żółw.txt").write_text("no image")
    poor = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = shell(source, tmp_path / "out", *CASE, env=poor)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["refused"][0]["file"] == "żółw.txt"
    in_words = shell(source, tmp_path / "again", *CASE[:2], env=poor)
    assert (in_words.returncode, in_words.stderr) == (0, b"")


def test_a_reader_that_goes_away_hears_no_complaint(tmp_path, source):
    (source / "a.txt").write_text("no image")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "imaging", "deidentify", source, tmp_path / "out", *CASE]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert done.stderr == b""


def test_a_result_that_cannot_be_said_is_a_failure(tmp_path, source):
    (source / "a.txt").write_text("no image")
    command = [sys.executable, "-m", "imaging", "deidentify", source, tmp_path / "out", *CASE]
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"No space left on device\n")


def test_a_pipe_is_no_source(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = shell(tmp_path / "pipe", tmp_path / "out", *CASE)
    assert (done.returncode, done.stderr) == (2, b"SRC is not there\n")


def test_a_source_that_cannot_be_read_is_a_failure_without_a_traceback(tmp_path):
    done = shell("/proc/self/mem", tmp_path / "out", *CASE)
    assert (done.returncode, done.stderr) == (1, b"Input/output error\n")
    assert json.loads(done.stdout)["written"] == []


def test_a_full_disk_is_a_failure_and_what_was_written_is_told(tmp_path, source):
    (source / "IM1").write_bytes(to_bytes(mr_image(10)))
    (source / "IM2").write_bytes(to_bytes(mr_image(11, rows=128, columns=128)))

    def poor():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = shell(source, tmp_path / "out", *CASE, "--no-text-search", preexec_fn=poor)
    assert (done.returncode, done.stderr) == (1, b"File too large\n")
    told = json.loads(done.stdout)
    left = [str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("i*")]
    assert [one["path"] for one in told["written"]] == left == ["s01/i0001.dcm"]
