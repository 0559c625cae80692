"""The part of an instance's header that ordering, classification and the checks need.

References
----------
DICOM PS3.3 sections C.8.3.1 (MR Image), C.8.13.5 (Enhanced MR functional groups) and C.7.6.16
(multi-frame functional groups); PS3.6 for the tags.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imaging import values
from imaging.elements import Header, Item
from imaging.gate import open_admitted
from imaging.study import Identity
from imaging.thresholds import AXIS_LENGTH_OFF_MAX, GAUSS_MIN, OBLIQUE_AXES_MAX

Vector = tuple[float, float, float]
Orientation = tuple[float, float, float, float, float, float]

_SHARED_GROUPS: Final = 0x52009229
_FRAME_GROUPS: Final = 0x52009230
MAX_FRAMES: Final = 20_000
_NO_AGENT: Final = frozenset(["", "NONE", "NO", "N", "0", "NO CONTRAST", "WITHOUT", "-"])

#: JPEG Baseline and Extended; other syntaxes can be lossy or not, as (0028,2110) says.
_ALWAYS_LOSSY: Final = frozenset(["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"])

_REQUEST_TEXTS: Final = (0x00321060, 0x00400254, 0x00400007, 0x00081030)
_CODES: Final = (0x00081032, 0x00321064, 0x00082218)  # procedure, requested procedure, region
_CODE_MEANING: Final = 0x00080104


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where one frame lies (LPS, mm); None where the header does not say.

    Attributes
    ----------
    orientation : six direction cosines, row direction first (ImageOrientationPatient)
    position : centre of the first pixel (ImagePositionPatient)
    """

    orientation: Orientation | None
    position: Vector | None


@dataclass(frozen=True, slots=True)
class Descriptions:
    """The words of a header that may tell the body part or the sequence. Free text: may hold names.

    `requested` holds requested and performed procedures and the meanings of their codes.
    """

    body_part: str
    study: str
    series: str
    protocol: str
    requested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Physics:
    """How the picture was made: times in ms, angle in degrees, None or empty where not said.

    Attributes
    ----------
    suppression : tuple of str
        Enhanced MR's SpectrallySelectedSuppression.
    contrast : bool
        A contrast agent is named.
    diffusion_b : float
        s/mm2.
    """

    image_type: tuple[str, ...]
    scanning_sequence: tuple[str, ...]
    sequence_variant: tuple[str, ...]
    scan_options: tuple[str, ...]
    sequence_name: str
    acquisition: str
    repetition_ms: float | None
    echo_ms: float | None
    inversion_ms: float | None
    flip_degrees: float | None
    diffusion_b: float | None
    suppression: tuple[str, ...]
    contrast: bool


@dataclass(frozen=True, slots=True)
class Raster:
    """Size of the pictures and distances, mm; None where the header does not say."""

    rows: int
    columns: int
    thickness_mm: float | None
    spacing_mm: float | None
    pixel_mm: tuple[float, float] | None
    lossy: bool
    lossy_ratio: float | None


@dataclass(frozen=True, slots=True)
class InstanceHeader:
    """One instance as its header describes it. UIDs are the file's own.

    Attributes
    ----------
    path : Path
        The file it was read from.
    frames : tuple of FramePlace
        One for each frame; a classic image has one.
    patient_age : float
        Years, from PatientAge.
    """

    path: Path
    size: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    study_instance_uid: str
    series_instance_uid: str
    series_number: int | None
    instance_number: int | None
    modality: str
    manufacturer: str
    model: str
    field_strength_t: float | None
    identity: Identity
    patient_age: float | None
    descriptions: Descriptions
    physics: Physics
    raster: Raster
    frames: tuple[FramePlace, ...]

    @property
    def source(self) -> str:
        """The name the caller gave the file."""
        return self.path.name


def read_headers(path: Path) -> InstanceHeader:
    """Read one instance's header through the intake gate.

    Raises
    ------
    ImagingError
        With the code of the gate: NOT-DICOM, EMPTY, CUT-OFF, DAMAGED, SYNTAX, KIND, TOO-BIG,
        LIMIT or MISSING.
    """
    with open_admitted(path) as admitted:
        return instance_header(admitted.header, path)


