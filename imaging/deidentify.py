"""De-identifies one instance: gate, rewrite, write, read back, publish.

It goes in two steps, because the labels and the identity of a study are known only when all of its
files were read: `draft_instance` does what needs the header, `publish` the rest. A file is parsed
once. `deidentify_instance` does both.

The pixels are copied as they are, except for bits that are no part of a stored value (old overlays
hide there), which are cleared, and for regions that a person had blanked: the result says both.
Nothing stands under the final name until the second reading has agreed.

References
----------
PS3.15 E.1.1 (duties of a de-identifier), E.3 (options).
"""

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Final

from imaging.blanking import EXPLICIT_VR_LITTLE_ENDIAN, BlankedPixels
from imaging.codestream_parts import verify_codestreams
from imaging.decode import require_decodable
from imaging.elements import Buffer, FileMeta, mapped
from imaging.errors import Code, ImagingError, coded
from imaging.gate import Admitted, Stamp, open_admitted, stamp_of
from imaging.pixel_copy import PixelCopy
from imaging.pixels import Pixels
from imaging.policy import POLICY, Policy
from imaging.regions import Region
from imaging.residues import Residues, identity_values, residues_of
from imaging.rewrite import (
    Rewriter,
    Tally,
    encode_element,
    encode_meta,
    encode_pixel_head,
    method_codes,
    option_names,
    written_elements,
)
from imaging.uids import UidMap
from imaging.verify import verify_header

MIN_SHIFT_DAYS: Final = 365
SHIFT_RANGE_DAYS: Final = 3650

_CASE_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,31}")
_LABEL: Final = re.compile(r"[A-Za-z0-9 ().,+/-]{1,64}")
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID = 0x0020000D, 0x0020000E
_BURNED_IN_ANNOTATION = 0x00280301
_IDENTIFIERS = (_SOP_INSTANCE_UID, _STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID)


class DatePolicy(StrEnum):
    """What becomes of dates; the value is what (0028,0303) then says."""

    REMOVE = "REMOVED"
    SHIFT = "MODIFIED"


@dataclass(frozen=True)
class DeidentifyContext:
    """What is the same for all instances of a series.

    Use `dataclasses.replace` to change the label from series to series.

    Attributes
    ----------
    case_code : str
        Becomes Patient Name and Patient ID: 3-32 letters, digits and hyphens.
    uid_key : bytes
        32 secret bytes of the case. The same key gives the same output, byte by byte.
    identity : frozenset of str
        Identity values of all files of the study (see `imaging.residues.identity_values`). Those
        of the instance itself are always added.
    series_label, study_label : str
        Our own normalised words, such as "T2 SAG".
    dates : DatePolicy
    durable : bool
        Whether each file is forced to the disk before it gets its name.
    decode : bool
        Whether compressed pictures are decoded, by two decoders, before a file gets its name;
        False where the caller decodes them anyway.
    """

    case_code: str
    uid_key: bytes
    identity: frozenset[str] = frozenset()
    series_label: str = "MR"
    study_label: str = "MR"
    dates: DatePolicy = DatePolicy.REMOVE
    durable: bool = False
    decode: bool = True
    policy: Policy = field(default=POLICY, repr=False)

    def __post_init__(self) -> None:
        if not _CASE_CODE.fullmatch(self.case_code):
            raise ValueError("a case code has 3-32 letters, digits and hyphens")
        if not (_LABEL.fullmatch(self.series_label) and _LABEL.fullmatch(self.study_label)):
            raise ValueError("a label has 1-64 plain characters")

    @cached_property
    def uids(self) -> UidMap:
        """The case's map of identifiers."""
        return UidMap(self.uid_key)

    @cached_property
    def shift_days(self) -> int | None:
        """How many days dates move into the past, None when they are removed."""
        if self.dates is DatePolicy.REMOVE:
            return None
        digest = hmac.digest(self.uid_key, b"date shift", hashlib.sha256)
        return MIN_SHIFT_DAYS + int.from_bytes(digest[:4], "big") % SHIFT_RANGE_DAYS

    @cached_property
    def _written(self) -> dict[tuple[str, bool, bool], dict[int, bytes]]:
        return {}

    @cached_property
    def _residues(self) -> Residues:
        return self._residues_of(self.identity)

    def _residues_of(self, values: frozenset[str]) -> Residues:
        own = (self.case_code, self.series_label, self.study_label, *self.policy.constants)
        return residues_of(values, self.policy.identity_vocabulary, own)

    @cached_property
    def _rewriters(self) -> dict[bool, Rewriter]:
        return {
            explicit: Rewriter(self.policy, self.uids, self.shift_days, explicit=explicit)
            for explicit in (True, False)
        }

    def rewriter(self, *, explicit: bool) -> Rewriter:
        """Return the rewriter of the case's files with or without written VRs."""
        return self._rewriters[explicit]

    def written(
        self, sop_class_uid: str, *, explicit: bool, blanked: bool = False
    ) -> dict[int, bytes]:
        """Return the elements that every instance of a class gets."""
        key = (sop_class_uid, explicit, blanked)
        if key not in self._written:
            values = {
                "case_code": self.case_code,
                "series_label": self.series_label,
                "study_label": self.study_label,
                "version": self.policy.version,
                "dates": self.dates.value,
                "method_codes": "",
            }
            options = option_names(keep_dates=self.dates is DatePolicy.SHIFT, clean_pixels=blanked)
            codes = method_codes(self.policy, options, explicit=explicit)
            scope = self.policy.classes[sop_class_uid]
            self._written[key] = written_elements(scope, values, codes, explicit=explicit)
        return self._written[key]

    def residues_with(self, own: frozenset[str]) -> Residues:
        """Return the study's residues, with identity values of one file added when new."""
        return self._residues if own <= self.identity else self._residues_of(self.identity | own)


