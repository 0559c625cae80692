"""The builder: believable pictures, sound geometry, identifiers where they belong."""

import io
import json
from typing import Any

import numpy as np
import pydicom
import pytest
from django.core.management import CommandError, call_command
from pydicom.uid import ExplicitVRLittleEndian

from imaging.__main__ import main
from imaging.errors import Code
from imaging.synthetic.anatomy import Tissue, disc_centre_mm, disc_tilt_degrees, tissues_at
from imaging.synthetic.compress import LOSSY
from imaging.synthetic.identifiers import SEEDS
from imaging.synthetic.phantom import SlicePlane, render_slice
from tests.dicom import COMPRESSED, FAULTS, FILE_FAULTS, REGIONS, VENDORS, build_study, one_file

MIDLINE = SlicePlane((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (0.0, -100.0, 120.0), 240, 1.0)


def at(x: float, y: float, z: float) -> Tissue:
    point = (np.array([value], np.float32) for value in (x, y, z))
    return Tissue(int(tissues_at(*point)[0]))


def test_the_spine_is_where_it_belongs():
    y, z = disc_centre_mm(2)
    assert at(0, y, z) is Tissue.NUCLEUS
    assert at(0, y, z - 18.5) is Tissue.MARROW  # half way to the next disc
    assert at(0, y + 27, z) is Tissue.FLUID
    assert at(0, -300, z) is Tissue.AIR


def test_the_l4_l5_disc_is_dry_and_extruded_to_the_left():
    y, z = disc_centre_mm(4)
    assert at(0, y, z) is Tissue.DRY_DISC
    left, right = (
        [at(x, y + depth, z) is Tissue.DRY_DISC for depth in np.arange(18, 24, 0.5)].count(True)
        for x in (5.0, -9.0)
    )
    assert left > 6
    assert right == 0


def test_the_last_disc_leans_most():
    leans = [abs(disc_tilt_degrees(disc)) for disc in (2, 3, 4, 5)]
    assert leans[-1] == max(leans)
    assert leans[-1] < 45


def test_fluid_is_bright_in_t2_and_dark_in_t1_and_fat_is_gone_in_stir():
    y, z = disc_centre_mm(2)
    row, column = round(120 - z), round(y + 26 + 100)
    fat = round(y + 85 + 100)
    t1, t2, stir = (render_slice(MIDLINE, kind) for kind in ("T1", "T2", "STIR"))
    assert t2[row, column] > 3 * t1[row, column]
    assert stir[row, column] > 400
    assert t1[row, fat] > 5 * stir[row, fat]


def test_a_picture_can_be_made_again_and_uses_twelve_bits():
    first, again = (render_slice(MIDLINE, "T2", roll=3) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.dtype == np.uint16
    assert first.max() < 4096


@pytest.mark.parametrize("vendor", VENDORS)
def test_one_seed_gives_one_study_byte_by_byte(tmp_path, vendor):
    switches: dict[str, Any] = {"series": ["LOC", "T1 AX"], "study_date": "20260901"}
    first, again = (
        build_study(tmp_path / folder, vendor, size="tiny", identifiers=True, **switches)
        for folder in "ab"
    )
    assert [p.read_bytes() for p in first.paths] == [p.read_bytes() for p in again.paths]
    other = build_study(tmp_path / "c", vendor, size="tiny", seed="other", series=["LOC"])
    assert other.study_instance_uid != first.study_instance_uid


def test_every_seeded_identifier_is_written_by_some_vendor(tmp_path):
    written = b""
    for vendor in VENDORS:
        path = one_file(tmp_path / vendor, vendor=vendor, identifiers=True, size="tiny")
        written += path.read_bytes().lower()
    assert [seed for seed in SEEDS if seed.lower().encode() not in written] == []


def test_nothing_is_seeded_unless_asked_for(tmp_path):
    plain = one_file(tmp_path, size="tiny").read_bytes()
    assert [seed for seed in SEEDS if seed.encode() in plain] == []


@pytest.mark.parametrize("syntax", COMPRESSED)
def test_compressed_pictures_are_those_of_the_uncompressed_file(tmp_path, syntax):
    plain = pydicom.dcmread(one_file(tmp_path / "a")).pixel_array
    found = pydicom.dcmread(one_file(tmp_path / "b", transfer_syntax=syntax))
    plain >>= 12 - found.BitsStored
    assert found.file_meta.TransferSyntaxUID == syntax
    difference = np.abs(found.pixel_array.astype(int) - plain)
    lossy = syntax in LOSSY
    assert bool(difference.max()) is lossy
    assert found.get("LossyImageCompressionMethod") == LOSSY.get(syntax)
    assert found.get("LossyImageCompression", "00") == ("01" if lossy else "00")


def test_enhanced_mr_holds_every_picture_of_the_classic_series(tmp_path):
    classic = build_study(tmp_path / "a", series=["T2 SAG"])
    (path,) = build_study(tmp_path / "b", series=["T2 SAG"], enhanced=True).paths
    frames = pydicom.dcmread(path).pixel_array
    pictures = [pydicom.dcmread(one).pixel_array for one in classic.paths]
    assert np.array_equal(frames, np.stack(pictures))


def test_every_series_but_the_localizer_refers_to_it(tmp_path):
    built = build_study(tmp_path, size="tiny", series=["LOC", "T1 AX"])
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in built.paths]
    localizer = {one.SOPInstanceUID for one in headers if one.SeriesNumber == 1}
    for one in headers:
        found = {item.ReferencedSOPInstanceUID for item in one.get("ReferencedImageSequence", [])}
        assert found == (localizer if one.SeriesNumber == 2 else set())


@pytest.mark.parametrize(
    "switches", [{"vendor": "toshiba"}, {"size": "huge"}, {"series": ["T9 SAG"]}]
)
def test_unknown_switches_are_refused(tmp_path, switches):
    with pytest.raises(ValueError, match="unknown"):
        build_study(tmp_path, **switches)


def test_the_command_writes_a_study_and_says_so(tmp_path):
    out = io.StringIO()
    arguments = ["--size", "tiny", "--vendor", "ge", "--series", "T2 SAG", "T1 AX"]
    call_command("make_study", tmp_path / "disc", *arguments, "--fault", "gap-of-one", stdout=out)
    assert out.getvalue().startswith("16 files, ")
    assert len(list((tmp_path / "disc").iterdir())) == 16


@pytest.mark.parametrize("flag", ["--fault", "--region", "--bad-file"])
def test_the_command_knows_no_other_fault(tmp_path, flag):
    with pytest.raises(CommandError):
        call_command("make_study", tmp_path, flag, "earthquake")


def test_the_help_lists_every_choice_and_the_code_of_every_bad_file(capsys):
    with pytest.raises(SystemExit):
        call_command("make_study", "--help")
    lines = capsys.readouterr().out.splitlines()
    words = set(" ".join(lines).replace(",", " ").replace("{", " ").replace("}", " ").split())
    assert {*FAULTS, *REGIONS} <= words
    told = {tuple(line.split()) for line in lines}
    assert {(kind, fault.code.value) for kind, fault in FILE_FAULTS.items()} <= told


def codes_said(capsys, *arguments) -> dict[str, str]:
    assert main([*map(str, arguments), "--json"]) == 0
    refused = json.loads(capsys.readouterr().out)["refused"]
    return {one["file"]: one["code"] for one in refused}


def test_every_kind_of_bad_file_ends_with_its_code(tmp_path, capsys):
    """Found by the gate; or by a decoder and the second reading, when it is to be passed on."""
    disc, clean = tmp_path / "disc", tmp_path / "clean"
    switches = [part for kind in FILE_FAULTS for part in ("--bad-file", kind)]
    call_command(
        "make_study", disc, "--size", "tiny", *switches, "--series", "T2 SAG", stdout=io.StringIO()
    )
    bad = {f"{kind}.dcm": fault for kind, fault in FILE_FAULTS.items() if fault.code is not Code.OK}
    codes = {name: fault.code.value for name, fault in bad.items()}
    at_gate = {name: code for name, code in codes.items() if not bad[name].later}
    assert codes_said(capsys, "inspect", disc) == at_gate
    cleaning = ("deidentify", disc, clean, "--case-code", "CASE-9", "--no-text-search")
    assert codes_said(capsys, *cleaning) == codes


def test_bad_files_lie_beside_a_whole_study(tmp_path, capsys):
    switches = ("--size", "tiny", "--bad-file", "ct", "--bad-file", "empty", "--region", "knee")
    call_command("make_study", tmp_path, *switches, stdout=io.StringIO())
    assert main(["inspect", str(tmp_path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["files"] == {"read": 59, "left_out": 2}
    assert {one["code"] for one in said["findings"]} == {"BODY-CONTRARY"}


def test_uncompressed_is_the_default(tmp_path):
    found = pydicom.dcmread(one_file(tmp_path), stop_before_pixels=True)
    assert found.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_a_name_can_be_printed_into_the_picture(tmp_path):
    plain = pydicom.dcmread(one_file(tmp_path / "a"))
    fault = {"edit": FAULTS["burned-in-text"]}
    printed = pydicom.dcmread(one_file(tmp_path / "b", **fault))
    changed = np.argwhere(plain.pixel_array != printed.pixel_array)
    assert len(changed) > 300
    assert changed[:, 0].max() < 60
