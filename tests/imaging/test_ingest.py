"""A folder of unknown files becomes a clean study; a bad file stops no other."""

import json
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import ComprehensiveSRStorage, SecondaryCaptureImageStorage

from imaging import prepared
from imaging.display import pack_instance
from imaging.errors import Code
from imaging.ingest import IngestOptions, ingest_study
from imaging.sandbox import ChildDiedError, Limits, run_ingest
from imaging.study import Verdict
from imaging.synthetic.build import build_study
from imaging.synthetic.subject import Subject

OPTIONS = IngestOptions("SR-ABC234", b"k" * 32)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a folder with one small, complete study."""
    folder = tmp_path_factory.mktemp("study")
    build_study(folder, "siemens", size="tiny")
    return folder


def copy_of(study, folder):
    folder.mkdir()
    for path in study.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def ingest(source, destination, options=OPTIONS):
    return ingest_study(source, destination, options, opening=lambda _name: None)


def codes(result):
    return {outcome.name: outcome.code for outcome in result.files}


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_study_is_laid_out_series_by_series(study, tmp_path):
    result = ingest(study, tmp_path)
    assert set(codes(result).values()) == {Code.OK}
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"result.json", *(f"s{series.ordinal:02d}" for series in result.series)}
    for series in result.series:
        folder = tmp_path / f"s{series.ordinal:02d}"
        assert {path.name for path in folder.iterdir()} == {
            "frames.pack",
            "frames.json",
            "metadata.json.gz",
            "previews.pack",
            *(f"i{one.ordinal:04d}.dcm" for one in series.instances),
        }


def test_the_summary_says_what_the_files_say(study, tmp_path):
    result = ingest(study, tmp_path)
    for series in result.series:
        for one in series.instances:
            path = tmp_path / f"s{series.ordinal:02d}" / f"i{one.ordinal:04d}.dcm"
            dataset = pydicom.dcmread(path)
            assert dataset.SOPInstanceUID == one.sop_instance_uid
            assert dataset.SeriesInstanceUID == series.series_instance_uid
            assert dataset.PatientID == OPTIONS.case_code
            assert dataset.SeriesDescription == series.label
            assert path.stat().st_size == one.size
        positions = [one.position_mm for one in series.instances]
        assert series.is_localizer or positions == sorted(positions)


def test_two_runs_give_the_same_tree(study, tmp_path):
    ingest(study, tmp_path / "one")
    ingest(study, tmp_path / "two")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_nothing_of_the_person_lies_in_the_tree(study, tmp_path):
    result = ingest(study, tmp_path)
    assert result.identity.patient_name
    everything = b"".join(tree(tmp_path).values())
    for value in (result.identity.patient_name, result.identity.patient_id):
        assert value.encode() not in everything
    stored = json.loads((tmp_path / "result.json").read_text())
    assert set(filter(None, stored["identity"].values())) == set()
    assert stored["study"]["study_date_found"] is None


@pytest.mark.parametrize(
    ("left_out", "code"),
    [
        ({"SOPClassUID": SecondaryCaptureImageStorage}, Code.KIND),
        ({"SOPClassUID": ComprehensiveSRStorage}, Code.KIND),
        ({"BurnedInAnnotation": "YES"}, Code.BURNED),
    ],
)
def test_a_name_of_a_file_that_is_left_out_is_looked_for_in_the_others(
    study, tmp_path, left_out, code
):
    source = copy_of(study, tmp_path / "in")
    spelt = min(source.iterdir())
    dataset = pydicom.dcmread(spelt)
    dataset.ReceiveCoilName = "Jablonska"
    dataset.save_as(spelt)
    assert codes(ingest(source, tmp_path / "alone"))[spelt.name] is Code.OK
    dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.9"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.PatientBirthName = "Jablonska"
    for keyword, value in left_out.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.save_as(source / "left out")
    found = codes(ingest(source, tmp_path / "both"))
    assert (found["left out"], found[spelt.name]) == (code, Code.UNSAFE)


def test_bad_files_get_their_codes_and_stop_no_other(study, tmp_path):
    source = copy_of(study, tmp_path / "in")
    first = min(study.iterdir()).read_bytes()
    (source / "empty").write_bytes(b"")
    (source / "text").write_bytes(b"hello" * 100)
    (source / "cut").write_bytes(first[: len(first) // 2])
    (source / "twice").write_bytes(first)
    result = ingest(source, tmp_path / "out")
    found = codes(result)
    assert found["empty"] is Code.EMPTY
    assert found["text"] is Code.NOT_DICOM
    assert found["cut"] is Code.CUT_OFF
    assert found["twice"] is Code.DUPLICATE
    assert result.verdict is ingest(study, tmp_path / "clean").verdict


def test_a_file_that_was_set_aside_is_not_opened(study, tmp_path):
    name = max(path.name for path in study.iterdir())
    opened: list[str] = []
    options = IngestOptions("SR-ABC234", b"k" * 32, skip=frozenset({name}))
    result = ingest_study(study, tmp_path, options, opening=opened.append)
    assert codes(result)[name] is Code.CRASHER
    assert name not in opened
    assert len(opened) > len(result.files)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("BurnedInAnnotation", "YES"),
        ("ConversionType", "WSD"),
        ("ImageType", ["DERIVED", "SECONDARY", "SCREEN SAVE"]),
    ],
)
def test_a_picture_that_may_hold_text_is_held(study, tmp_path, keyword, value):
    source = copy_of(study, tmp_path / "in")
    path = max(source.iterdir())
    dataset = pydicom.dcmread(path)
    setattr(dataset, keyword, value)
    dataset.save_as(path)
    result = ingest(source, tmp_path / "out")
    assert codes(result)[path.name] is Code.BURNED
    assert all(one.source != path.name for series in result.series for one in series.instances)


def test_several_people_get_nothing_made(study, tmp_path):
    source = copy_of(study, tmp_path / "in")
    other = Subject(name="MUSTER^ERIKA", patient_id="77-41", birth_date="19510203")
    build_study(tmp_path / "more", "ge", size="tiny", seed="other", patient=other)
    for path in (tmp_path / "more").iterdir():
        path.rename(source / f"b-{path.name}")
    result = ingest(source, tmp_path / "out")
    assert result.verdict is Verdict.SEVERAL_PATIENTS
    assert result.series == ()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.json"}


def test_the_child_gives_the_same_result(study, tmp_path):
    assert run_ingest(study, tmp_path / "a", OPTIONS) == ingest(study, tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_child_that_takes_too_long_is_killed(study, tmp_path):
    with pytest.raises(ChildDiedError) as caught:
        run_ingest(study, tmp_path / "out", OPTIONS, limits=Limits(wall_seconds=0.01))
    assert caught.value.reason == "timeout"


def test_a_child_without_memory_says_so(study, tmp_path):
    limits = Limits(address_space=64 << 20)  # less than the child already has
    with pytest.raises(ChildDiedError) as caught:
        run_ingest(study, tmp_path / "out", OPTIONS, limits=limits)
    assert caught.value.reason == "memory"


def test_a_file_that_asks_for_too_much_memory_is_beyond_the_limit(study, tmp_path, monkeypatch):
    hungry = max(study.iterdir()).name
    real = pack_instance

    def pack(path, pack):
        if path.stem == Path(hungry).stem or path.name.startswith(hungry):
            raise MemoryError
        return real(path, pack)

    monkeypatch.setattr(prepared, "pack_instance", pack)
    found = codes(ingest(study, tmp_path))
    assert [name for name, code in found.items() if code is not Code.OK] == [hungry]
    assert found[hungry] is Code.LIMIT


def test_the_child_has_no_environment_and_no_network():
    """What `restrict` forbids, tried in a process of its own."""
    script = (
        "import os, socket, sys\n"
        "from imaging import confinement\n"
        "limits = {'address_space': 1 << 31, 'cpu_seconds': 60, 'open_files': 64,"
        " 'file_bytes': 1 << 20}\n"
        "confinement.restrict(limits, os.getppid())\n"
        "for attempt in (lambda: socket.socket(), lambda: os.system('true'), lambda: os.fork()):\n"
        "    try:\n"
        "        attempt()\n"
        "    except PermissionError:\n"
        "        print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["refused"] * 3
