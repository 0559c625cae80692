"""What is done before the study is known saves time and changes no byte."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from imaging import prepared
from imaging.errors import Code
from imaging.holding import Decision
from imaging.ingest import IngestOptions, ingest_study
from imaging.prepared import made_by, prepare
from imaging.regions import Region
from imaging.sandbox import run_ingest, run_prepare
from imaging.synthetic.build import build_study
from tests.imaging.test_ingest import tree

OPTIONS = IngestOptions("SR-ABC234", b"k" * 32)
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "without a window": {"edit": lambda instances: list(map(without_window, instances))},
    "JPEG 2000": {"transfer_syntax": "1.2.840.10008.1.2.4.90"},
    "RLE": {"transfer_syntax": "1.2.840.10008.1.2.5"},
    "Enhanced": {"enhanced": True},
}


def without_window(instance):
    for keyword in ("WindowCenter", "WindowWidth"):
        if keyword in instance.dataset:
            delattr(instance.dataset, keyword)
    return instance


def ignore(_name: str) -> None:
    """Be told a file name."""


def ingest(source, destination, shelf=None):
    result = ingest_study(source, destination, OPTIONS, opening=ignore, prepared=shelf)
    return result, tree(destination)


def in_bundles(folder, target, count=3):
    """Lay the files of a study into folders, as bundles lie."""
    for number, path in enumerate(sorted(folder.iterdir())):
        bundle = target / f"b{number % count}"
        bundle.mkdir(parents=True, exist_ok=True)
        (bundle / path.name).write_bytes(path.read_bytes())
    return target


def prepared_of(study, tmp_path):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    outcomes = prepare(in_bundles(study, tmp_path / "bundles"), shelf, opening=ignore)
    return shelf, outcomes


def pixels_shifted(folder):
    """Change the last bytes of every file: pixels, in these studies."""
    for path in folder.iterdir():
        data = bytearray(path.read_bytes())
        data[-40:] = bytes(40)
        path.write_bytes(data)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    build_study(folder, "siemens", size="tiny")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_is_the_same_byte_by_byte_with_and_without_it(kind, tmp_path):
    source = tmp_path / "in"
    build_study(source, series=["T2 SAG"], **KINDS[kind])
    shelf, outcomes = prepared_of(source, tmp_path)
    assert set(outcomes.values()) == {Code.OK}
    without = ingest(source, tmp_path / "without")
    assert ingest(source, tmp_path / "with", shelf) == without


def test_what_was_prepared_is_used(study, tmp_path, monkeypatch):
    shelf, _outcomes = prepared_of(study, tmp_path)

    def never(*_arguments):
        raise AssertionError

    monkeypatch.setattr(prepared, "pack_instance", never)
    monkeypatch.setattr("imaging.display.render_preview", never)
    result, _objects = ingest(study, tmp_path / "out", shelf)
    assert {one.code for one in result.files} == {Code.OK}


def test_pixels_that_were_changed_since_are_coded_anew(study, tmp_path):
    shelf, _outcomes = prepared_of(study, tmp_path)
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in study.iterdir():
        (changed / path.name).write_bytes(path.read_bytes())
    pixels_shifted(changed)
    without = ingest(changed, tmp_path / "without")
    assert ingest(changed, tmp_path / "with", shelf) == without
    assert without[1] != ingest(study, tmp_path / "before")[1]


def test_pictures_that_were_blanked_since_are_coded_anew(study, tmp_path):
    shelf, _outcomes = prepared_of(study, tmp_path)
    names = sorted(path.name for path in study.iterdir())
    blanked = tuple(Decision(name, regions=(Region(2, 2, 9, 5),)) for name in names[:4])
    options = replace(OPTIONS, decisions=blanked)
    runs = []
    for target, kept in (("without", None), ("with", shelf)):
        result = ingest_study(study, tmp_path / target, options, opening=ignore, prepared=kept)
        runs.append((result, tree(tmp_path / target)))
    assert runs[0] == runs[1]
    pixels = runs[0][0].receipt["pixels"]
    assert isinstance(pixels, dict)
    assert pixels["blanked"] == 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(made_by().encode(), b"0" * 64, 1),
        lambda data: b"",
        lambda data: b"[]\n" + data,
        lambda data: b"\xff" + data,
    ],
)
def test_what_other_code_made_or_what_is_damaged_is_passed_over(study, tmp_path, spoil):
    shelf, _outcomes = prepared_of(study, tmp_path)
    for path in shelf.iterdir():
        path.write_bytes(spoil(path.read_bytes()))
    assert ingest(study, tmp_path / "with", shelf) == ingest(study, tmp_path / "without")


def test_each_file_gets_the_code_that_the_run_over_the_study_gives_it(study, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    for number, path in enumerate(sorted(study.iterdir())):
        data = path.read_bytes()
        (source / path.name).write_bytes(data[: len(data) // 2] if number == 3 else data)
    (source / "empty").write_bytes(b"")
    (source / "note").write_bytes(b"no image at all" * 50)
    shelf, outcomes = prepared_of(source, tmp_path)
    result, _objects = ingest(source, tmp_path / "out", shelf)
    assert outcomes == {one.name: one.code for one in result.files}
    assert set(outcomes.values()) == {Code.OK, Code.EMPTY, Code.NOT_DICOM, Code.CUT_OFF}


def test_nothing_of_a_header_is_kept(study, tmp_path):
    shelf, _outcomes = prepared_of(study, tmp_path)
    for path in shelf.iterdir():
        head = json.loads(path.read_bytes().partition(b"\n")[0])
        assert set(head) == {"made_by", "kept"}
        for one in head["kept"]:
            assert set(one) == {"key", "pack", "frames", "values", "previews", "series"}
            assert re.fullmatch("[0-9a-f]{64}", one["series"])
            digest, syntax, *form = one["key"].split(" ")
            assert len(digest) == 64
            assert syntax.startswith("1.2.840.10008.1.2")
            assert all(number.isdigit() for number in form)


def test_both_run_in_the_sandbox(study, tmp_path):
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    outcomes = run_prepare(in_bundles(study, tmp_path / "bundles"), shelf)
    assert set(outcomes) == {path.name for path in study.iterdir()}
    result = run_ingest(study, tmp_path / "with", OPTIONS, prepared=shelf)
    assert (result, tree(tmp_path / "with")) == ingest(study, tmp_path / "without")
