"""Weighting, plane, fat suppression and the rest, from timings and words of real habits."""

from dataclasses import replace
from math import cos, radians, sin

import pytest

from imaging.headers import FramePlace, Physics, read_headers
from imaging.protocol import (
    SequenceKind,
    Weighting,
    classify,
    combine,
    weighting_by_physics,
    weighting_by_words,
)
from imaging.stacks import Plane, normal_of, plane_of, stacks_of
from imaging.words import folded
from tests.dicom import one_file

PHYSICS = Physics(
    image_type=("ORIGINAL", "PRIMARY", "M"),
    scanning_sequence=("SE",),
    sequence_variant=("SK",),
    scan_options=(),
    sequence_name="",
    acquisition="2D",
    repetition_ms=3500,
    echo_ms=100,
    inversion_ms=None,
    flip_degrees=150,
    diffusion_b=None,
    suppression=(),
    contrast=False,
)


@pytest.fixture(scope="module")
def header(tmp_path_factory):
    return read_headers(one_file(tmp_path_factory.mktemp("one"), size="tiny"))


def kind_of(header, *, series="", protocol="", places=None, **physics) -> SequenceKind:
    described = replace(header.descriptions, series=series, protocol=protocol)
    one = replace(header, descriptions=described, physics=replace(PHYSICS, **physics))
    return classify([one], stacks_of(header.frames if places is None else places))


@pytest.mark.parametrize(
    ("repetition", "echo", "inversion", "sequence", "expected"),
    [
        (620, 10, None, "SE", Weighting.T1),
        (1200, 12, None, "SE", Weighting.T1),
        (200, 10, None, "SE", None),
        (3500, 102, None, "SE", Weighting.T2),
        (1500, 60, None, "SE", Weighting.T2),
        (1499, 60, None, "SE", None),
        (2600, 24, None, "SE", Weighting.PD),
        (2600, 55, None, "SE", None),
        (4200, 48, 160, "IR", Weighting.STIR),
        (4200, 48, 80, "IR", Weighting.STIR),
        (4200, 48, 350, "IR", Weighting.STIR),
        (2200, 20, 900, "IR", Weighting.T1),
        (9000, 110, 2500, "IR", Weighting.FLAIR),
        (620, 18, None, "GR", Weighting.GRE),
        (3000, 70, None, "EP", Weighting.EPI),
        (None, 100, None, "SE", None),
        (3500, None, None, "SE", None),
        (0, 0, None, "SE", None),
    ],
)
def test_timing_tells_the_weighting(repetition, echo, inversion, sequence, expected):
    physics = replace(
        PHYSICS,
        repetition_ms=repetition,
        echo_ms=echo,
        inversion_ms=inversion,
        scanning_sequence=(sequence,),
    )
    assert weighting_by_physics(physics) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("t2_tse_sag_320", Weighting.T2),
        ("t1_tse_sag", Weighting.T1),
        ("t2_tirm_sag", Weighting.STIR),
        ("Sag T2 FRFSE", Weighting.T2),
        ("AX T2FSE", Weighting.T2),
        ("T2W_TSE SAG", Weighting.T2),
        ("sT1W_TSE", Weighting.T1),
        ("STIR_longTE", Weighting.STIR),
        ("SAG STIR FSE", Weighting.STIR),
        ("pd_tse_fs_sag", Weighting.PD),
        ("DP FAT SAT SAG", Weighting.PD),
        ("T1 FLAIR SAG", Weighting.T1),
        ("t2_flair_tra", Weighting.FLAIR),
        ("ep2d_diff_b800", Weighting.DWI),
        ("ep2d_diff_ADC", Weighting.ADC),
        ("AX MERGE", Weighting.GRE),
        ("3-pl T2* FGRE S", Weighting.T2),
        ("eT1W_TSE_tra", Weighting.T1),
        ("sag_T1FLAIR", Weighting.T1),
        ("SAG PROTON DENSITY", Weighting.PD),
        ("LWS_T2_sag", Weighting.T2),
        ("IRM rachis lombaire SAG T2", Weighting.T2),
        ("T2/PD", None),
        ("MYELO", None),
        ("t1 t2 sag", None),
        ("Sagittal", None),
        ("T12-L1 level", None),
        ("", None),
    ],
)
def test_words_tell_the_weighting(words, expected):
    assert weighting_by_words(folded(words)) is expected


def test_two_witnesses_that_no_habit_reconciles_are_unsure():
    assert combine(Weighting.T1, Weighting.T2) is Weighting.UNSURE
    assert combine(Weighting.STIR, Weighting.T1) is Weighting.UNSURE
    assert combine(Weighting.T2, Weighting.STIR) is Weighting.STIR
    assert combine(None, None) is Weighting.OTHER


def test_one_witness_is_enough():
    assert combine(Weighting.T2, None) is Weighting.T2
    assert combine(None, Weighting.T1) is Weighting.T1


