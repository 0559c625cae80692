"""Lays the clean instances of a study out, series by series, and describes them."""

from dataclasses import dataclass, replace
from pathlib import Path

from imaging.assembly import Series, Study, place_of
from imaging.deidentify import DatePolicy, InstanceResult
from imaging.dicom_json import write_series_metadata
from imaging.display import PackedInstance, write_series
from imaging.headers import InstanceHeader
from imaging.policy import POLICY
from imaging.receipt import build_receipt
from imaging.study import InstanceSummary, SeriesSummary, StudySummary
from imaging.summaries import series_summary, study_summary


@dataclass(frozen=True, slots=True)
class CleanInstance:
    """One instance after de-identification, still in the work folder."""

    header: InstanceHeader
    path: Path
    result: InstanceResult
    packed: PackedInstance


@dataclass(frozen=True, slots=True)
class CleanStudy:
    """A study and its clean instances, by the name of their source; there is at least one."""

    study: Study
    instances: dict[str, CleanInstance]

    @property
    def receipt(self) -> dict[str, object]:
        """What was removed, replaced and kept in this study."""
        results = (one.result for one in self.instances.values())
        return build_receipt(results, POLICY, DatePolicy.REMOVE)

    @property
    def summary(self) -> StudySummary:
        """What is stored of the study; maker and model as the clean file names them."""
        first = next(iter(self.instances.values()))
        told = study_summary(self.study, first.result.study_instance_uid)
        header = first.packed.header
        return replace(
            told,
            manufacturer=str(header.get("Manufacturer") or ""),
            model=str(header.get("ManufacturerModelName") or ""),
        )


def lay_out(clean: CleanStudy, destination: Path, base_path: str) -> tuple[SeriesSummary, ...]:
    """Move the instances to ``sNN/iNNNN.dcm`` and derive what is shown of them.

    Parameters
    ----------
    clean : CleanStudy
    destination : Path
        An existing folder.
    base_path : str
        The DICOMweb service that will answer for the study.
    """
    return tuple(
        _lay_out_series(destination / f"s{ordinal:02d}", ordinal, one, clean, base_path)
        for ordinal, one in enumerate(clean.study.series, 1)
    )


def _lay_out_series(
    folder: Path, ordinal: int, series: Series, clean: CleanStudy, base_path: str
) -> SeriesSummary:
    """Move a series to its folder, derive what is shown of it, and describe it."""
    folder.mkdir()
    instances = [clean.instances[header.source] for header in series.instances]
    packed, summaries = [], []
    for number, one in enumerate(instances, 1):
        path = one.path.rename(folder / f"i{number:04d}.dcm")
        summaries.append(_instance_summary(number, one, series))
        packed.append(replace(one.packed, path=path))
    preview_ends = write_series(packed, folder)
    paths = [one.path for one in packed]
    write_series_metadata(paths, folder / "metadata.json.gz", base_path)
    uid = instances[0].result.series_instance_uid
    told = series_summary(series, ordinal, uid, tuple(summaries))
    return replace(told, preview_ends=preview_ends)


def _instance_summary(ordinal: int, one: CleanInstance, series: Series) -> InstanceSummary:
    return InstanceSummary(
        ordinal=ordinal,
        sop_instance_uid=one.result.sop_instance_uid,
        sop_class_uid=one.result.sop_class_uid,
        transfer_syntax_uid=one.result.transfer_syntax_uid,
        instance_number=one.header.instance_number,
        frames=len(one.packed.frames),
        size=one.result.size,
        pixel_sha256=one.result.pixel_sha256,
        position_mm=place_of(one.header, series.stacks)[1],
        source=one.header.source,
    )
