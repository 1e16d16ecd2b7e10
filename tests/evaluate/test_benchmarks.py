import numpy as np
import pandas as pd
import pytest

from benchmarks.comparison import Comparison
from benchmarks.keywords import Keywords
from benchmarks.learning_curve import Curve, curves, power_law
from benchmarks.opponents import FastText, opponents
from benchmarks.thucnews import load, ours
from tests.shared import shared
from tests.small import corpus


@pytest.fixture
def sample() -> pd.DataFrame:
    return pd.DataFrame(corpus(every=30)).assign(source="a", duplicate_of=None)


def test_the_keyword_rule_believes_the_headline_before_the_text():
    rule = Keywords("action")
    assert rule.predict(["平台封禁三家店铺"], ["同时上线新功能,推出新服务"]) == ["处罚通报"]
    assert rule.predict(["一则消息"], ["平台将开展专项整治"]) == ["专项治理"]
    assert rule.predict(["一则消息"], [""]) == ["修订"]


@pytest.mark.parametrize("head", ["action", "topic"])
def test_every_opponent_learns_and_answers_with_known_labels(sample: pd.DataFrame, head: str):
    titles, texts, labels = (sample[name].tolist() for name in ("title", "text", head))
    for opponent in opponents(head):
        opponent.fit(titles, texts, labels)
        told = opponent.predict(titles, texts)
        right = np.mean([one == other for one, other in zip(told, labels, strict=True)])
        assert right > 2 / sample[head].nunique(), opponent.name


def test_fasttext_takes_the_settings_that_do_best_and_gives_the_same_labels_again(sample: pd.DataFrame):
    titles, texts, labels = (sample[name].tolist() for name in ("title", "text", "topic"))
    grid = ({"epoch": 1, "lr": 0.0001, "wordNgrams": 2}, {"epoch": 30, "lr": 0.5, "wordNgrams": 2})
    first, again = (FastText(grid=grid).fit(titles, texts, labels) for _ in range(2))
    assert first.settings == grid[1]
    assert first.predict(titles, texts) == again.predict(titles, texts)


def test_a_power_law_is_found_again():
    sizes = np.array([100.0, 300.0, 1000.0, 4000.0])
    assert power_law(sizes, 3 * sizes**-0.4) == pytest.approx((3, 0.4))


def test_more_notices_are_expected_to_help_where_they_did():
    now, then = Curve("action", (100, 1000), (0.5, 0.8), (0.5, 0.8)).extrapolated()
    assert now == pytest.approx(0.8)
    assert 0.8 < then < 1


def test_a_learning_curve_ends_with_the_whole_corpus(sample: pd.DataFrame):
    found = curves(sample, sample.head(40), sizes=(100, 10**6))
    assert [curve.head for curve in found] == ["action", "topic"]
    assert found[0].sizes == (100, len(sample))
    assert found[0].accuracy[1] > 0.9  # it is asked what it learnt


def test_the_tables_of_a_comparison_show_every_labeller_and_the_gain_over_each():
    told = Comparison(
        true={("dev", "action"): list("abab")},
        given={("dev", "action"): {"notices": list("abab"), "keyword rule": list("aaaa")}},
    )
    lines = told.markdown().splitlines()
    assert any(line.startswith("| notices | 100.0 [100.0, 100.0]") for line in lines)
    assert any(line.startswith("| over keyword rule | 50.0 [") for line in lines)


def test_the_public_set_goes_through_the_same_stages():
    shared("thucnews", "train.txt")
    learnt = load("train").iloc[::40]
    asked = load("dev").head(300)
    told = ours(learnt, asked)
    assert np.mean([one == other for one, other in zip(told, asked["label"], strict=True)]) > 0.6