@dataclass(frozen=True, slots=True)
class Draft:
    """What one file is going to become, without the labels of its study.

    Attributes
    ----------
    stamp : tuple of int or None
        Of the source when it was read: the draft is good for no other file.
    meta : FileMeta
        Of the source.
    pixels : Pixels
        Where they lie in the source.
    elements : dict
        The new elements that come from the file, by tag.
    uids : dict
        The new identifiers of study, series and instance, by tag.
    identity : frozenset of str
        The file's own identity values (see `imaging.residues.identity_values`).
    tally : Tally
        The tags of the source by what became of them.
    """

    stamp: Stamp | None
    sop_class_uid: str
    meta: FileMeta
    pixels: Pixels
    elements: dict[int, bytes] = field(repr=False)
    uids: dict[int, bytes]
    identity: frozenset[str] = field(repr=False)
    tally: Tally = field(repr=False)


@dataclass(frozen=True, slots=True)
class InstanceResult:
    """One written instance; all identifiers are the new ones.

    Attributes
    ----------
    pixel_sha256 : str
        Of the value of Pixel Data as written (of its items when encapsulated).
    cleared_bits : bool
        Whether bits outside the stored values were cleared.
    trimmed_bytes : int
        How many bytes behind the last pixel were left out.
    tally : Tally
        The tags of the source by what became of them.
    blanked_regions : int
        How many regions of its pictures were blanked.
    """

    sop_class_uid: str
    transfer_syntax_uid: str
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    size: int
    pixel_sha256: str
    cleared_bits: bool
    trimmed_bytes: int
    tally: Tally
    blanked_regions: int = 0


def deidentify_instance(
    source: Path,
    destination: Path,
    context: DeidentifyContext,
    blank: tuple[Region, ...] = (),
) -> InstanceResult:
    """De-identify one file.

    Parameters
    ----------
    source : Path
        Any file.
    destination : Path
        Where the clean file goes; a file that stands there is replaced in one step.
    context : DeidentifyContext
    blank : tuple of Region
        Regions to blank in every frame; a compressed file is then written uncompressed.

    Returns
    -------
    InstanceResult

    Raises
    ------
    ImagingError
        The gate's codes; UNSAFE when the second reading disagrees; those of `FrameSource` when
        compressed pictures cannot be decoded; UNEXPECTED for a mistake of ours. Nothing is left
        at the destination then.
    OSError
        When the disk is full or not there.
    """
    with coded(), open_admitted(source) as admitted:
        draft = draft_instance(admitted, context)
    return publish(draft, source, destination, context, blank)


def draft_instance(admitted: Admitted, context: DeidentifyContext) -> Draft:
    """Rewrite the header of an admitted file; of the context only key, dates and policy matter."""
    header = admitted.header
    sop_class = header.text(_SOP_CLASS_UID)
    rewriter = context.rewriter(explicit=header.meta.explicit)
    elements, tally = rewriter.data_set(header, context.policy.classes[sop_class])
    return Draft(
        stamp=admitted.stamp,
        sop_class_uid=sop_class,
        meta=header.meta,
        pixels=admitted.pixels,
        elements=elements,
        uids={tag: context.uids.map_value(header.value(tag) or b"") for tag in _IDENTIFIERS},
        identity=frozenset(identity_values(header, context.policy)),
        tally=tally,
    )


