"""Any files as one study behind DICOMweb, and what the viewer's decoder makes of their frames."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from cases import instance_files, storage
from cases.models import Case, Instance, Series, Study
from imaging.decode import FrameSource
from imaging.dicom_json import write_series_metadata
from imaging.display import pack_instance, write_series
from stack.runs import Slot

#: Every frame of every series, through OHIF's own image loader and workers into its cache:
#: "SOP Instance UID/frame" -> SHA-256 of the values as 32-bit floats, and how they were scaled.
DECODED = """async () => {
  const hex = bytes =>
    [...new Uint8Array(bytes)].map(b => b.toString(16).padStart(2, '0')).join('');
  const found = {};
  for (const set of secondread.services.displaySetService.getActiveDisplaySets()) {
    // Some display sets of multi-frame objects list their first image alone: ask for every frame.
    const [first] = set.imageIds ?? set.images.map(image => image.imageId);
    const { NumberOfFrames } = set.instances?.[0] ?? set.images?.[0] ?? {};
    const count = Number(NumberOfFrames ?? 1);
    const ids = Array.from({ length: count }, (_, at) => first.replace(/\\d+$/, at + 1));
    for (const imageId of ids) {
      const [, sop, frame] = /instances\\/([\\d.]+)\\/frames\\/(\\d+)/.exec(imageId);
      await cornerstone.imageLoader.loadAndCacheImage(imageId);
      const image = cornerstone.cache.getImage(imageId);
      const digest = await crypto.subtle.digest('SHA-256', Float32Array.from(image.getPixelData()));
      const { scaled, scalingParameters: by } = image.preScale ?? {};
      found[`${sop}/${frame}`] = {
        sha256: hex(digest),
        slope: scaled ? by.rescaleSlope : 1,
        intercept: scaled ? by.rescaleIntercept : 0,
      };
    }
  }
  return found;
}"""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as the reference decodes it, and the rescaling that its header asks for."""

    source: Path
    syntax: str
    values: NDArray[Any]
    slope: float
    intercept: float

    def is_shown_by(self, decoded: dict[str, Any]) -> bool:
        """Say whether the browser holds these values, as stored or rescaled as the header says."""
        slope, intercept = decoded["slope"], decoded["intercept"]
        if (slope, intercept) not in {(1, 0), (self.slope, self.intercept)}:
            return False
        shown = (self.values.astype("f8") * slope + intercept).astype("<f4")
        return bool(hashlib.sha256(shown.tobytes()).hexdigest() == decoded["sha256"])


def put_files(slot: Slot, case: Case, files: list[Path], folder: Path) -> dict[str, Frame]:
    """Lay each file out as a series of one study, in S3 and in rows; return the reference frames.

    The codestreams stay as they are; UIDs are new, so that copies of one image do not meet.
    """
    study = Study(case=case, study_instance_uid=generate_uid(), verdict="COMPLETE")
    study.save()
    slot.empty_buckets()
    frames: dict[str, Frame] = {}
    for ordinal, source in enumerate(files, 1):
        place = folder / f"s{ordinal:02d}"
        place.mkdir(parents=True)
        path = _renamed(source, place / "i0001.dcm", study.study_instance_uid, ordinal)
        packed = pack_instance(path, folder / "pack")
        write_series([packed], place)
        write_series_metadata([path], place / "metadata.json.gz", f"/dicomweb/c/{case.code}")
        _row(study, ordinal, path)
        frames |= dict(_reference(source, path))
        instance_files.pack(place)
        for made in place.iterdir():
            storage.write(
                storage.STUDIES, f"{study.prefix}s{ordinal:02d}/{made.name}", made.read_bytes()
            )
    return frames


def _renamed(source: Path, target: Path, study: str, ordinal: int) -> Path:
    dataset = pydicom.dcmread(source)
    dataset.StudyInstanceUID, dataset.SeriesNumber = study, ordinal
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = generate_uid(), generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SeriesDescription, dataset.Modality = f"F{ordinal}", "MR"
    dataset.save_as(target)
    return target


def _row(study: Study, ordinal: int, path: Path) -> None:
    header = pydicom.dcmread(path, stop_before_pixels=True)
    count = int(header.get("NumberOfFrames") or 1)
    series = Series.objects.create(
        study=study,
        ordinal=ordinal,
        series_instance_uid=header.SeriesInstanceUID,
        number=ordinal,
        label=header.SeriesDescription,
        rows=header.Rows,
        columns=header.Columns,
        frame_count=count,
        instance_count=1,
    )
    Instance.objects.create(
        series=series,
        ordinal=1,
        sop_instance_uid=header.SOPInstanceUID,
        sop_class_uid=header.SOPClassUID,
        transfer_syntax_uid=header.file_meta.TransferSyntaxUID,
        frame_count=count,
        offset=0,
        size=path.stat().st_size,
        pixel_sha256="0" * 64,
    )


def _reference(source: Path, path: Path) -> Iterator[tuple[str, Frame]]:
    """Decode the file itself, not what was packed of it."""
    reader = FrameSource(path)
    header = reader.dataset
    for number, values in enumerate(reader, 1):
        slope, intercept = _rescaling(header, number - 1)
        yield (
            f"{header.SOPInstanceUID}/{number}",
            Frame(source, reader.syntax.name, values, slope, intercept),
        )


def _rescaling(header: pydicom.Dataset, index: int) -> tuple[float, float]:
    """Return Rescale Slope and Intercept: of the frame (PS3.3 C.7.6.16.2.9), or of the image."""
    where = header
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        group = header.get(groups)
        macro = group and group[index if groups.startswith("Per") else 0].get(
            "PixelValueTransformationSequence"
        )
        if macro:
            where = macro[0]
            break
    return float(where.get("RescaleSlope", 1)), float(where.get("RescaleIntercept", 0))
