import datetime as dt
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import Parallel, delayed
from pandas.testing import assert_frame_equal

from pipeline.batch.table import Options, label_table
from pipeline.errors import InputError, StoreError
from pipeline.notice import RECORD_COLUMNS, notice_id
from pipeline.predict import Predictor

FACTS = (
    "effective_date",
    "effective_until",
    "comment_until",
    "status",
    "rule_names",
    "platform",
    "audience",
    "amounts",
    "fact_places",
)
LABELS = ("action", "action_confidence", "topic", "topic_confidence", "needs_review", "model_version")


@pytest.fixture(scope="module")
def labelled(predictor, unseen):
    return predictor.label(unseen)


def assert_same(one, other):
    """Equal labels, and probabilities within 1e-9."""
    for name in one.columns:
        if name.endswith("_confidence"):
            np.testing.assert_allclose(one[name].astype(float), other[name].astype(float), rtol=0, atol=1e-9)
        else:
            assert list(one[name]) == list(other[name]), name


def test_columns_stand_in_order_and_the_input_s_own_follow(labelled, unseen):
    own = [name for name in unseen.columns if name not in RECORD_COLUMNS and name != "platform"]
    assert list(labelled.columns[:11]) == [*RECORD_COLUMNS, *LABELS]
    assert set(labelled.columns) == {*RECORD_COLUMNS, *LABELS, *FACTS, *own, "input_platform"}
    assert list(labelled["input_platform"]) == list(unseen["platform"])


def test_index_and_order_are_kept_and_the_input_is_not_changed(predictor, unseen, labelled):
    frame = unseen.set_index(np.arange(len(unseen))[::-1] * 7)
    before = frame.copy(deep=True)
    result = predictor.label(frame)
    assert_frame_equal(frame, before)
    assert result.index.equals(frame.index)
    assert_same(result, labelled)


def test_labels_are_of_the_taxonomy_and_sure_between_0_and_1(predictor, labelled):
    for head in predictor.heads:
        assert set(labelled[head.id]) <= set(head.labels)
        assert labelled[f"{head.id}_confidence"].between(1 / len(head.labels), 1).all()
    together = labelled["action_confidence"] * labelled["topic_confidence"]
    assert (labelled["needs_review"] == (together < predictor.scorer.threshold)).all()


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 70))
def test_neither_order_nor_neighbours_nor_batches_change_a_label(predictor, unseen, labelled, random, size):
    order = list(range(len(unseen)))
    random.shuffle(order)
    order = order[: 2 * size + 5]
    parts = [predictor.label(unseen.iloc[order[at : at + size]]) for at in range(0, len(order), size)]
    assert_same(pd.concat(parts), labelled.iloc[order])


def test_the_engine_changes_nothing(release, unseen, labelled):
    assert_same(Predictor.load(release, engine="jieba").label(unseen), labelled)


CODE = """
import json, os, sys
import pandas as pd
from pipeline.predict import Predictor
frame = pd.read_json(sys.argv[2], lines=True, dtype=False)
labelled = Predictor.load(sys.argv[1]).label(frame)
print(json.dumps(labelled.drop(columns="fact_places").to_dict("list")))
"""

WORLDS = [
    {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
    {
        "LC_ALL": "C.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "TZ": "America/New_York",
        "PYTHONHASHSEED": "4294967295",
        "OMP_NUM_THREADS": "1",
    },
]


@pytest.mark.parametrize("world", WORLDS)
def test_locale_time_zone_hash_seed_and_folder_change_nothing(release, labelled, table, tmp_path, world):
    path = table(rows=60)
    command = [sys.executable, "-c", CODE, os.path.relpath(release, tmp_path), str(path)]
    env = {**os.environ, **world}
    env.pop("PYTHONUTF8", None)
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=True)
    there = pd.DataFrame(json.loads(done.stdout), dtype=object)
    here = labelled.head(60)[there.columns]
    assert_same(there, here)


def test_it_travels_to_other_processes(predictor, unseen, labelled):
    assert_same(pickle.loads(pickle.dumps(predictor)).label(unseen), labelled)
    parts = Parallel(n_jobs=2)(delayed(predictor.label)(unseen.iloc[at : at + 40]) for at in (0, 40))
    assert_same(pd.concat(parts), labelled.iloc[:80])


def test_an_arrow_table_is_labelled_like_a_frame(release, predictor, labelled, table):
    from pipeline.ingest import stream

    options = Options(str(release), predictor.version)
    [batch] = stream(table(rows=40))
    assert_same(label_table(batch.notices, options).to_pandas()[list(LABELS)], labelled.head(40)[list(LABELS)])


