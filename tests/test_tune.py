import json
from pathlib import Path

import pytest

from pipeline.errors import ParameterError
from pipeline.parameters import DEFAULTS, parse_settings
from pipeline.tune import DEFAULT_GRID, as_mapping, expand, tune
from tests.small import SETTINGS, notices, train_small


def test_a_grid_is_every_combination_in_order():
    assert expand(["classify.C=0.1,1", "vectorize.min_df=2,3"]) == [
        {"classify.C": 0.1, "vectorize.min_df": 2},
        {"classify.C": 0.1, "vectorize.min_df": 3},
        {"classify.C": 1.0, "vectorize.min_df": 2},
        {"classify.C": 1.0, "vectorize.min_df": 3},
    ]


def test_a_value_that_is_named_twice_is_tried_once():
    assert expand(["classify.model=svm,svm"]) == [{"classify.model": "svm"}]


def test_the_default_grid_holds_the_default_parameters():
    assert any(all(DEFAULTS[name] == value for name, value in one.items()) for one in expand(DEFAULT_GRID))


@pytest.mark.parametrize(
    "grid", [["classify.D=1"], ["classify.C"], ["classify.C=1", "classify.C=2"], ["classify.C=1,"], ["classify.C=a"]]
)
def test_what_is_no_axis_is_refused(grid: list[str]):
    with pytest.raises(ParameterError):
        expand(grid)


def test_a_candidate_measures_what_training_with_it_measures(sample: list[Path], tmp_path: Path):
    found = tune(sample, parameters=parse_settings(SETTINGS), grid=["classify.model=svm,nbsvm"])
    assert {one.changes["classify.model"] for one in found} == {"svm", "nbsvm"}
    for one in found:
        made = train_small(sample, tmp_path / "models", f"classify.model={one.changes['classify.model']}").release
        assert one.measures == made.measures["cross_validation"]
        assert one.review == made.measures["review"]


def test_the_best_candidate_stands_first_and_its_options_give_it_back(sample: list[Path]):
    found = tune(sample, parameters=parse_settings(SETTINGS), grid=["classify.C=0.001,1"])
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    told = as_mapping(found, parse_settings(SETTINGS))
    settings = told["winner"].removeprefix("--set ")
    assert parse_settings([settings])["classify.C"] == found[0].changes["classify.C"]


def test_the_command_prints_the_winner_and_saves_every_measure(sample: list[Path], tmp_path: Path):
    data = [option for file in sample for option in ("--data", file)]
    saved = tmp_path / "search.json"
    done = notices("tune", *data, "--set", SETTINGS[0], "--grid", "classify.C=0.1,1", "--save", saved)
    facts = json.loads(saved.read_text(encoding="utf-8"))
    assert done.returncode == 0
    assert f"notices train {facts['winner']}" in done.stdout.decode()
    assert len(facts["candidates"]) == 2
    assert set(facts["candidates"][0]["heads"]) == {"action", "topic"}


def test_a_wrong_axis_is_told_in_one_line(sample: list[Path]):
    done = notices("tune", "--data", sample[0], "--grid", "classify.X=1")
    assert done.returncode == 2
    assert len(done.stderr.decode().splitlines()) == 1
