"""The confusion table of the study checks over generated studies, as Markdown.

Usage: python -m benchmarks.study_matrix

The cases are those of tests/imaging/test_study_matrix.py: each set of sequences for three vendors,
classic and Enhanced; each fault; other body parts; forms that say another age or sex, which
leave the verdict alone (the finding holds the case).
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from imaging.headers import read_headers
from imaging.persons import Demographics
from imaging.study import Verdict
from tests.dicom import (
    CATALOGUE,
    FAULTS,
    REGIONS,
    STUDY_DATE,
    VENDORS,
    build_study,
    examine,
)
from tests.imaging.test_study_matrix import EXPECTED_FAULTS, SEQUENCES, STANDARD, judged

Pairs = Counter[tuple[Verdict | None, Verdict | None]]
ENHANCED = 9  # so many of the sets are built as Enhanced MR, too
#: Finding -> the patient's form that asks for it.
OTHER_FORMS = {"AGE-DIFFERS": Demographics(30, None), "SEX-DIFFERS": Demographics(None, "M")}


def count() -> int:
    """Return how many studies the table is of."""
    of_a_vendor = (SEQUENCES, SEQUENCES[:ENHANCED], FAULTS, OTHER_FORMS, REGIONS)
    return len(VENDORS) * sum(len(cases) for cases in of_a_vendor)


def sequences(folder: Path) -> Pairs:
    pairs: Pairs = Counter()
    for vendor in VENDORS:
        kinds: dict[str, tuple[dict[str, Any], Any]] = {
            "classic": ({"size": "tiny", "series": CATALOGUE}, SEQUENCES),
            "enhanced": ({"enhanced": True, "series": STANDARD}, SEQUENCES[:ENHANCED]),
        }
        for kind, (switches, cases) in kinds.items():
            built = build_study(folder / vendor / kind, vendor, study_date=STUDY_DATE, **switches)
            headers = [read_headers(path) for path in built.paths]
            for _, series, expected, _ in cases:
                pairs[expected, judged(headers, series)[0]] += 1
    return pairs


def faults(folder: Path) -> Pairs:
    pairs: Pairs = Counter()
    for vendor in VENDORS:
        for name, fault in FAULTS.items():
            found = examine(folder / f"{vendor}-{name}", vendor=vendor, edit=fault)
            pairs[EXPECTED_FAULTS[name][0], found.verdict] += 1
        for name, form in OTHER_FORMS.items():
            found = examine(folder / f"{vendor}-{name}", form, vendor=vendor)
            told = {one.code for one in found.findings}
            pairs[Verdict.COMPLETE, found.verdict if name in told else None] += 1
        for name, switches in REGIONS.items():
            region: dict[str, Any] = {"vendor": vendor, **switches}
            found = examine(folder / f"{vendor}-{name}", **region)
            pairs[Verdict.NOT_LUMBAR_MR, found.verdict] += 1
    return pairs


def table(pairs: Pairs) -> str:
    verdicts = [verdict for verdict in Verdict if any(verdict in pair for pair in pairs)]
    lines = [
        f"| expected \\ found | {' | '.join(verdicts)} |",
        "|" + " --- |" * (len(verdicts) + 1),
    ]
    for expected in verdicts:
        cells = [str(pairs[expected, found] or ".") for found in verdicts]
        lines.append(f"| {expected} | {' | '.join(cells)} |")
    wrong = sum(count for (expected, found), count in pairs.items() if expected is not found)
    lines.append(f"\n{sum(pairs.values())} studies, {wrong} wrong verdicts.")
    return "\n".join(lines)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        print(table(sequences(Path(folder)) + faults(Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
