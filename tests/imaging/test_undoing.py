"""Bundles of strangers are undone by a child that may die without harm."""

import hashlib
import os
import shutil
import signal
import sys

import numpy as np
import pytest

from imaging.coding import Coding, Words, encode
from imaging.undoing import Part, Undoer, UndoingError

WORDS = Words(100, 40, 50)
CODINGS = [Coding.RAW, Coding.DEFLATE, Coding.JPEG_LS]


def bundle_of(*files: tuple[bytes, Coding]) -> tuple[bytes, list[Part]]:
    bundle, parts = b"", []
    for number, (content, coding) in enumerate(files):
        coded = encode(content, coding, WORDS)
        digest = hashlib.sha256(content).hexdigest()
        parts.append(
            Part(f"f{number}", len(bundle), len(coded), coding, len(content), digest)
        )  # fmt: skip
        bundle += coded
    return bundle, parts


def contents(count: int) -> list[bytes]:
    return [np.random.default_rng(seed).bytes(4150) for seed in range(count)]


def test_the_files_of_every_coding_lie_in_the_folder(tmp_path):
    files = contents(3)
    bundle, parts = bundle_of(*zip(files, CODINGS, strict=True))
    with Undoer() as undoer:
        assert undoer.undo(bundle, parts, tmp_path) == []
        assert undoer.undo(bundle, parts[:1], tmp_path) == []
    assert [(tmp_path / f"f{n}").read_bytes() for n in range(3)] == files


def test_files_that_are_not_as_declared_are_named_and_not_written(tmp_path):
    files = contents(3)
    bundle, parts = bundle_of(*zip(files, CODINGS, strict=True))
    wrong_bytes = bytearray(bundle)
    wrong_bytes[5] ^= 1
    wrong_bytes[-5] ^= 1
    with Undoer() as undoer:
        assert undoer.undo(bytes(wrong_bytes), parts, tmp_path) == ["f0", "f2"]
    assert [path.name for path in tmp_path.iterdir()] == ["f1"]


def test_a_coding_that_is_not_known_is_a_broken_file(tmp_path):
    _, (part,) = bundle_of((b"x" * 5000, Coding.RAW))
    other = Part(part.name, 0, part.length, "zip", part.size, part.sha256)
    with Undoer() as undoer:
        assert undoer.undo(b"x" * 5000, [other], tmp_path) == ["f0"]


def test_a_declared_size_beyond_the_memory_is_a_broken_file(tmp_path):
    big = bytes(400_000_000)
    bundle, parts = bundle_of((big, Coding.DEFLATE), (b"x" * 5000, Coding.RAW))
    with Undoer(address_space=400_000_000) as undoer:
        assert undoer.undo(bundle, parts, tmp_path) == ["f0"]
    assert (tmp_path / "f1").exists()


def test_a_child_that_was_killed_is_followed_by_another(tmp_path):
    bundle, parts = bundle_of((b"x" * 5000, Coding.RAW))
    with Undoer() as undoer:
        undoer.undo(bundle, parts, tmp_path)
        (tmp_path / "f0").unlink()
        os.kill(undoer._child.pid, signal.SIGKILL)
        assert undoer.undo(bundle, parts, tmp_path) == []
    assert (tmp_path / "f0").exists()


def test_a_file_that_kills_every_child_is_set_aside(tmp_path):
    """A pipe that nobody reads holds each child for ever at the second file."""
    bundle, parts = bundle_of(*((content, Coding.RAW) for content in contents(3)))
    os.mkfifo(tmp_path / "f1")
    with Undoer(answer_seconds=1) as undoer:
        assert undoer.undo(bundle, parts, tmp_path) == ["f1"]
    assert [(tmp_path / name).is_file() for name in ("f0", "f1", "f2")] == [True, False, True]


def test_a_child_that_cannot_start_or_write_blames_no_file(tmp_path, monkeypatch):
    bundle, parts = bundle_of((b"x" * 5000, Coding.RAW))
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", shutil.which("false"))
        with Undoer() as undoer, pytest.raises(UndoingError, match="start"):
            undoer.undo(bundle, parts, tmp_path)
    with Undoer() as undoer, pytest.raises(UndoingError, match="written"):
        undoer.undo(bundle, parts, tmp_path / "absent")
