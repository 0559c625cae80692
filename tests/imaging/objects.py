"""Small MR objects with seeded identifiers.

Every identifier that must not survive is in `SEEDS`; each stands somewhere in `mr_image`.
"""

import gzip
import io
import struct
from collections.abc import Iterable
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    LegacyConvertedEnhancedMRImageStorage,
    MRImageStorage,
)

ROOT = "1.3.12.2.1107.5.2.41.69873.2024031714152300000"
SEEDS = (
    "KOWALSKI", "ZBIGNIEW", "MIDDLENAMEX", "KWLBIRTH", "NOWAKMOTHER", "SYNTHALIAS", "PID8830417",
    "OPID55120", "61042512345", "MRL-77812", "ACC20240991", "STID4471", "RPID9903", "SPSID311",
    "ADMID5583", "INSUR90210", "DRHOUSEMAN", "PERFPHYSAN", "READERNAM", "OPERTRUDY", "REQPHYSIKA",
    "SzpitalWojewodzki", "Krakowska", "RADDEPTNAME", "OTHERHOSPITAL", "Polna 23", "+48601234567",
    "kowalski.z@example.org", "AWP69873STN", "SN69873X", "AETZBHOSP", "PERFSTNNAM", "20240317",
    "19610425", "1.3.12.2.1107.5.2.41.69873", "FREETEXTSECRET", "COMMUTOKEN", "141523",
)  # fmt: skip
STUDY, SERIES, FRAME_OF_REFERENCE = f"{ROOT}1", f"{ROOT}2", f"{ROOT}3"


def uid(number: int) -> str:
    return f"{ROOT}{number}"


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def reference(number: int) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = MRImageStorage, uid(number)
    return item


