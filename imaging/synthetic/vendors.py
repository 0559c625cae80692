"""Private elements as Siemens, GE and Philips write them, with the seeded identifiers inside.

The shapes follow real headers (a CSA header, a compressed GE protocol block, Philips' nested
sequence); the contents are invented.
"""

import gzip
import struct
from functools import lru_cache
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import MRImageStorage

from imaging.synthetic.identifiers import BIRTH_DATE, NAME, PATIENT_ID, STUDY_DATE, UID_ROOT

_IMAGE_CSA: Final = 12_000
_SERIES_CSA: Final = 70_000


def add_private(dataset: Dataset, vendor: str) -> None:
    """Add the vendor's private blocks to a data set ("siemens", "ge" or "philips")."""
    {"siemens": _siemens, "ge": _ge, "philips": _philips}[vendor](dataset)


@lru_cache(maxsize=16)
def _csa(series_uid: str, size: int) -> bytes:
    """Return bytes in the shape of a Siemens CSA header, filled up to `size`."""
    protocol = (
        f'### ASCCONV BEGIN ###\ntReferenceImage0 = "{series_uid}"\n'
        f'<ParamString."tPatientName"> {{ "{NAME}" }}\n### ASCCONV END ###'
    )
    tags = {
        "UsedPatientWeight": "81",
        "PatientName": NAME,
        "PatientID": PATIENT_ID,
        "ReferencedImageUID": series_uid,
        "StudyDate": STUDY_DATE,
        "MrPhoenixProtocol": protocol,
    }
    blob = b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(tags), 77)
    for name, value in tags.items():
        raw = value.encode()
        blob += name.encode().ljust(64, b"\0") + struct.pack("<i4siii", 1, b"LO", 0, 6, 77)
        blob += struct.pack("<iiii", len(raw), len(raw), 77, len(raw)) + raw
        blob += b"\0" * (-len(raw) % 4 + 80)
    rng = np.random.default_rng(11)
    blob += rng.integers(32, 126, max(0, size - len(blob)), dtype=np.uint8).tobytes()
    return blob + b"\0" * (len(blob) % 2)


def _siemens(ds: Dataset) -> None:
    block = ds.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    block.add_new(0x08, "CS", "IMAGE NUM 4")
    block.add_new(0x09, "LO", STUDY_DATE)
    block.add_new(0x10, "OB", _csa(ds.SeriesInstanceUID, _IMAGE_CSA))
    block.add_new(0x18, "CS", "MR")
    block.add_new(0x20, "OB", _csa(ds.SeriesInstanceUID, _SERIES_CSA))
    block = ds.private_block(0x0029, "SIEMENS MEDCOM HEADER2", create=True)
    block.add_new(0x60, "LO", "com COMMUTOKEN KOWALSKI")
    block = ds.private_block(0x0019, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0B, "DS", "287.5")
    block.add_new(0x12, "SL", [0, 0, -1209])
    block.add_new(0x15, "FD", [-10.1, 22.1, 33.3])
    block = ds.private_block(0x0051, "SIEMENS MR HEADER", create=True)
    block.add_new(0x0C, "LO", "FoV 280*280")
    block.add_new(0x0E, "LO", "Sag")
    block = ds.private_block(0x0021, "SIEMENS MR SDS 01", create=True)
    item = Dataset()
    item.PatientName = NAME
    item.add_new(0x00210010, "LO", "SIEMENS MR SDS 01")
    item.add_new(0x00211019, "OB", b"<XProtocol> tPatientName KOWALSKI 19610425 </XProtocol> ")
    block.add_new(0xFE, "SQ", Sequence([item]))


def _ge(ds: Dataset) -> None:
    block = ds.private_block(0x0009, "GEMS_IDEN_01", create=True)
    block.add_new(0x01, "LO", "GE_GENESIS_FF")
    block.add_new(0x02, "SH", "AWP69873STN")
    block.add_new(0x27, "SL", 1_710_684_923)
    block.add_new(0x31, "SH", "SN69873X")
    block.add_new(0xE3, "UI", f"{UID_ROOT}{STUDY_DATE}7")
    block = ds.private_block(0x0019, "GEMS_ACQU_01", create=True)
    for element in (0x0F, 0x11, 0x12, 0x17, 0x18, 0x19, 0x1A, 0x1E, 0x5A, 0x7D, 0x7E):
        block.add_new(element, "DS", f"{element}.0")
    block = ds.private_block(0x0025, "GEMS_SERS_01", create=True)
    block.add_new(0x07, "SL", 19)
    protocol = f'set PATNAME "{NAME}"\nset DOB "{BIRTH_DATE}"\n'.encode() * 40
    packed = gzip.compress(protocol, mtime=0)
    block.add_new(0x1B, "OB", packed + b"\0" * (len(packed) % 2))
    block = ds.private_block(0x0043, "GEMS_PARM_01", create=True)
    block.add_new(0x39, "IS", ["1000000", "0", "0", "0"])
    block.add_new(0x61, "UI", f"{UID_ROOT}{STUDY_DATE}8")
    block.add_new(0x62, "SH", "OPERTRUDY")
    block.add_new(0x9A, "LO", "COMMUTOKEN")


def _philips(ds: Dataset) -> None:
    block = ds.private_block(0x2001, "Philips Imaging DD 001", create=True)
    block.add_new(0x03, "FL", 0.0)
    block.add_new(0x0A, "IS", "3")
    block.add_new(0x0B, "CS", "SAGITTAL")
    block.add_new(0x18, "SL", 19)
    block.add_new(0xC8, "LO", "COMMUTOKEN KOWALSKI")
    block = ds.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
    for element in range(0x0B):
        block.add_new(element, "FL", float(element))
    block.add_new(0x11, "CS", "M")
    block = ds.private_block(0x2005, "Philips MR Imaging DD 005", create=True)
    item = Dataset()
    item.PatientName, item.PatientID = NAME, PATIENT_ID
    item.InstanceCreationDate, item.SOPClassUID = STUDY_DATE, MRImageStorage
    item.SOPInstanceUID = f"{UID_ROOT}{STUDY_DATE}9"
    block.add_new(0x0F, "SQ", Sequence([item]))
    block = ds.private_block(0x2051, "PHILIPS-MR-1", create=True)
    block.add_new(0x00, "LO", "Zbigniew")
