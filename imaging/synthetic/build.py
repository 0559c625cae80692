"""Write a synthetic study to a folder."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless

from imaging.synthetic.compress import COMPRESSED, compress
from imaging.synthetic.enhanced import to_enhanced
from imaging.synthetic.foreign_names import seed_foreign_names
from imaging.synthetic.headers import (
    VENDORS,
    StudyFrame,
    add_black_pixels,
    add_pixels,
    header,
    refer_to,
)
from imaging.synthetic.identifiers import seed_identifiers
from imaging.synthetic.instance import BuiltInstance, Edit
from imaging.synthetic.phantom import SlicePlane, render_blob, render_slice
from imaging.synthetic.plans import SeriesPlan, plans_for
from imaging.synthetic.subject import Subject
from imaging.synthetic.vendors import add_private

IMPLEMENTATION_UID = UID("2.25.331207349112850921640177135924466912345")
TWO_WEEKS_S = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class BuiltStudy:
    """What was written: the folder, its files in order, and the UIDs in the headers."""

    folder: Path
    paths: tuple[Path, ...]
    study_instance_uid: str
    series_instance_uids: tuple[str, ...]


def build_study(  # noqa: PLR0913 - the switches of a builder, all but two keyword-only
    destination: Path,
    vendor: str = "siemens",
    *,
    size: str = "small",
    series: Iterable[str | SeriesPlan] | None = None,
    seed: str = "spine",
    patient: Subject | None = None,
    study_date: str | None = None,
    body_part: str = "LSPINE",
    description: str = "MRI LUMBAR SPINE",
    transfer_syntax: str = ExplicitVRLittleEndian,
    identifiers: bool = False,
    character_set: str = "ISO_IR 100",
    enhanced: bool = False,
    edit: Edit | None = None,
) -> BuiltStudy:
    """Write a believable MR study of a spine that nobody has.

    Parameters
    ----------
    destination : Path
        Folder, made when absent; files are named S01_I001.dcm and so on.
    vendor : "siemens", "ge" or "philips"
    size : "full", "small" or "tiny"; see `plans_for`
    series : keys of `CATALOGUE` or own `SeriesPlan`s; None for the usual set
    seed : str
        Decides every UID; the same seed gives the same UIDs.
    patient : Subject
        The invented person; None for a default one.
    study_date : str
        YYYYMMDD; None for two weeks ago.
    body_part, description : str
        BodyPartExamined and StudyDescription; pixels show a spine only for LSPINE.
    transfer_syntax : str
        An uncompressed one or one of `imaging.synthetic.compress.COMPRESSED`.
    identifiers : bool
        Write the identifiers of `imaging.synthetic.identifiers.SEEDS` and the vendor's private
        blocks; the patient, the dates and the UIDs are then theirs.
    character_set : a key of `imaging.synthetic.foreign_names.FOREIGN_SEEDS`
        Of the identifiers; its names are written beside them.
    enhanced : bool
        One multi-frame Enhanced MR instance for each series; not with size "tiny".
    edit : callable, optional
        Gets the list of `BuiltInstance`s and returns the list to write: faults go here.

    Raises
    ------
    ValueError
        When the vendor, the size or a series is unknown.
    """
    if vendor not in VENDORS:
        raise ValueError(f"unknown vendor {vendor!r}")
    plans = plans_for(size, None if series is None else tuple(series))
    frame = StudyFrame(
        seed=seed,
        vendor=vendor,
        subject=patient or Subject(),
        study_date=study_date or time.strftime("%Y%m%d", time.gmtime(time.time() - TWO_WEEKS_S)),
        description=description,
        body_part=body_part,
    )
    black = size == "tiny"
    instances: Iterable[BuiltInstance] = _instances(
        frame, plans, black=black, seeded_in=character_set if identifiers else ""
    )
    if enhanced:
        instances = to_enhanced(list(instances))
    if edit is not None:
        instances = edit(list(instances))
    destination.mkdir(parents=True, exist_ok=True)
    syntax = RLELossless if black else transfer_syntax
    written = [_write(one, destination, syntax, black=black) for one in instances]
    return BuiltStudy(
        folder=destination,
        paths=tuple(path for path, _, _ in written),
        study_instance_uid=written[0][1] if written else frame.study_uid,
        series_instance_uids=tuple(dict.fromkeys(uid for _, _, uid in written)),
    )


def _write(one: BuiltInstance, folder: Path, syntax: str, *, black: bool) -> tuple[Path, str, str]:
    path = folder / one.name
    if syntax in COMPRESSED and not black:
        compress(one.dataset, syntax)
    write_instance(one.dataset, path, syntax)
    return path, str(one.dataset.StudyInstanceUID), str(one.dataset.SeriesInstanceUID)


def _instances(
    frame: StudyFrame, plans: list[SeriesPlan], *, black: bool, seeded_in: str
) -> Iterator[BuiltInstance]:
    localizers: list[Dataset] = []
    for number, plan in enumerate(plans, 1):
        for index, plane in enumerate(plan.planes(), 1):
            dataset = header(frame, plan, number, index, plane)
            if black:
                add_black_pixels(dataset)
            else:
                add_pixels(dataset, _picture(frame, plan, plane, index + 100 * number))
            if seeded_in:
                seed_identifiers(dataset)
                seed_foreign_names(dataset, seeded_in)
                add_private(dataset, frame.vendor)
            if plan.plane == "LOC":
                localizers.append(dataset)
            elif localizers:
                refer_to(dataset, localizers[:: max(1, len(localizers) // 3)])
            yield BuiltInstance(f"S{number:02d}_I{index:03d}.dcm", dataset, plan)


def _picture(
    frame: StudyFrame, plan: SeriesPlan, plane: SlicePlane, roll: int
) -> NDArray[np.uint16]:
    if frame.body_part and "SPINE" not in frame.body_part:
        return render_blob(plane, roll=roll)
    return render_slice(
        plane,
        plan.weighting,
        fat_saturated=plan.fat_saturated,
        enhanced=bool(plan.contrast_agent),
        roll=roll,
    )


def write_instance(
    dataset: Dataset, path: Path, transfer_syntax: str = ExplicitVRLittleEndian
) -> None:
    """Write a data set as a Part 10 file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "SECONDREAD_SYN"
    if "PerformedStationAETitle" in dataset:
        meta.SourceApplicationEntityTitle = dataset.PerformedStationAETitle
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)
