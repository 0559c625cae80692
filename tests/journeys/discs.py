"""Discs as clinics hand them out: folders, ZIP files, disc images, and what else lies on them."""

import atexit
import shutil
import tempfile
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pycdlib
from pydicom.fileset import FileSet

from imaging.synthetic import BuiltStudy, Subject, build_study

SERIES = ("T2 SAG", "T2 AX")
ANA = Subject(name="Example^Ana")
BEN = Subject(name="Other^Ben", birth_date="19550101", patient_id="SYN-2")


def lumbar(folder: Path, **options) -> BuiltStudy:
    """Write a study into `folder`: a copy of the one that was built for the same options before."""
    options = {"patient": ANA, "series": SERIES, "study_date": "20260312"} | options
    built = _built(**options)
    paths = tuple(folder / path.relative_to(built.folder) for path in built.paths)
    shutil.copytree(built.folder, folder, dirs_exist_ok=True)
    return replace(built, folder=folder, paths=paths)


@cache
def _built(**options) -> BuiltStudy:
    folder = Path(tempfile.mkdtemp(prefix="secondread-disc-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build_study(folder, **options)


def incompressible(folder: Path, **options) -> BuiltStudy:
    """Return a study of small pictures and some MB that no coding makes smaller."""
    return lumbar(folder, size="tiny", edit=_padded, **options)


def _padded(instances):
    source = Random(1)
    for instance in instances:
        instance.dataset.add_new(0x00090010, "LO", "PADDING")
        instance.dataset.add_new(0x00091001, "OB", source.randbytes(150_000))
    return instances


def zipped(folder: Path, target: Path, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return target


def disc_image(folder: Path, target: Path, *, joliet: bool) -> Path:
    image = pycdlib.PyCdlib()
    image.new(interchange_level=1, joliet=3 if joliet else None)
    image.add_directory("/DICOM", joliet_path="/DICOM" if joliet else None)
    for number, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        image.add_file(
            str(path),
            f"/DICOM/IM{number:06d}.;1",
            joliet_path=f"/DICOM/{path.name}" if joliet else None,
        )
    image.write(str(target))
    image.close()
    return target


def with_dicomdir(study: BuiltStudy, target: Path) -> Path:
    """Return a disc with a DICOMDIR and the files where it says they are."""
    files = FileSet()
    for path in study.paths:
        files.add(path)
    files.write(target)
    files._stage["t"].cleanup()  # else it warns when the collector finds it
    return target


def scratched(disc: Path, count: int) -> None:
    """Lose images of a disc whose DICOMDIR still promises them."""
    images = [path for path in sorted(disc.rglob("*")) if path.is_file()]
    for path in [path for path in images if path.name != "DICOMDIR"][:count]:
        path.unlink()


def hospital_disc(target: Path, patient: Subject = ANA) -> tuple[Path, BuiltStudy]:
    """Return a disc as it comes: DICOMDIR, viewer, photos, report, and the study."""
    study = lumbar(target.with_name(target.name + "-study"), patient=patient)
    disc = with_dicomdir(study, target)
    shutil.rmtree(study.folder)
    (disc / "AUTORUN.INF").write_text("[autorun]")
    (disc / "VIEWER").mkdir()
    (disc / "VIEWER" / "START.EXE").write_bytes(b"MZ" + bytes(5000))
    (disc / "JPEG").mkdir()
    (disc / "JPEG" / "1.JPG").write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))
    (disc / "REPORT.PDF").write_bytes(b"%PDF-1.4\n" + bytes(5000))
    return disc, study
