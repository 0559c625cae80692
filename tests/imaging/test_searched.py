"""The search for printed text that is done ahead saves time and lets nothing through."""

from dataclasses import replace

import pytest

from imaging import searched
from imaging.holding import Decision
from imaging.ingest import ingest_study
from imaging.sandbox import run_ingest, run_search
from imaging.searched import search
from imaging.text_detector import TextDetector
from tests.dicom import build_study
from tests.imaging.test_ingest import tree
from tests.imaging.test_prepared import OPTIONS, ignore, prepared_of
from tests.imaging.test_printed_text import PRINTED, few_printed


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """One series with a name on its pictures, and one without."""
    folder = tmp_path_factory.mktemp("study")
    return build_study(folder, series=["T2 SAG", "T1 SAG"], edit=few_printed).folder


@pytest.fixture(scope="module")
def shelf(study, tmp_path_factory):
    return prepared_of(study, tmp_path_factory.mktemp("prepared"))[0]


@pytest.fixture(scope="module")
def clear(shelf):
    return frozenset(search(shelf))


@pytest.fixture
def looked_at(monkeypatch):
    """The shapes of the pictures in which a detector looks for text."""
    seen = []
    find = TextDetector.find

    def watched(detector, picture, *scale):
        seen.append(picture.shape)
        return find(detector, picture, *scale)

    monkeypatch.setattr(TextDetector, "find", watched)
    return seen


def ingest(study, out, shelf=None, **changes):
    options = replace(OPTIONS, **changes)
    result = ingest_study(study, out, options, opening=ignore, prepared=shelf)
    return result, tree(out)


def test_the_run_is_the_same_byte_by_byte_and_looks_only_where_text_stands(
    study, shelf, clear, tmp_path, looked_at
):
    assert len(clear) == 1
    without = ingest(study, tmp_path / "without", shelf)
    everything = len(looked_at)
    assert ingest(study, tmp_path / "with", shelf, clear=clear) == without
    assert len(without[0].held) == PRINTED
    assert len(looked_at) - everything == everything - 2  # the two projections of the clear series


def test_a_series_of_other_pictures_is_searched_again(study, shelf, clear, tmp_path, looked_at):
    names = sorted(path.name for path in study.iterdir())
    decided = (Decision(names[-1], leave_out=True),)
    without = ingest(study, tmp_path / "without", shelf, decisions=decided)
    everything = len(looked_at)
    assert ingest(study, tmp_path / "with", shelf, decisions=decided, clear=clear) == without
    assert len(looked_at) == 2 * everything


def test_what_was_searched_by_other_code_is_searched_again(shelf, clear, monkeypatch):
    searched._searched_by.cache_clear()
    monkeypatch.setattr(searched, "version", lambda _name: "0")
    try:
        assert frozenset(search(shelf)).isdisjoint(clear)
    finally:
        searched._searched_by.cache_clear()


def test_a_fault_of_the_search_clears_nothing(shelf, monkeypatch):
    def fails(*_arguments):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(TextDetector, "find", fails)
    with pytest.raises(RuntimeError):
        search(shelf)


def test_without_the_extra_nothing_is_said(shelf, monkeypatch):
    monkeypatch.setattr("imaging.searched.text_detector", lambda: None)
    assert search(shelf) == []


def test_both_run_in_the_sandbox(study, shelf, clear, tmp_path):
    assert frozenset(run_search(shelf)) == clear
    options = replace(OPTIONS, clear=clear)
    result = run_ingest(study, tmp_path / "with", options, prepared=shelf)
    assert (result, tree(tmp_path / "with")) == ingest(study, tmp_path / "without")
