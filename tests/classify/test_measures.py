import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from pipeline.classify.measures import calibration_error, confusion, macro_f1, measure, risk_coverage

LABELS = ["修订", "新增", "下线", "其他"]
PAIRS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS[:3])), min_size=1, max_size=60)


@settings(deadline=None)
@given(PAIRS)
def test_measures_are_scikit_learn_s(pairs):
    true, given_ = zip(*pairs, strict=True)
    report = measure(true, given_, LABELS)
    assert report["accuracy"] == pytest.approx(metrics.accuracy_score(true, given_))
    assert report["macro_f1"] == pytest.approx(metrics.f1_score(true, given_, average="macro", zero_division=0))
    columns = metrics.precision_recall_fscore_support(true, given_, labels=LABELS, zero_division=0)
    for label, *expected in zip(LABELS, *columns, strict=True):
        entry = report["labels"][label]
        assert [entry[name] for name in ("precision", "recall", "f1", "support")] == pytest.approx(expected)
    table = metrics.confusion_matrix(true, given_, labels=LABELS)
    assert (confusion(true, given_, LABELS) == table).all()
    assert sum(sum(row.values()) for row in report["confusion"].values()) == len(pairs)


def test_the_mean_f1_of_frequent_labels_leaves_out_the_rare():
    report = measure(["修订"] * 5 + ["新增"], ["修订"] * 5 + ["下线"], LABELS)
    assert macro_f1(report, 5) == 1
    assert macro_f1(report, 100) == 0
    assert report["macro_f1"] == pytest.approx(1 / 3)


def test_calibration_error_is_the_gap_between_confidence_and_rightness():
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, True])) == 0
    assert calibration_error(np.array([0.9, 0.9, 0.2]), np.array([True, False, False])) == pytest.approx(
        (0.8 + 0.2) / 3
    )
    assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0


def test_risk_and_coverage_run_from_the_surest_to_all():
    points = risk_coverage(np.array([0.9, 0.8, 0.1]), np.array([True, False, False]))
    assert points == [(pytest.approx(1 / 3), 0.0), (pytest.approx(2 / 3), 0.5), (1.0, pytest.approx(2 / 3))]
