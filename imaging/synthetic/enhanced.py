"""Classic series turned into Enhanced MR: one multi-frame instance for each series.

References
----------
DICOM PS3.3 sections A.36.2 (Enhanced MR Image IOD) and C.7.6.16 (functional groups).
"""

from itertools import groupby
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage

from imaging.synthetic.instance import BuiltInstance

_ONE_FRAME_ONLY: Final = (
    "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient", "SliceLocation",
    "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "WindowCenter", "WindowWidth",
    "RepetitionTime", "EchoTime", "InversionTime", "EchoTrainLength", "FlipAngle", "ScanOptions",
    "ScanningSequence", "SequenceVariant", "EchoNumbers", "NumberOfAverages", "DiffusionBValue",
    "PixelBandwidth", "SAR", "ImagingFrequency", "AcquisitionDate", "AcquisitionTime",
    "PixelData",
)  # fmt: skip


def to_enhanced(instances: list[BuiltInstance]) -> list[BuiltInstance]:
    """Merge the instances of each series (uncompressed pictures) into one Enhanced MR instance."""
    merged = []
    for number, group in groupby(instances, key=lambda one: one.dataset.SeriesNumber):
        members = list(group)
        first = members[0]
        merged.append(BuiltInstance(f"S{number:02d}_I001.dcm", _merge(members), first.plan))
    return merged


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _group(**values: object) -> Sequence:
    return Sequence([_item(**values)])


def _merge(members: list[BuiltInstance]) -> Dataset:
    first = members[0].dataset
    ds = Dataset()
    ds.update({element.tag: element for element in first if element.keyword not in _ONE_FRAME_ONLY})
    ds.SOPClassUID = EnhancedMRImageStorage
    ds.InstanceNumber, ds.NumberOfFrames = 1, len(members)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "T2", "NONE"]
    ds.AcquisitionDateTime = f"{first.StudyDate}{first.StudyTime}"
    ds.AcquisitionContrast = {"T1": "T1", "T2": "T2", "STIR": "STIR", "PD": "PROTON_DENSITY"}.get(
        members[0].plan.weighting, "UNKNOWN"
    )
    ds.EchoPulseSequence = "GRADIENT" if members[0].plan.sequence == "GR" else "SPIN"
    ds.PixelPresentation, ds.VolumetricProperties = "MONOCHROME", "VOLUME"
    ds.VolumeBasedCalculationTechnique, ds.ComplexImageComponent = "NONE", "MAGNITUDE"
    ds.LossyImageCompression, ds.PresentationLUTShape = "00", "IDENTITY"
    ds.BurnedInAnnotation = "NO"
    ds.SharedFunctionalGroupsSequence = Sequence([_shared(first)])
    ds.PerFrameFunctionalGroupsSequence = Sequence(
        _frame(index, member.dataset) for index, member in enumerate(members, 1)
    )
    ds.PixelData = b"".join(member.dataset.PixelData for member in members)
    ds["PixelData"].VR = "OW"
    return ds


def _shared(first: Dataset) -> Dataset:
    groups = _item(
        PixelMeasuresSequence=_group(
            PixelSpacing=first.PixelSpacing,
            SliceThickness=first.SliceThickness,
            SpacingBetweenSlices=first.SpacingBetweenSlices,
        ),
        PixelValueTransformationSequence=_group(
            RescaleIntercept="0", RescaleSlope="1", RescaleType="US"
        ),
        MRTimingAndRelatedParametersSequence=_group(
            RepetitionTime=first.RepetitionTime,
            FlipAngle=first.FlipAngle,
            EchoTrainLength=first.EchoTrainLength,
        ),
        MREchoSequence=_group(EffectiveEchoTime=float(first.EchoTime)),
        MRImageFrameTypeSequence=_group(FrameType=["ORIGINAL", "PRIMARY", "T2", "NONE"]),
    )
    inversion = first.get("InversionTime")
    saturated = first.get("ScanOptions") == "FS"
    modifier = _item(
        InversionRecovery="YES" if inversion else "NO",
        SpectrallySelectedSuppression="FAT" if saturated else "NONE",
    )
    if inversion:
        modifier.InversionTimes = [float(inversion)]
    groups.MRModifierSequence = Sequence([modifier])
    if "DiffusionBValue" in first:
        groups.MRDiffusionSequence = _group(DiffusionBValue=first.DiffusionBValue)
    return groups


def _frame(index: int, ds: Dataset) -> Dataset:
    return _item(
        FrameContentSequence=_group(
            StackID="1", InStackPositionNumber=index, DimensionIndexValues=[1, index]
        ),
        PlanePositionSequence=_group(ImagePositionPatient=ds.ImagePositionPatient),
        PlaneOrientationSequence=_group(ImageOrientationPatient=ds.ImageOrientationPatient),
        FrameVOILUTSequence=_group(WindowCenter=ds.WindowCenter, WindowWidth=ds.WindowWidth),
    )
