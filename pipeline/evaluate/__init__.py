"""Measures of a release on labelled notices, and its model card."""

from pipeline.evaluate.measuring import Labelled, check_labels, evaluate, read_labelled

__all__ = ["Labelled", "check_labels", "evaluate", "read_labelled"]