@settings(max_examples=40, deadline=None)
@given(
    st.text(st.sampled_from("发货规则修订《》7天无理由Aa1%，。 🎉𠮷"), max_size=20) | st.text(max_size=10),
    st.text(max_size=40),
)
def test_an_explanation_adds_up_to_the_score_and_covers_places_in_the_text(predictor, title, text):
    for head, told in predictor.explain(title, text).items():
        assert told.base + sum(share.share for share in told.shares) == pytest.approx(told.score, abs=1e-9)
        frame = predictor.label(pd.DataFrame({"title": [title], "text": [text]}), facts=False)
        assert (told.label, told.probability) == (
            frame[head][0],
            pytest.approx(frame[f"{head}_confidence"][0], abs=1e-9),
        )


def test_the_words_that_spoke_for_a_label_are_those_of_the_explanation(predictor, unseen):
    row = unseen.iloc[[3]]
    why = json.loads(predictor.label(row, why=True)["why"].iloc[0])
    for head, told in predictor.explain(row["title"].iloc[0], row["text"].iloc[0]).items():
        assert [tuple(place) for place in why[head]] == [
            (share.field, share.start, share.end, round(share.share, 4)) for share in told.strongest(40)
        ]


def test_what_is_missing_is_no_obstacle(predictor):
    frame = predictor.label(pd.DataFrame({"title": ["平台修订发货规则", None, float("nan"), "", 7]}))
    assert list(frame["text"]) == [""] * 5
    assert list(frame["title"]) == ["平台修订发货规则", "", "", "", ""]
    assert frame["id"][0] == notice_id("平台修订发货规则", None, "")
    assert predictor.label(pd.DataFrame({"title": []})).empty


def test_without_headlines_it_says_which_columns_there_are(predictor):
    with pytest.raises(InputError, match="headline, body"):
        predictor.label(pd.DataFrame({"headline": ["a"], "body": ["b"]}))


def test_times_of_any_kind_are_written_in_one_form(predictor):
    times = ["2024-03-05 14:05:00", None, ""], [dt.datetime(2024, 3, 5, 14, 5), pd.NaT, pd.Timestamp("2024-03-05")]
    given = [predictor.label(pd.DataFrame({"title": ["a"] * 3, "published_at": one}))["published_at"] for one in times]
    assert [list(given[0]), list(given[1])] == [
        ["2024-03-05 14:05:00", None, None],
        ["2024-03-05 14:05:00", None, "2024-03-05 00:00:00"],
    ]


def test_columns_that_clash_are_kept_under_another_name(predictor):
    frame = pd.DataFrame({"title": ["a"], "action": ["x"], "input_action": ["y"], "status": [1], 5: [2]})
    labelled = predictor.label(frame)
    assert (labelled["input_action"][0], labelled["input_input_action"][0]) == ("x", "y")
    assert (labelled["input_status"][0], labelled["5"][0]) == (1, 2)


def test_other_columns_keep_their_types_and_missing_texts_are_none(predictor):
    own = {
        "day": pd.to_datetime(["2024-03-05", None]),
        "n": pd.array([1, None], "Int64"),
        "c": pd.Categorical(["x", "y"]),
    }
    frame = pd.DataFrame({"title": ["甲", "乙"], **own}, index=["i", "i"])
    labelled = predictor.label(frame)
    assert_frame_equal(labelled[list(own)], frame[list(own)])
    assert list(labelled["published_at"]) == list(labelled["effective_date"]) == [None, None]
    assert labelled.index.equals(frame.index)


def test_the_status_can_be_reckoned_from_a_day(predictor):
    frame = pd.DataFrame({"title": ["新规5月8日起生效"], "published_at": ["2024-05-01 00:00:00"]})
    told = [predictor.label(frame, as_of=day)["status"][0] for day in (None, dt.date(2024, 5, 9))]
    assert told == ["将生效", "已生效"]


def test_facts_can_be_left_out(predictor, unseen):
    assert not set(FACTS) - {"platform"} & set(predictor.label(unseen.head(2), facts=False))


def test_a_release_is_loaded_without_scikit_learn_pandas_or_scipy(release):
    code = (
        "import sys; from pipeline.predict import Predictor; predictor = Predictor.load(sys.argv[1]);"
        "predictor.told({'title': ['平台修订发货规则'], 'text': [''], 'published_at': [None], 'source': [None]});"
        "print([name for name in ('sklearn', 'pandas', 'scipy', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(release)], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_an_unknown_version_is_an_error_that_names_the_known(release):
    with pytest.raises(StoreError, match="Choose one of"):
        Predictor.load(release, "nope")
