"""Compare every frame of a folder of DICOM files with what the server sends and the browser shows.

    .venv/bin/python -m benchmarks.real_frames FOLDER [--update]

The reference is the decoder of `imaging.decode`, two decoders of different origin that must agree.
"Server" counts the frames that lie in S3 for the viewer with the same values; "browser" those that
OHIF's own decoder put into its cache with the same values. Runs on the servers of `bin/test`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "benchmarks.md"
START, END = "<!-- real frames: start -->", "<!-- real frames: end -->"
TEST = "tests/dicomweb/frames_of_folder.py"
HEAD = "| transfer syntax | files | frames | server | browser |\n|---|---:|---:|---:|---:|"


def compared(folder: Path) -> tuple[str, bool]:
    """Run the comparison in a browser; return its table and whether all frames are equal."""
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "table.md"
        environment = os.environ | {"FRAMES_FOLDER": str(folder), "FRAMES_TABLE": str(table)}
        command = [str(ROOT / "bin" / "test"), "--keep", TEST, "-q", "-p", "no:randomly"]
        done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
        rows = table.read_text() if table.exists() else ""
    return f"{HEAD}\n{rows}", done.returncode == 0


def update(table: str) -> None:
    before, _, rest = DOCS.read_text().partition(START)
    after = rest.partition(END)[2]
    DOCS.write_text(f"{before}{START}\n{table}\n{END}{after}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", action="store_true", help="write the table to the docs")
    options = parser.parse_args()
    table, is_equal = compared(options.folder.resolve())
    print(table)
    if options.update and is_equal:
        update(table)
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main())
