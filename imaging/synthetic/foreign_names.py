"""Invented names in other scripts: in texts of a character set, as UTF-16, and compressed.

A search that knows ASCII alone finds none of them.
"""

import zlib
from typing import Final

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

#: Specific Character Set -> names that it can hold; each word stands in the header in capitals, in
#: small letters and as written here.
FOREIGN_SEEDS: Final[dict[str, tuple[str, ...]]] = {
    "ISO_IR 100": ("Grünäcker", "Françoiséè"),
    "ISO_IR 101": ("Żółtowski", "Świętosława"),
    "ISO_IR 144": ("Гражданин", "Ильинична"),
    "ISO_IR 192": ("Żółtowski", "Гражданин"),
}


def seed_foreign_names(dataset: Dataset, character_set: str) -> None:
    """Write the names of a character set into texts, nested texts and private bytes."""
    names = FOREIGN_SEEDS[character_set]
    written, capitals, small = "^".join(names), "^".join(names).upper(), " ".join(names).lower()
    dataset.SpecificCharacterSet = character_set
    dataset.OtherPatientNames = [dataset.OtherPatientNames, capitals, written]
    dataset.StudyDescription = f"{dataset.StudyDescription} {names[0]}"
    dataset.InstitutionAddress = f"{dataset.InstitutionAddress} {small}"
    dataset.StudyComments = f"{dataset.StudyComments} {' '.join(names)}"
    before = Dataset()
    before.PatientName, before.PatientComments = capitals, small
    history = dataset.OriginalAttributesSequence[0]
    history.ModifiedAttributesSequence = Sequence([*history.ModifiedAttributesSequence, before])
    block = dataset.private_block(0x0011, "INVENTED NAMES 01", create=True)
    block.add_new(0x01, "LO", " ".join(names))
    for element, raw in enumerate(_as_bytes(written), start=0x10):
        block.add_new(element, "OB", raw + b"\0" * (len(raw) % 2))


def _as_bytes(name: str) -> list[bytes]:
    """Return a name as programs keep it in bytes: UTF-16 in both orders, zlib, raw deflate."""
    raw_deflate = zlib.compressobj(wbits=-15)
    return [
        name.encode("utf-16-le"),
        name.upper().encode("utf-16-be"),
        zlib.compress(f"name: {name}".encode()),
        raw_deflate.compress(f"name: {name}".encode()) + raw_deflate.flush(),
    ]
