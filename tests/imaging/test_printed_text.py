"""Text printed into pictures: found without a false alarm, blanked, and proven to be gone."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from imaging.__main__ import main
from imaging.decode import FrameSource
from imaging.deidentify import DeidentifyContext, deidentify_instance
from imaging.errors import Code
from imaging.holding import Decision
from imaging.ingest import IngestOptions, ingest_study
from imaging.printed_text import Slice, find_printed_text
from imaging.regions import Region, merged
from imaging.sandbox import run_ingest
from imaging.synthetic.compress import LOSSY
from imaging.text_detector import TextDetector, text_detector
from tests.dicom import CATALOGUE, COMPRESSED, FAULTS, VENDORS, build_study, one_file

KEY = b"k" * 32
SERIES = ["T2 SAG", "T2 AX", "T1 SAG"]
NAME_LINE = Region(8, 8, 120, 12)
#: Pictures of the printed study with a name on them, and without.
PRINTED, OTHERS = 4, 8


def options(**changes) -> IngestOptions:
    return IngestOptions(case_code="SR-TEST01", uid_key=KEY, **changes)


def ingest(folder, out, **changes):
    return ingest_study(folder, out, options(**changes), opening=lambda _name: None)


def codes(result) -> Counter[Code]:
    return Counter(item.code for item in result.files)


def on_slices(count):
    """Return an edit that prints a name on so many slices from the middle on."""

    def edit(instances):
        first = len(instances) // 2
        printed = FAULTS["burned-in-text"](instances[first : first + count])
        return [*instances[:first], *printed, *instances[first + count :]]

    return edit


@pytest.fixture(scope="module")
def printed_study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("printed")
    return build_study(folder, series=SERIES, edit=few_printed).folder


def few_printed(instances):
    """Leave four pictures of each series, and print a name on those of one."""
    return FAULTS["burned-in-text"](
        [one for one in instances if one.dataset.InstanceNumber <= PRINTED]
    )


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_clean_study_raises_no_alarm(vendor, tmp_path):
    study = build_study(tmp_path / "study", vendor)
    result = ingest(study.folder, tmp_path / "out")
    assert codes(result) == {Code.OK: len(study.paths)}
    assert result.held == ()
    assert result.receipt["text_searched"] is True


def test_text_on_all_slices_holds_each_of_them_with_its_places(printed_study, tmp_path):
    result = run_ingest(printed_study, tmp_path, options())
    assert codes(result)[Code.BURNED] == PRINTED
    for picture in result.held:
        assert (picture.reason, picture.group, picture.can_be_read) == ("text", 1, True)
        assert covers(picture.regions, x=20, y=16)
        assert (tmp_path / "held" / f"{picture.name}.webp").read_bytes()[8:12] == b"WEBP"
    assert not any("T2 SAG" in one.label for one in result.series)


def test_text_on_one_slice_holds_that_one_alone(tmp_path):
    study = build_study(tmp_path / "study", series=["T2 SAG"], edit=on_slices(1))
    result = ingest(study.folder, tmp_path / "out")
    assert [picture.name for picture in result.held] == ["S01_I006.dcm"]
    assert covers(result.held[0].regions, x=20, y=16)


def test_text_on_two_slices_holds_the_whole_series(tmp_path):
    study = build_study(tmp_path / "study", series=["T2 SAG"], edit=on_slices(2))
    result = ingest(study.folder, tmp_path / "out")
    assert {picture.name for picture in result.held} == {path.name for path in study.paths}


def turned(quarters):
    """Return an edit that leaves three slices, prints a name and turns the whole picture."""

    def edit(instances):
        instances = FAULTS["burned-in-text"](instances[:3])
        for one in instances:
            size = (one.dataset.Rows, one.dataset.Columns)
            picture = np.frombuffer(one.dataset.PixelData, "<u2").reshape(size)
            one.dataset.PixelData = np.rot90(picture, quarters).tobytes()
        return instances

    return edit


def search(folder, **switches) -> dict[str, tuple[Region, ...]]:
    paths = build_study(folder, **switches).paths
    detector = text_detector()
    assert detector is not None
    return find_printed_text(
        [Slice(path.name, FrameSource(path).__iter__) for path in paths], detector
    )


@pytest.mark.parametrize("quarters", [1, 3])
def test_text_along_the_side_is_found_too(quarters, tmp_path):
    found = search(tmp_path, series=["T2 SAG"], edit=turned(quarters))
    assert len(found) == 3
    x, y = {1: (16, 267), 3: (271, 20)}[quarters]  # where (20, 16) goes
    assert all(covers(regions, x=x, y=y) for regions in found.values())


@pytest.mark.parametrize(("number", "series"), [(3, "T2 SAG"), (7, "T2 COR")])
def test_vertebrae_of_a_full_size_study_pass_for_no_letters(number, series, tmp_path):
    """Each was once read as four letters: in one way of cutting it out, and in no other.

    The number of the series decides its noise.
    """
    before = [replace(CATALOGUE["LOC"], rows=64, slices=3)] * (number - 1)

    def that_series(instances):
        return [one for one in instances if one.plan.key == series]

    plans = [*before, CATALOGUE[series]]
    assert search(tmp_path, size="full", series=plans, edit=that_series) == {}


def test_a_fault_of_the_search_passes_nothing_on(printed_study, tmp_path, monkeypatch):
    def fails(*_arguments):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(TextDetector, "find", fails)
    with pytest.raises(RuntimeError):
        ingest(printed_study, tmp_path)
    assert not list(tmp_path.glob("s*"))


def test_the_shell_holds_printed_pictures_back_and_says_whether_it_searched(
    printed_study, tmp_path, capsys
):
    arguments = ["deidentify", str(printed_study), "--case-code", "SR-TEST01", "--json"]
    assert main([*arguments, str(tmp_path / "searched")]) == 0
    searched = json.loads(capsys.readouterr().out)
    assert main([*arguments, "--no-text-search", str(tmp_path / "not")]) == 0
    passed_on = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in searched["refused"]] == ["BURNED"] * PRINTED
    assert searched["receipt"]["text_searched"] is True
    assert len(list((tmp_path / "searched").rglob("*.dcm"))) == len(searched["written"]) == OTHERS
    assert passed_on["receipt"]["text_searched"] is False
    assert {one["text_searched"] for one in passed_on["written"]} == {False}


def test_the_shell_refuses_a_picture_that_says_it_is_captured(tmp_path, capsys):
    study = build_study(tmp_path / "study", series=["T2 SAG"], edit=FAULTS["burned-in-flag"])
    main(["deidentify", str(study.folder), str(tmp_path / "out"), "--case-code", "C-9", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["written"] == []
    assert {(one["code"], one["fate"]) for one in told["refused"]} == {("BURNED", "held")}


def test_the_blanked_pictures_go_on_and_say_so(printed_study, tmp_path):
    held = ingest(printed_study, tmp_path / "first").held
    decided = tuple(Decision(one.name, regions=one.regions) for one in held)
    result = ingest(printed_study, tmp_path / "second", decisions=decided)
    again = ingest(printed_study, tmp_path / "third", decisions=decided)
    assert codes(result) == {Code.OK: PRINTED + OTHERS}
    assert result == again
    assert result.receipt["pixels"]["blanked"] == PRINTED
    assert result.receipt["options"]["113101"] == "Clean Pixel Data Option"


def test_a_released_picture_is_passed_on_bit_for_bit(printed_study, tmp_path):
    held = ingest(printed_study, tmp_path / "first").held
    decided = tuple(Decision(one.name) for one in held)
    result = ingest(printed_study, tmp_path / "second", decisions=decided)
    assert codes(result) == {Code.OK: PRINTED + OTHERS}
    assert result.receipt["pixels"]["blanked"] == 0
    assert "113101" not in result.receipt["options"]


def test_a_picture_left_out_stays_behind(printed_study, tmp_path):
    held = ingest(printed_study, tmp_path / "first").held
    decided = tuple(Decision(one.name, leave_out=True) for one in held)
    result = ingest(printed_study, tmp_path / "second", decisions=decided)
    assert codes(result) == {Code.OK: OTHERS, Code.LEFT_OUT: PRINTED}
    assert result.held == ()


def test_without_the_extra_only_headers_hold_and_the_receipt_says_so(
    printed_study, tmp_path, monkeypatch
):
    monkeypatch.setattr("imaging.ingest.text_detector", lambda: None)
    result = ingest(printed_study, tmp_path)
    assert codes(result) == {Code.OK: PRINTED + OTHERS}
    assert result.receipt["text_searched"] is False


def test_a_picture_held_for_its_header_is_drawn_too(tmp_path):
    edit = FAULTS["burned-in-flag"]
    study = build_study(tmp_path / "study", series=["T2 SAG"], edit=lambda all_: edit(all_)[:2])
    result = ingest(study.folder, tmp_path / "out")
    assert [(one.reason, one.rows) for one in result.held] == [("says-so", 288)] * 2
    decided = tuple(Decision(one.name) for one in result.held)
    assert codes(ingest(study.folder, tmp_path / "again", decisions=decided)) == {Code.OK: 2}


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", *COMPRESSED])
def test_blanking_hides_the_region_and_changes_no_other_pixel(syntax, tmp_path):
    source = one_file(tmp_path / "study", transfer_syntax=syntax)
    target = tmp_path / "clean.dcm"
    context = DeidentifyContext(case_code="SR-TEST01", uid_key=KEY)
    deidentify_instance(source, target, context, (NAME_LINE,))
    before, after = pydicom.dcmread(source).pixel_array, pydicom.dcmread(target).pixel_array
    kept = np.ones(before.shape, bool)
    kept[NAME_LINE.rows, NAME_LINE.columns] = False
    rounding = 2 if syntax in LOSSY else 0  # by which two right decoders may differ
    assert np.abs(before[kept].astype(int) - after[kept]).max() <= rounding
    assert set(after[~kept].tolist()) == {after.min()}
    clean = pydicom.dcmread(target)
    assert clean.BurnedInAnnotation == "NO"
    codes_written = [item.CodeValue for item in clean.DeidentificationMethodCodeSequence]
    assert "113101" in codes_written
    assert clean.file_meta.TransferSyntaxUID in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")


def test_a_region_outside_the_picture_is_refused_and_nothing_is_written(tmp_path):
    source, target = one_file(tmp_path / "study"), tmp_path / "clean.dcm"
    context = DeidentifyContext(case_code="SR-TEST01", uid_key=KEY)
    with pytest.raises(Exception, match="DAMAGED"):
        deidentify_instance(source, target, context, (Region(280, 280, 20, 20),))
    assert list(tmp_path.glob("*.dcm")) == []


def test_regions_that_touch_become_one():
    apart = Region(100, 100, 5, 5)
    assert merged([Region(0, 0, 10, 10), apart, Region(5, 8, 10, 10)]) == (
        Region(0, 0, 15, 18),
        apart,
    )


def covers(regions, *, x: int, y: int) -> bool:
    return any(
        one.x <= x < one.x + one.width and one.y <= y < one.y + one.height for one in regions
    )
