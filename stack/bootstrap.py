"""Make .venv from hashed pins, then hand over to a module in it.

Runs under any Python 3.11 to 3.13 before anything is installed, so it uses the standard library
only: `python3 stack/bootstrap.py demo --port 8000` makes the venv and becomes `stack.demo`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = {"demo": "requirements-demo.txt", "testing": "requirements-dev.txt"}
OCR = "requirements-ocr.txt"
NPM = "requirements-viewer.txt"
# The development set holds the others, so a venv made for tests serves the demo too.
SUPERSETS = {
    "requirements-demo.txt": ("requirements-demo.txt", "requirements-dev.txt"),
    OCR: (OCR, "requirements-dev.txt"),
    "requirements-dev.txt": ("requirements-dev.txt",),
    NPM: (NPM,),
}


def main(arguments: list[str]) -> int:
    module, *rest = arguments
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = ".".join(map(str, sys.version_info[:3]))
        return fail(
            f"Python 3.11, 3.12 or 3.13 is needed; this is {found}. "
            "Name another one with PYTHON=/path/to/python3."
        )
    os.environ["STACK_STARTED_AT"] = f"{time.time():.3f}"
    try:
        for requirements in wanted(module, rest, has_npm=shutil.which("npm") is not None):
            prepare(requirements)
    except subprocess.CalledProcessError as error:
        return fail(f"installing the requirements failed with exit code {error.returncode}.")
    # Our own package, whatever lies in the folder in which somebody stands.
    os.environ["PYTHONPATH"] = str(ROOT)
    return os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-P", "-m", f"stack.{module}", *rest])  # noqa: S606 - no shell wanted


def wanted(module: str, options: list[str], *, has_npm: bool) -> list[str]:
    """Return the sets to install; npm fetches the viewer and comes as a wheel where it lacks."""
    optional = {OCR: module == "demo" and "--ocr" in options, NPM: not has_npm}
    return [REQUIREMENTS[module], *(name for name, is_wanted in optional.items() if is_wanted)]


def fail(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return 1


def prepare(requirements: str) -> None:
    """Bring .venv to what `requirements` pins; cheap when it is there already."""
    with locked(ROOT / "var" / "venv.lock"):
        if is_current(requirements):
            return
        if not VENV_PYTHON.exists():
            create_venv()
        say(f"installing {requirements} (versions and hashes are pinned)")
        # The lock is complete, and leaves out on purpose what requirements-excludes.in names.
        options = [
            "-qq",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "--no-deps",
        ]
        install = [*pip_command(), "install", *options, "-r", str(ROOT / requirements)]
        subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
        stamp(requirements).write_text(fingerprint(requirements))


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time touch the venv."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_current(requirements: str) -> bool:
    return VENV_PYTHON.exists() and any(
        stamp(name).exists() and stamp(name).read_text() == fingerprint(name)
        for name in SUPERSETS[requirements]
    )


def stamp(requirements: str) -> Path:
    return VENV / f".{requirements}.installed"


def fingerprint(requirements: str) -> str:
    pins = hashlib.sha256((ROOT / requirements).read_bytes()).hexdigest()
    return f"{pins} {VENV_PYTHON.resolve()}"


def create_venv() -> None:
    """Create .venv; a Debian without python3-venv lacks pip inside it, not the venv itself."""
    say(f"creating .venv with Python {sys.version.split()[0]}")
    create = [sys.executable, "-m", "venv", str(VENV)]
    if has_module("ensurepip"):
        subprocess.run(create, check=True)
    else:
        subprocess.run([*create, "--without-pip"], check=True)


def pip_command() -> list[str]:
    """Use the venv's own pip, or this Python's pip pointed at the venv."""
    if list(VENV.glob("lib/python3*/site-packages/pip")):
        return [str(VENV_PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON)]


def has_module(name: str) -> bool:
    probe = [sys.executable, "-c", f"import {name}"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def say(message: str) -> None:
    elapsed = time.time() - float(os.environ.get("STACK_STARTED_AT", time.time()))
    sys.stdout.write(f"[{elapsed:6.2f} s] {message}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
