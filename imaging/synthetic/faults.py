"""What can be wrong with a study: each fault is a function from instances to instances.

Kinds of bad files (cut, empty, no DICOM at all) are in `imaging.synthetic.file_faults`.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset

from imaging.synthetic.headers import synthetic_uid
from imaging.synthetic.instance import BuiltInstance, Edit

Instances = list[BuiltInstance]


def on_headers(change: Callable[[Dataset], None]) -> Edit:
    """Return a fault that changes every header."""

    def edit(instances: Instances) -> Instances:
        with disable_value_validation():
            for one in instances:
                change(one.dataset)
        return instances

    return edit


def setting(**values: object) -> Edit:
    """Return a fault that sets attributes in every header; None deletes."""

    def change(dataset: Dataset) -> None:
        for keyword, value in values.items():
            if keyword in dataset:
                delattr(dataset, keyword)  # an element remembers how strictly it was made
            if value is not None:
                setattr(dataset, keyword, value)

    return on_headers(change)


def only(label: str, fault: Edit) -> Edit:
    """Return a fault limited to the series of a plan, such as "T2 SAG"."""

    def edit(instances: Instances) -> Instances:
        chosen = [one for one in instances if one.plan.key == label]
        others = [one for one in instances if one.plan.key != label]
        return sorted(others + fault(chosen), key=lambda one: one.name)

    return edit


def without_slices(label: str, *indices: int) -> Edit:
    """Return a fault that loses slices (1-based) of a series."""

    def lose(instances: Instances) -> Instances:
        return [one for index, one in enumerate(instances, 1) if index not in indices]

    return only(label, lose)


def first_slices(label: str, count: int) -> Edit:
    """Return a fault that keeps the first slices of a series only."""
    return only(label, lambda instances: instances[:count])


def renamed(**changes: str) -> Edit:
    """Return a fault that writes all descriptive texts anew and empties those not given."""
    texts = ("StudyDescription", "SeriesDescription", "ProtocolName", "BodyPartExamined")
    return setting(**{text: changes.get(text, "") for text in texts})


def _twice(instances: Instances) -> Instances:
    again = [BuiltInstance(f"again_{one.name}", one.dataset, one.plan) for one in instances[:5]]
    return instances + again


def _other_pixels(instances: Instances) -> Instances:
    other = deepcopy(instances[0].dataset)
    pixels = bytearray(other.PixelData)
    pixels[len(pixels) // 2] ^= 1
    other.PixelData = bytes(pixels)
    return [*instances, BuiltInstance("other.dcm", other, instances[0].plan)]


def _second_half(change: Callable[[Dataset], None]) -> Edit:
    def edit(instances: Instances) -> Instances:
        for one in instances[len(instances) // 2 :]:
            change(one.dataset)
        return instances

    return edit


def _another_person(dataset: Dataset) -> None:
    dataset.PatientName, dataset.PatientID = "Other^Ben", "SYN-2026-0999"
    dataset.PatientBirthDate = "19550101"


def _another_study(dataset: Dataset) -> None:
    """Make it one of another study of the same day: which one is the newer cannot be told."""
    dataset.StudyInstanceUID = synthetic_uid(dataset.StudyInstanceUID, "second")
    dataset.SeriesInstanceUID = synthetic_uid(dataset.SeriesInstanceUID, "second")


def _shuffled_numbers(instances: Instances) -> Instances:
    numbers = [one.dataset.InstanceNumber for one in instances]
    for one, number in zip(instances, reversed(numbers), strict=True):
        one.dataset.InstanceNumber = number
    return instances


def _burned(dataset: Dataset) -> None:
    dataset.BurnedInAnnotation = "YES"


def _printed(dataset: Dataset) -> None:
    """Print the patient's name and number into the picture, as some workstations do."""
    if dataset["PixelData"].VR != "OW":
        return  # the black pictures of size "tiny" are compressed
    image = np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)
    letters = Image.new("L", (dataset.Columns, dataset.Rows))
    font = ImageFont.load_default(size=max(12, dataset.Rows // 20))
    text = f"{dataset.PatientName}  {dataset.PatientID}\n{dataset.InstitutionName}"
    ImageDraw.Draw(letters).multiline_text((8, 8), text.replace("^", " "), 255, font)
    printed = np.where(np.asarray(letters) > 127, 3000, image)
    dataset.PixelData = printed.astype("<u2").tobytes()


FAULTS: Final[dict[str, Edit]] = {
    "gap-of-one": without_slices("T2 SAG", 6),
    "gap-of-three": without_slices("T2 SAG", 5, 6, 7),
    "axial-gap": without_slices("T2 AX", 8, 9),
    "few-slices": first_slices("T2 SAG", 5),
    "narrow": first_slices("T2 SAG", 9),
    "short-axial": first_slices("T2 AX", 6),
    "twice": _twice,
    "conflict": _other_pixels,
    "two-patients": _second_half(_another_person),
    "two-studies": _second_half(_another_study),
    "shuffled": _shuffled_numbers,
    "burned-in-flag": on_headers(_burned),
    "burned-in-text": only("T2 SAG", on_headers(_printed)),
    "no-body-part": renamed(),
    "knee-code": setting(BodyPartExamined="KNEE"),
    "no-study-date": setting(
        StudyDate="", SeriesDate="", AcquisitionDate="", ContentDate="", AcquisitionDateTime=None
    ),
    "impossible-dates": setting(StudyDate="20261399", PatientBirthDate="00010101"),
    "no-geometry": setting(ImageOrientationPatient=None, ImagePositionPatient=None),
    "thick": setting(SliceThickness="6.5"),
    "low-field": setting(MagneticFieldStrength="0.3"),
    "gauss": setting(MagneticFieldStrength="15000"),
    "old": setting(StudyDate="20210105"),
    "no-times": setting(RepetitionTime=None, EchoTime=None, InversionTime=None),
    "wrong-name": only("T2 SAG", setting(SeriesDescription="T1 sag", ProtocolName="T1 sag")),
}
"""Faults by name, for ``manage.py make_study --fault``."""

REGIONS: Final[dict[str, dict[str, str]]] = {
    "knee": {"body_part": "KNEE", "description": "MR Knie links"},
    "brain": {"body_part": "HEAD", "description": "MRI BRAIN W/O CONTRAST"},
    "cervical": {"body_part": "CSPINE", "description": "MRT HWS nativ"},
    "thoracic": {"body_part": "TSPINE", "description": "MRI THORACIC SPINE"},
    "hip": {"body_part": "HIP", "description": "IRM hanche droite"},
    "shoulder": {"body_part": "SHOULDER", "description": "RM spalla"},
}
"""Arguments of `build_study` for examinations of something else."""
