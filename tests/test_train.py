import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.artifacts.store import Store
from pipeline.errors import InputError, ParameterError, TaxonomyError
from pipeline.notice import Taxonomy
from pipeline.parameters import DEFAULTS, of_stage, parse_settings
from pipeline.predict import Predictor
from tests.small import SETTINGS, corpus, train_small, write_lines


def tree(models: Path) -> dict[str, bytes]:
    return {
        path.relative_to(models).as_posix(): path.read_bytes()
        for path in models.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def stages_run(training):
    return [stage for stage, outcome in training.outcomes.items() if outcome == "run"]


def test_two_trainings_in_two_folders_give_the_same_bytes_of_every_file(release, sample, tmp_path):
    settings = [option for setting in SETTINGS for option in ("--set", setting)]
    command = [sys.executable, "-m", "pipeline", "train", "--models", "elsewhere/models", "--jobs", "2", *settings]
    data = [option for path in sample for option in ("--data", str(path))]
    env = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "America/New_York", "LC_ALL": "C"}
    done = subprocess.run([*command, *data], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b": run\n")) == (0, 8)
    assert tree(tmp_path / "elsewhere" / "models") == tree(release)


def test_a_second_training_runs_no_stage_and_changes_no_byte(models, sample):
    before = tree(models)
    again = train_small(sample, models)
    assert stages_run(again) == []
    assert len(again.outcomes) == 8
    assert tree(models) == before


def test_only_the_stages_behind_a_changed_parameter_run(models, sample):
    assert stages_run(train_small(sample, models, "review.precision=0.5")) == ["scorer"]
    assert stages_run(train_small(sample, models, "classify.C=7.5")) == ["head action", "head topic", "scorer"]
    assert stages_run(train_small(sample, models, "vectorize.min_df=2"))[0] == "vectorizer"


def test_new_notices_alone_are_cut_into_words(models, sample, tmp_path, monkeypatch):
    from pipeline.segment import Segmenter

    cut = []
    words = Segmenter.words
    monkeypatch.setattr(Segmenter, "words", lambda self, text: cut.append(text) or words(self, text))
    new = {**next(corpus()), "title": "一条从来没有过的公告标题", "text": "正文也是全新的。"}
    train_small([*sample, write_lines(tmp_path / "new.jsonl", [new])], models)
    assert cut == ["一条从来没有过的公告标题", "正文也是全新的。"]


def test_another_lexicon_runs_the_words_again_and_what_comes_after(models, sample, tmp_path):
    (tmp_path / "words.txt").write_text("揽收超时 3000\n", encoding="utf-8")
    training = train_small(sample, models, lexicon=tmp_path / "words.txt")
    assert stages_run(training) == [stage for stage in training.outcomes if stage != "notices"]


def test_a_damaged_artifact_is_made_anew(models, sample):
    before = tree(models)
    [path] = (models / "objects" / "vectorizer").glob("*/tables.safetensors")
    path.write_bytes(path.read_bytes()[:-1])
    assert stages_run(train_small(sample, models)) == ["vectorizer"]
    assert tree(models) == before


def test_every_listener_hears_of_every_stage(models, sample):
    heard = []
    train_small(sample, models, listener=lambda *one: heard.append(one))
    assert heard == list(train_small(sample, models).outcomes.items())


def test_a_release_holds_nothing_of_the_corpus_text(release, sample):
    store = Store(release)
    serving = [store.open(r.stage, r.key) for r in store.release().stages if r.serving]
    content = b"".join(path.read_bytes() for one in serving for path in one.folder.iterdir())
    content += b"".join(path.read_bytes() for path in store.releases.iterdir())
    titles = [notice["title"] for notice in corpus(every=3)]
    assert not [title for title in titles if len(title) > 8 and title.encode() in content]


def test_nothing_in_the_store_is_a_pickle(release):
    assert {path.suffix for path in release.rglob("*") if path.is_file()} <= {
        ".json",
        ".parquet",
        ".safetensors",
        "",
        ".lock",
    }


def test_another_taxonomy_and_table_make_another_classifier(tmp_path):
    (tmp_path / "moods.toml").write_text('[[heads]]\nid = "mood"\nlabels = ["好", "坏"]\n', encoding="utf-8")
    rows = [
        {"title": f"{word}{n}号商品", "mood": mood}
        for n in range(12)
        for word, mood in (("喜欢", "好"), ("讨厌", "坏"))
    ]
    data = write_lines(tmp_path / "moods.jsonl", rows)
    train_small([data], tmp_path / "models", taxonomy=tmp_path / "moods.toml")
    predictor = Predictor.load(tmp_path / "models")
    import pandas as pd

    labelled = predictor.label(pd.DataFrame({"title": ["喜欢99号商品", "讨厌99号商品"]}))
    assert list(labelled["mood"]) == ["好", "坏"]


@pytest.mark.parametrize("name", ["title", "needs_review", "platform", "why", "n", "mood_confidence", "two words"])
def test_a_head_whose_name_another_column_has_is_refused_with_the_file(tmp_path, name):
    heads = "".join(f'[[heads]]\nid = "{head}"\nlabels = ["好", "坏"]\n' for head in ("mood", name))
    (tmp_path / "moods.toml").write_text(heads, encoding="utf-8")
    with pytest.raises(TaxonomyError, match=rf"moods\.toml: a head cannot be named '{name}'"):
        Taxonomy.load(tmp_path / "moods.toml")


@pytest.mark.parametrize(
    ("rows", "error", "message"),
    [
        ([{"title": "a", "topic": "其他"}], InputError, "action"),
        ([{"title": "a", "action": "改革", "topic": "其他"}], TaxonomyError, "改革"),
        ([{"title": t, "action": "修订", "topic": "其他"} for t in "ab"], InputError, "same 'action'"),
        ([{"title": "a", "action": None, "topic": "其他"}], TaxonomyError, "action"),
    ],
)
def test_data_that_cannot_teach_is_an_error_and_leaves_no_release(tmp_path, rows, error, message):
    with pytest.raises(error, match=message):
        train_small([write_lines(tmp_path / "data.jsonl", rows)], tmp_path / "models")
    assert not (tmp_path / "models" / "current").exists()
    assert not list(tmp_path.rglob("*.tmp"))


def test_missing_data_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        train_small([tmp_path / "nowhere.jsonl"], tmp_path / "models")


def test_settings_are_read_by_name():
    assert parse_settings([]) == DEFAULTS
    changed = parse_settings(
        ["classify.C = 2", "vectorize.sublinear=false", "classify.model=logistic", "vectorize.longest=1"]
    )
    assert of_stage(changed, "classify") == {**of_stage(DEFAULTS, "classify"), "C": 2.0, "model": "logistic"}
    assert (changed["vectorize.sublinear"], changed["vectorize.longest"]) == (False, 1)


@pytest.mark.parametrize(
    "setting",
    [
        "nothing",
        "C=1",
        "classify.C",
        "classify.C=much",
        "classify.C=-1",
        "classify.C=NaN",
        "classify.C=Infinity",
        "classify.model=forest",
        "vectorize.longest=4",
        "vectorize.sublinear=1",
        "vectorize.min_df=2.5",
        "classify.C=[1]",
    ],
)
def test_a_setting_that_sets_nothing_is_an_error_that_tells_the_choices(setting):
    with pytest.raises(ParameterError, match=r"^--set: .+\. \w+"):
        parse_settings([setting])
