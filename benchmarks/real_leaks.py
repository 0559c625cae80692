"""What is left of real files' identities after cleaning; `benchmarks.real_files --clean` prints it.

The values come from a reading of our own with pydicom: what `imaging.residues` looks for, and every
date, UID and private text beside that. Words too short to name anybody, and words that stand in
the source's public technical attributes too, are no finding: the same rules as in
`imaging.residues`.
"""

import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from imaging.deidentify import DeidentifyContext
from imaging.deidentify_command import Cleaning, clean
from imaging.elements import mapped, parse
from imaging.policy import POLICY
from imaging.residues import identity_of, residues_of
from imaging.text_detector import text_detector

TEXTS = {"LO", "SH", "ST", "LT", "UT", "PN", "CS"}
OUR_OWN = ("CASE-0001", "1.2.840.10008", "2.25.", "SECONDREAD")
STANDARD_UIDS = "1.2.840.10008."


@dataclass(frozen=True, slots=True)
class Leaks:
    """Files in which the search found a value: `found` of the sources, `left` of the clean."""

    files: int = 0
    found: int = 0
    cleaned: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # files by code
    left: int = 0
    crashes: int = 0


def leaks_of(folder: Path) -> Leaks:
    """Clean a folder and search what comes out for what went in."""
    with tempfile.TemporaryDirectory() as scratch:
        cleaning = Cleaning(
            Path(scratch), DeidentifyContext("CASE-0001", b"k" * 32), text_detector()
        )
        try:
            clean(folder, cleaning)
        except Exception:  # the table counts it
            return Leaks(cleaned=len(cleaning.written), crashes=1)
        values, technical = _values_below(folder)
        residues = residues_of(
            frozenset(values),
            POLICY.identity_vocabulary,
            frozenset({*OUR_OWN, *POLICY.constants, *technical}),
        )
        sources = _files(folder)
        outputs = [Path(scratch) / one.path for one in cleaning.written]
        return Leaks(
            files=len(sources),
            found=sum(residues.occur_in(path.read_bytes()) for path in sources),
            cleaned=len(outputs),
            refused=Counter(one.code for one in cleaning.refused),
            left=sum(residues.occur_in(_header_bytes(path)) for path in outputs),
        )


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file())


def _header_bytes(path: Path) -> bytes:
    with mapped(path) as buffer:
        pixel = parse(buffer).pixel
        return buffer[:] if pixel is None else buffer[: pixel.value]


def _values_below(folder: Path) -> tuple[set[str], set[str]]:
    """Return the values to look for, and the technical ones, of every DICOM file of a folder."""
    values: set[str] = set()
    technical: set[str] = set()
    for path in _files(folder):
        values |= identity_of(path, POLICY)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they quote values
                dataset = pydicom.dcmread(path, stop_before_pixels=True)
                for value, is_technical in _texts_of(dataset):
                    (technical if is_technical else values).add(value)
        except Exception:  # beyond pydicom; what our own reader found of it is in `values`
            continue
    return values, technical


def _texts_of(dataset: Dataset) -> Iterator[tuple[str, bool]]:
    """Yield dates, UIDs and texts, with whether a text is a public technical one."""
    for element in dataset.iterall():
        if element.VR == "UI":
            yield from ((str(u), False) for u in _many(element) if not u.startswith(STANDARD_UIDS))
        elif element.VR in {"DA", "DT"}:
            yield from ((str(one)[:8], False) for one in _many(element))
        elif element.VR in TEXTS:
            public = not element.tag.is_private and element.VR != "PN"
            is_technical = public and element.tag not in POLICY.identity_tags
            if is_technical or element.tag.is_private:
                yield from ((str(one), is_technical) for one in _many(element))


def _many(element: pydicom.DataElement) -> list[str]:
    value = element.value
    parts = value if isinstance(value, pydicom.multival.MultiValue) else [value]
    return [str(one) for one in parts if one]
