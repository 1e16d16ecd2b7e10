import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from pipeline.errors import InputError, TaxonomyError
from pipeline.evaluate import evaluate, read_labelled
from pipeline.predict import Predictor
from tests.shared import shared
from tests.small import notices, write_lines


def test_the_measures_agree_with_those_of_scikit_learn(predictor: Predictor, labelled: Path):
    frame = read_labelled(labelled, predictor.taxonomy).notices
    report = evaluate(predictor, frame)
    told = predictor.label(frame, facts=False)
    for head in ("action", "topic"):
        given = told[head].tolist()
        assert report[head]["accuracy"] == pytest.approx(accuracy_score(frame[head], given))
        assert report[head]["macro_f1"] == pytest.approx(f1_score(frame[head], given, average="macro", zero_division=0))
        support = {label: entry["support"] for label, entry in report[head]["labels"].items() if entry["support"]}
        assert support == frame[head].value_counts().to_dict()


def test_what_needs_no_review_is_measured_over_those_notices_alone(predictor: Predictor, labelled: Path):
    frame = read_labelled(labelled, predictor.taxonomy).notices
    told = predictor.label(frame, facts=False)
    kept = ~told["needs_review"].to_numpy(dtype=bool)
    right = (told["input_action"] == told["action"]) & (told["input_topic"] == told["topic"])
    unreviewed = evaluate(predictor, frame)["topic"]["unreviewed"]
    assert unreviewed["coverage"] == pytest.approx(kept.mean())
    assert unreviewed["all_right"] == pytest.approx(right[kept].mean() if kept.any() else 0.0)


def test_labels_with_few_notices_count_in_one_of_the_two_macro_f1(predictor: Predictor):
    titles = ["关于修订发货规则的公告"] * 6 + ["平台下线多件起购功能"]
    frame = pd.DataFrame(
        {"title": titles, "text": [""] * 7, "action": ["修订"] * 6 + ["下线"], "topic": ["物流发货"] * 7}
    )
    report = evaluate(predictor, frame)["action"]
    assert report["macro_f1_of_5"] == report["labels"]["修订"]["f1"]


def test_no_notice_at_all_is_measured_as_zero_and_not_as_an_error(predictor: Predictor):
    report = evaluate(predictor, pd.DataFrame({"title": [], "text": [], "action": [], "topic": []}))
    assert report["n"] == 0
    assert report["action"]["accuracy"] == 0
    assert report["action"]["unreviewed"] == {"coverage": 0.0, "right": 0.0, "all_right": 0.0}


def test_a_table_without_a_heads_column_is_refused_with_its_name(predictor: Predictor, tmp_path: Path):
    file = write_lines(tmp_path / "a.jsonl", [{"title": "平台公告", "action": "修订"}])
    with pytest.raises(InputError, match=r"a\.jsonl: no column 'topic'"):
        read_labelled(file, predictor.taxonomy)


@pytest.mark.parametrize("label", ["修改", None, 3])
def test_a_label_that_the_head_does_not_have_is_refused(predictor: Predictor, tmp_path: Path, label: object):
    rows = [{"title": f"平台公告{at}", "action": "修订", "topic": "其他"} for at in range(2)]
    file = write_lines(tmp_path / "a.jsonl", [*rows, {"title": "又一则", "action": label, "topic": "其他"}])
    with pytest.raises(TaxonomyError, match="row 3"):
        read_labelled(file, predictor.taxonomy)


def test_json_is_one_object_with_the_heads_and_the_number_of_notices(release: Path, labelled: Path):
    done = notices("evaluate", labelled, "--models", release, "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(report) == ["action", "topic", "n"]
    assert set(report["action"]["labels"]["修订"]) == {"precision", "recall", "f1", "support"}
    assert report["n"] == len(labelled.read_text(encoding="utf-8").splitlines())


def test_the_table_names_every_label_that_occurs(release: Path, labelled: Path):
    done = notices("evaluate", labelled, "--models", release)
    frame = pd.read_json(labelled, lines=True)
    told = done.stdout.decode()
    assert all(label in told for head in ("action", "topic") for label in frame[head].unique())
    assert "calibration error" in told


def test_rejected_rows_are_counted_and_end_with_their_own_status(release: Path, labelled: Path):
    with labelled.open("a", encoding="utf-8") as file:
        file.write('{"text": "没有标题", "action": "修订", "topic": "其他"}\n')
    done = notices("evaluate", labelled, "--models", release, "--json")
    assert done.returncode == 3
    assert b"1 rows" in done.stderr
    assert "action" in json.loads(done.stdout)


def test_an_unknown_label_is_told_in_one_line(release: Path, tmp_path: Path):
    file = write_lines(tmp_path / "a.jsonl", [{"title": "平台公告", "action": "什么", "topic": "其他"}])
    done = notices("evaluate", file, "--models", release)
    assert done.returncode == 2
    assert done.stdout == b""
    assert len(done.stderr.decode().splitlines()) == 1
    assert "什么" in done.stderr.decode()


def test_the_real_sets_can_be_measured(release: Path):
    report = json.loads(notices("evaluate", shared("notices", "dev.jsonl"), "--models", release, "--json").stdout)
    assert report["n"] == 121
    assert np.isfinite(report["topic"]["calibration_error"])
