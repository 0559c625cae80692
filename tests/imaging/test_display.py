"""Frames for display: decoded by two decoders, recoded without loss, found again by their index."""

import gzip
import json
from itertools import pairwise
from typing import Any

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, generate_uid

from imaging.codestream import codestream_shape
from imaging.decode import FrameSource
from imaging.dicom_json import write_series_metadata
from imaging.display import Encoding, decode_frame, encode_frame, pack_instance, write_series
from imaging.errors import Code, ImagingError
from imaging.preview import Window, choose_window, render_preview, value_range
from imaging.synthetic import build_study
from tests.imaging.codestreams import codestream, compressed_mr
from tests.imaging.lossless_jpeg import wrapped_lossless_jpeg
from tests.imaging.objects import to_bytes

EXPLICIT = "1.2.840.10008.1.2.1"
ENCODERS: dict[str, Any] = {
    "1.2.840.10008.1.2.4.70": imagecodecs.ljpeg_encode,
    "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_encode,
    "1.2.840.10008.1.2.4.90": lambda frame: imagecodecs.jpeg2k_encode(
        frame, level=0, codecformat="j2k", reversible=True
    ),
    "1.2.840.10008.1.2.4.201": lambda frame: imagecodecs.htj2k_encode(frame, reversible=True),
}


def slices(count=3, *, bits=12, signed=False, shape=(48, 40)):
    """Return smooth pictures that use the whole range of `bits`."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    top = (1 << bits) - 1
    pictures = [((rows * 37 + columns * (11 + k)) * 5) % (top + 1) for k in range(count)]
    if signed:
        return [(picture - (1 << (bits - 1))).astype("<i2") for picture in pictures]
    return [picture.astype("<u2" if bits > 8 else "u1") for picture in pictures]


def write(path, frames, *, syntax=EXPLICIT, bits=12, photometric="MONOCHROME2", **attributes):
    first = frames[0]
    dataset = Dataset()
    dataset.SOPClassUID = UID("1.2.840.10008.5.1.4.1.1.4")
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[str(path)])
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "2.25.1", "2.25.2"
    dataset.Rows, dataset.Columns = first.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.BitsAllocated = first.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(first.dtype.kind == "i")
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    if syntax == EXPLICIT:
        dataset.PixelData = b"".join(frame.tobytes() for frame in frames)
    else:
        coded = [ENCODERS[syntax](np.ascontiguousarray(frame)) for frame in frames]
        dataset.PixelData = encapsulate([bytes(one) for one in coded])
    dataset["PixelData"].VR = "OW"
    dataset.save_as(path, enforce_file_format=True)
    return path


def derive(paths, folder):
    packed = [pack_instance(path, folder / f"{path.name}.pack") for path in paths]
    return write_series(packed, folder)


@pytest.mark.parametrize("syntax", [EXPLICIT, *ENCODERS])
def test_every_syntax_gives_the_stored_values(tmp_path, syntax):
    frames = slices(bits=12)
    source = FrameSource(write(tmp_path / "a", frames, syntax=syntax))
    assert source.count == 3
    for decoded, original in zip(source, frames, strict=True):
        np.testing.assert_array_equal(decoded, original)


def test_signed_values_keep_their_sign(tmp_path):
    frames = slices(bits=12, signed=True)
    for syntax in (EXPLICIT, "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.201"):
        source = FrameSource(write(tmp_path / "a", frames, syntax=syntax, bits=12))
        assert source.frame(0).min() == -2048
        np.testing.assert_array_equal(source.frame(0), frames[0])


def test_bits_above_bits_stored_are_not_shown(tmp_path):
    frame = slices(1, bits=12)[0]
    overlay = frame | np.uint16(0x8000)
    source = FrameSource(write(tmp_path / "a", [overlay]))
    np.testing.assert_array_equal(source.frame(0), frame)


def test_two_decoders_that_differ_hold_the_file(tmp_path, monkeypatch):
    path = write(tmp_path / "a", slices(1), syntax="1.2.840.10008.1.2.4.70")
    correct = imagecodecs.ljpeg_decode
    monkeypatch.setattr(imagecodecs, "ljpeg_decode", lambda data: correct(data) ^ 1)
    with pytest.raises(ImagingError) as caught:
        FrameSource(path).frame(0)
    assert caught.value.code is Code.UNSAFE


def test_a_legal_stream_that_one_library_gets_wrong_is_decoded_right(tmp_path, monkeypatch):
    frame = (np.add.outer(np.arange(24) * 37, np.arange(32) * 53) % 256).astype("u1")
    coded = wrapped_lossless_jpeg(frame)
    syntax = "1.2.840.10008.1.2.4.70"
    monkeypatch.setitem(ENCODERS, syntax, lambda _frame: coded)
    path = write(tmp_path / "a", [frame], syntax=syntax, bits=8)
    np.testing.assert_array_equal(FrameSource(path).frame(0), frame)
    wrong = get_decoder(UID(syntax)).as_array(
        pydicom.dcmread(path), raw=True, decoding_plugin="pylibjpeg"
    )[0]
    assert (wrong != frame).any()  # when this fails, the library is mended


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGExtended12Bit])
def test_a_scan_that_says_it_ends_before_it_begins_is_decoded(tmp_path, syntax):
    """As in JPEG files of DICOM's working group 4: Se is 0 where T.81 wants 63."""
    good = compressed_mr(syntax)
    stream = codestream(syntax)
    scan = stream.index(b"\xff\xda\0\x08")
    assert stream[scan + 7 : scan + 10] == b"\0\x3f\0"
    good.PixelData = encapsulate([stream[: scan + 8] + b"\0" + stream[scan + 9 :]])
    (tmp_path / "a").write_bytes(to_bytes(good, syntax))
    with pytest.raises(RuntimeError, match="scan stop"):
        get_decoder(syntax).as_array(good, raw=True, decoding_plugin="pylibjpeg")
    decoded = FrameSource(tmp_path / "a").frame(0)
    np.testing.assert_array_equal(decoded, imagecodecs.jpeg8_decode(stream))


