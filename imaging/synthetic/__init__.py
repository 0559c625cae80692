"""Synthetic MR studies: a spine that nobody has, for the demo and for tests."""

from imaging.synthetic.build import BuiltStudy, build_study
from imaging.synthetic.plans import CATALOGUE, SeriesPlan
from imaging.synthetic.subject import Subject

__all__ = ["CATALOGUE", "BuiltStudy", "SeriesPlan", "Subject", "build_study"]
