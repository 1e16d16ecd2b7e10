import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.artifacts.store import Store
from pipeline.formats import read_table
from pipeline.parameters import parse_settings
from pipeline.train import train
from tests.small import SETTINGS, corpus, notices, write_lines


def options(sample: list[Path], models: Path) -> list[object]:
    return [*(option for file in sample for option in ("--data", file)), "--models", models, "--set", SETTINGS[0]]


def test_a_second_training_runs_no_stage_and_says_so(sample: list[Path], models: Path):
    done = notices("train", *options(sample, models))
    assert done.returncode == 0
    stages = [line for line in done.stderr.decode().splitlines() if line.endswith(": reused")]
    assert f"nothing to do: all {len(stages)} stages are unchanged" in done.stderr.decode()


def test_training_tells_each_stage_as_it_goes_and_the_release_at_the_end(sample: list[Path], tmp_path: Path):
    done = notices("train", *options(sample, tmp_path / "models"))
    assert "vectorizer: run" in done.stderr.decode().splitlines()
    assert f"release {Store(tmp_path / 'models').current()}" in done.stdout.decode()


def test_a_change_of_the_classifier_runs_only_what_depends_on_it(sample: list[Path], models: Path):
    done = notices("train", *options(sample, models), "--set", "classify.C=2", "--json")
    facts = json.loads(done.stdout)
    ran = [stage for stage, outcome in facts["stages"].items() if outcome == "run"]
    assert ran == ["head action", "head topic", "scorer"]
    assert facts["version"] == Store(models).current()


def test_rejected_rows_end_with_their_own_status_on_every_run(tmp_path: Path):
    rows = [
        {"title": row["title"], "text": row["text"], "action": row["action"], "topic": row["topic"]}
        for row in corpus(40)
    ]
    file = write_lines(tmp_path / "d.jsonl", [*rows, {"text": "没有标题", "action": "修订", "topic": "其他"}])
    for _ in range(2):
        done = notices("train", *options([file], tmp_path / "models"))
        assert done.returncode == 3
        assert "1 rows of the data were rejected" in done.stderr.decode()


def test_an_unknown_parameter_is_told_in_one_line(tmp_path: Path):
    done = notices("train", "--models", tmp_path, "--set", "classify.X=1")
    assert done.returncode == 2
    assert len(done.stderr.decode().splitlines()) == 1


def groups_of(models: Path) -> pd.DataFrame:
    store = Store(models)
    record = store.release()["notices"]
    return read_table(store.open(record.stage, record.key), "notices.parquet")


@pytest.mark.parametrize(("hands", "by_hand"), [(2, False), (3, True)])
def test_folds_hold_whole_hands_where_there_are_as_many_as_folds(tmp_path: Path, hands: int, by_hand: bool):
    rows = list(corpus(20))
    files = [write_lines(tmp_path / f"{hand}.jsonl", rows[hand::hands]) for hand in range(hands)]
    train(files, models=tmp_path / "models", parameters=parse_settings(["classify.folds=3"]))
    frame = groups_of(tmp_path / "models")
    assert (frame["group"] == frame["source"]).all() == by_hand
    assert (frame["group"] == frame["id"]).all() != by_hand