def test_a_codestream_of_another_size_is_damaged_and_not_decoded(tmp_path):
    path = write(tmp_path / "a", slices(1), syntax="1.2.840.10008.1.2.4.90")
    dataset = pydicom.dcmread(path)
    dataset.Rows = 47
    dataset.save_as(path)
    with pytest.raises(ImagingError) as caught:
        FrameSource(path).frame(0)
    assert caught.value.code is Code.DAMAGED


@pytest.mark.parametrize("syntax", ENCODERS)
def test_broken_codestreams_are_damaged(tmp_path, syntax):
    path = write(tmp_path / "a", slices(1), syntax=syntax)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\x00" * 8])
    dataset.save_as(path)
    with pytest.raises(ImagingError) as caught:
        FrameSource(path).frame(0)
    assert caught.value.code is Code.DAMAGED


@pytest.mark.parametrize("syntax", ENCODERS)
def test_the_size_of_a_codestream_is_read_without_decoding(syntax):
    frame = slices(1, shape=(33, 57))[0]
    assert codestream_shape(bytes(ENCODERS[syntax](frame))) == (33, 57)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\x4f\xff\x51\0\0", b"RIFF", b"\xff" * 99])
def test_no_size_is_read_from_a_broken_header(data):
    assert codestream_shape(data) is None


@pytest.mark.parametrize("kind", ["u1", "i1", "<u2", "<i2"])
def test_display_frames_are_lossless(kind):
    generator = np.random.default_rng(7)
    limits = np.iinfo(kind)
    frame = generator.integers(limits.min, limits.max, (61, 43), dtype=kind, endpoint=True)
    encoding, data = encode_frame(frame)
    assert encoding is Encoding.HTJ2K
    np.testing.assert_array_equal(decode_frame(encoding, data, frame.dtype), frame)


def test_a_frame_that_does_not_survive_coding_is_kept_raw(monkeypatch):
    frame = slices(1)[0]
    monkeypatch.setattr(imagecodecs, "htj2k_decode", lambda _data: frame + 1)
    encoding, data = encode_frame(frame)
    assert (encoding, data) == (Encoding.RAW, frame.tobytes())
    assert encoding.transfer_syntax_uid == EXPLICIT


def test_the_pack_gives_each_frame_by_its_index(tmp_path):
    frames = slices(4)
    paths = [
        write(tmp_path / "i0001.dcm", frames[:3]),
        write(tmp_path / "i0002.dcm", frames[3:], syntax="1.2.840.10008.1.2.4.80"),
    ]
    preview_ends = derive(paths, tmp_path)
    index = json.loads((tmp_path / "frames.json").read_text())
    pack = (tmp_path / "frames.pack").read_bytes()
    assert index["size"] == len(pack)
    found = [entry for instance in index["instances"] for entry in instance["frames"]]
    for (offset, length, encoding), frame in zip(found, frames, strict=True):
        data = pack[offset : offset + length]
        np.testing.assert_array_equal(decode_frame(Encoding(encoding), data, frame.dtype), frame)
    previews = (tmp_path / "previews.pack").read_bytes()
    assert len(preview_ends) == len(frames)
    assert preview_ends[-1] == len(previews)
    for (start, end), frame in zip(pairwise((0, *preview_ends)), frames, strict=True):
        assert webp_size(previews[start:end]) == frame.shape[::-1]


