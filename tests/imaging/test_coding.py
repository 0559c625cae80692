import tracemalloc
from functools import partial

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.coding import Coding, CodingError, Words, decode, encode

HEAD = 12  # of a payload: three numbers of 32 bits
MUTANTS = 4000
#: A segment with the very parameters that hold without it.
PARAMETERS = bytes.fromhex("fff8 000d 01 ffff 0012 0043 0114 0040")


def picture(lines: int, columns: int, *, seed: int = 7) -> bytes:
    """Return the words of a smooth picture with noise on it."""
    waves = np.add.outer(np.sin(np.arange(lines) / 9), np.cos(np.arange(columns) / 7))
    noise = np.random.default_rng(seed).normal(0, 6, (lines, columns))
    return (waves * 400 + noise + 1000).astype("<u2").tobytes()


def file_of(lines: int, columns: int, before: int = 301, behind: int = 7) -> tuple[bytes, Words]:
    rest = np.random.default_rng(3).bytes(before + behind)
    data = rest[:before] + picture(lines, columns) + rest[before:]
    return data, Words(before, lines, columns)


@given(st.binary(max_size=600), st.sampled_from([Coding.RAW, Coding.DEFLATE]))
def test_the_simple_codings_give_back_every_byte(data, coding):
    assert decode(encode(data, coding), coding, len(data)) == data


@given(st.data())
def test_pixels_with_anything_around_them_survive_jpeg_ls(data):
    words = Words(data.draw(st.integers(0, 5)), *data.draw(st.tuples(*[st.integers(1, 12)] * 2)))
    size = 2 * words.lines * words.columns
    content = data.draw(st.binary(min_size=words.start + size, max_size=words.start + size + 5))
    payload = encode(content, Coding.JPEG_LS, words)
    assert decode(payload, Coding.JPEG_LS, len(content)) == content


def test_smooth_pictures_shrink_more_than_by_deflate():
    data, words = file_of(200, 300)
    assert len(encode(data, Coding.JPEG_LS, words)) < len(encode(data, Coding.DEFLATE)) * 0.8


def test_the_payload_is_the_documented_format():
    """What the browser may write: 8 bits, an origin below zero, frames one below the other."""
    samples = np.arange(12, dtype="u1").reshape(4, 3) * 9
    coded = imagecodecs.jpegls_encode(samples)
    frame = b"\xff\xd8\xff\xf7\x00\x0b\x08\x00\x04\x00\x03\x01\x01\x11\x00"
    stream = frame + coded[coded.index(b"\xff\xda") :]
    numbers = np.array([2, 0xFFFE, len(stream)], "<u4").tobytes()
    payload = numbers + stream + encode(b"abcd", Coding.DEFLATE)
    words = (samples.astype("<i2") - 2).tobytes()
    assert decode(payload, Coding.JPEG_LS, 28) == b"ab" + words + b"cd"


@pytest.mark.parametrize("coding", [Coding.DEFLATE, Coding.JPEG_LS])
@pytest.mark.parametrize("declared", [0, 99, 101, 10**9])
def test_a_wrong_declared_length_is_refused(coding, declared):
    with pytest.raises(CodingError):
        decode(encode(b"x" * 100, coding, Words(10, 5, 8)), coding, declared)


def test_a_bomb_is_stopped_at_its_declaration():
    bomb = encode(bytes(200_000_000), Coding.DEFLATE, level=9)
    with pytest.raises(CodingError, match="longer than declared"):
        decode(bomb, Coding.DEFLATE, 1000)


def test_pixels_beyond_the_declaration_are_not_decoded():
    """60,000 x 60,000 equal pixels are 7 GB out of a few bytes."""
    data = bytes(2 * 4 * 65_000)
    payload = bytearray(encode(data, Coding.JPEG_LS, Words(0, 65_000, 4)))
    payload[HEAD + 7 : HEAD + 11] = b"\xea\x60\xea\x60"
    tracemalloc.start()
    with pytest.raises(CodingError, match="not where"):
        decode(bytes(payload), Coding.JPEG_LS, len(data))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def test_lines_that_are_not_in_the_stream_are_refused():
    data = bytes(2 * 50 * 60)
    payload = bytearray(encode(data, Coding.JPEG_LS, Words(0, 50, 60)))
    payload[HEAD + 7 : HEAD + 9] = (51).to_bytes(2, "big")
    with pytest.raises(CodingError):
        decode(bytes(payload), Coding.JPEG_LS, len(data) + 120)


def _with_segment(payload: bytes, segment: bytes) -> bytes:
    """Put a segment behind the start of the stream, and tell its new length."""
    length = int.from_bytes(payload[8:12], "little") + len(segment)
    at = HEAD + 2
    return payload[:8] + length.to_bytes(4, "little") + payload[HEAD:at] + segment + payload[at:]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: p[:-1], id="cut off"),
        pytest.param(lambda p: p + b"\0", id="something behind it"),
        pytest.param(lambda p: b"", id="nothing"),
        pytest.param(lambda p: p[:11], id="no head"),
        pytest.param(lambda p: p[:HEAD], id="no stream"),
        pytest.param(lambda p: b"\xff\xff\xff\xff" + p[4:], id="pixels far away"),
        pytest.param(lambda p: p[:4] + b"\0\0\1\0" + p[8:], id="origin of 17 bits"),
        pytest.param(lambda p: p[:8] + b"\0\0\0\0" + p[12:], id="empty stream"),
        pytest.param(lambda p: p[:8] + b"\xff\xff\xff\xff" + p[12:], id="endless stream"),
        pytest.param(partial(_with_segment, segment=b"\xff\xfe\x00\x04hi"), id="comment"),
        pytest.param(partial(_with_segment, segment=PARAMETERS), id="parameters"),
    ],
)
def test_a_spoiled_payload_is_refused(spoil):
    data, words = file_of(20, 30)
    with pytest.raises(CodingError):
        decode(spoil(encode(data, Coding.JPEG_LS, words)), Coding.JPEG_LS, len(data))


def test_thousands_of_mutants_give_an_error_or_a_file_of_the_declared_length():
    data, words = file_of(24, 31)
    whole = encode(data, Coding.JPEG_LS, words)
    random = np.random.default_rng(16)
    refused = 0
    for number in range(MUTANTS):
        mutant = bytearray(whole)
        for at in random.integers(0, HEAD + 25 if number % 4 == 0 else len(mutant), 1 + number % 3):
            mutant[at] ^= 1 << int(random.integers(8))
        if number % 5 == 0:
            del mutant[int(random.integers(len(mutant))) :]
        try:
            assert len(decode(bytes(mutant), Coding.JPEG_LS, len(data))) == len(data)
        except CodingError:
            refused += 1
    assert MUTANTS > refused > MUTANTS / 4


def test_raw_bytes_of_another_length_are_refused():
    with pytest.raises(CodingError):
        decode(b"abc", Coding.RAW, 4)
