"""Unpack an archive in a child process of its own, with limits and without secrets.

`imaging.archives` judges and unpacks; here it runs where a fault in a decompressor can do no harm:
little memory, little time, an empty environment.
"""

import contextlib
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from imaging.archives import unpack
from imaging.errors import Code, ImagingError

PACKAGE_ROOT: Final = Path(__file__).resolve().parent.parent
MIB: Final = 1024 * 1024
ADDRESS_SPACE: Final = 1024 * MIB
CPU_SECONDS: Final = 120
FILE_BYTES: Final = 2048 * MIB
WALL_SECONDS: Final = 300
REFUSED: Final = 3


def run_unpack(archive: Path, destination: Path) -> list[Path]:
    """Unpack `archive` into the existing, empty folder `destination`; return its files in order.

    Raises
    ------
    ImagingError
        ARCHIVE when it cannot be opened safely, TOO-MANY or TOO-BIG beyond the limits.
    """
    command = [sys.executable, "-P", "-B", "-m", "imaging.unpacking"]
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter and module
            [*command, str(archive.resolve()), str(destination.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # may quote a name of the archive
            cwd=destination,
            env={"PYTHONPATH": str(PACKAGE_ROOT), "LC_ALL": "C.UTF-8"},
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


def main(archive: str, destination: str) -> int:
    """Unpack under limits; the exit code tells how it went."""
    for kind, limit in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError):  # a lower limit is already there
            resource.setrlimit(kind, (limit, limit))
    try:
        unpack(Path(archive), Path(destination))
    except ImagingError as error:
        sys.stdout.write(error.code.value)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
