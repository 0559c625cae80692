"""A legal compressed picture that carries a name besides the picture is not passed on."""

import re
import struct
from dataclasses import replace

import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, RLELossless

from imaging.decode import FrameSource
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.errors import Code, ImagingError
from imaging.policy import POLICY, build_policy, load_document
from imaging.regions import Region
from imaging.synthetic.carriers import (
    CARRIERS,
    JPEG,
    JPEG_2000,
    in_the_main_header,
    jpeg_with,
)
from imaging.synthetic.compress import COMPRESSED
from tests.imaging.codestreams import (
    codestream,
    compressed_file,
    compressed_mr,
    surplus_fragment,
)
from tests.imaging.objects import to_bytes
from tests.imaging.test_deidentify import seeds_in

CONTEXT = DeidentifyContext("CASE-1234", b"k" * 32)
NAME = b"KOWALSKI^ZBIGNIEW "
#: A mark of each encoder as it writes it, found in its source or in files of it.
MARKS = [
    b"Created by OpenJPEG version 2.5.4", b"Created by GDCM/OpenJPEG version 2.3.0",
    b"Created by Grok     version 7.6.4", b"Created by: JJ2000 version 4.1",
    b"Creator: JasPer Version 1.701.0", b"Kakadu-2.2", b"Kakadu-v7.4",
    b"Kdu-Layer-Info: log_2{Delta-D(squared-error)/Delta-L(bytes)}, L(bytes)\n-192.0,  3.8e+06\n",
    b"Kdu-Layer-Info: log_2{Delta-D(MSE)/[2^16*Delta-L(bytes)]}, L(bytes)\n -65.4, 6.8e+004\n",
    b"      OpenJPH Ver 0.26.3.", b"LEAD Technologies Inc. V1.01\0", b"Lavc57.107.100\0",
    b"JPEG Pro",
    b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 75\n",
    b"CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), default quality\n",
]  # fmt: skip
PROFILE = b"ICC_PROFILE\0\1\1" + bytes(128)
SEGMENTS = [
    (0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
    (0xE0, b"LJIF\0\1" + bytes(7)),
    (0xE2, PROFILE),
    (0xE8, b"SPIFF\0\2" + bytes(23)),
    (0xEE, b"Adobe\0d\0\0\0\0\0"),
]


@pytest.fixture
def ending(tmp_path):
    """De-identify the bytes of a file; return the code, and never a file with the name in it."""

    def run(data, context=CONTEXT, blank=()):
        (tmp_path / "source").write_bytes(data)
        clean = tmp_path / "clean"
        clean.unlink(missing_ok=True)
        try:
            deidentify_instance(tmp_path / "source", clean, context, blank)
        except ImagingError as error:
            code, said = error.code, str(error)
        else:
            code, said = Code.OK, ""
        assert clean.exists() is (code is Code.OK)
        assert "KOWALSKI" not in said
        assert code is not Code.OK or b"KOWALSKI" not in clean.read_bytes()
        return code

    return run


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_the_pictures_of_every_encoder_come_out_as_the_same_codestream(syntax, tmp_path):
    ds = compressed_mr(syntax)
    (tmp_path / "source").write_bytes(to_bytes(ds, syntax))
    result = deidentify_instance(tmp_path / "source", tmp_path / "clean", CONTEXT)
    read = pydicom.dcmread(tmp_path / "clean")
    assert read.file_meta.TransferSyntaxUID == result.transfer_syntax_uid == syntax
    assert read.PixelData == ds.PixelData
    assert seeds_in((tmp_path / "clean").read_bytes()) == []
    assert len(list(FrameSource(tmp_path / "clean"))) == 1


@pytest.mark.parametrize(
    ("carrier", "syntax"),
    [(name, syntax) for name, (syntaxes, _) in CARRIERS.items() for syntax in syntaxes],
    ids=lambda value: value if value in CARRIERS else UID(value).keyword,
)
@pytest.mark.parametrize("text", [NAME, b"free words that name nobody "], ids=["name", "words"])
def test_text_in_a_codestream_is_not_passed_on(ending, tmp_path, carrier, syntax, text):
    """Decoders read such files, but for a tail of RLE; without the text they pass."""
    good = codestream(syntax)
    bad = CARRIERS[carrier][1](good, text)
    assert text in bad
    data = compressed_file(syntax, bad)
    assert ending(data) is Code.UNSAFE
    assert syntax == RLELossless or len(list(FrameSource(tmp_path / "source"))) == 1
    assert ending(compressed_file(syntax, good)) is Code.OK


@pytest.mark.parametrize("syntax", COMPRESSED)
@pytest.mark.parametrize("table", [b"", bytes(4)], ids=["no table", "table"])
def test_text_in_a_surplus_fragment_is_not_passed_on(ending, syntax, table):
    assert ending(surplus_fragment(syntax, NAME, table)) is Code.UNSAFE
    empty = Code.DAMAGED if syntax == RLELossless else Code.OK  # two zeros are one more pixel
    assert ending(surplus_fragment(syntax, bytes(2), table)) is empty


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEG2000Lossless])
def test_a_frame_too_many_is_not_passed_on(ending, syntax):
    """Between frames that only their end markers tell apart."""
    ds, frame = compressed_mr(syntax), codestream(syntax)
    ds.NumberOfFrames = 2
    halves = [frame[:200], frame[200:]]  # encapsulate pads
    for surplus, code in (([], Code.OK), ([frame], Code.UNSAFE)):
        parts = [*halves, *halves, *surplus]
        ds.PixelData = encapsulate(
            [part + b"\0" * (len(part) % 2) for part in parts], has_bot=False
        )
        ds["PixelData"].is_undefined_length = True
        assert ending(to_bytes(ds, syntax)) is code


