import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.uids import UidMap, is_mapped, is_registered

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
MR = b"1.2.840.10008.5.1.4.1.1.4"


def test_the_same_key_gives_the_same_identifier():
    assert UidMap(KEY).map(b"1.2.3") == UidMap(KEY).map(b"1.2.3")


def test_another_key_or_another_identifier_gives_another():
    mapped = UidMap(KEY).map(b"1.2.3")
    assert mapped != UidMap(OTHER_KEY).map(b"1.2.3")
    assert mapped != UidMap(KEY).map(b"1.2.4")


def test_identifiers_of_the_standard_stay():
    assert UidMap(KEY).map(MR) == MR
    assert is_registered(MR)


def test_what_only_looks_like_the_standards_own_does_not_stay():
    invented = b"1.2.840.10008.5.1.4.1.1.4.8830417"
    assert not is_registered(invented)
    assert is_mapped(UidMap(KEY).map(invented))


def test_padding_is_no_part_of_an_identifier():
    uids = UidMap(KEY)
    assert uids.map_value(b"1.2.3\0") == uids.map_value(b"1.2.3 ") == uids.map(b"1.2.3")


def test_each_of_several_values_is_mapped():
    uids = UidMap(KEY)
    assert uids.map_value(b"1.2.3\\" + MR + b"\\\0") == uids.map(b"1.2.3") + b"\\" + MR + b"\\"


def test_an_empty_identifier_stays_empty():
    assert UidMap(KEY).map(b"") == b""


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 31, b"k" * 33])
def test_a_key_of_another_length_is_refused(key):
    with pytest.raises(ValueError, match="32 bytes"):
        UidMap(key)


@given(st.binary(min_size=1, max_size=100))
def test_whatever_stood_there_the_output_is_a_valid_identifier(value):
    mapped = UidMap(KEY).map(value)
    assert is_registered(value) or (is_mapped(mapped) and len(mapped) <= 64)
