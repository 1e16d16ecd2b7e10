import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.utils.estimator_checks import check_estimator

from pipeline.classify.head import LinearHead, calibrate
from pipeline.classify.scorer import Scorer, doubtful_softmax, review_threshold, softmax
from pipeline.vectorize.features import Rows

MODELS = ("svm", "logistic", "nbsvm", "blend")


@pytest.fixture(scope="module")
def data():
    rows, codes = make_classification(400, 30, n_informative=8, n_classes=4, random_state=1)
    return np.abs(rows), np.array(["修订", "新增", "下线", "其他"])[codes]


#: This check gives values below zero to every classifier, also to one that says it takes counts only.
NEGATIVE = {"check_decision_proba_consistency": "it feeds values below zero"}


@pytest.mark.parametrize(("model", "expected"), [("svm", {}), ("logistic", {}), ("blend", NEGATIVE)])
def test_it_passes_scikit_learn_s_own_checks(model, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        check_estimator(LinearHead(model=model), expected_failed_checks=expected)


@pytest.mark.parametrize("model", MODELS)
def test_probabilities_add_up_and_the_label_is_the_likeliest(data, model):
    head = LinearHead(model=model).fit(*data)
    table = head.predict_proba(data[0])
    assert_allclose(table.sum(axis=1), 1)
    assert_array_equal(head.classes_[table.argmax(axis=1)], head.predict(data[0]))


@pytest.mark.parametrize("model", MODELS)
def test_jobs_change_no_bit(data, model):
    one, two = (LinearHead(model=model, jobs=jobs).fit(*data) for jobs in (1, 2))
    for name in ("coef_", "intercept_", "scale_", "bias_", "share_", "discount_", "held_out_"):
        assert_array_equal(getattr(one, name), getattr(two, name))


def test_sparse_rows_are_learnt_like_dense_ones(data):
    dense, sparse = LinearHead().fit(*data), LinearHead().fit(csr_array(data[0]), data[1])
    assert_allclose(dense.predict_proba(data[0]), sparse.predict_proba(csr_array(data[0])), atol=1e-3)


def test_rows_of_one_group_are_never_held_out_apart(data):
    rows, labels = data
    twice, names = np.vstack([rows, rows]), np.concatenate([labels, labels])
    groups = np.tile(np.arange(len(rows)), 2)
    apart, together = LinearHead(C=100.0).fit(twice, names), LinearHead(C=100.0).fit(twice, names, groups=groups)
    right = [(head.classes_[head.held_out_.argmax(axis=1)] == names).mean() for head in (apart, together)]
    assert right[0] > right[1]


@pytest.mark.filterwarnings("ignore:The least populated class")
@pytest.mark.parametrize("labels", [["甲"] * 9 + ["乙"], ["甲"] * 8 + ["乙", "丙"], ["甲"] * 5 + ["乙"] * 5])
def test_a_rare_label_does_not_stop_it(labels):
    rows = np.eye(10)
    assert set(LinearHead().fit(rows, labels).predict(rows)) <= set(labels)


def test_calibration_lowers_the_loss_of_overconfident_margins():
    random = np.random.default_rng(0)
    codes = random.integers(0, 3, 2000)
    margins = random.normal(size=(2000, 3))
    margins[np.arange(2000), codes] += 1
    scale, bias, share, discount = calibrate(margins * 10, codes)
    before, after = softmax(margins * 10), doubtful_softmax(margins * 10 * scale + bias, share, discount)
    assert log_loss(codes, after) == pytest.approx(log_loss(codes, softmax(margins)), rel=0.01)
    assert log_loss(codes, before) > 2 * log_loss(codes, after)
    assert scale[0] == scale[1] == scale[2]


def test_calibration_finds_that_the_margins_of_some_notices_mean_less():
    random = np.random.default_rng(0)
    margins = random.normal(size=(20_000, 3)) * 6
    strange = random.random(20_000) < 0.2
    likely = np.where(strange[:, None], softmax(margins * 0.1), softmax(margins))
    codes = (random.random((20_000, 1)) > likely.cumsum(axis=1)).sum(axis=1)
    scale, _, share, discount = calibrate(margins, codes)
    assert scale[0] == pytest.approx(1.0, rel=0.1)
    assert share == pytest.approx(0.2, abs=0.03)
    assert discount == pytest.approx(0.1, abs=0.05)


@given(
    st.lists(st.floats(-30, 30), min_size=2, max_size=12).map(lambda row: np.array([row])),
    st.floats(0, 1),
    st.floats(0.01, 1),
)
def test_doubt_moves_no_label(scores, share, discount):
    probabilities = doubtful_softmax(scores, share, discount)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities[0, scores.argmax()] == probabilities.max()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.5, 0.5, 0.8, 0.95, 1.0]), st.booleans()), min_size=1, max_size=30),
    st.sampled_from([0.5, 0.9, 1.0]),
)
def test_the_review_threshold_is_the_lowest_that_keeps_the_promise(pairs, precision):
    confidence, right = np.array([c for c, _ in pairs]), np.array([r for _, r in pairs])
    threshold = review_threshold(confidence, right, precision)
    allowed = [c for c in set(confidence) if right[confidence >= c].mean() >= precision]
    assert threshold == (min(allowed) if allowed else 2.0)


def test_a_scorer_answers_for_each_head_apart():
    random = np.random.default_rng(0)
    doubt = np.array([[0.0, 1.0], [0.1, 0.3]])
    scorer = Scorer(
        ("action", "topic"), (("a", "b"), ("c", "d", "e")), random.normal(size=(4, 5)), np.arange(5.0), doubt, 0.5
    )
    rows = Rows(np.array([0, 2, 2, 3]), np.array([0, 3, 1]), np.array([1.0, 2.0, 0.5]))
    dense = csr_array((rows.values, rows.indices, rows.indptr), shape=(3, 4)).toarray() @ scorer.weights + np.arange(
        5.0
    )
    probabilities = scorer.probabilities(scorer.scores(rows))
    assert_allclose(probabilities["action"], softmax(dense[:, :2]))
    assert_allclose(probabilities["topic"], doubtful_softmax(dense[:, 2:], 0.1, 0.3))


def test_few_rows_and_many_are_summed_alike():
    random = np.random.default_rng(0)
    weights = random.normal(size=(500, 7))
    indices = np.concatenate([np.sort(random.choice(500, 40, replace=False)) for _ in range(60)])
    values, starts = random.random(60 * 40), np.arange(0, 60 * 40 + 1, 40)
    many = Rows(starts, indices, values).dot(weights)
    for row in range(60):
        part = slice(starts[row], starts[row + 1])
        assert_allclose(Rows(np.array([0, 40]), indices[part], values[part]).dot(weights)[0], many[row], rtol=1e-14)
