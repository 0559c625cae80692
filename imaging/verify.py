"""The second reading: a written file is published only after pydicom and the policy agree on it.

The writer is a parser of our own. pydicom shares no code with it, so a mistake of the writer shows
here as a difference, and a rule of the policy that was not obeyed shows as a tag, a VR or a UID
that should not be there.
"""

import warnings
from io import BytesIO
from typing import Any, Final

import pydicom
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
_HEAD_LENGTHS: Final = (8, 12)  # of an element in front of its value
_CHECKED: Final = frozenset([Action.KEEP, Action.MAP])
_SOP_INSTANCE_UID: Final = 0x00080018


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
            dataset = pydicom.dcmread(BytesIO(written), stop_before_pixels=True)
            _verify_meta(dataset.file_meta, dataset.get_item(_SOP_INSTANCE_UID))
            _verify_agreement(dataset, elements)
            _verify_level(dataset, scope, policy)
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


def _verify_agreement(dataset: Dataset, elements: list[tuple[int, bytes]]) -> None:
    """Require that pydicom finds exactly what was meant to be written, tag by tag."""
    found = [(int(tag), raw.value or b"") for tag, raw in dataset.items()]
    for (tag, value), (meant, encoded) in zip(found, elements, strict=True):
        head = len(encoded) - len(value)
        if tag != meant or head not in _HEAD_LENGTHS or not encoded.endswith(value):
            raise ImagingError(Code.UNSAFE, "the second reader finds other elements")


def _verify_level(dataset: Dataset, scope: Scope, policy: Policy) -> None:
    """Hold each element against its rule, at every nesting level."""
    # A list, because decoding a sequence makes pydicom decode other elements of the level too.
    for tag, raw in list(dataset.items()):
        rule = scope.get(int(tag))  # a plain int: comparing pydicom's tags is slow
        if rule is None:
            raise ImagingError(Code.UNSAFE, "an element without a rule")
        if raw.VR is not None and raw.VR not in rule.vr:
            raise ImagingError(Code.UNSAFE, "value representation")
        if rule.action is Action.ITEMS:
            for item in dataset[tag].value:
                _verify_level(item, policy.sequences[rule.tag], policy)
        elif rule.action in _CHECKED:
            _verify_value(rule, raw.value or b"")


def _verify_value(rule: Rule, value: bytes) -> None:
    if rule.action is Action.KEEP:
        if not rule.check(value):
            raise ImagingError(Code.UNSAFE, "kept value")
        return
    for uid in value.rstrip(b"\0").split(b"\\"):
        if uid and not is_mapped(uid) and not is_registered(uid):
            raise ImagingError(Code.UNSAFE, "identifier")
