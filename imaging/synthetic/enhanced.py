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

from imaging.synthetic.headers import synthetic_uid
from imaging.synthetic.instance import BuiltInstance
from imaging.synthetic.plans import SeriesPlan

_ONE_FRAME_ONLY: Final = (
    "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient", "SliceLocation",
    "PixelSpacing", "SliceThickness", "SpacingBetweenSlices", "WindowCenter", "WindowWidth",
    "RepetitionTime", "EchoTime", "InversionTime", "EchoTrainLength", "FlipAngle", "ScanOptions",
    "ScanningSequence", "SequenceVariant", "EchoNumbers", "NumberOfAverages", "DiffusionBValue",
    "PixelBandwidth", "SAR", "ImagingFrequency", "AcquisitionDate", "AcquisitionTime",
    "PixelData",
)  # fmt: skip


_FRAME_CONTENT, _STACK_ID, _IN_STACK_POSITION = 0x00209111, 0x00209056, 0x00209057


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


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    return _item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


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
    ds.DeviceSerialNumber = first.get("DeviceSerialNumber", "0000")
    ds.AcquisitionDuration, ds.AcquisitionNumber = 240.0, 1
    ds.ApplicableSafetyStandardAgency, ds.ResonantNucleus = "IEC", "1H"
    ds.ContentQualification, ds.KSpaceFiltering = "PRODUCT", "NONE"
    _add_pulse_sequence(ds, members[0].plan)
    _add_dimensions(ds)
    ds.SharedFunctionalGroupsSequence = Sequence([_shared(first, ds.AcquisitionContrast)])
    ds.PerFrameFunctionalGroupsSequence = Sequence(
        _frame(index, member.dataset) for index, member in enumerate(members, 1)
    )
    ds.PixelData = b"".join(member.dataset.PixelData for member in members)
    ds["PixelData"].VR = "OW"
    return ds


def _add_pulse_sequence(ds: Dataset, plan: SeriesPlan) -> None:
    ds.PulseSequenceName = "gre" if plan.sequence == "GR" else "tse"
    ds.MultipleSpinEcho = "YES" if plan.echo_train > 1 else "NO"
    ds.EchoPlanarPulseSequence = "YES" if plan.sequence == "EP" else "NO"
    ds.MultiPlanarExcitation = ds.PhaseContrast = ds.TimeOfFlightContrast = "NO"
    ds.SteadyStatePulseSequence = ds.OversamplingPhase = "NONE"
    ds.SpectrallySelectedSuppression = "FAT" if plan.fat_saturated else "NONE"
    ds.SaturationRecovery = "NO"
    ds.GeometryOfKSpaceTraversal = "RECTILINEAR"
    ds.SegmentedKSpaceTraversal, ds.RectilinearPhaseEncodeReordering = "SINGLE", "LINEAR"
    ds.NumberOfKSpaceTrajectories, ds.MRAcquisitionType = 1, plan.acquisition
    if plan.acquisition == "3D":
        ds.CoverageOfKSpace = "FULL"
    ds.AcquisitionContextSequence = Sequence([])


def _add_dimensions(ds: Dataset) -> None:
    organization = synthetic_uid(ds.SOPInstanceUID, "dimensions")
    ds.DimensionOrganizationSequence = _group(DimensionOrganizationUID=organization)
    ds.DimensionIndexSequence = Sequence(
        _item(
            DimensionOrganizationUID=organization,
            DimensionIndexPointer=pointer,
            FunctionalGroupPointer=_FRAME_CONTENT,
        )
        for pointer in (_STACK_ID, _IN_STACK_POSITION)
    )


