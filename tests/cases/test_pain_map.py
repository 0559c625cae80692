"""The figure of where it hurts: every choice of the intake has its shape, on the right side."""

import re

import pytest
from django.template import Context, Template
from django.utils import translation

from cases import pain_map
from cases.intake_questions import REGIONS

CODES = {code for _place, sides in REGIONS for code, _label in sides}


def drawn(codes=()):
    return [(view, region) for view in pain_map.views(codes) for region in view.regions]


def test_the_figure_has_every_choice_of_the_intake_and_no_other():
    assert {region.code for _view, region in drawn()} == CODES


def test_a_region_is_drawn_at_most_once_from_each_side():
    seen = [(view.name, region.code) for view, region in drawn()]
    assert len(seen) == len(set(seen))


def test_from_the_front_left_lies_on_the_right_and_from_behind_on_the_left():
    for view, region in drawn():
        side = region.code.rsplit("_", 1)[1]
        if side == "middle":
            continue
        lies_on_the_left = region.is_mirrored
        assert lies_on_the_left == (side == ("right" if view.name == "front" else "left"))
    titles = {view.name: (view.left, view.right) for view in pain_map.views([])}
    assert titles == {"front": ("Right", "Left"), "back": ("Left", "Right")}


def points(path: str) -> list[tuple[float, float]]:
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_each_shape_lies_in_its_half_and_its_mark_inside_it():
    for shape in pain_map.SHAPES:
        across, down = zip(*points(shape.path), strict=True)
        assert min(across) > 0
        assert max(across) < 38
        assert min(across) < shape.mark[0] < max(across)
        assert min(down) < shape.mark[1] < max(down)


def test_only_what_was_chosen_is_marked_from_both_sides():
    chosen = {
        (view.name, region.code)
        for view, region in drawn(["thigh_side_left", "low_back_middle"])
        if region.is_chosen
    }
    assert chosen == {
        ("front", "thigh_side_left"),
        ("back", "thigh_side_left"),
        ("back", "low_back_middle"),
    }


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Where it hurts: Low back: left; Foot, top: right"),
        ("de", "Wo es wehtut: Unterer Rücken: links; Fußrücken: rechts"),
    ],
)
def test_the_picture_tells_its_words_to_those_who_hear_it(language, words):
    template = Template("{% load pain_map %}{% pain_map codes %}")
    with translation.override(language):
        html = template.render(Context({"codes": ["low_back_left", "foot_top_right"]}))
    assert f'role="img" aria-label="{words}"' in html
