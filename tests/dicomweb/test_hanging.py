"""Studies as hospitals send them: axial stacks angled to each disc, series without any name."""

from typing import TYPE_CHECKING

import pytest

from cases.lifecycle import ASSIGNED
from tests.dicomweb.conftest import ingest_synthetic, put_study
from tests.dicomweb.reader import LINES, labels
from tests.factories import make_case

if TYPE_CHECKING:
    from imaging.synthetic.instance import BuiltInstance

CODE = "SR-ANGLED"
SERIES = ["T1 SAG", "T2 SAG", "STIR SAG", "T2 AX BLOCKS"]
#: The letters at the edges of each image: which way the patient lies.
LETTERS = """() => {
  const { viewportGridService: g, cornerstoneViewportService: c } = secondread.services;
  return [...g.getState().viewports.keys()].map(id => {
    const pane = c.getCornerstoneViewport(id).element.closest('.viewport-wrapper');
    return [...pane.querySelectorAll('.orientation-marker')].map(m => m.textContent).join('');
  });
}"""


def without_names(instances):
    for dataset in (one.dataset for one in instances):
        for keyword in ("SeriesDescription", "ProtocolName", "SequenceName", "StudyDescription"):
            if keyword in dataset:
                delattr(dataset, keyword)
    return instances


def few_of_each_series(instances):
    """Where only the choice of series matters: the first four slices of each."""
    known: dict[str, list[BuiltInstance]] = {}
    for one in instances:
        known.setdefault(one.dataset.SeriesInstanceUID, []).append(one)
    return [one for series in known.values() for one in series[:4]]


@pytest.fixture(scope="session")
def nameless(tmp_path_factory):
    """Return the tree and the result of a study whose series say by their physics what they are."""
    return ingest_synthetic(tmp_path_factory, "siemens", series=SERIES, edit=without_names)


@pytest.fixture
def hung(reader, ana, mia, nameless):
    tree, result = nameless
    put_study(make_case(ana, ASSIGNED, code=CODE, assignee=mia), tree, result)
    return reader.open(f"case={CODE}")


def test_angled_stacks_without_names_hang_and_say_how_they_lie(hung, nameless):
    assert labels(hung, nameless[1]) == ["T1 SAG", "T2 SAG", "STIR SAG", "T2 AX"]
    each_image_says_which_way_the_patient_lies(hung)
    a_reference_line_leans_with_its_disc(hung)


def each_image_says_which_way_the_patient_lies(hung):
    hung.page.wait_for_function(f"() => ({LETTERS})().every(letters => letters)")
    *sagittal, axial = hung.page.evaluate(LETTERS)
    for letters in sagittal:
        assert set(letters) <= set("AHPF")
        assert {"A", "H"} & set(letters)
    assert "R" in axial


def a_reference_line_leans_with_its_disc(hung):
    axial = hung.viewports[3]
    hung.activate(axial)
    leans, lines = set(), hung.page.evaluate(LINES)
    for notches in (1, 4, -9):
        hung.scroll(axial, notches)
        lines = hung.reference_lines(lines)
        for line in lines:
            x1, y1, x2, y2 = map(int, line.split(","))
            leans.add(round((y2 - y1) / max(1, x2 - x1), 2))
    assert len(leans) > 1  # each block has the tilt of its own disc


@pytest.mark.parametrize(
    ("more", "fluid"),
    [
        (["T2 FS SAG"], "T2 FS SAG"),
        (["PD FS SAG"], "PD FS SAG"),
        (["T2 DIXON FAT SAG", "T2 DIXON WATER SAG"], "T2 DIXON WATER SAG"),
        (["T2 FS SAG", "STIR SAG"], "STIR SAG"),
    ],
)
def test_a_series_with_the_fat_suppressed_hangs_where_stir_would(
    reader, ana, mia, tmp_path_factory, more, fluid
):
    series = [*more, "T1 SAG", "T2 SAG", "T2 AX"]
    few = few_of_each_series
    tree, result = ingest_synthetic(tmp_path_factory, "siemens", series=series, edit=few)
    put_study(make_case(ana, ASSIGNED, code=CODE, assignee=mia), tree, result)
    reader.open(f"case={CODE}")
    assert labels(reader, result) == ["T1 SAG", "T2 SAG", fluid, "T2 AX"]
