"""What docs/study-checks-evidence.md counts is what there is."""

import re
import shutil
from pathlib import Path

import pydicom.data

from benchmarks import study_matrix
from benchmarks.real_leaks import leaks_of
from tests.dicom import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "study-checks-evidence.md"


def test_the_page_counts_the_studies_that_there_are():
    page = PAGE.read_text("utf-8")
    assert f"\n{study_matrix.count()} studies, 0 wrong verdicts." in page
    assert f"{len(FAULTS)} faults" in page
    rows = re.findall(r"^\| [A-Z_]+ \|.*$", page, re.MULTILINE)
    assert sum(map(int, re.findall(r"\d+", "".join(rows)))) == study_matrix.count()


def test_nothing_of_real_mr_files_is_left_after_cleaning(tmp_path):
    """Over the files that come with pydicom: the search finds their values before, none after."""
    cleaned = 0
    for path in sorted((Path(pydicom.data.__file__).parent / "test_files").glob("MR*.dcm")):
        folder = tmp_path / path.stem  # alone: several are one picture in other forms
        folder.mkdir()
        shutil.copy(path, folder)
        found = leaks_of(folder)
        assert (found.left, found.crashes) == (0, 0), path.name
        assert found.found == 1, path.name
        cleaned += found.cleaned
    assert cleaned >= 5