@pytest.mark.parametrize(
    ("words", "physics", "label"),
    [
        ("t2_tse_sag", {}, "T2 SAG"),
        ("t2_tse_sag_fs", {}, "T2 FS SAG"),
        ("T2 SPAIR sag", {}, "T2 FS SAG"),
        ("Sag T2", {"scan_options": ("FS",)}, "T2 FS SAG"),
        ("Sag T2", {"suppression": ("FAT",)}, "T2 FS SAG"),
        ("Sag T2", {"image_type": ("ORIGINAL", "PRIMARY", "WATER")}, "T2 DIXON WATER SAG"),
        ("t2_tse_dixon_sag_W", {}, "T2 DIXON WATER SAG"),
        ("t2_tse_dixon_sag_F", {}, "T2 DIXON FAT SAG"),
        ("mDIXON", {"image_type": ("DERIVED", "PRIMARY", "W", "DIXON")}, "T2 DIXON WATER SAG"),
        ("Sag T2", {"image_type": ("DERIVED", "SECONDARY", "MPR")}, "T2 SAG MPR"),
        ("Sag T2", {"image_type": ("DERIVED", "PRIMARY", "MPR", "COMPOSED")}, "T2 SAG"),
        ("WATER: Sag T2 FLEX", {}, "T2 DIXON WATER SAG"),
        ("InPhase: Sag T2 FLEX", {}, "T2 DIXON IN SAG"),
        ("t1_tse_sag_KM", {"echo_ms": 10, "repetition_ms": 600}, "T1 SAG +C"),
        ("t1_tse_sag ohne KM", {"echo_ms": 10, "repetition_ms": 600}, "T1 SAG"),
        ("T1 sag without contrast", {"echo_ms": 10, "repetition_ms": 600}, "T1 SAG"),
        ("t2_spc_sag", {"acquisition": "3D"}, "T2 3D SAG"),
        ("Sag T2 CUBE", {}, "T2 3D SAG"),
        ("t1 sag +C", {"echo_ms": 10, "repetition_ms": 600}, "T1 SAG +C"),
        ("t1 sag nach KM", {"echo_ms": 10, "repetition_ms": 600}, "T1 SAG +C"),
        ("t1 sag", {"echo_ms": 10, "repetition_ms": 600, "contrast": True}, "T1 SAG +C"),
        ("localizer", {}, "LOC"),
        ("3-Plane Loc", {}, "LOC"),
        ("Survey", {}, "LOC"),
        ("", {"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER")}, "LOC"),
        ("", {"repetition_ms": 8, "echo_ms": 4, "scanning_sequence": ("GR",)}, "LOC"),
        ("", {"diffusion_b": 800.0}, "DWI SAG"),
        ("", {"image_type": ("DERIVED", "PRIMARY", "ADC")}, "ADC SAG"),
        ("subtraction", {"image_type": ("DERIVED", "SECONDARY", "SUB")}, "SUB SAG"),
        ("", {"repetition_ms": None, "echo_ms": None}, "MR SAG"),
        ("T1 sag", {}, "UNSURE SAG"),
    ],
)
def test_a_series_gets_its_label(header, words, physics, label):
    assert kind_of(header, series=words, **physics).label == label


def test_the_protocol_s_name_is_heard_too(header):
    assert kind_of(header, protocol="STIR sag", repetition_ms=None).label == "STIR SAG"


def test_a_double_echo_series_counts_as_its_t2(header):
    early = replace(header, physics=replace(PHYSICS, echo_ms=15))
    late = replace(header, physics=replace(PHYSICS, echo_ms=90))
    assert classify([early, late], stacks_of(header.frames)).weighting is Weighting.T2


SAG, COR, AX = (0, 1, 0, 0, 0, -1), (1, 0, 0, 0, 0, -1), (1, 0, 0, 0, 1, 0)


def test_three_planes_in_one_series_are_a_localizer(header):
    places = [FramePlace(axes, (0.0, 0.0, 0.0)) for axes in (SAG, COR, AX)]
    kind = kind_of(header, series="t2", places=places)
    assert kind.is_localizer
    assert kind.plane is Plane.MIXED


def test_without_geometry_the_words_name_the_plane(header):
    nowhere = [FramePlace(None, None)]
    assert kind_of(header, series="t2_tse_tra", places=nowhere).plane is Plane.AXIAL
    assert kind_of(header, series="t2_tse", places=nowhere).plane is Plane.NONE


@pytest.mark.parametrize(
    ("degrees", "plane"),
    [
        (0, Plane.AXIAL),
        (30, Plane.AXIAL),
        (40, Plane.AXIAL),
        (50, Plane.OBLIQUE),
        (60, Plane.CORONAL),
    ],
)
def test_axial_blocks_may_lean_as_far_as_the_last_disc(degrees, plane):
    lean = radians(degrees)
    assert plane_of(normal_of((1, 0, 0, 0, cos(lean), -sin(lean)))) is plane


def test_a_normal_points_to_the_left_the_back_and_the_feet():
    assert normal_of(SAG) == pytest.approx((1, 0, 0))
    assert normal_of(COR) == pytest.approx((0, 1, 0))
    assert normal_of(AX) == pytest.approx((0, 0, -1))


def test_one_missing_slice_is_one_hole():
    places = [FramePlace(SAG, (4.0 * i, 0.0, 0.0)) for i in (0, 1, 2, 4, 5, 9)]
    (stack,) = stacks_of(places)
    assert stack.step_mm == pytest.approx(4.0)
    assert stack.holes == (1, 3)


def test_slices_of_one_place_count_once():
    places = [FramePlace(SAG, (4.0 * (i // 2), 0.0, 0.0)) for i in range(8)]
    (stack,) = stacks_of(places)
    assert len(stack.places) == 4
    assert stack.frames == 8
    assert not stack.holes
