"""How right labels are: accuracy, F1, confusion, calibration, risk and coverage. NumPy alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def measure(true: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """Measures of one head.

    Returns
    -------
    ``accuracy``; ``macro_f1`` (mean over the labels that occur in ``true`` or ``given``); ``labels``: for each label
    ``precision``, ``recall``, ``f1`` and ``support`` (a measure that has no case is 0); ``confusion``: for each true
    label how often each label was given, zeros left out.
    """
    table = confusion(true, given, labels)
    hits = np.diag(table).astype(float)
    support, said = table.sum(axis=1), table.sum(axis=0)
    precision = np.divide(hits, said, out=np.zeros(len(labels)), where=said > 0)
    recall = np.divide(hits, support, out=np.zeros(len(labels)), where=support > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros(len(labels)), where=both > 0)
    seen = (support + said) > 0
    return {
        "accuracy": float(hits.sum() / max(len(true), 1)),
        "macro_f1": float(f1[seen].mean()) if seen.any() else 0.0,
        "labels": {
            label: {
                "precision": float(precision[at]),
                "recall": float(recall[at]),
                "f1": float(f1[at]),
                "support": int(support[at]),
            }
            for at, label in enumerate(labels)
        },
        "confusion": {
            label: {labels[to]: int(table[at, to]) for to in np.flatnonzero(table[at]).tolist()}
            for at, label in enumerate(labels)
            if support[at]
        },
    }


def confusion(true: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """How often each label (row) was given as each label (column)."""
    number = {label: at for at, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(table, ([number[label] for label in true], [number[label] for label in given]), 1)
    return table


def macro_f1(report: dict[str, Any], least_support: int) -> float:
    """Mean F1 of the labels with at least so many notices."""
    scores = [entry["f1"] for entry in report["labels"].values() if entry["support"] >= least_support]
    return float(np.mean(scores)) if scores else 0.0


def calibration_error(confidence: Floats, right: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): mean gap of confidence and accuracy over equal-width bins."""
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / max(len(confidence), 1))


def risk_coverage(confidence: Floats, right: npt.NDArray[np.bool_], points: int = 50) -> list[tuple[float, float]]:
    """Share of notices kept and share of errors among them, for thresholds from strict to none."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    kept = np.unique(np.linspace(min(1, len(order)), len(order), min(points, len(order))).astype(int))
    return [(float(count / len(order)), float(wrong[count - 1] / count)) for count in kept]