@pytest.mark.parametrize("syntax", [*JPEG, *JPEG_2000])
@pytest.mark.parametrize("padding", [b"\0", b"\xff", b"\0\0\0"])
def test_padding_behind_the_end_is_no_text(ending, syntax, padding):
    assert ending(compressed_file(syntax, codestream(syntax) + padding)) is Code.OK


@pytest.mark.parametrize("mark", MARKS)
def test_the_marks_of_known_encoders_pass(ending, mark):
    for syntax, put in (
        (JPEG2000Lossless, in_the_main_header),
        (JPEGBaseline8Bit, jpeg_with(0xFE)),
    ):
        assert ending(compressed_file(syntax, put(codestream(syntax), mark))) is Code.OK


@pytest.mark.parametrize(("marker", "body"), SEGMENTS)
def test_application_data_of_known_encoders_pass(ending, marker, body):
    put = jpeg_with(marker)
    for syntax in (JPEGBaseline8Bit, JPEGLosslessSV1):
        assert ending(compressed_file(syntax, put(codestream(syntax), body))) is Code.OK


def test_a_known_mark_with_an_identity_value_is_not_passed_on(ending):
    good = codestream(JPEGBaseline8Bit)
    profile = jpeg_with(0xE2)(good, PROFILE + b"Copyright KOWALSKI")
    assert ending(compressed_file(JPEGBaseline8Bit, profile)) is Code.UNSAFE
    dated = in_the_main_header(codestream(JPEG2000Lossless), b"Kakadu-20240317")
    assert ending(compressed_file(JPEG2000Lossless, dated)) is Code.UNSAFE
    other = replace(CONTEXT, identity=frozenset(["OpenJPEG^Anna"]))
    assert ending(compressed_file(JPEG2000Lossless, codestream(JPEG2000Lossless))) is Code.OK
    assert ending(compressed_file(JPEG2000Lossless, codestream(JPEG2000Lossless)), other) is (
        Code.UNSAFE
    )


def test_a_thumbnail_is_not_passed_on(ending):
    thumbnail = b"JFIF\0\1\1\0\0\1\0\1\x02\x02" + bytes(12)
    data = compressed_file(
        JPEGBaseline8Bit, jpeg_with(0xE0)(codestream(JPEGBaseline8Bit), thumbnail)
    )
    assert ending(data) is Code.UNSAFE


def test_no_pattern_of_a_known_mark_can_be_spared():
    """Each alternative is needed by a mark, so that none is there for nothing."""
    rules = load_document()["codestream"]
    known = [("COM", mark) for mark in MARKS]
    known += [(f"APP{marker - 0xE0}", body) for marker, body in SEGMENTS]
    known.append(("APP8", b"\0\0\0\1\xff\xd8"))
    assert all(POLICY.codestream[name](body) for name, body in known)
    for name, patterns in rules.items():
        for pattern in patterns:
            document = load_document()
            document["codestream"][name] = [one for one in patterns if one != pattern]
            poorer = build_policy(document).codestream[name]
            assert not all(poorer(body) for one, body in known if one == name)
            assert re.compile(pattern.encode())


def test_a_blanked_file_carries_no_codestream(ending):
    """It is decoded and written uncompressed, so its comment stays behind."""
    bad = in_the_main_header(codestream(JPEG2000Lossless), NAME)
    data = compressed_file(JPEG2000Lossless, bad)
    assert ending(data, blank=(Region(0, 0, 4, 4),)) is Code.OK


@pytest.mark.parametrize("syntax", [*JPEG, *JPEG_2000])
def test_a_codestream_whose_segments_do_not_join_is_damaged(ending, syntax):
    good = codestream(syntax)
    at = 4 + int.from_bytes(good[4:6], "big") if syntax in JPEG_2000 else 2
    assert ending(compressed_file(syntax, good[:at] + b"\0" + good[at:])) is Code.DAMAGED


def test_the_end_of_a_tile_without_a_length_is_looked_for(ending):
    good = codestream(JPEG2000Lossless)
    at = good.index(b"\xff\x90\0\x0a") + 6
    endless = good[:at] + bytes(4) + good[at + 4 :]
    assert ending(compressed_file(JPEG2000Lossless, endless)) is Code.OK
    assert ending(compressed_file(JPEG2000Lossless, endless + NAME)) is Code.UNSAFE


def test_a_delimiter_has_no_value(ending):
    data = compressed_file(RLELossless, codestream(RLELossless))
    assert ending(data[:-4] + struct.pack("<I", 0x414B4F57)) is Code.DAMAGED
