"""The DICOM JSON model of an instance (PS3.18 Annex F), without its pixels."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pydicom
from pydicom.dataset import Dataset

PIXEL_DATA: Final = "7FE00010"


def instance_json(dataset: Dataset, base_path: str) -> dict[str, Any]:
    """Return the JSON object of one instance.

    Parameters
    ----------
    dataset : Dataset
        A de-identified instance read with ``stop_before_pixels``.
    base_path : str
        Absolute path of the DICOMweb service that will answer for it, without a final slash.

    References
    ----------
    PS3.18 F.2.2 (object model), F.2.6 (BulkDataURI), 10.5.1.1.2 (frame numbers).
    """
    document: dict[str, Any] = dataset.to_json_dict(suppress_invalid_tags=True)
    if "Rows" in dataset:
        document[PIXEL_DATA] = {"vr": "OW", "BulkDataURI": _bulk_uri(dataset, base_path)}
    return dict(sorted(document.items()))


def write_series_metadata(instances: Sequence[Path], destination: Path, base_path: str) -> None:
    """Write the metadata of a series as one gzip member, the same bytes for the same input.

    Parameters
    ----------
    instances : sequence of Path
        Part 10 files in the order in which they are shown.
    destination : Path
        The file to write.
    base_path : str
        As `instance_json`.
    """
    documents = [
        instance_json(pydicom.dcmread(path, stop_before_pixels=True), base_path)
        for path in instances
    ]
    text = json.dumps(documents, separators=(",", ":"), ensure_ascii=False)
    destination.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _bulk_uri(dataset: Dataset, base_path: str) -> str:
    return (
        f"{base_path}/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
        f"/instances/{dataset.SOPInstanceUID}/bulkdata/{PIXEL_DATA}"
    )
