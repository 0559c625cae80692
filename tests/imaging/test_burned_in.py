"""What a header says about text inside the picture, with and without a search of the pixels."""

import pytest

from imaging import elements
from imaging.burned_in import HoldReason, held_for
from tests.imaging.objects import mr_image, to_bytes

SECONDARY = ["DERIVED", "SECONDARY"]


def reason(*, searched: bool, **values) -> HoldReason | None:
    dataset = mr_image()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return held_for(elements.parse(to_bytes(dataset)), searched=searched)


@pytest.mark.parametrize(
    ("values", "with_search", "without"),
    [
        ({}, None, None),
        ({"BurnedInAnnotation": "YES"}, "says-so", "says-so"),
        ({"BurnedInAnnotation": "NO"}, None, None),
        ({"ConversionType": "WSD"}, "capture", "capture"),
        ({"ImageType": [*SECONDARY, "SCREEN SAVE"]}, "screen", "screen"),
        (
            {"ImageType": [*SECONDARY, "MPR"], "ImageOrientationPatient": None},
            "no-place",
            "no-place",
        ),
        ({"ImageType": SECONDARY}, None, "unsearched"),
        ({"ImageType": [*SECONDARY, "OTHER"]}, None, "unsearched"),
        ({"ImageType": ["DERIVED", "PRIMARY"]}, None, None),
        *(({"ImageType": [*SECONDARY, word]}, None, None) for word in ("MPR", "MIP", "ADC", "SUB")),
        ({"ImageType": [*SECONDARY, "PROJECTION IMAGE"]}, None, None),
    ],
)
def test_without_a_search_only_an_explained_secondary_picture_passes(values, with_search, without):
    assert reason(searched=True, **values) == with_search
    assert reason(searched=False, **values) == without
