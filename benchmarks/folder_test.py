"""Run one browser test over a folder of real files, and keep its table in docs/benchmarks.md."""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.docs import write_block

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class FolderTest:
    #: A file of tests that takes `FOLDER_OF_FILES` and writes its rows to `TABLE_OF_FILES`.
    test: str
    head: str
    #: Name of the block in docs/benchmarks.md, with the title and the text above it.
    block: str
    title: str
    intro: str


def main(about: str | None, wanted: FolderTest) -> int:
    """Run the test; return 0 if it passed. Nothing is written to the docs unless it did."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", action="store_true", help="write the table to the docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "table.md"
        named = {"FOLDER_OF_FILES": str(options.folder.resolve()), "TABLE_OF_FILES": str(table)}
        command = [str(ROOT / "bin" / "test"), "--keep", wanted.test, "-q", "-p", "no:randomly"]
        done = subprocess.run(command, env=os.environ | named, stdout=sys.stderr, check=False)
        rows = table.read_text() if table.exists() else ""
    text = f"{wanted.head}\n{rows}"
    print(text)
    if options.update and done.returncode == 0:
        write_block(wanted.block, wanted.title, wanted.intro, text)
    return 1 if done.returncode else 0
