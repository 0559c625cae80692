"""Unpack an archive in a child process of its own, with limits and without secrets.

`imaging.archives` judges and unpacks; here it runs where a fault in a decompressor can do no harm:
little memory, little time, no network, an empty environment and a temporary folder of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from imaging.archives import unpack
from imaging.confinement import environment, restrict
from imaging.errors import Code, ImagingError

MIB: Final = 1024 * 1024
LIMITS: Final = {
    "address_space": 1024 * MIB,
    "cpu_seconds": 120,
    "open_files": 64,
    "file_bytes": 2048 * MIB,
}
WALL_SECONDS: Final = 300
REFUSED: Final = 3


def run_unpack(archive: Path, destination: Path) -> list[Path]:
    """Unpack `archive` into the existing, empty folder `destination`; return its files in order.

    Raises
    ------
    ImagingError
        ARCHIVE when it cannot be opened safely, TOO-MANY or TOO-BIG beyond the limits.
    """
    job = {
        "limits": LIMITS,
        "parent": os.getpid(),
        "archive": str(archive.resolve()),
        "destination": str(destination.resolve()),
    }
    try:
        with tempfile.TemporaryDirectory(prefix="child-") as scratch:
            child = subprocess.run(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-P", "-B", "-m", "imaging.unpacking", json.dumps(job)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # may quote a name of the archive
                cwd=scratch,
                env=environment(Path(scratch)),
                timeout=WALL_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired:
        raise ImagingError(Code.ARCHIVE, "too slow") from None
    if child.returncode == REFUSED:
        raise ImagingError(Code(child.stdout.decode()), "refused")
    if child.returncode != 0:
        raise ImagingError(Code.ARCHIVE, "the child died")
    return sorted(destination.iterdir())


def main(job: dict[str, Any]) -> int:
    """Unpack under limits; the exit code tells how it went."""
    restrict(job["limits"], job["parent"])
    try:
        unpack(Path(job["archive"]), Path(job["destination"]))
    except ImagingError as error:
        sys.stdout.write(error.code.value)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