def _shared(first: Dataset, contrast: str) -> Dataset:
    groups = _item(
        FrameAnatomySequence=_group(
            FrameLaterality="U",
            AnatomicRegionSequence=Sequence([_code("122496007", "SCT", "Lumbar spine")]),
        ),
        MRAveragesSequence=_group(NumberOfAverages=float(first.NumberOfAverages)),
        PixelMeasuresSequence=_group(
            PixelSpacing=first.PixelSpacing,
            SliceThickness=first.SliceThickness,
            SpacingBetweenSlices=first.SpacingBetweenSlices,
        ),
        PixelValueTransformationSequence=_group(
            RescaleIntercept="0", RescaleSlope="1", RescaleType="US"
        ),
        MREchoSequence=_group(EffectiveEchoTime=float(first.EchoTime)),
        MRImageFrameTypeSequence=_group(
            FrameType=["ORIGINAL", "PRIMARY", "T2", "NONE"],
            PixelPresentation="MONOCHROME",
            VolumetricProperties="VOLUME",
            VolumeBasedCalculationTechnique="NONE",
            ComplexImageComponent="MAGNITUDE",
            AcquisitionContrast=contrast,
        ),
        MRTimingAndRelatedParametersSequence=_timing(first),
        MRModifierSequence=_modifier(first),
    )
    groups.update(_scanner(first))
    if "DiffusionBValue" in first:
        groups.MRDiffusionSequence = _group(DiffusionBValue=first.DiffusionBValue)
    return groups


def _scanner(first: Dataset) -> Dataset:
    """Return the groups that tell of coils, radio frequency and field of view."""
    return _item(
        MRImagingModifierSequence=_group(
            MagnetizationTransfer="NONE",
            BloodSignalNulling="NO",
            Tagging="NONE",
            TransmitterFrequency=float(first.ImagingFrequency),
            PixelBandwidth=float(first.PixelBandwidth),
        ),
        MRReceiveCoilSequence=_group(
            ReceiveCoilName="Spine_32",
            ReceiveCoilType="SURFACE",
            QuadratureReceiveCoil="NO",
            ReceiveCoilManufacturerName="",
        ),
        MRTransmitCoilSequence=_group(
            TransmitCoilName="Body",
            TransmitCoilType="BODY",
            TransmitCoilManufacturerName="",
        ),
        MRFOVGeometrySequence=_group(
            InPlanePhaseEncodingDirection="ROW",
            MRAcquisitionFrequencyEncodingSteps=first.Rows,
            MRAcquisitionPhaseEncodingStepsInPlane=first.Rows,
            PercentSampling=100.0,
            PercentPhaseFieldOfView=100.0,
        ),
    )


def _timing(first: Dataset) -> Sequence:
    return _group(
        RepetitionTime=first.RepetitionTime,
        FlipAngle=first.FlipAngle,
        EchoTrainLength=first.EchoTrainLength,
        RFEchoTrainLength=int(first.EchoTrainLength),
        GradientEchoTrainLength=0,
        SpecificAbsorptionRateSequence=_group(
            SpecificAbsorptionRateDefinition="IEC_WHOLE_BODY", SpecificAbsorptionRateValue=1.1
        ),
        GradientOutputType="DB_DT",
        GradientOutput=0.0,
        OperatingModeSequence=_group(OperatingModeType="STATIC FIELD", OperatingMode="IEC_NORMAL"),
    )


def _modifier(first: Dataset) -> Sequence:
    inversion = first.get("InversionTime")
    saturated = first.get("ScanOptions") == "FS"
    modifier = _item(
        InversionRecovery="YES" if inversion else "NO",
        FlowCompensation="NONE",
        Spoiling="NONE",
        T2Preparation="NO",
        SpatialPresaturation="NONE",
        SpectrallySelectedExcitation="NONE",
        PartialFourier="NO",
        ParallelAcquisition="NO",
        SpectrallySelectedSuppression="FAT" if saturated else "NONE",
    )
    if inversion:
        modifier.InversionTimes = [float(inversion)]
    return Sequence([modifier])


def _frame(index: int, ds: Dataset) -> Dataset:
    return _item(
        FrameContentSequence=_group(
            StackID="1",
            InStackPositionNumber=index,
            DimensionIndexValues=[1, index],
            FrameAcquisitionNumber=1,
            FrameAcquisitionDateTime=f"{ds.StudyDate}{ds.StudyTime}",
            FrameReferenceDateTime=f"{ds.StudyDate}{ds.StudyTime}",
            FrameAcquisitionDuration=240_000.0,
        ),
        PlanePositionSequence=_group(ImagePositionPatient=ds.ImagePositionPatient),
        PlaneOrientationSequence=_group(ImageOrientationPatient=ds.ImageOrientationPatient),
        FrameVOILUTSequence=_group(WindowCenter=ds.WindowCenter, WindowWidth=ds.WindowWidth),
    )
