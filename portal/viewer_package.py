"""OHIF's prebuilt viewer: one pinned package, verified, slimmed and moved to /viewer/.

The package is used as it was built. Only what its address demands is changed: the public path, and
two inline scripts that a strict content security policy would refuse.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PACKAGE: Final = "@ohif/app"
VERSION: Final = "3.13.2"
SHA512: Final = (
    "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
)
BASE: Final = "/viewer/"
MANIFEST: Final = "viewer.json"
PREFIX: Final = "package/dist/"
#: What a spine viewer never loads: speech and segmentation models, microscopy, source maps, icons
#: of phones, sign-in of other sites.
UNUSED: Final = re.compile(
    r"^(ort/|dicom-microscopy-viewer/|customizations/"
    r"|assets/(apple-touch|yandex|mstile|browserconfig|android)"
    r"|(google|oidc-client\.min|sw|init-service-worker|es6-shim\.min|polyfill\.min|app-config)\.js"
    r"|silent-refresh\.html|_headers|_redirects|serve\.json)|\.map$"
)
PACKED_ALREADY: Final = (".woff2", ".png", ".ico", ".gz")
#: Text of the decoder of HTJ2K and JPEG-LS: its worker alone may compile code at run time.
DECODER_MARK: Final = b"openjph"
APP: Final = "app.bundle"


class WrongPackageError(Exception):
    """The file is not the pinned package, or is not laid out as it was when it was pinned."""


@dataclass
class Installed:
    """What was written."""

    files: int = 0
    size: int = 0
    compressed: int = 0
    patched: int = 0
    decoders: list[str] = field(default_factory=list)


def install(tarball: Path, destination: Path) -> Installed:
    """Unpack the package into `destination`, replacing what was there in one step.

    Raises
    ------
    WrongPackageError
        When the checksum differs, or a place that must be changed is not found.
    """
    data = tarball.read_bytes()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != SHA512:
        raise WrongPackageError("the checksum differs from the pinned one")
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".viewer-") as scratch:
        fresh = Path(scratch) / "new"
        installed = _unpack(data, fresh)
        if destination.exists():
            destination.rename(Path(scratch) / "old")
        fresh.rename(destination)
    return installed


def is_installed(root: Path) -> bool:
    """Say whether the pinned version lies in `root`."""
    try:
        return bool(json.loads((root / MANIFEST).read_text())["version"] == VERSION)
    except (OSError, ValueError, KeyError):
        return False


def _unpack(data: bytes, folder: Path) -> Installed:
    installed = Installed()
    for name, content in _files(data):
        changed = _changed(name, content)
        installed.patched += changed != content
        if name.endswith(".js") and APP not in name and DECODER_MARK in content:
            installed.decoders.append(name)
        _write(folder / name, changed, installed)
    _write(folder / "boot.js", _boot(), installed)
    if not installed.decoders or not installed.patched:
        shutil.rmtree(folder)
        raise WrongPackageError("the package is not laid out as expected")
    manifest = {"package": PACKAGE, "version": VERSION, "decoders": installed.decoders}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return installed


def _files(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            name = member.name.removeprefix(PREFIX)
            inside = member.isfile() and member.name.startswith(PREFIX)
            if not inside or ".." in name.split("/") or UNUSED.search(name):
                continue
            stream = archive.extractfile(member)
            if stream is not None:
                yield name, stream.read()


def _changed(name: str, content: bytes) -> bytes:
    base = BASE.encode()
    if name.endswith(".js"):
        return content.replace(
            b'__webpack_require__.p = "/";', b'__webpack_require__.p = "%s";' % base
        )
    if name.endswith(".css"):
        return re.sub(rb"url\(([\"']?)/(?!/)", rb"url(\1" + base, content)
    if name == "index.html":
        return _changed_page(content.decode()).encode()
    if name == "manifest.json":
        return b'{"name":"Viewer"}'
    return content


def _changed_page(page: str) -> str:
    page = re.sub(
        r'<link rel="(apple-touch|yandex)[^>]*>|<meta name="msapplication[^>]*>', "", page
    )
    page = re.sub(r'<script[^>]*src="/init-service-worker\.js"></script>', "", page)
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r'(href|src)="/', rf'\1="{BASE}', page)
    head, script, rest = page.partition('<script rel="preload"')
    if not script:
        raise WrongPackageError("the page has no place for the start script")
    page = f'{head}<script src="{BASE}boot.js"></script>{script}{rest}'
    return page.replace("<title>OHIF Viewer</title>", "<title>Images</title>")


def _boot() -> bytes:
    """Return what the two inline scripts of the page did."""
    return (
        f'window.PUBLIC_URL = "{BASE}";\n'
        "window.browserImportFunction = (address) => import(address);\n"
    ).encode()


def _write(path: Path, content: bytes, installed: Installed) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    installed.files += 1
    installed.size += len(content)
    smaller = content
    if len(content) > 1024 and not path.name.endswith(PACKED_ALREADY):
        smaller = gzip.compress(content, 6, mtime=0)
        path.with_name(f"{path.name}.gz").write_bytes(smaller)
    installed.compressed += len(smaller)
