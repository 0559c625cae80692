"""Synthetic studies for tests: the builder that ``manage.py make_study`` uses, too.

`build_study` writes a whole study (see `imaging.synthetic`); `FAULTS` and `REGIONS` are faults of
studies; `FILE_FAULTS` turns the bytes of one good file into those of another kind.
"""

from datetime import date
from pathlib import Path
from typing import Any

from imaging.inspect import Inspection, inspect_path
from imaging.persons import Demographics
from imaging.synthetic import CATALOGUE, BuiltStudy, SeriesPlan, Subject, build_study
from imaging.synthetic.compress import COMPRESSED
from imaging.synthetic.faults import FAULTS, REGIONS
from imaging.synthetic.file_faults import FILE_FAULTS
from imaging.synthetic.foreign_names import FOREIGN_SEEDS
from imaging.synthetic.headers import VENDORS
from imaging.synthetic.identifiers import SEEDS

__all__ = [
    "CATALOGUE",
    "COMPRESSED",
    "FAULTS",
    "FILE_FAULTS",
    "FOREIGN_SEEDS",
    "REGIONS",
    "SEEDS",
    "STUDY_DATE",
    "TODAY",
    "VENDORS",
    "BuiltStudy",
    "SeriesPlan",
    "Subject",
    "build_study",
    "examine",
    "one_file",
]

TODAY = date(2026, 11, 20)
STUDY_DATE = "20261105"


def examine(folder: Path, expected: Demographics | None = None, **switches: Any) -> Inspection:
    """Build a black study below `folder` and inspect it."""
    given: dict[str, Any] = {"size": "tiny", "study_date": STUDY_DATE} | switches
    built = build_study(folder / "study", **given)
    return inspect_path(built.folder, expected, today=TODAY)


def one_file(folder: Path, **switches: Any) -> Path:
    """Build one classic T2 SAG instance and return its path."""
    given: dict[str, Any] = {"series": ["T2 SAG"], "edit": lambda instances: instances[:1]}
    return build_study(folder, **(given | switches)).paths[0]
