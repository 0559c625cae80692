import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.coding import Coding, CodingError, decode, encode


@given(st.binary(max_size=600), st.sampled_from(Coding))
def test_every_coding_gives_back_every_byte(data, coding):
    assert decode(encode(data, coding), coding, len(data)) == data


@pytest.mark.parametrize("length", [0, 1, 2, 3, 65_537])
def test_odd_and_empty_lengths_survive_the_differences(length):
    data = np.random.default_rng(7).bytes(length)
    assert decode(encode(data, Coding.D16), Coding.D16, length) == data


def test_words_that_wrap_around_survive():
    words = np.array([0, 65_535, 0, 32_768, 32_767, 1, 65_535], "<u2").tobytes()
    assert decode(encode(words, Coding.D16), Coding.D16, len(words)) == words


def test_the_payload_is_the_documented_format():
    """The browser writes the same planes: 1, 3, 2 becomes the steps 1, 2, -1, folded to 2, 4, 1."""
    payload = encode(bytes([1, 0, 3, 0, 2, 0, 9]), Coding.D16)
    assert zlib.decompress(payload, -15) == bytes([2, 4, 1, 0, 0, 0, 9])


def test_smooth_pictures_shrink_more_than_by_deflate():
    ramp = (np.add.outer(np.arange(256), np.arange(256)) * 13).astype("<u2").tobytes()
    assert len(encode(ramp, Coding.D16)) < len(encode(ramp, Coding.DEFLATE)) / 2


@pytest.mark.parametrize("coding", [Coding.D16, Coding.DEFLATE])
@pytest.mark.parametrize("declared", [0, 99, 101, 10**9])
def test_a_wrong_declared_length_is_refused(coding, declared):
    with pytest.raises(CodingError):
        decode(encode(b"x" * 100, coding), coding, declared)


def test_a_bomb_is_stopped_at_its_declaration():
    bomb = encode(bytes(200_000_000), Coding.DEFLATE, 9)
    with pytest.raises(CodingError, match="longer than declared"):
        decode(bomb, Coding.DEFLATE, 1000)


@pytest.mark.parametrize(
    "spoil",
    [lambda p: p[:-1], lambda p: p + b"\0", lambda p: b"", lambda p: b"\xff" + p],
    ids=["cut off", "something behind it", "nothing", "no deflate stream"],
)
def test_a_spoiled_payload_is_refused(spoil):
    data = np.random.default_rng(1).bytes(1000)
    with pytest.raises(CodingError):
        decode(spoil(encode(data, Coding.D16)), Coding.D16, len(data))


def test_raw_bytes_of_another_length_are_refused():
    with pytest.raises(CodingError):
        decode(b"abc", Coding.RAW, 4)
