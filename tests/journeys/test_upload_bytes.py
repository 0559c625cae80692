"""Every byte arrives, whatever the file: syntaxes, odd lengths, depths of pixels, no preamble."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from cases import originals
from cases.models import Bundle, UploadedInstance
from tests.factories import make_case
from tests.journeys import discs
from tests.journeys.uploading import UploadPage, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[pydicom.Dataset], None]


def in_syntax(uid: str) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(uid)
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)

    return rewrite


def encapsulated(uid: str) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        dataset = pydicom.dcmread(path)
        dataset.PixelData = encapsulate([np.random.default_rng(1).bytes(20_001)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(uid)
        pydicom.dcmwrite(path, dataset, enforce_file_format=True)

    return rewrite


def edited(change: Change) -> Callable[[Path], None]:
    def rewrite(path: Path) -> None:
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(path)

    return rewrite


def to_8_bit(dataset: pydicom.Dataset) -> None:
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 2]


def to_signed(dataset: pydicom.Dataset) -> None:
    dataset.PixelRepresentation = 1
    pixels = np.random.default_rng(2).normal(0, 300, dataset.Rows * dataset.Columns)
    dataset.PixelData = pixels.astype("<i2").tobytes()


def to_constant(dataset: pydicom.Dataset) -> None:
    dataset.PixelData = np.full(len(dataset.PixelData) // 2, 700, "<u2").tobytes()


def to_odd_sides(dataset: pydicom.Dataset) -> None:
    dataset.Rows, dataset.Columns = dataset.Rows - 1, dataset.Columns - 3
    dataset.PixelData = dataset.PixelData[: 2 * dataset.Rows * dataset.Columns]


def to_frames(dataset: pydicom.Dataset) -> None:
    dataset.NumberOfFrames = 3
    dataset.PixelData = dataset.PixelData * 3


def to_noise(dataset: pydicom.Dataset) -> None:
    dataset.PixelData = np.random.default_rng(3).bytes(len(dataset.PixelData))


def to_odd_length(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def without_meta(path: Path) -> None:
    """Leave the bare data set, as some scanners export it."""
    in_syntax(ImplicitVRLittleEndian)(path)
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"\x08\x00\x05\x00") :])


KINDS: dict[str, Callable[[Path], None]] = {
    "explicit": lambda path: None,
    "implicit": in_syntax(ImplicitVRLittleEndian),
    "big endian": in_syntax(ExplicitVRBigEndian),
    "deflated": in_syntax(DeflatedExplicitVRLittleEndian),
    "RLE": edited(lambda dataset: dataset.compress(RLELossless)),
    "JPEG 2000": encapsulated(JPEG2000Lossless),
    "JPEG lossless": encapsulated(JPEGLosslessSV1),
    "JPEG-LS": encapsulated(JPEGLSLossless),
    "8 bit": edited(to_8_bit),
    "signed": edited(to_signed),
    "constant": edited(to_constant),
    "odd sides": edited(to_odd_sides),
    "frames": edited(to_frames),
    "noise": edited(to_noise),
    "odd length": to_odd_length,
    "bare": without_meta,
}


def test_every_kind_of_file_arrives_byte_for_byte(page, ana, live_server, s3, tmp_path):
    study = discs.lumbar(tmp_path / "disc", series=("T2 SAG", "T2 AX"))
    assert len(study.paths) >= len(KINDS)
    for path, change in zip(study.paths, KINDS.values(), strict=False):
        change(path)
    sign_in(page, ana, live_server.url)
    upload_page = UploadPage(page, make_case(ana)).open()
    upload_page.choose_folder(study.folder)
    upload_page.found()
    upload_page.confirm_and_send()
    upload_page.expect_done(len(study.paths) + 2)  # one has three frames

    (tmp_path / "out").mkdir()
    list(originals.lay_out(Bundle.objects.all(), tmp_path / "out"))
    arrived = {sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").iterdir()}
    for path, kind in zip(study.paths, KINDS, strict=False):
        assert sha256(path.read_bytes()).hexdigest() in arrived, kind
    assert arrived == {sha256(path.read_bytes()).hexdigest() for path in study.paths}
    assert set(UploadedInstance.objects.values_list("coding", flat=True)) == {
        "jpeg-ls",
        "deflate",
        "raw",
    }