def instance_header(header: Header, path: Path) -> InstanceHeader:
    """Gather what the checks need from a parsed header; `path` is only remembered."""
    encodings = values.encodings_in(header)
    groups = _Groups(header)
    return InstanceHeader(
        path=path,
        size=header.size,
        sop_class_uid=header.text(0x00080016),
        sop_instance_uid=header.text(0x00080018),
        transfer_syntax_uid=header.meta.transfer_syntax_uid,
        study_instance_uid=header.text(0x0020000D),
        series_instance_uid=header.text(0x0020000E),
        series_number=values.whole(header, 0x00200011),
        instance_number=values.whole(header, 0x00200013),
        modality=header.text(0x00080060),
        manufacturer=values.text(header, 0x00080070, encodings),
        model=values.text(header, 0x00081090, encodings),
        field_strength_t=_tesla(header),
        identity=_identity(header, encodings),
        patient_age=values.age_years(header, 0x00101010),
        descriptions=_descriptions(header, encodings),
        physics=_physics(header, groups, encodings),
        raster=_raster(header, groups),
        frames=tuple(groups.places()),
    )


class _Groups:
    """One look-up over a classic data set or over the functional groups of a multi-frame one."""

    def __init__(self, header: Header) -> None:
        shared = header.items(_SHARED_GROUPS)
        self._header = header
        self._shared = shared[0] if shared else None
        self._frames = header.items(_FRAME_GROUPS)[:MAX_FRAMES]

    def items(self, tag: int) -> Iterator[Item]:
        """Yield the functional group `tag` of the shared item and of the first frame."""
        for level in (self._shared, *self._frames[:1]):
            if level is not None:
                yield from level.items(tag)[:1]

    def number(self, group: int, tag: int, vr: str = "DS") -> float | None:
        for item in self.items(group):
            found = values.number(item, tag, vr)
            if found is not None:
                return found
        return None

    def numbers(self, group: int, tag: int, vr: str = "DS") -> tuple[float, ...]:
        return next(filter(None, (values.numbers(item, tag, vr) for item in self.items(group))), ())

    def words(self, group: int, tag: int) -> tuple[str, ...]:
        return next(filter(None, (values.words(item, tag) for item in self.items(group))), ())

    def largest(self, group: int, tag: int) -> float | None:
        """Return the largest number of all frames: diffusion series begin without weighting."""
        levels = self._frames if self._shared is None else [self._shared, *self._frames]
        items = (item for level in levels for item in level.items(group)[:1])
        found = [values.number(item, tag, "FD") for item in items]
        return max((value for value in found if value is not None), default=None)

    def places(self) -> Iterator[FramePlace]:
        """Yield the place of each frame."""
        if not self._frames:
            yield FramePlace(_orientation(self._header), _position(self._header))
            return
        shared_orientation, shared_position = self._place_in(self._shared)
        for frame in self._frames:
            orientation, position = self._place_in(frame)
            yield FramePlace(orientation or shared_orientation, position or shared_position)

    @staticmethod
    def _place_in(level: Item | None) -> tuple[Orientation | None, Vector | None]:
        if level is None:
            return None, None
        planes, positions = level.items(0x00209116), level.items(0x00209113)
        return (
            _orientation(planes[0]) if planes else None,
            _position(positions[0]) if positions else None,
        )


def _orientation(item: Item) -> Orientation | None:
    found = values.numbers(item, 0x00200037)
    if len(found) != 6:
        return None
    a, b, c, d, e, f = found
    lengths = (a * a + b * b + c * c, d * d + e * e + f * f)
    upright = abs(a * d + b * e + c * f) < OBLIQUE_AXES_MAX
    unit = all(abs(length - 1) < AXIS_LENGTH_OFF_MAX for length in lengths)
    return (a, b, c, d, e, f) if upright and unit else None


def _position(item: Item) -> Vector | None:
    found = values.numbers(item, 0x00200032)
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def _tesla(header: Header) -> float | None:
    found = values.number(header, 0x00180087)
    if found is None:
        return None
    return round(found / 10_000, 4) if found > GAUSS_MIN else found


