"""Scores a de-identified study against its source: what leaked, what broke, what was lost.

Used by the tests and by benchmarks/deidentify.py, for us and for the others alike.
"""

import contextlib
import hashlib
import re
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from imaging.elements import parse
from imaging.errors import ImagingError

ENCODINGS = (
    "utf-8", "latin-1", "iso8859-2", "iso8859-5", "cp1250", "cp1251", "utf-16-le", "utf-16-be"
)  # fmt: skip
READING_ATTRIBUTES = (
    "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "SliceThickness",
    "SpacingBetweenSlices", "EchoTime", "RepetitionTime", "InversionTime", "MagneticFieldStrength",
    "SeriesNumber", "InstanceNumber", "ScanningSequence", "SequenceName", "Manufacturer",
    "ManufacturerModelName", "PatientSex", "PatientAge", "BodyPartExamined", "SeriesDescription",
    "ProtocolName", "WindowCenter", "FrameOfReferenceUID", "PatientPosition", "ImageType",
    "SliceLocation", "StudyDate",
)  # fmt: skip
NESTING = (
    "ReferencedImageSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
)  # fmt: skip
ZLIB_LEVELS = (b"\x01", b"\x5e", b"\x9c", b"\xda")
TOOLS = Path(sys.executable).parent


def dicom_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and is_part_10(path))


def is_part_10(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(132)[128:] == b"DICM"


def identifiers_left(folder: Path, seeds: Iterable[str], *, pixels: bool = True) -> list[str]:
    """Return the seeds that stand in any byte of any file, in any encoding, also compressed.

    Each is looked for in capitals, in small letters and as written.

    Without `pixels` the pixel values themselves are passed over, which is many times faster; what
    lies in front of them and behind them is still looked at.
    """
    patterns = {seed: _patterns(seed) for seed in seeds}
    found: set[str] = set()
    for path in dicom_files(folder):
        data = path.read_bytes() if pixels else without_pixels(path.read_bytes())
        for part in expanded(data):
            lowered = part.lower()
            found |= {seed for seed, forms in patterns.items() if any(f in lowered for f in forms)}
    return sorted(found)


def without_pixels(data: bytes) -> bytes:
    """Cut the value of uncompressed Pixel Data out of the bytes of a file."""
    try:
        pixel = parse(data).pixel
    except ImagingError:
        return data
    if pixel is None or pixel.encapsulated:
        return data
    return data[: pixel.value] + data[pixel.value + pixel.length :]


def _patterns(seed: str) -> set[bytes]:
    """Return the bytes of a seed; the ASCII letters in them are small, as in what is searched."""
    found = set()
    for form in (seed, seed.lower(), seed.upper(), seed.capitalize()):
        for encoding in ENCODINGS:
            with contextlib.suppress(UnicodeEncodeError):
                found.add(form.encode(encoding).lower())
    return found


def expanded(data: bytes) -> Iterator[bytes]:
    """Yield the bytes and what is inside their gzip, zlib and raw deflate members.

    Raw deflate has no magic, so it is tried at the start of each value.
    """
    yield data
    for magic, bits in ((b"\x1f\x8b\x08", 31), *((b"\x78" + level, 15) for level in ZLIB_LEVELS)):
        start = data.find(magic)
        while start >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj(bits).decompress(data[start:])
            start = data.find(magic, start + 1)
    for start in _value_starts(data):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(-15).decompress(data[start:])


def _value_starts(data: bytes) -> list[int]:
    try:
        waiting = list(parse(data).elements)
    except ImagingError:
        return []
    starts = []
    for _tag, _vr, _start, value, _end, items in waiting:
        if items is None:
            starts.append(value)
        else:
            waiting += [element for item in items for element in item]
    return starts


def headers(folder: Path) -> list[Dataset]:
    return [pydicom.dcmread(path, stop_before_pixels=True) for path in dicom_files(folder)]


def references_broken(folder: Path) -> tuple[int, int]:
    """Return how many references to images lead to no image of the study, and how many lead."""
    datasets = headers(folder)
    known = {str(ds.SOPInstanceUID) for ds in datasets}
    uids = [uid for ds in datasets for uid in _references(ds)]
    lost = sum(uid not in known for uid in uids)
    return lost, len(uids) - lost


def _references(ds: Dataset) -> Iterator[str]:
    for keyword in NESTING:  # by name: going through all would decode private values too
        for item in ds.get(keyword) or []:
            if "ReferencedSOPInstanceUID" in item:
                yield str(item.ReferencedSOPInstanceUID)
            yield from _references(item)


def reading_attributes_kept(source: Path, clean: Path) -> list[str]:
    """Return which of the 26 reading attributes are filled as often as in the source."""
    before, after = headers(source), headers(clean)
    return [
        keyword
        for keyword in READING_ATTRIBUTES
        if _filled(after, keyword) >= _filled(before, keyword)
    ]


def _filled(datasets: list[Dataset], keyword: str) -> int:
    return sum(ds.get(keyword) not in (None, "") for ds in datasets)


def pixel_hashes(folder: Path) -> Counter[str]:
    return Counter(
        hashlib.sha256(pydicom.dcmread(path).PixelData).hexdigest() for path in dicom_files(folder)
    )


def uids_differ_from_meta(folder: Path) -> int:
    return sum(ds.SOPInstanceUID != ds.file_meta.MediaStorageSOPInstanceUID
               for ds in headers(folder))  # fmt: skip


def validator_findings(paths: Iterable[Path]) -> Counter[str]:
    """Return what dciodvfy objects to or warns of, values left out."""
    found: Counter[str] = Counter()
    for path in paths:
        done = subprocess.run([TOOLS / "dciodvfy", "-new", path], capture_output=True, check=False)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        found.update(
            re.sub(r"<[^/<>][^<>]*>|\[\d+\]", "", line)
            for line in text.splitlines()
            if line.startswith(("Error", "Abort", "Warning"))
        )
    return found


def validator_errors(paths: Iterable[Path]) -> Counter[str]:
    """Return what dciodvfy objects to; warnings are none."""
    found = validator_findings(paths)
    return Counter({line: n for line, n in found.items() if not line.startswith("Warning")})


def entity_differences(folder: Path) -> Counter[str]:
    """Return what dcentvfy finds to differ between files of one patient, study or series."""
    done = subprocess.run(
        [TOOLS / "dcentvfy", *dicom_files(folder)], capture_output=True, check=False
    )
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    named = re.compile(r"<[^<>]*>|[0-9]+(\.[0-9]+){2,}|for file .*")  # values, UIDs and paths
    return Counter(named.sub("", line) for line in text.splitlines() if line.strip())
