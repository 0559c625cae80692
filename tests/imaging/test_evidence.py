"""What docs/study-checks-evidence.md counts is what there is."""

import re
from pathlib import Path

from benchmarks import study_matrix
from tests.dicom import FAULTS

PAGE = Path(__file__).parents[2] / "docs" / "study-checks-evidence.md"


def test_the_page_counts_the_studies_that_there_are():
    page = PAGE.read_text("utf-8")
    assert f"\n{study_matrix.count()} studies, 0 wrong verdicts." in page
    assert f"{len(FAULTS)} faults" in page
    rows = re.findall(r"^\| [A-Z_]+ \|.*$", page, re.MULTILINE)
    assert sum(map(int, re.findall(r"\d+", "".join(rows)))) == study_matrix.count()