def _identity(header: Header, encodings: tuple[str, ...]) -> Identity:
    sex = header.text(0x00100040).upper()
    return Identity(
        patient_name=values.text(header, 0x00100010, encodings),
        patient_id=values.text(header, 0x00100020, encodings),
        birth_date=values.iso_date(header, 0x00100030),
        sex=sex if sex in {"F", "M", "O"} else None,
        study_date=values.iso_date(header, 0x00080020) or values.iso_date(header, 0x00080022),
        institution=values.text(header, 0x00080080, encodings),
    )


def _descriptions(header: Header, encodings: tuple[str, ...]) -> Descriptions:
    requested = [values.text(header, tag, encodings) for tag in _REQUEST_TEXTS[:2]]
    for item in header.items(0x00400275)[:3]:
        requested += [values.text(item, tag, encodings) for tag in _REQUEST_TEXTS]
    for tag in _CODES:
        for item in header.items(tag)[:3]:
            requested.append(values.text(item, _CODE_MEANING, encodings))
    return Descriptions(
        body_part=header.text(0x00180015),
        study=values.text(header, 0x00081030, encodings),
        series=values.text(header, 0x0008103E, encodings),
        protocol=values.text(header, 0x00181030, encodings),
        requested=tuple(word for word in requested if word),
    )


def _physics(header: Header, groups: _Groups, encodings: tuple[str, ...]) -> Physics:
    inversions = groups.numbers(0x00189115, 0x00189079, "FD")
    echo = values.number(header, 0x00180081)
    repetition = values.number(header, 0x00180080)
    b_value = values.number(header, 0x00189087, "FD")
    frame_type = groups.words(0x00189226, 0x00089007)
    return Physics(
        image_type=(*values.words(header, 0x00080008), *frame_type),
        scanning_sequence=values.words(header, 0x00180020) or _echo_pulse(header),
        sequence_variant=values.words(header, 0x00180021),
        scan_options=values.words(header, 0x00180022),
        sequence_name=values.text(header, 0x00180024, encodings)
        or values.text(header, 0x00189005, encodings),
        acquisition=header.text(0x00180023).upper(),
        repetition_ms=repetition
        if repetition is not None
        else groups.number(0x00189112, 0x00180080),
        echo_ms=echo if echo is not None else groups.number(0x00189114, 0x00189082, "FD"),
        inversion_ms=values.number(header, 0x00180082) or (inversions[0] if inversions else None),
        flip_degrees=values.number(header, 0x00181314),
        diffusion_b=b_value if b_value is not None else groups.largest(0x00189117, 0x00189087),
        suppression=groups.words(0x00189115, 0x00189025),
        contrast=_contrast(header),
    )


def _echo_pulse(header: Header) -> tuple[str, ...]:
    """Translate Enhanced MR's Echo Pulse Sequence to the classic Scanning Sequence."""
    found = {"SPIN": ("SE",), "GRADIENT": ("GR",), "BOTH": ("GR", "SE")}.get(
        header.text(0x00189008)
    )
    inverted = ("IR",) if header.text(0x00189009) == "YES" else ()
    return (found or ()) + inverted


def _raster(header: Header, groups: _Groups) -> Raster:
    thickness = values.number(header, 0x00180050)
    spacing = values.number(header, 0x00180088)
    pixel = values.numbers(header, 0x00280030) or groups.numbers(0x00289110, 0x00280030)
    ratios = values.numbers(header, 0x00282112)
    return Raster(
        rows=values.whole(header, 0x00280010, "US") or 0,
        columns=values.whole(header, 0x00280011, "US") or 0,
        thickness_mm=_positive(thickness) or _positive(groups.number(0x00289110, 0x00180050)),
        spacing_mm=_positive(spacing) or _positive(groups.number(0x00289110, 0x00180088)),
        pixel_mm=(pixel[0], pixel[1]) if len(pixel) == 2 and min(pixel) > 0 else None,
        lossy=header.text(0x00282110) == "01" or header.meta.transfer_syntax_uid in _ALWAYS_LOSSY,
        lossy_ratio=max(ratios) if ratios else None,
    )


def _positive(value: float | None) -> float | None:
    """Return a distance, None for zero and for the negative spacings that some writers use."""
    return abs(value) if value else None


def _contrast(header: Header) -> bool:
    agent = header.text(0x00180010).upper()
    return agent not in _NO_AGENT or bool(header.items(0x00180012))
