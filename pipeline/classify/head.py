"""One head: a linear classifier whose probabilities are calibrated by cross-validation."""

from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from pipeline.classify.learners import Model, Settings, learn, needs_counts
from pipeline.classify.scorer import Floats, doubtful_softmax, softmax


class LinearHead(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A linear model, one column of weights for each label, with trustworthy probabilities.

    The margins of notices that a model has not learnt from (cross-validation, near repeats kept in one fold) are
    turned into probabilities by a softmax with one scale, one bias a label and a share of doubt, fitted to the true
    labels.

    Parameters
    ----------
    model
        ``"svm"``: squared hinge loss; ``"logistic"``: logistic loss; ``"nbsvm"``: squared hinge loss over features
        scaled by their log-count ratios; ``"blend"``: svm, svm and ridge regression over features scaled by their
        ratios, and complement naive Bayes together. All one label against the rest. The last two take no feature
        below zero.
    C
        Inverse strength of regularisation.
    balanced
        Whether rare labels count for more.
    naive
        What naive Bayes has in a blend, the others having 1 each.
    folds
        Number of folds of the cross-validation.
    jobs
        How many folds are fitted at once; changes no bit of the result.

    Attributes
    ----------
    classes_ : ndarray of shape (labels,)
    coef_ : ndarray of shape (labels, features)
    intercept_ : ndarray of shape (labels,)
    scale_, bias_ : ndarray of shape (labels,)
        Score = margin * scale + bias.
    share_, discount_ : float
        Probability = `doubtful_softmax` of the scores, with these.
    held_out_ : ndarray of shape (notices, labels)
        Probability of each training notice by a model that has not seen it or its near repeats.
    """

    def __init__(
        self,
        *,
        model: Model = "svm",
        C: float = 0.3,
        balanced: bool = False,
        naive: float = 0.5,
        folds: int = 5,
        jobs: int = 1,
    ) -> None:
        self.model = model
        self.C = C
        self.balanced = balanced
        self.naive = naive
        self.folds = folds
        self.jobs = jobs

    def fit(self, X: Any, y: Any, groups: Any = None) -> "LinearHead":
        """Learn from rows ``X`` (sparse or dense) and labels ``y``.

        Parameters
        ----------
        X
            Shape (notices, features).
        y
            A label for each row.
        groups
            Rows of one group stay in one fold; each row its own group where None.
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        if needs_counts(self.model):
            check_non_negative(X, f"LinearHead(model={self.model!r})")
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        folds = self._split(X, codes, groups)
        whole = np.arange(X.shape[0])
        parts = [whole, *(np.setdiff1d(whole, held) for held in folds)]
        fitted = Parallel(n_jobs=self.jobs)(delayed(self._fit_one)(X[part], codes[part]) for part in parts)
        self.coef_, self.intercept_ = fitted[0]
        margins = np.empty((X.shape[0], len(self.classes_)))
        for held, (coef, intercept) in zip(folds, fitted[1:], strict=True):
            margins[held] = X[held] @ coef.T + intercept
        self.scale_, self.bias_, self.share_, self.discount_ = calibrate(margins, codes)
        self.held_out_ = self._probabilities(margins * self.scale_ + self.bias_)
        return self

    def decision_function(self, X: Any) -> Floats:
        """Scores of which the highest is told, shape (notices, labels).

        With two labels, the second's lead over the first, shape (notices,), as scikit-learn has it.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict_proba(self, X: Any) -> Floats:
        """Calibrated probabilities, shape (notices, labels)."""
        return self._probabilities(self._scores(X))

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable label of each row."""
        best = self._scores(X).argmax(axis=1)
        labels: npt.NDArray[Any] = self.classes_[best]
        return labels

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = needs_counts(self.model)
        return tags

    def _scores(self, X: Any) -> Floats:
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)  # noqa: N806
        return np.asarray((X @ self.coef_.T + self.intercept_) * self.scale_ + self.bias_)

    def _probabilities(self, scores: Floats) -> Floats:
        return doubtful_softmax(scores, self.share_, self.discount_)

    def _split(self, X: Any, codes: npt.NDArray[np.intp], groups: Any) -> list[npt.NDArray[np.intp]]:
        folds = int(min(self.folds, max(np.bincount(codes).min(), 2)))
        if groups is None:
            splits = StratifiedKFold(folds, shuffle=True, random_state=0).split(X, codes)
        else:
            splits = StratifiedGroupKFold(folds, shuffle=True, random_state=0).split(X, codes, groups)
        return [held for _, held in splits]

    def _fit_one(self, X: Any, codes: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Weights of every label; a label that is absent from these rows is never chosen."""
        present = np.unique(codes)
        coef = np.zeros((len(self.classes_), X.shape[1]))
        intercept = np.full(len(self.classes_), -10.0)
        if len(present) == 1:
            intercept[present] = 10.0
            return coef, intercept
        within = np.searchsorted(present, codes)
        settings = Settings(self.C, self.balanced, self.naive)
        coef[present], intercept[present] = learn(self.model, X, within, settings)
        return coef, intercept


def calibrate(
    margins: Floats, codes: npt.NDArray[np.intp], penalty: float = 1e-2
) -> tuple[Floats, Floats, float, float]:
    """Scale and bias of each label, share and discount of doubt, that make the true labels likeliest.

    One scale is shared by all labels (temperature scaling, Guo et al. 2017) and each has a bias of its own; the
    biases are held small, so that few notices cannot bend them. One temperature trusts notices of unfamiliar wording
    too much and familiar ones too little: a second, blunter one is mixed in (`doubtful_softmax`).

    Parameters
    ----------
    margins
        Shape (notices, labels), of models that have not learnt from the notice.
    codes
        Number of the true label of each notice.
    penalty
        Weight of the squared biases against the mean log loss.
    """
    rows, labels = np.arange(len(codes)), margins.shape[1]

    def loss(point: Floats) -> tuple[float, Floats]:
        scale, bias, (share, discount) = np.exp(point[0]), point[1:-2], expit(point[-2:])
        scores = margins * scale + bias
        sharp, blunt = softmax(scores), softmax(scores * discount)
        sharp_true, blunt_true = (1 - share) * sharp[rows, codes], share * blunt[rows, codes]
        likely = np.maximum(sharp_true + blunt_true, np.finfo(float).tiny)
        value = -np.log(likely).mean() + penalty * (bias @ bias)
        sharp[rows, codes] -= 1
        blunt[rows, codes] -= 1
        blame = (sharp_true / likely)[:, None] * sharp
        blunt *= (blunt_true / likely)[:, None]
        blame += discount * blunt
        slope_share = (sharp_true * share - blunt_true * (1 - share)) / likely
        slope_discount = (blunt * scores).sum(axis=1) * discount * (1 - discount)
        return float(value), np.concatenate(
            [
                [(blame * margins).sum(axis=1).mean() * scale],
                blame.mean(axis=0) + 2 * penalty * bias,
                [slope_share.mean(), slope_discount.mean()],
            ]
        )

    start = np.concatenate([np.zeros(1 + labels), [-2.0, 0.0]])
    best = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-5, 5)] * len(start)).x
    share, discount = expit(best[-2:])
    return np.full(labels, np.exp(best[0])), best[1:-2], float(share), float(discount)
