"""Every kind of bad file that we know of, and thousands that nobody thought of.

Whatever the bytes: a code and no traceback; and what is accepted can be read, holds the pixels its
header promises, and no name.
"""

import random
import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import ImplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from imaging.decode import FrameSource
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.errors import Code, Fate, ImagingError
from imaging.gate import admit
from imaging.synthetic.file_faults import FILE_FAULTS
from imaging.synthetic.raw import meta_end
from imaging.synthetic.spoiling import compressed
from tests.imaging.objects import enhanced_mr, legacy_mr, mr_image, to_bytes

CONTEXT = DeidentifyContext("CASE-1234", b"k" * 32)
BASE = to_bytes(mr_image())
IMPLICIT = to_bytes(mr_image(), ImplicitVRLittleEndian)
META_END = meta_end(BASE)
#: Kind -> the bytes and the code of each bad file, and the bytes of each odd one that is read.
BAD = {
    kind: (fault.spoil(BASE), fault.code)
    for kind, fault in FILE_FAULTS.items()
    if fault.code is not Code.OK
}
GOOD = {kind: fault.spoil(BASE) for kind, fault in FILE_FAULTS.items() if fault.code is Code.OK}


def code_of(source: Path, destination: Path) -> Code:
    try:
        deidentify_instance(source, destination, CONTEXT)
    except ImagingError as error:
        return error.code
    return Code.OK


#: What only the second reading, or a decoder, finds.
LATER = {Code.UNSAFE, Code.DAMAGED, Code.CUT_OFF, Code.SYNTAX}


def judge(data: bytes, folder: Path) -> Code:
    """De-identify; the gate must say the same, and what comes out must be readable and clean."""
    source, clean = folder / "source", folder / "clean"
    source.write_bytes(data)
    judged, code = admit(data).code, code_of(source, clean)
    if code is not Code.OK:
        assert judged is code or (judged is Code.OK and code in LATER)
        assert not clean.exists()
        return code
    assert judged is Code.OK
    written = clean.read_bytes()
    assert b"kowalski" not in written.lower()
    read = pydicom.dcmread(BytesIO(written))
    frames = int(read.get("NumberOfFrames") or 1)
    if read.file_meta.TransferSyntaxUID.is_compressed:
        shapes = [frame.shape for frame in FrameSource(clean)]
        assert shapes == [(read.Rows, read.Columns)] * frames
    else:
        words = np.frombuffer(read.PixelData, "u1" if read.BitsAllocated == 8 else "<u2")
        wanted = read.Rows * read.Columns * read.SamplesPerPixel * frames
        assert wanted <= len(words) <= wanted + 1
    clean.unlink()
    return Code.OK


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_gets_its_code(kind, tmp_path):
    data, code = BAD[kind]
    assert admit(data).code is (Code.OK if FILE_FAULTS[kind].later else code)
    assert judge(data, tmp_path) is code
    assert code.fate in (Fate.IGNORED, Fate.REJECTED, Fate.QUARANTINED)


@pytest.mark.parametrize("kind", GOOD)
def test_an_odd_but_readable_file_comes_out_clean(kind, tmp_path):
    assert judge(GOOD[kind], tmp_path) is Code.OK


def test_every_code_has_a_fate():
    assert {code.fate for code in Code} == set(Fate)


SOURCES = [
    BASE,
    IMPLICIT,
    to_bytes(enhanced_mr()),
    to_bytes(legacy_mr(), ImplicitVRLittleEndian),
    compressed(RLELossless)(BASE),
    compressed(JPEG2000Lossless)(BASE),
    compressed(JPEGLSLossless)(BASE),
]
RARE = bytes.fromhex("00ff7f80fffe") + b"\\^=SQUNOB"


def mutant(data: bytes, chance: random.Random) -> bytes:
    """Return a file that some accident or somebody with intent has changed."""
    parts = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(128, len(parts)) if len(parts) > 129 else 0
        way = chance.randrange(7)
        if way == 0:
            parts[place] ^= 1 << chance.randrange(8)
        elif way == 1:
            parts[place] = chance.choice(RARE)
        elif way == 2:
            del parts[place : place + chance.choice((1, 2, 4, 8, 100))]
        elif way == 3:
            parts[place:place] = chance.randbytes(chance.choice((1, 2, 8)))
        elif way == 4:
            parts[place : place + 4] = struct.pack("<I", chance.choice((0, 0xFFFFFFFF, 65535, 12)))
        elif way == 5:
            del parts[place:]
        else:
            other = chance.randrange(128, len(parts)) if len(parts) > 129 else 0
            parts[place : place + 16] = parts[other : other + 16]
    return bytes(parts)


@pytest.mark.parametrize("source", range(len(SOURCES)))
def test_mutants_are_coded_or_come_out_clean(source, tmp_path):
    """7,000 in all, the same on every run."""
    chance = random.Random(20261123 + source)
    codes = [judge(mutant(SOURCES[source], chance), tmp_path) for _ in range(1000)]
    assert Code.UNEXPECTED not in codes
    assert {Code.OK, Code.CUT_OFF, Code.DAMAGED} <= set(codes)


@given(st.binary(max_size=600))
@settings(max_examples=150)
def test_any_bytes_get_a_code(data):
    for wrapped in (data, bytes(128) + b"DICM" + data, BASE[:META_END] + data):
        assert admit(wrapped).code is not Code.UNEXPECTED


@given(st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_any_place_get_a_code(tmp_path, data):
    place = data.draw(st.integers(META_END, len(BASE)))
    put = data.draw(st.binary(max_size=40))
    cut = data.draw(st.integers(0, 40))
    assert judge(BASE[:place] + put + BASE[place + cut :], tmp_path) is not Code.UNEXPECTED
