"""The header of one synthetic MR instance."""

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import MRImageStorage

from imaging.synthetic.phantom import SlicePlane
from imaging.synthetic.plans import SeriesPlan
from imaging.synthetic.subject import Subject

UID_ROOT = "2.25."
_MAKERS = {
    "siemens": ("SIEMENS", "MAGNETOM Skyra", "syngo MR E11", 2.89),
    "ge": ("GE MEDICAL SYSTEMS", "SIGNA Artist", "29\\LX\\MR Software release:29.1", 1.5),
    "philips": ("Philips Medical Systems", "Ingenia", "5.7.1\\5.7.1.0", 3.0),
}
VENDORS = tuple(_MAKERS)


def synthetic_uid(*parts: object) -> str:
    """Return a UID that depends only on its parts."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return f"{UID_ROOT}{int.from_bytes(digest[:15])}"


@dataclass(frozen=True, slots=True)
class StudyFrame:
    """What all instances of a study share."""

    seed: str
    vendor: str
    subject: Subject
    study_date: str
    description: str = "MRI LUMBAR SPINE"
    body_part: str = "LSPINE"

    @property
    def study_uid(self) -> str:
        return synthetic_uid(self.seed, "study")

    def series_uid(self, number: int) -> str:
        return synthetic_uid(self.seed, "series", number)


def header(
    frame: StudyFrame, plan: SeriesPlan, number: int, index: int, plane: SlicePlane
) -> Dataset:
    """Return the data set of one instance without pixels; `number`, `index` are 1-based."""
    ds = Dataset()
    _add_patient_and_study(ds, frame)
    _add_series(ds, frame, plan, number)
    _add_timing(ds, plan)
    _add_geometry(ds, plan, plane)
    ds.SOPClassUID = MRImageStorage
    ds.SOPInstanceUID = synthetic_uid(frame.seed, "instance", number, index)
    ds.InstanceNumber, ds.AcquisitionNumber = index, 1
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", *plan.image_types]
    return ds


def _add_patient_and_study(ds: Dataset, frame: StudyFrame) -> None:
    maker, model, software, tesla = _MAKERS[frame.vendor]
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID = frame.subject.name, frame.subject.patient_id
    ds.PatientBirthDate, ds.PatientSex = frame.subject.birth_date, frame.subject.sex
    ds.PatientAge, ds.PatientWeight = frame.subject.age_on(frame.study_date), "70"
    ds.StudyInstanceUID, ds.FrameOfReferenceUID = (
        frame.study_uid,
        synthetic_uid(frame.seed, "frame"),
    )
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = frame.study_date
    ds.StudyTime, ds.AcquisitionTime, ds.ContentTime = "090000", "090512.250000", "090512.250000"
    ds.AccessionNumber, ds.StudyID, ds.ReferringPhysicianName = frame.subject.accession, "1", ""
    ds.StudyDescription, ds.BodyPartExamined = frame.description, frame.body_part
    ds.InstitutionName, ds.PositionReferenceIndicator = frame.subject.institution, ""
    ds.Manufacturer, ds.ManufacturerModelName = maker, model
    ds.SoftwareVersions, ds.MagneticFieldStrength = software.split("\\"), str(tesla)
    ds.ImagingFrequency, ds.ImagedNucleus = f"{tesla * 42.577:.3f}", "1H"


def _add_series(ds: Dataset, frame: StudyFrame, plan: SeriesPlan, number: int) -> None:
    ds.Modality, ds.PatientPosition = "MR", "HFS"
    ds.SeriesInstanceUID, ds.SeriesNumber = frame.series_uid(number), number
    ds.SeriesTime = f"{90000 + number * 100:06d}"
    ds.SeriesDescription = plan.description or series_name(frame.vendor, plan)
    ds.ProtocolName = ds.SeriesDescription


def series_name(vendor: str, plan: SeriesPlan) -> str:
    """Return a series description in the habit of the vendor."""
    plane = {"SAG": "sag", "COR": "cor", "LOC": "", "AX": "tra", "BLOCKS": "tra"}[plan.plane]
    if plan.plane == "LOC":
        return {"siemens": "localizer", "ge": "3-Plane Loc", "philips": "Survey"}[vendor]
    fat = plan.fat_saturated and not plan.image_types
    tail = " +C" if plan.contrast_agent else ""
    kind = plan.weighting.lower()
    if vendor == "siemens":
        pulse = {"STIR": "tirm"}.get(plan.weighting, "tse" if plan.sequence == "SE" else "me2d")
        kind = "t2" if plan.weighting == "STIR" else kind
        return f"{kind}_{pulse}_{plane}{'_fs' if fat else ''}{tail}"
    if vendor == "ge":
        plane = {"tra": "Ax"}.get(plane, plane.capitalize())
        return f"{plane} {plan.weighting}{' FS' if fat else ''} FSE{tail}"
    return f"{plan.weighting}{'_SPIR' if fat else ''}_TSE_{plane.upper()}{tail}"


def _add_timing(ds: Dataset, plan: SeriesPlan) -> None:
    ds.ScanningSequence = ["SE", "IR"] if plan.sequence == "IR" else plan.sequence
    ds.SequenceVariant = "SK"
    ds.ScanOptions = "FS" if plan.fat_saturated and not plan.image_types else ""
    ds.MRAcquisitionType = plan.acquisition
    ds.RepetitionTime, ds.EchoTime = f"{plan.repetition_ms:g}", f"{plan.echo_ms:g}"
    if plan.inversion_ms is not None:
        ds.InversionTime = f"{plan.inversion_ms:g}"
    ds.EchoTrainLength, ds.NumberOfAverages, ds.FlipAngle = plan.echo_train, "2", "150"
    ds.EchoNumbers, ds.PixelBandwidth, ds.SAR = 1, "260", "1.1"
    if plan.contrast_agent:
        ds.ContrastBolusAgent = plan.contrast_agent
    if plan.diffusion_b is not None:
        ds.DiffusionBValue = plan.diffusion_b


def _add_geometry(ds: Dataset, plan: SeriesPlan, plane: SlicePlane) -> None:
    ds.SliceThickness, ds.SpacingBetweenSlices = f"{plan.thickness_mm:g}", f"{plan.spacing_mm:g}"
    ds.ImageOrientationPatient = [f"{v:.6g}" for v in (*plane.row, *plane.column)]
    ds.ImagePositionPatient = [f"{v:.4f}" for v in plane.position]
    ds.SliceLocation = f"{float(np.dot(plane.normal, plane.position)):.4f}"
    ds.PixelSpacing = [f"{plane.pixel_mm:g}"] * 2
    ds.Rows = ds.Columns = plane.rows


def refer_to(ds: Dataset, others: list[Dataset]) -> None:
    """Refer to images of the same study: viewers draw reference lines from it."""
    references = []
    for other in others:
        reference = Dataset()
        reference.ReferencedSOPClassUID = other.SOPClassUID
        reference.ReferencedSOPInstanceUID = other.SOPInstanceUID
        references.append(reference)
    ds.ReferencedImageSequence = Sequence(references)


def add_black_pixels(ds: Dataset) -> None:
    """Put a black picture into a data set, RLE compressed: a few hundred bytes."""
    _describe_pixels(ds)
    ds.WindowCenter, ds.WindowWidth = "500", "1000"
    runs, rest = divmod(ds.Rows * ds.Columns, 128)
    segment = b"\x81\x00" * runs + (bytes([257 - rest, 0]) if rest > 1 else b"\x00\x00" * rest)
    start = 64
    offsets = struct.pack("<16I", 2, start, start + len(segment), *([0] * 13))
    ds.PixelData = encapsulate([offsets + segment + segment])
    ds["PixelData"].VR = "OB"


def _describe_pixels(ds: Dataset) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0


def add_pixels(ds: Dataset, image: NDArray[np.uint16]) -> None:
    """Put a 12-bit picture into a data set, with a window that shows it well."""
    _describe_pixels(ds)
    sample = np.sort(image.ravel()[::7])
    bright = int(sample[int(sample.size * 0.995)])
    ds.WindowCenter, ds.WindowWidth = str(max(1, bright // 2)), str(max(2, bright))
    ds.PixelData = image.astype("<u2").tobytes()
    ds["PixelData"].VR = "OW"
