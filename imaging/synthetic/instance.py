"""One data set on its way to a file."""

from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataset import Dataset

from imaging.synthetic.plans import SeriesPlan


@dataclass(frozen=True, slots=True)
class BuiltInstance:
    """A data set, the file name it is going to have, and the plan it follows."""

    name: str
    dataset: Dataset
    plan: SeriesPlan


Edit = Callable[[list[BuiltInstance]], list[BuiltInstance]]
"""Changes the list of instances before they are written: faults are such functions."""