def mr_image(number: int = 10, rows: int = 16, columns: int = 16) -> Dataset:
    """Return a classic sagittal T2 image full of identifiers."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = MRImageStorage, uid(number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, SERIES
    ds.FrameOfReferenceUID = FRAME_OF_REFERENCE
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.Modality, ds.ImageType = "MR", ["ORIGINAL", "PRIMARY", "M", "NORM"]
    _add_people(ds)
    _add_places_and_dates(ds)
    _add_orders(ds)
    _add_acquisition(ds, number)
    _add_private(ds)
    add_pixels(ds, rows, columns)
    return ds


def _add_people(ds: Dataset) -> None:
    ds.PatientName, ds.PatientID = "KOWALSKI^ZBIGNIEW^MIDDLENAMEX", "PID8830417"
    ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = "19610425", "M", "062Y"
    other = Dataset()
    other.PatientID, other.TypeOfPatientID = "61042512345", "TEXT"
    second = Dataset()
    second.PatientID, second.IssuerOfPatientID = "OPID55120", "OTHERHOSPITAL"
    ds.OtherPatientIDsSequence = Sequence([other, second])
    ds.OtherPatientNames, ds.PatientBirthName = "SYNTHALIAS^Z", "KWLBIRTH^Z"
    ds.PatientMotherBirthName, ds.PatientAddress = "NOWAKMOTHER^A", "Polna 23, Krakow"
    ds.PatientTelephoneNumbers, ds.MedicalRecordLocator = "+48601234567", "MRL-77812"
    ds.PatientComments = "KOWALSKI kowalski.z@example.org"
    ds.ReferringPhysicianName, ds.PerformingPhysicianName = "DRHOUSEMAN^G", "PERFPHYSAN^A"
    ds.NameOfPhysiciansReadingStudy, ds.OperatorsName = "READERNAM^B", "OPERTRUDY^C"
    ds.PatientWeight, ds.InsurancePlanIdentification = "81", "INSUR90210"
    original = Dataset()
    inner = Dataset()
    inner.PatientName, inner.PatientBirthDate = "KOWALSKI^ZBIGNIEW", "19610425"
    original.ModifiedAttributesSequence = Sequence([inner])
    original.SourceOfPreviousValues = "OTHERHOSPITAL"
    ds.OriginalAttributesSequence = Sequence([original])


def _add_places_and_dates(ds: Dataset) -> None:
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20240317"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = "141523.100000"
    ds.AcquisitionDateTime = "20240317141523.1"
    ds.InstitutionName, ds.InstitutionAddress = "SzpitalWojewodzki", "ul. Krakowska 17"
    ds.InstitutionalDepartmentName, ds.StationName = "RADDEPTNAME", "AWP69873STN"
    ds.DeviceSerialNumber, ds.DeviceUID = "SN69873X", uid(77)
    equipment = Dataset()
    equipment.Manufacturer, equipment.StationName = "ACME", "PERFSTNNAM"
    equipment.PurposeOfReferenceCodeSequence = Sequence([code("109103", "DCM", "Modifying")])
    ds.ContributingEquipmentSequence = Sequence([equipment])


def _add_orders(ds: Dataset) -> None:
    ds.AccessionNumber, ds.StudyID, ds.AdmissionID = "ACC20240991", "STID4471", "ADMID5583"
    ds.StudyDescription, ds.SeriesDescription = "MR LUMBAR Kowalski", "T2 SAG KOWALSKI"
    ds.ProtocolName, ds.ImageComments = "T2 Zbigniew", "FREETEXTSECRET 17-MAR-2024"
    ds.RequestingPhysician, ds.PerformedStationAETitle = "REQPHYSIKA^Y", "AETZBHOSP"
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepID = "RPID9903", "SPSID311"
    ds.RequestAttributesSequence = Sequence([request])
    ds.ProcedureCodeSequence = Sequence([code("MRLSPINE", "99LOC", "Kowalski lumbar")])


def _add_acquisition(ds: Dataset, number: int) -> None:
    ds.Manufacturer, ds.ManufacturerModelName = "SIEMENS", "MAGNETOM Skyra"
    ds.SoftwareVersions, ds.MagneticFieldStrength = "syngo MR E11", "3"
    ds.SeriesNumber, ds.AcquisitionNumber, ds.InstanceNumber = 2, 1, number
    ds.BodyPartExamined, ds.PatientPosition = "LSPINE", "HFS"
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "SE", "SK", "PFP"
    ds.MRAcquisitionType, ds.SequenceName = "2D", "*tse2d1_17"
    ds.RepetitionTime, ds.EchoTime, ds.EchoTrainLength = "3500", "102", 17
    ds.SliceThickness, ds.SpacingBetweenSlices, ds.SliceLocation = "4", "4.4", "0.0"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, -140, 140], [0, 1, 0, 0, 0, -1]
    ds.AcquisitionMatrix, ds.FlipAngle = [0, 320, 256, 0], "150"
    ds.WindowCenter, ds.WindowWidth, ds.WindowCenterWidthExplanation = "600", "1200", "Algo1"
    ds.ReferencedImageSequence = Sequence([reference(11), reference(12)])
    ds.AnatomicRegionSequence = Sequence([code("122496007", "SCT", "Lumbar spine")])


def _add_private(ds: Dataset) -> None:
    block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x10, "OB", b"SV10 KOWALSKI^ZBIGNIEW 19610425 ")
    block.add_new(0x60, "LO", "com COMMUTOKEN KOWALSKI")
    nested = Dataset()
    nested.PatientName = "KOWALSKI^ZBIGNIEW"
    block.add_new(0xFE, "SQ", Sequence([nested]))
    protocol = gzip.compress(b'set PATNAME "KOWALSKI^ZBIGNIEW"\n' * 9, mtime=0)
    block = ds.private_block(0x0025, "GEMS_SERS_01", create=True)
    block.add_new(0x1B, "OB", protocol + b"\0" * (len(protocol) % 2))


def add_pixels(ds: Dataset, rows: int = 16, columns: int = 16, frames: int = 1) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns, ds.PixelSpacing = rows, columns, ["0.5", "0.5"]
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    values = [index % 4096 for index in range(rows * columns * frames)]
    ds.PixelData = struct.pack(f"<{len(values)}H", *values)
    ds["PixelData"].VR = "OW"


def enhanced_mr(number: int = 20, frames: int = 3) -> Dataset:
    """Return an Enhanced MR object, its identifiers at every level."""
    ds = mr_image(number)
    for keyword in ("EchoTime", "RepetitionTime", "ImagePositionPatient", "SliceThickness"):
        delattr(ds, keyword)
    ds.SOPClassUID, ds.NumberOfFrames = EnhancedMRImageStorage, frames
    organization = Dataset()
    organization.DimensionOrganizationUID = uid(31)
    ds.DimensionOrganizationSequence = Sequence([organization])
    timing, frame_type = Dataset(), Dataset()
    timing.RepetitionTime, timing.FlipAngle = "3500", "150"
    frame_type.FrameType = ["ORIGINAL", "PRIMARY", "M", "NORM"]
    shared = Dataset()
    shared.MRTimingAndRelatedParametersSequence = Sequence([timing])
    shared.MRImageFrameTypeSequence = Sequence([frame_type])
    shared.ReferencedImageSequence = Sequence([reference(11)])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    ds.PerFrameFunctionalGroupsSequence = Sequence([_frame(index) for index in range(frames)])
    add_pixels(ds, frames=frames)
    return ds


def _frame(index: int) -> Dataset:
    content, position, measures, echo = Dataset(), Dataset(), Dataset(), Dataset()
    content.FrameAcquisitionDateTime, content.FrameComments = "20240317141523.1", "KOWALSKI"
    content.StackID, content.InStackPositionNumber = "1", index + 1
    position.ImagePositionPatient = [4 * index, 0, 0]
    measures.PixelSpacing, measures.SliceThickness = ["0.5", "0.5"], "4"
    echo.EffectiveEchoTime = 102.0
    frame = Dataset()
    frame.FrameContentSequence = Sequence([content])
    frame.PlanePositionSequence = Sequence([position])
    frame.PixelMeasuresSequence = Sequence([measures])
    frame.MREchoSequence = Sequence([echo])
    return frame


def legacy_mr(number: int = 40) -> Dataset:
    """Return a Legacy Converted Enhanced MR object."""
    ds = enhanced_mr(number)
    ds.SOPClassUID = LegacyConvertedEnhancedMRImageStorage
    unassigned = Dataset()
    unassigned.EchoTime, unassigned.PatientName = "102", "KOWALSKI^ZBIGNIEW"
    shared = ds.SharedFunctionalGroupsSequence[0]
    shared.UnassignedSharedConvertedAttributesSequence = Sequence([unassigned])
    for frame in ds.PerFrameFunctionalGroupsSequence:
        frame.ConversionSourceAttributesSequence = Sequence([reference(11)])
    return ds


def to_bytes(
    ds: Dataset, syntax: str = ExplicitVRLittleEndian, preamble: bytes = bytes(128)
) -> bytes:
    """Return the Part 10 file of a data set, identifiers in its meta included."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = ds.SOPClassUID, UID(syntax)
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.ImplementationClassUID = UID("1.3.12.2.1107.5.99.9")
    meta.SourceApplicationEntityTitle = "AETZBHOSP"
    ds.file_meta, ds.preamble = meta, preamble
    stream = io.BytesIO()
    implicit = syntax == ImplicitVRLittleEndian
    dcmwrite(stream, ds, implicit_vr=implicit, little_endian=True, enforce_file_format=True)
    return stream.getvalue()


def write(folder: Path, datasets: Iterable[Dataset], syntax: str = ExplicitVRLittleEndian) -> None:
    for number, ds in enumerate(datasets):
        (folder / f"IM{number:04d}").write_bytes(to_bytes(ds, syntax))
