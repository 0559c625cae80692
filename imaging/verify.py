"""The second reading: a written file is published only after pydicom and the policy agree on it.

The writer is a parser of our own. pydicom shares no code with it, so a mistake of the writer shows
here as a difference, and a rule of the policy that was not obeyed shows as a tag, a VR or a UID
that should not be there.
"""

import warnings
from io import BytesIO
from typing import Any, Final

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

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
_CODE_TAGS: Final = frozenset([0x00080100, 0x00080102, 0x00080104])
_METHOD_CODES: Final = 0x00120064
_SOP_INSTANCE_UID: Final = 0x00080018


def verify_header(
    written: bytes, tags: list[int], scope: Scope, policy: Policy, residues: Residues
) -> None:
    """Read back the head of a written file, up to and including the tag of Pixel Data.

    Parameters
    ----------
    written : bytes
        What stands on the disk.
    tags : list of int
        The top-level tags that were meant to be written, in order.
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
            dataset = pydicom.dcmread(BytesIO(written), stop_before_pixels=True)
            _verify_meta(dataset.file_meta, dataset.get_item(_SOP_INSTANCE_UID))
            _verify_level(dataset, tags, scope, policy)
    except ImagingError:
        raise
    except Exception as error:
        # Whatever pydicom objects to, the file is not published; its text may quote values.
        raise ImagingError(Code.UNSAFE, f"second reading: {type(error).__name__}") from None


def _verify_meta(meta: Dataset, instance: Any) -> None:
    if list(meta.keys()) != _META_TAGS or instance is None:
        raise ImagingError(Code.UNSAFE, "file meta")
    if instance.value.rstrip(b"\0").decode() != meta.MediaStorageSOPInstanceUID:
        raise ImagingError(Code.UNSAFE, "file meta")


def _verify_level(dataset: Dataset, tags: list[int] | None, scope: Scope, policy: Policy) -> None:
    found = [int(tag) for tag in dataset.keys()]  # noqa: SIM118 - iterating would decode elements
    if tags is not None and found != tags:
        raise ImagingError(Code.UNSAFE, "the second reader finds other elements")
    for tag in found:
        rule = scope.get(tag)
        if rule is None:
            raise ImagingError(Code.UNSAFE, "an element without a rule")
        _verify_element(dataset, tag, rule, policy)


def _verify_element(dataset: Dataset, tag: int, rule: Rule, policy: Policy) -> None:
    raw = dataset.get_item(tag)
    if raw is None or (raw.VR is not None and raw.VR.encode() not in rule.vrs):
        raise ImagingError(Code.UNSAFE, "value representation")
    if rule.vr == "SQ":
        for item in dataset[tag].value:
            _verify_item(item, tag, policy)
    elif isinstance(raw, RawDataElement):
        _verify_value(rule, raw.value or b"")


def _verify_value(rule: Rule, value: bytes) -> None:
    if rule.action is Action.MAP:
        for uid in value.rstrip(b"\0").split(b"\\"):
            if uid and not is_mapped(uid) and not is_registered(uid):
                raise ImagingError(Code.UNSAFE, "identifier")
    elif rule.action is Action.KEEP and not rule.check(value):
        raise ImagingError(Code.UNSAFE, "kept value")


def _verify_item(item: Dataset, tag: int, policy: Policy) -> None:
    if tag == _METHOD_CODES:
        if frozenset(int(found) for found in item.keys()) != _CODE_TAGS:  # noqa: SIM118
            raise ImagingError(Code.UNSAFE, "codes of the method")
        return
    scope = policy.sequences.get(tag)
    if scope is None:
        raise ImagingError(Code.UNSAFE, "a sequence without rules")
    _verify_level(item, None, scope, policy)
