"""Ways to learn one linear score for each label: rows and labels in, weights and offsets out.

What a way does to the features while it learns (NB-SVM scales them differently for each label) is multiplied into the
weights, so that serving is one matrix product whatever the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Linear = tuple[Floats, Floats]

Model = Literal["svm", "logistic", "nbsvm", "blend"]


@dataclass(frozen=True)
class Settings:
    """How a way learns.

    Attributes
    ----------
    C
        Inverse strength of regularisation.
    balanced
        Whether rare labels count for more.
    naive
        What naive Bayes has in a blend, the others having 1 each.
    """

    C: float
    balanced: bool
    naive: float

    @property
    def weight(self) -> str | None:
        """Scikit-learn's name for ``balanced``."""
        return "balanced" if self.balanced else None


#: NB-SVM damps its ratios by this power: at 1 they drown what the margin learns, at 0 they are not there.
RATIO_POWER = 0.5

#: Pseudo-counts of the ratios, and of naive Bayes.
RATIO_PRIOR, NAIVE_PRIOR = 1.0, 0.3


def learn(model: Model, X: Any, codes: Codes, settings: Settings) -> Linear:  # noqa: N803
    """Learn from rows whose labels are numbered 0, 1, … without a gap, at least two of them.

    Returns
    -------
    Weights, shape (labels, features), and offsets, shape (labels,).
    """
    return _WAYS[model](csr_array(X), codes, settings)


def needs_counts(model: Model) -> bool:
    """Whether a way takes features for counts of something, never below zero."""
    return model in ("nbsvm", "blend")


def _svm(X: csr_array, codes: Codes, settings: Settings) -> Linear:  # noqa: N803
    learner = LinearSVC(C=settings.C, class_weight=settings.weight, random_state=0).fit(X, codes)
    return _both_sides(learner.coef_, learner.intercept_)


def _logistic(X: csr_array, codes: Codes, settings: Settings) -> Linear:  # noqa: N803
    def one(against: Codes, label: int) -> tuple[Floats, float]:
        learner = LogisticRegression(C=settings.C, class_weight=settings.weight, solver="liblinear", random_state=0)
        learner.fit(X, against)
        return learner.coef_[0], float(learner.intercept_[0])

    return _each_against_rest(one, codes)


def _nbsvm(X: csr_array, codes: Codes, settings: Settings) -> Linear:  # noqa: N803
    """A margin over features scaled by how much each speaks for the label (Wang and Manning 2012)."""
    ratios = _ratios(X, codes)

    def one(against: Codes, label: int) -> tuple[Floats, float]:
        damped = np.sign(ratios[label]) * np.abs(ratios[label]) ** RATIO_POWER
        scale = damped / (np.sqrt(np.mean(damped**2)) or 1.0)
        learner = LinearSVC(C=settings.C, class_weight=settings.weight, random_state=0)
        learner.fit(_scaled(X, scale), against)
        return learner.coef_[0] * scale, float(learner.intercept_[0])

    return _each_against_rest(one, codes)


def _telling(X: csr_array, codes: Codes, settings: Settings) -> tuple[Linear, Linear]:  # noqa: N803
    """A margin and least squares, over features scaled by how much each speaks for any label at all."""
    strongest = np.abs(_ratios(X, codes)).max(axis=0)
    half, whole = (scale / (scale.mean() or 1.0) for scale in (np.sqrt(strongest), strongest))
    margin, offsets = _svm(_scaled(X, half), codes, settings)
    squares = RidgeClassifier(alpha=1.0, class_weight=settings.weight, solver="sparse_cg")
    squares.fit(_scaled(X, whole), codes)
    fitted, fitted_offsets = _both_sides(np.atleast_2d(squares.coef_), np.atleast_1d(squares.intercept_))
    return (margin * half, offsets), (fitted * whole, fitted_offsets)


def _scaled(X: csr_array, scale: Floats) -> csr_array:  # noqa: N803
    return csr_array((X.data * scale[X.indices], X.indices, X.indptr), shape=X.shape)


def _ratios(X: csr_array, codes: Codes) -> Floats:  # noqa: N803
    """Log-count ratio of each feature, label's notices against all others, shape (labels, features)."""
    there = csr_array((np.ones_like(X.data), X.indices, X.indptr), shape=X.shape)
    within = np.eye(int(codes.max()) + 1)[codes]
    inside = np.asarray(there.T @ within).T
    outside = inside.sum(axis=0) - inside
    size = within.sum(axis=0)[:, None]
    share_inside = (inside + RATIO_PRIOR) / (size + 2 * RATIO_PRIOR)
    share_outside = (outside + RATIO_PRIOR) / (len(codes) - size + 2 * RATIO_PRIOR)
    return np.asarray(np.log(share_inside / share_outside))


def _naive(X: csr_array, codes: Codes) -> Linear:  # noqa: N803
    """Complement naive Bayes (Rennie et al. 2003), whose score is linear too."""
    learner = ComplementNB(alpha=NAIVE_PRIOR).fit(X, codes)
    return np.asarray(learner.feature_log_prob_), np.zeros(len(learner.classes_))


def _blend(X: csr_array, codes: Codes, settings: Settings) -> Linear:  # noqa: N803
    """Four ways together, each scaled to one spread of scores: they err on different notices."""
    ways = (_svm(X, codes, settings), *_telling(X, codes, settings), _naive(X, codes))
    shares = (1.0, 1.0, 1.0, settings.naive)
    evened = [_evened(X, *way) for way in ways]
    coef = np.sum([share * weights for share, (weights, _) in zip(shares, evened, strict=True)], axis=0)
    intercept = np.sum([share * offsets for share, (_, offsets) in zip(shares, evened, strict=True)], axis=0)
    return coef, intercept


def _evened(X: csr_array, coef: Floats, intercept: Floats) -> Linear:  # noqa: N803
    scores = X @ coef.T + intercept
    spread = float(np.std(scores - scores.mean(axis=1, keepdims=True))) or 1.0
    return coef / spread, intercept / spread


def _each_against_rest(one: Callable[[Codes, int], tuple[Floats, float]], codes: Codes) -> Linear:
    fitted = [one((codes == code).astype(np.intp), code) for code in range(int(codes.max()) + 1)]
    return np.vstack([weights for weights, _ in fitted]), np.array([offset for _, offset in fitted])


def _both_sides(coef: Floats, intercept: Floats) -> Linear:
    """Scikit-learn gives one row for two labels: the second's."""
    if len(coef) > 1:
        return coef, intercept
    return np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])


_WAYS: Mapping[Model, Callable[[csr_array, Codes, Settings], Linear]] = {
    "svm": _svm,
    "logistic": _logistic,
    "nbsvm": _nbsvm,
    "blend": _blend,
}