def publish(
    draft: Draft,
    source: Path,
    destination: Path,
    context: DeidentifyContext,
    blank: tuple[Region, ...] = (),
) -> InstanceResult:
    """Write what a file was drafted to become, read it back, and give it its name.

    Parameters
    ----------
    draft : Draft
        Made with the key, the dates and the policy of `context`.
    source : Path
        The file that the draft was made from; its pixels are copied from there.
    destination, context, blank
        As in `deidentify_instance`, which also says what is raised.
    """
    partial = destination.with_name(f".{destination.name}.part")
    try:
        with coded():
            with mapped(source) as buffer:
                if blank:
                    pixels: PixelCopy | BlankedPixels = BlankedPixels(source, blank)
                    draft = _blanked(draft)
                else:
                    pixels = _copy(buffer, draft, context)
                size = _write(partial, draft, pixels, context)
            if context.decode and draft.pixels.element.encapsulated and not blank:
                require_decodable(partial)
            _require_unchanged(source, draft)
            partial.replace(destination)
    except (ImagingError, OSError):
        partial.unlink(missing_ok=True)
        raise
    return InstanceResult(
        sop_class_uid=draft.sop_class_uid,
        transfer_syntax_uid=draft.meta.transfer_syntax_uid,
        study_instance_uid=draft.uids[_STUDY_INSTANCE_UID].decode(),
        series_instance_uid=draft.uids[_SERIES_INSTANCE_UID].decode(),
        sop_instance_uid=draft.uids[_SOP_INSTANCE_UID].decode(),
        size=size,
        pixel_sha256=pixels.sha256,
        cleared_bits=pixels.cleared,
        trimmed_bytes=pixels.trimmed,
        tally=draft.tally,
        blanked_regions=len(blank),
    )


def _copy(buffer: Buffer, draft: Draft, context: DeidentifyContext) -> PixelCopy:
    """Return the pixels as they are, which must be nothing but pixels."""
    if draft.pixels.element.encapsulated:
        residues = context.residues_with(draft.identity)
        syntax = draft.meta.transfer_syntax_uid
        verify_codestreams(buffer, draft.pixels, syntax, context.policy, residues)
    return PixelCopy(buffer, draft.pixels)


def _blanked(draft: Draft) -> Draft:
    """Return the draft of a file whose pixels are cleaned and, if they were coded, decoded.

    (0028,0301) then says that nothing is burned in (PS3.15 E.3.1).
    """
    explicit = draft.meta.explicit
    said = encode_element(_BURNED_IN_ANNOTATION, b"CS", b"NO", explicit=explicit)
    meta = draft.meta
    if draft.pixels.element.encapsulated:
        meta = replace(meta, transfer_syntax_uid=EXPLICIT_VR_LITTLE_ENDIAN)
    return replace(draft, meta=meta, elements=draft.elements | {_BURNED_IN_ANNOTATION: said})


def _require_unchanged(source: Path, draft: Draft) -> None:
    """Refuse a file that was written to since: other bytes may lie where its pixels were."""
    if draft.stamp != stamp_of(source):
        raise ImagingError(Code.UNSAFE, "the file has changed")


def _write(
    partial: Path, draft: Draft, pixels: PixelCopy | BlankedPixels, context: DeidentifyContext
) -> int:
    """Write and verify one file; return its size."""
    blanked = isinstance(pixels, BlankedPixels)
    explicit = draft.meta.explicit
    written = context.written(draft.sop_class_uid, explicit=explicit, blanked=blanked)
    elements = sorted({**written, **draft.elements}.items())
    meta = encode_meta(draft.meta, draft.sop_class_uid.encode(), draft.uids[_SOP_INSTANCE_UID])
    element = draft.pixels.element
    encapsulated = element.encapsulated and not blanked
    vr = b"OW" if element.encapsulated and blanked else element.vr
    pixel_head = encode_pixel_head(vr, element.length if encapsulated else pixels.length)
    head = b"".join([meta, *[data for _, data in elements], pixel_head])
    scope = context.policy.classes[draft.sop_class_uid]
    with partial.open("w+b", buffering=0) as handle:
        handle.write(head)
        handle.seek(0)
        residues = context.residues_with(draft.identity)
        verify_header(_read_head(handle, len(head)), elements, scope, context.policy, residues)
        pixels.write_to(handle)
        handle.seek(len(head))
        if not pixels.matches(handle):
            raise ImagingError(Code.UNSAFE, "pixels")
        if isinstance(pixels, BlankedPixels):
            pixels.verify(partial)
        if context.durable:
            os.fsync(handle.fileno())
    return len(head) + pixels.length


def _read_head(handle: FileIO, length: int) -> bytes:
    return handle.read(length)
