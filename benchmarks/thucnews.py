"""The same pipeline on a public set: THUCNews headlines in ten classes, beside the same opponents in one run.

``python -m benchmarks.thucnews`` trains all on ``train.txt`` and prints their accuracy on ``test.txt``; with ``--dev``
it measures on ``dev.txt`` instead, which is what the settings below were chosen on.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from benchmarks.comparison import markdown_table
from benchmarks.opponents import FastText, Opponent, Words
from pipeline.evaluate.bootstrap import accuracy, gain, interval
from pipeline.parameters import parse_settings
from pipeline.predict import Predictor
from pipeline.train import train

SHARED = Path(__file__).parents[2] / "shared" / "thucnews"

#: What differs from the defaults: there is no text beside the headline. Chosen on dev.txt.
SETTINGS = (
    "vectorize.title_weight=1.0",
    "vectorize.whole_weight=0.0",
    "vectorize.longest=3",
    "vectorize.min_df=2",
    "classify.model=blend",
    "classify.C=0.3",
)

#: fastText on characters with bigrams, as the set's own publication has it, and on words; chosen on dev.txt.
FASTTEXT: tuple[dict[str, Any], ...] = ({"epoch": 10, "lr": 0.5, "wordNgrams": 2},)


def main() -> None:
    """Train all, print a table."""
    learnt, asked = load("train"), load("dev" if "--dev" in sys.argv else "test")
    titles, labels = learnt["title"].tolist(), learnt["label"].tolist()
    questions, true = asked["title"].tolist(), asked["label"].tolist()
    given: dict[str, list[str]] = {}
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    given["notices"] = ours(learnt, asked)
    seconds["notices"] = time.perf_counter() - began
    for opponent in opponents():
        began = time.perf_counter()
        opponent.fit(titles, [""] * len(titles), labels)
        given[opponent.name] = opponent.predict(questions, [""] * len(questions))
        seconds[opponent.name] = time.perf_counter() - began
    rows = [
        [
            name,
            interval(accuracy, true, told, draws=1000).told(2),
            "" if name == "notices" else gain(accuracy, true, given["notices"], told, draws=1000).told(2),
            f"{seconds[name]:.0f}",
        ]
        for name, told in given.items()
    ]
    print(markdown_table(["", "accuracy", "our gain", "seconds to train and label"], rows))
    print(f"\nOur settings: {' '.join(f'--set {setting}' for setting in SETTINGS)}")


def load(part: str) -> pd.DataFrame:
    """Headlines and the names of their classes."""
    names = (SHARED / "class.txt").read_text(encoding="utf-8").split()
    lines = (SHARED / f"{part}.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.rsplit("\t", 1) for line in lines if line.strip()]
    return pd.DataFrame([{"title": title, "label": names[int(number)]} for title, number in pairs])


def ours(learnt: pd.DataFrame, asked: pd.DataFrame, settings: Sequence[str] = SETTINGS) -> list[str]:
    """The labels of our own pipeline: a table and a taxonomy like any other, through the stages of training."""
    with tempfile.TemporaryDirectory() as folder:
        data, taxonomy = Path(folder) / "train.jsonl", Path(folder) / "taxonomy.toml"
        learnt.to_json(data, orient="records", lines=True, force_ascii=False)
        labels = sorted(set(learnt["label"]))
        taxonomy.write_text(f'[[heads]]\nid = "label"\nlabels = {json.dumps(labels)}\n', encoding="utf-8")
        train([data], taxonomy=taxonomy, models=folder, parameters=parse_settings(settings))
        told = Predictor.load(folder).labels(asked["title"].tolist(), [""] * len(asked))
    return list(told.label["label"])


def characters(titles: Sequence[str], texts: Sequence[str]) -> list[list[str]]:
    """A headline as its characters, which serve fastText better than words here."""
    return [[sign for sign in title if not sign.isspace()] for title in titles]


def opponents() -> list[Opponent]:
    """The opponents that learn."""
    return [
        Words("jieba + TF-IDF + LinearSVC", lambda: LinearSVC(random_state=0)),
        Words("jieba + TF-IDF + ComplementNB", ComplementNB),
        FastText(grid=FASTTEXT, tokens=characters),
    ]


if __name__ == "__main__":
    main()
