"""The viewer's package: only the pinned one, and all or nothing."""

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from portal import viewer_package
from portal.viewer_package import WrongPackageError, install, is_installed

PAGE = (
    '<html><head><link rel="apple-touch-icon" href="/x.png"><script>inline()</script>'
    '<script rel="preload" as="script" src="/app-config.js"></script>'
    "<title>OHIF Viewer</title></head></html>"
)
FILES = {
    "index.html": PAGE.encode(),
    "app.bundle.0123456789abcdef.js": b'__webpack_require__.p = "/"; openjph',
    "8.bundle.0123456789abcdef.js": b"worker openjph",
    "app.bundle.css": b"a{background:url(/b.png)}",
    "ort/model.wasm": b"unused",
    "app.bundle.js.map": b"unused",
    "../escape.js": b"no",
}


def tarball(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "viewer.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def any_checksum(monkeypatch):
    class Same:
        def __init__(self, _data: bytes) -> None:
            pass

        def digest(self) -> bytes:
            return base64.b64decode(viewer_package.SHA512)

    monkeypatch.setattr(hashlib, "sha512", Same)


def test_another_package_is_refused_and_changes_nothing(tmp_path):
    root = tmp_path / "viewer"
    with pytest.raises(WrongPackageError):
        install(tarball(tmp_path, FILES), root)
    assert not root.exists()


def test_the_package_is_slimmed_and_moved(tmp_path, any_checksum):
    root = tmp_path / "viewer"
    done = install(tarball(tmp_path, FILES), root)
    assert is_installed(root)
    assert done.decoders == ["8.bundle.0123456789abcdef.js"]
    names = {path.name for path in root.rglob("*")}
    assert names.isdisjoint({"model.wasm", "app.bundle.js.map", "escape.js"})
    page = (root / "index.html").read_text()
    assert "<script>" not in page
    assert 'src="/viewer/boot.js"' in page
    assert 'src="/viewer/app-config.js"' in page
    app = (root / "app.bundle.0123456789abcdef.js").read_text()
    assert '__webpack_require__.p = "/viewer/"' in app
    assert "url(/viewer/b.png)" in (root / "app.bundle.css").read_text()


def test_a_package_laid_out_otherwise_is_refused(tmp_path, any_checksum):
    root = tmp_path / "viewer"
    install(tarball(tmp_path, FILES), root)
    (root / "mine").write_text("kept")
    files = {"index.html": FILES["index.html"]}
    with pytest.raises(WrongPackageError):
        install(tarball(tmp_path, files), root)
    assert (root / "mine").read_text() == "kept"


def test_the_command_says_what_is_wrong(tmp_path, settings, monkeypatch):
    settings.VIEWER_ROOT = tmp_path / "viewer"
    with pytest.raises(CommandError, match="checksum"):
        call_command("install_viewer", tarball=tarball(tmp_path, FILES))
    monkeypatch.setattr("shutil.which", lambda *_args, **_how: None)
    with pytest.raises(CommandError, match="npm"):
        call_command("install_viewer")
