"""All heads of a release as one: from weighted features to labels with probabilities. NumPy alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.vectorize.features import Rows

Floats = npt.NDArray[np.float64]


def softmax(scores: Floats) -> Floats:
    """Probabilities of each row of scores, shape (rows, labels)."""
    powers: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def doubtful_softmax(scores: Floats, share: float, discount: float) -> Floats:
    """Probabilities of a head that knows that some notices are of a kind for which its scores mean less.

    A ``share`` of the notices is thought to be such: their scores count only ``discount`` times. Labels keep the order
    of their scores.
    """
    return (1 - share) * softmax(scores) + share * softmax(scores * discount)


@dataclass(frozen=True)
class Scorer:
    """The fused heads.

    Attributes
    ----------
    heads
        Names of the heads, in the taxonomy's order.
    labels
        The labels of each head.
    weights
        float64, shape (features, labels of all heads together): one column for each label, head after head.
    intercept
        float64, one for each column. Score = features · weights + intercept. (Scale and bias of `LinearHead` are
        multiplied into both.)
    doubt
        float64, shape (heads, 2): share and discount of `doubtful_softmax`, which makes a head's scores probabilities.
    threshold
        A notice whose labels are all right with a lower probability than this is to be reviewed.
    """

    heads: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    weights: Floats
    intercept: Floats
    doubt: Floats
    threshold: float

    def columns(self, head: str) -> slice:
        """Where a head's labels stand among all columns."""
        at = self.heads.index(head)
        start = sum(map(len, self.labels[:at]))
        return slice(start, start + len(self.labels[at]))

    def scores(self, rows: Rows) -> Floats:
        """Scores of all labels, shape (rows, columns)."""
        return rows.dot(self.weights) + self.intercept

    def probabilities(self, scores: Floats) -> dict[str, Floats]:
        """Calibrated probabilities of each head, shape (rows, its labels)."""
        return {
            head: doubtful_softmax(scores[:, self.columns(head)], *self.doubt[at]) for at, head in enumerate(self.heads)
        }

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The numbers by name, to be stored."""
        numbers = {"weights": self.weights, "intercept": self.intercept, "doubt": self.doubt}
        return {**numbers, "threshold": np.array([self.threshold])}

    @classmethod
    def from_arrays(
        cls, heads: Sequence[str], labels: Sequence[Sequence[str]], named: dict[str, npt.NDArray[Any]]
    ) -> "Scorer":
        """The scorer of stored numbers."""
        threshold = float(named["threshold"][0])
        # A release of version 0.1 has no doubt.
        doubt = named.get("doubt", np.zeros((len(heads), 2)))
        return cls(tuple(heads), tuple(map(tuple, labels)), named["weights"], named["intercept"], doubt, threshold)


def review_threshold(confidence: Floats, right: npt.NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence at and above which at least ``precision`` of the notices are labelled right.

    Parameters
    ----------
    confidence
        Probability that all labels of a notice are right, from cross-validation.
    right
        Whether they are.
    precision
        The share that must be right among those not sent to review.

    Returns
    -------
    The threshold of the largest coverage that allows it; above 1 where none does.
    """
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_ties = np.diff(confidence[order], append=-1.0) != 0
    allowed = np.flatnonzero((share >= precision) & last_of_ties)
    return float(confidence[order][allowed[-1]]) if len(allowed) else 2.0