def test_two_runs_give_the_same_bytes(tmp_path):
    trees = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        path = write(tmp_path / "i0001.dcm", slices(2), WindowCenter=900, WindowWidth=1500)
        derive([path], folder)
        write_series_metadata([path], folder / "metadata.json.gz", "/dicomweb/c/X")
        trees.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert trees[0] == trees[1]


def test_metadata_is_dicom_json_without_pixels(tmp_path):
    path = write(tmp_path / "i0001.dcm", slices(1), EchoTime="12.5")
    write_series_metadata([path], tmp_path / "m.gz", "/dicomweb/c/X")
    (document,) = json.loads(gzip.decompress((tmp_path / "m.gz").read_bytes()))
    assert document["00180081"] == {"vr": "DS", "Value": [12.5]}
    uri = document["7FE00010"]["BulkDataURI"]
    assert uri.startswith("/dicomweb/c/X/studies/2.25.1/series/2.25.2/instances/")
    assert "InlineBinary" not in json.dumps(document)
    assert list(document) == sorted(document)


class TestWindow:
    values = value_range(slices(1)[0])

    def choose(self, **attributes):
        dataset = Dataset()
        for keyword, value in attributes.items():
            setattr(dataset, keyword, value)
        return choose_window(dataset, 0, self.values)

    def test_the_header_decides(self):
        window = self.choose(WindowCenter=[1000, 5], WindowWidth=[500, 5])
        assert (window.low, window.high) == (750, 1250)

    def test_rescaling_is_undone(self):
        window = self.choose(
            WindowCenter=2000, WindowWidth=1000, RescaleSlope=2, RescaleIntercept=0
        )
        assert (window.low, window.high) == (750, 1250)

    @pytest.mark.parametrize("center", [None, "", 99999])
    def test_without_a_sensible_one_the_pixels_decide(self, center):
        window = self.choose(WindowCenter=center, WindowWidth=100)
        assert 0 <= window.low < 100
        assert 3900 < window.high <= 4095

    def test_monochrome1_is_shown_inverted(self):
        assert self.choose(PhotometricInterpretation="MONOCHROME1").inverted

    def test_enhanced_frames_have_their_own(self):
        voi, group, dataset = Dataset(), Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = 1000, 500
        group.FrameVOILUTSequence = [voi]
        dataset.PerFrameFunctionalGroupsSequence = [Dataset(), group]
        assert choose_window(dataset, 1, self.values).low == 750
        assert choose_window(dataset, 0, self.values).low != 750


def test_previews_have_square_pixels_and_at_most_512_of_them():
    frame = np.zeros((1024, 512), "u2")
    assert webp_size(render_preview(frame, Window(0, 1), aspect=0.5)) == (512, 512)
    assert webp_size(render_preview(frame[:64, :32], Window(0, 1))) == (32, 64)


def webp_size(data):
    height, width = imagecodecs.webp_decode(data).shape[:2]
    return width, height


@pytest.mark.parametrize(
    ("vendor", "kind"),
    [
        ("siemens", {"size": "tiny"}),
        ("ge", {"size": "tiny"}),
        ("philips", {"size": "tiny"}),
        ("siemens", {"transfer_syntax": "1.2.840.10008.1.2"}),
    ],
)
def test_metadata_of_a_series_is_what_pydicom_makes_of_each_instance(tmp_path, vendor, kind):
    paths = build_study(tmp_path, vendor, series=["T2 SAG"], **kind).paths
    write_series_metadata(paths, tmp_path / "m.gz", "/dicomweb/c/X")
    documents = json.loads(gzip.decompress((tmp_path / "m.gz").read_bytes()))
    assert len(documents) == len(paths) > 1
    for path, document in zip(paths, documents, strict=True):
        expected = pydicom.dcmread(path, stop_before_pixels=True)
        assert document.pop("7FE00010")["vr"] == "OW"
        assert document == expected.to_json_dict(suppress_invalid_tags=True)
