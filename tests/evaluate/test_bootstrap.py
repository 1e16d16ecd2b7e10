import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from pipeline.evaluate.bootstrap import accuracy, gain, interval, macro_f1

labels = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


@given(labels)
def test_the_interval_holds_only_possible_values_and_is_the_same_each_time(pairs: list[tuple[str, str]]):
    true, told = zip(*pairs, strict=True)
    found = interval(accuracy, true, told, draws=50)
    assert 0 <= found.low <= found.high <= 1
    assert found == interval(accuracy, true, told, draws=50)


@given(labels)
def test_macro_f1_is_that_of_scikit_learn_over_the_true_labels(pairs: list[tuple[str, str]]):
    true, told = (np.array(["abc".index(label) for label in part]) for part in zip(*pairs, strict=True))
    expected = f1_score(true, told, average="macro", labels=np.unique(true), zero_division=0)
    assert macro_f1(true, told, 3) == pytest.approx(expected)


@given(labels)
def test_nobody_gains_over_himself(pairs: list[tuple[str, str]]):
    true, told = zip(*pairs, strict=True)
    found = gain(macro_f1, true, told, told, draws=20)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_more_notices_make_the_interval_narrower():
    few = interval(accuracy, list("ab" * 10), list("aa" * 10))
    many = interval(accuracy, list("ab" * 1000), list("aa" * 1000))
    assert few.value == many.value == 0.5
    assert many.high - many.low < 0.2 * (few.high - few.low)


def test_a_gain_that_is_everywhere_has_an_interval_above_zero():
    true = list("abcd" * 20)
    found = gain(accuracy, true, true, ["a"] * 80)
    assert found.low > 0.6
    assert str(found) == f"{100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"
