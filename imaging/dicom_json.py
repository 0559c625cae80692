"""The DICOM JSON model of an instance (PS3.18 Annex F), without its pixels."""

import contextlib
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pydicom
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

PIXEL_DATA: Final = "7FE00010"


#: Elements that were converted already: the pictures of a series agree in nearly all of them.
Seen = dict[tuple[object, ...], dict[str, Any]]


def instance_json(dataset: Dataset, base_path: str, seen: Seen | None = None) -> dict[str, Any]:
    """Return the JSON object of one instance.

    Parameters
    ----------
    dataset : Dataset
        A de-identified instance read with ``stop_before_pixels``.
    base_path : str
        Absolute path of the DICOMweb service that will answer for it, without a final slash.
    seen : dict, optional
        The same one for the instances of a series saves most of the work.

    Notes
    -----
    A value that breaks the rules of its VR is left out.

    References
    ----------
    PS3.18 F.2.2 (object model), F.2.6 (BulkDataURI), 10.5.1.1.2 (frame numbers).
    """
    seen = {} if seen is None else seen
    document: dict[str, Any] = {}
    with pydicom.config.strict_reading():
        for tag in list(dataset.keys()):
            with contextlib.suppress(Exception):
                document[f"{tag:08X}"] = _element_json(dataset, tag, seen)
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
    seen: Seen = {}
    documents = [
        instance_json(pydicom.dcmread(path, stop_before_pixels=True), base_path, seen)
        for path in instances
    ]
    text = json.dumps(documents, separators=(",", ":"), ensure_ascii=False)
    destination.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _element_json(dataset: Dataset, tag: BaseTag, seen: Seen) -> dict[str, Any]:
    raw = dataset.get_item(tag)
    if not isinstance(raw, RawDataElement) or not _stands_alone(raw):
        return dataset[tag].to_json_dict(None, 0)
    charset = str(dataset.get("SpecificCharacterSet"))
    key = (charset, raw.is_implicit_VR, tag, raw.VR, raw.value)
    if key not in seen:
        seen[key] = dataset[tag].to_json_dict(None, 0)
    return seen[key]


def _stands_alone(raw: RawDataElement) -> bool:
    """Tell whether the meaning of an element follows from itself and the character set."""
    if raw.tag.is_private or raw.VR is not None:
        return not raw.tag.is_private
    vr = dictionary_VR(raw.tag) if dictionary_has_tag(raw.tag) else "SQ"
    return vr != "SQ" and " or " not in vr


def _bulk_uri(dataset: Dataset, base_path: str) -> str:
    return (
        f"{base_path}/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
        f"/instances/{dataset.SOPInstanceUID}/bulkdata/{PIXEL_DATA}"
    )
