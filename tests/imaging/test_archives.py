"""Archives are judged by their directory before anything of them is unpacked."""

import io
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import py7zr
import pycdlib
import pytest

from imaging import archives
from imaging.archives import ArchiveLimits, kind_of, unpack
from imaging.errors import Code, ImagingError

FILES = {"DICOM/IM0001": b"one" * 1000, "DICOM/SE2/IM0002": b"two", "README.TXT": b""}


def zipped(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sevenzipped(path: Path, files: dict[str, bytes] = FILES, **switches) -> Path:
    with py7zr.SevenZipFile(path, "w", **switches) as archive:
        for name, content in files.items():
            archive.writestr(content, name)
    return path


def image_of_cd(path: Path, *, joliet: bool = True) -> Path:
    image = pycdlib.PyCdlib()
    image.new(joliet=3 if joliet else None)
    image.add_directory("/DICOM", joliet_path="/DICOM" if joliet else None)
    image.add_directory("/DICOM/SE2", joliet_path="/DICOM/series two" if joliet else None)
    places = {
        "/DICOM/IM0001.;1": ("/DICOM/IM0001", FILES["DICOM/IM0001"]),
        "/DICOM/SE2/IM0002.;1": ("/DICOM/series two/IM0002", FILES["DICOM/SE2/IM0002"]),
        "/README.TXT;1": ("/Read me first.txt", b"hello"),
    }
    for short, (long, content) in places.items():
        names: dict[str, Any] = {"joliet_path": long} if joliet else {}
        image.add_fp(io.BytesIO(content), len(content), short, **names)
    image.write(str(path))
    image.close()
    return path


USUAL = ArchiveLimits()


def code_of(path: Path, folder: Path, limits: ArchiveLimits = USUAL) -> Code:
    folder.mkdir()
    with pytest.raises(ImagingError) as caught:
        unpack(path, folder, limits)
    return caught.value.code


@pytest.mark.parametrize("make", [zipped, sevenzipped])
def test_an_archive_is_unpacked_under_names_of_our_own(tmp_path, make):
    folder = tmp_path / "out"
    folder.mkdir()
    members = unpack(make(tmp_path / "disc"), folder)
    assert {one.name: one.path.read_bytes() for one in members} == FILES
    assert sorted(one.name for one in folder.iterdir()) == [
        "000001.bin",
        "000002.bin",
        "000003.bin",
    ]


@pytest.mark.parametrize(
    ("joliet", "names"),
    [
        (True, {"DICOM/IM0001", "DICOM/series two/IM0002", "Read me first.txt"}),
        (False, {"DICOM/IM0001", "DICOM/SE2/IM0002", "README.TXT"}),
    ],
)
def test_the_image_of_a_cd_is_read_with_either_kind_of_names(tmp_path, joliet, names):
    folder = tmp_path / "out"
    folder.mkdir()
    members = unpack(image_of_cd(tmp_path / "disc.iso", joliet=joliet), folder)
    assert {one.name for one in members} == names
    assert FILES["DICOM/IM0001"] in [one.path.read_bytes() for one in members]


def test_a_file_of_another_kind_is_no_archive(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"hello")
    assert kind_of(path) is None
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_a_dicom_file_that_begins_like_an_archive_is_no_archive(tmp_path):
    path = tmp_path / "polyglot"
    path.write_bytes(b"PK\x03\x04".ljust(128, b"\0") + b"DICM")
    assert kind_of(path) is None


NAMES_OUT = ("../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil")


@pytest.mark.parametrize("name", NAMES_OUT)
@pytest.mark.parametrize("make", [zipped, sevenzipped])
def test_a_name_that_leads_out_spoils_the_archive(tmp_path, make, name):
    path = tmp_path / "disc"
    try:
        make(path, {"good": b"1", name: b"2"})
    except (ValueError, py7zr.exceptions.AbsolutePathError):
        assert make is sevenzipped, "py7zr refuses to write such a name; zipfile does not"
        return
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE
    assert not list((tmp_path / "out").iterdir())


def test_a_symbolic_link_spoils_the_archive(tmp_path):
    path = tmp_path / "disc.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_a_symbolic_link_in_7z_spoils_the_archive(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    path = tmp_path / "disc.7z"
    with py7zr.SevenZipFile(path, "w", dereference=False) as archive:
        archive.write(tmp_path / "link", "link")
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_an_encrypted_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "disc.zip")
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    path.write_bytes(raw)
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_an_encrypted_7z_is_refused(tmp_path):
    path = sevenzipped(tmp_path / "disc.7z", password="geheim")
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_entries_that_share_their_bytes_are_refused_before_unpacking(tmp_path):
    path = tmp_path / "bomb.zip"
    zipped(path, {"a": b"0" * 10_000})
    raw = path.read_bytes()
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry = raw[start:end]
    many = 50
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, many, many, many * len(entry), start, 0)
    path.write_bytes(raw[:start] + entry * many + tail)
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("make", [zipped, sevenzipped])
def test_a_bomb_is_refused_by_its_ratio(tmp_path, make):
    path = make(tmp_path / "bomb", {"zeros": bytes(3_000_000)})
    limits = ArchiveLimits(slack=100_000)
    assert code_of(path, tmp_path / "out", limits) is Code.ARCHIVE


