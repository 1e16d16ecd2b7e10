"""How right a release is on notices whose labels are known."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.classify.measures import calibration_error, macro_f1, measure
from pipeline.errors import InputError
from pipeline.notice import Taxonomy

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.predict import Predictor

#: Labels with fewer notices than this are left out of the second macro F1: one notice would move it too far.
FEW = 5


@dataclass(frozen=True)
class Labelled:
    """A labelled table.

    Attributes
    ----------
    notices
        The record's columns and one for each head.
    rejects
        How many rows of the file could not be read.
    """

    notices: "pd.DataFrame"
    rejects: int


def read_labelled(file: Path | str, taxonomy: Taxonomy) -> Labelled:
    """Read a labelled table whole; repeats are kept, since each row is a question that was asked.

    Raises
    ------
    InputError, TaxonomyError
        Where the file is no table of notices, lacks a head's column, or holds a label that the head does not have.
    """
    from pipeline.ingest import read

    reading = read([str(file)], repeats=False)
    check_labels(reading.notices, taxonomy, where=file)
    return Labelled(reading.notices, len(reading.rejects))


def check_labels(frame: "pd.DataFrame", taxonomy: Taxonomy, where: object = None) -> None:
    """Refuse a table without a column for each head, or with a label that the head does not have."""
    for head in taxonomy.heads:
        if head.id not in frame:
            raise InputError(
                f"no column {head.id!r} among {', '.join(map(str, frame.columns))}",
                where=where,
                remedy="Give the table a column for each head of the release",
            )
        head.check(frame[head.id].tolist(), where=f"{where}, column {head.id!r}" if where else f"column {head.id!r}")


def evaluate(predictor: "Predictor", frame: "pd.DataFrame") -> dict[str, Any]:
    """Measure a release on labelled notices (see `read_labelled`).

    Returns
    -------
    For each head what `pipeline.classify.measures.measure` tells, and ``macro_f1_of_5`` (labels with five or more
    notices), ``calibration_error``, and ``unreviewed``: ``coverage`` (share of notices not marked for review),
    ``right`` (share of these whose label of this head is right) and ``all_right`` (whose labels are all right). The
    last key, ``n``, is the number of notices.
    """
    told = predictor.labels(frame["title"].tolist(), frame["text"].tolist())
    kept = ~told.needs_review
    right = {head.id: _equal(frame[head.id].tolist(), told.label[head.id]) for head in predictor.heads}
    everything = np.logical_and.reduce(list(right.values()))
    result: dict[str, Any] = {}
    for head in predictor.heads:
        report = measure(frame[head.id].tolist(), told.label[head.id], head.labels)
        result[head.id] = {
            "accuracy": report["accuracy"],
            "macro_f1": report["macro_f1"],
            f"macro_f1_of_{FEW}": macro_f1(report, FEW),
            "calibration_error": calibration_error(told.confidence[head.id], right[head.id]),
            "unreviewed": {
                "coverage": _share(kept),
                "right": _share(right[head.id][kept]),
                "all_right": _share(everything[kept]),
            },
            "labels": report["labels"],
            "confusion": report["confusion"],
        }
    return {**result, "n": len(frame)}


def _equal(true: list[str], given: Any) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return np.array([one == other for one, other in zip(true, given, strict=True)], dtype=bool)


def _share(right: "np.ndarray[Any, np.dtype[np.bool_]]") -> float:
    """Share of true values; 0 where there is none to ask."""
    return float(right.mean()) if len(right) else 0.0
