"""The second reading: a written file is published only after pydicom and the policy agree on it.

The writer is a parser of our own. pydicom shares no code with it, so a mistake of the writer shows
here as a difference, and a rule of the policy that was not obeyed shows as a tag, a VR or a UID
that should not be there.
"""

import struct
import warnings
from functools import lru_cache
from io import BytesIO
from typing import Final

from pydicom.filereader import data_element_generator

from imaging.elements import IMPLICIT_LITTLE_ENDIAN
from imaging.errors import Code, ImagingError
from imaging.policy import Action, Policy, Rule, Scope
from imaging.residues import Residues
from imaging.uids import is_mapped, is_registered

_META_TAGS: Final = [
    0x00020000,
    0x00020001,
    0x00020002,
    0x00020003,
    0x00020010,
    0x00020012,
    0x00020013,
]
_META_START: Final = 132
_PIXEL_DATA: Final = b"\xe0\x7f\x10\x00"
_ITEM: Final = b"\xfe\xff\x00\xe0"
MAX_REMEMBERED: Final = 4096  # bytes of a value; what is longer is seldom seen twice
_HEAD_LENGTHS: Final = (8, 12)  # of an element in front of its value
_SOP_INSTANCE_UID: Final = 0x00080018

_Found = list[tuple[int, str | None, bytes]]  # tag, VR (None in implicit VR), value
_read_length = struct.Struct("<I").unpack_from


def verify_header(
    written: bytes,
    elements: list[tuple[int, bytes]],
    scope: Scope,
    policy: Policy,
    residues: Residues,
) -> None:
    """Read back the head of a written file, up to and including the tag of Pixel Data.

    Parameters
    ----------
    written : bytes
        What stands on the disk.
    elements : list of (int, bytes)
        The top-level elements that were meant to be written, in order.
    scope : Scope
        The top-level rules.
    policy : Policy
    residues : Residues
        The identity of the whole study.

    Raises
    ------
    ImagingError
        UNSAFE, whatever differs.
    """
    if any(written[:128]):
        raise ImagingError(Code.UNSAFE, "preamble")
    if residues.occur_in(written):
        raise ImagingError(Code.UNSAFE, "an identity value in the output")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            instance, implicit, start = _verify_meta(written)
            found = _read(written[start : _pixel_start(written, implicit)], implicit=implicit)
            _verify_agreement(found, elements, instance)
            _verify_level(found, scope, policy, implicit=implicit)
    except ImagingError:
        raise
    except Exception as error:
        # Whatever pydicom objects to, the file is not published; its text may quote values.
        raise ImagingError(Code.UNSAFE, f"second reading: {type(error).__name__}") from None


def _read(data: bytes, *, implicit: bool) -> _Found:
    found = data_element_generator(BytesIO(data), implicit, is_little_endian=True)
    return [(int(one.tag), one.VR, one.value or b"") for one in found]


def _verify_meta(written: bytes) -> tuple[bytes, bool, int]:
    """Return the instance's UID, whether VRs are implicit, and where the data set starts."""
    start: int = _META_START + 12 + _read_length(written, _META_START + 8)[0]
    found = _read(written[_META_START:start], implicit=False)
    if [tag for tag, _, _ in found] != _META_TAGS:
        raise ImagingError(Code.UNSAFE, "file meta")
    values = {tag: value for tag, _, value in found}
    syntax: str = values[0x00020010].rstrip(b"\0").decode("ascii")
    return values[0x00020003], syntax == IMPLICIT_LITTLE_ENDIAN, start


def _pixel_start(written: bytes, implicit: bool, /) -> int:  # noqa: FBT001 - one of two
    start = len(written) - _HEAD_LENGTHS[not implicit]
    if written[start : start + 4] != _PIXEL_DATA:
        raise ImagingError(Code.UNSAFE, "pixel data begin elsewhere")
    return start


def _verify_agreement(found: _Found, elements: list[tuple[int, bytes]], instance: bytes) -> None:
    """Require that pydicom finds exactly what was meant to be written, tag by tag."""
    for (tag, _, value), (meant, encoded) in zip(found, elements, strict=True):
        head = len(encoded) - len(value)
        if tag != meant or head not in _HEAD_LENGTHS or not encoded.endswith(value):
            raise ImagingError(Code.UNSAFE, "the second reader finds other elements")
        if meant == _SOP_INSTANCE_UID and value != instance:
            raise ImagingError(Code.UNSAFE, "file meta")


def _verify_level(found: _Found, scope: Scope, policy: Policy, *, implicit: bool) -> None:
    """Hold each element against its rule, at every nesting level."""
    for tag, vr, value in found:
        rule = scope.get(tag)
        if rule is None:
            raise ImagingError(Code.UNSAFE, "an element without a rule")
        hold = _hold_again if len(value) <= MAX_REMEMBERED else _hold
        hold(rule, vr, value, policy, implicit=implicit)


def _hold(rule: Rule, vr: str | None, value: bytes, policy: Policy, *, implicit: bool) -> None:
    """Hold one element against its rule; the items of a sequence are read by pydicom, too."""
    if vr is not None and vr not in rule.vr:
        raise ImagingError(Code.UNSAFE, "value representation")
    if rule.action is Action.ITEMS:
        for item in _items(value):
            nested = _read(item, implicit=implicit)
            _verify_level(nested, policy.sequences[rule.tag], policy, implicit=implicit)
    else:
        _verify_value(rule, value)


# The instances of a series share most of their elements: what held once holds for the same bytes.
_hold_again: Final = lru_cache(maxsize=4096)(_hold)


def _items(value: bytes) -> list[bytes]:
    """Cut the value of a sequence, whose lengths are all defined, into its items."""
    items, position = [], 0
    while position < len(value):
        start = position + 8
        position = start + _read_length(value, position + 4)[0]
        if value[start - 8 : start - 4] != _ITEM or position > len(value):
            raise ImagingError(Code.UNSAFE, "items of a sequence")
        items.append(value[start:position])
    return items


def _verify_value(rule: Rule, value: bytes) -> None:
    if rule.action is Action.KEEP and not rule.check(value):
        raise ImagingError(Code.UNSAFE, "kept value")
    if rule.action is Action.MAP:
        for uid in value.rstrip(b"\0").split(b"\\"):
            if uid and not is_mapped(uid) and not is_registered(uid):
                raise ImagingError(Code.UNSAFE, "identifier")
