"""A disc as a hospital hands it out: 212 images of one examination, and what else lies on it.

The images lie without extension where the DICOMDIR says; the viewer, its pages and pictures and
the report are what the upload page has to look at and to leave where they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pydicom
from pydicom.fileset import FileSet
from pydicom.uid import JPEG2000Lossless

from imaging.synthetic import build_study
from imaging.synthetic.plans import CATALOGUE, FULL, SeriesPlan

#: With these slices the eight sets of a full study hold 212 images.
CORONAL_SLICES = 35
#: Bytes of each file of the viewer.
VIEWER = {
    "AUTORUN.INF": 60,
    "README.TXT": 1_500,
    "VIEWER/START.EXE": 6_000_000,
    "VIEWER/RENDER.DLL": 4_000_000,
    "VIEWER/CODECS.DLL": 2_000_000,
    "VIEWER/VIEWER.JAR": 3_000_000,
    "VIEWER/VIEWER.INI": 2_000,
    "VIEWER/HELP/INDEX.HTM": 8_000,
    "VIEWER/HELP/STYLE.CSS": 3_000,
    "VIEWER/HELP/LOGO.JPG": 40_000,
}
REPORT = "REPORT.PDF"
#: The first bytes by which a file's kind is known.
MAGIC = {".EXE": b"MZ", ".DLL": b"MZ", ".JAR": b"PK\x03\x04", ".JPG": b"\xff\xd8\xff\xe0"}


@dataclass(frozen=True, slots=True)
class Disc:
    """A folder like the top of a disc, and the images on it."""

    folder: Path
    images: tuple[Path, ...]

    @property
    def image_bytes(self) -> int:
        """What the upload has to carry, as it lies on the disc; all else stays at home."""
        return sum(path.stat().st_size for path in self.images)


def hospital_disc(work: Path, *, size: str) -> tuple[Disc, Disc]:
    """Return a disc, and another with the same images in JPEG 2000 lossless, made in `work`.

    Parameters
    ----------
    size : "full" (212 images in 8 sets) or "small" (59 in 6)
    """
    series = full_series() if size == "full" else None
    flat = build_study(work / "flat", size=size, series=series).paths
    packed = [_compressed(path, work / "packed") for path in flat]
    return _disc(flat, work / "disc"), _disc(packed, work / "compressed")


def full_series() -> list[str | SeriesPlan]:
    longer = replace(CATALOGUE["T2 COR"], slices=CORONAL_SLICES)
    return [longer if key == "T2 COR" else key for key in FULL]


def _compressed(path: Path, folder: Path) -> Path:
    """Write an image anew, as one of another examination."""
    folder.mkdir(exist_ok=True)
    dataset = pydicom.dcmread(path)
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    dataset.StudyInstanceUID += ".2"
    dataset.save_as(folder / path.name)
    return folder / path.name


def _disc(paths: Iterable[Path], folder: Path) -> Disc:
    files = FileSet()
    for path in paths:
        files.add(path)
    files.write(folder)
    images = tuple(Path(one.path) for one in files)
    for name, length in VIEWER.items():
        _fill(folder / name, MAGIC.get(Path(name).suffix, b""), length)
    _fill(folder / REPORT, b"%PDF-1.4\n", 150_000)
    return Disc(folder, images)


def _fill(path: Path, magic: bytes, length: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(magic + Random(path.name).randbytes(length - len(magic)))