def test_more_bytes_than_promised_stop_the_unpacking(tmp_path):
    path = zipped(tmp_path / "liar.zip", {"a": b"0" * 5_000})
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x01\x02") + 24, 10)
    path.write_bytes(raw)
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ArchiveLimits(files=2), Code.TOO_MANY),
        (ArchiveLimits(total=100), Code.TOO_BIG),
        (ArchiveLimits(single=100), Code.TOO_BIG),
    ],
)
@pytest.mark.parametrize("make", [zipped, sevenzipped, image_of_cd])
def test_limits_hold_for_every_kind(tmp_path, make, limits, code):
    assert code_of(make(tmp_path / "disc"), tmp_path / "out", limits) is code


def test_a_directory_of_millions_is_not_even_read(tmp_path):
    path = zipped(tmp_path / "disc.zip")
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.index(b"PK\x05\x06") + 12, 0x7FFFFFFF)
    path.write_bytes(raw)
    assert code_of(path, tmp_path / "out") is Code.TOO_MANY


@pytest.mark.parametrize("make", [zipped, sevenzipped, image_of_cd])
def test_a_broken_archive_of_any_kind_ends_with_a_code(tmp_path, make):
    good = make(tmp_path / "disc").read_bytes()
    for turn in range(60):
        spoiled = bytearray(good)
        if turn % 3 == 0:
            spoiled = spoiled[: len(good) * (turn + 1) // 61]
        else:
            for step in range(1 + turn % 5):
                spoiled[(turn * 7919 + step * 104_729) % len(good)] ^= 1 << (turn % 8)
        path = tmp_path / f"bad{turn}"
        path.write_bytes(spoiled)
        folder = tmp_path / f"out{turn}"
        folder.mkdir()
        with suppress(ImagingError):  # and nothing else
            unpack(path, folder)


def test_a_folder_inside_itself_does_not_turn_forever(tmp_path):
    path = image_of_cd(tmp_path / "disc.iso", joliet=False)
    raw = bytearray(path.read_bytes())
    root = struct.unpack_from("<I", raw, 16 * 2048 + 156 + 2)[0]
    at = raw.index(b"DICOM", root * 2048) - 33
    struct.pack_into("<I", raw, at + 2, root)
    path.write_bytes(raw)
    assert code_of(path, tmp_path / "out") is Code.ARCHIVE


def test_without_its_package_a_7z_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "sevenzip", None)
    assert code_of(sevenzipped(tmp_path / "disc.7z"), tmp_path / "out") is Code.ARCHIVE
