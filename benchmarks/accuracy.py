"""Everything about accuracy in one run: ``python -m benchmarks.accuracy`` writes ``benchmarks/accuracy.md``.

The search for the model, our release beside the opponents, and the learning curve.
"""

import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.comparison import DEV, compare, corpus_frame, markdown_table, test_sets
from benchmarks.learning_curve import curves, markdown
from pipeline.classify.measures import calibration_error
from pipeline.evaluate import evaluate
from pipeline.parameters import DEFAULTS, parse_settings
from pipeline.predict import Predictor
from pipeline.train import train

TARGET = Path(__file__).with_name("accuracy.md")

#: What was tried: each changes one or two things of the defaults. The choice is by cross-validation over the hands
#: that wrote the corpus; only the finalists, marked, were then compared on dev.
CANDIDATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("the defaults", ()),
    ("words alone", ("vectorize.chars_weight=0",)),
    ("characters alone", ("vectorize.words_weight=0",)),
    ("characters 1-3", ("vectorize.longest=3",)),
    ("headline weighs 0.5", ("vectorize.title_weight=0.5",)),
    ("headline weighs 0.8", ("vectorize.title_weight=0.8",)),
    ("headline weighs 1", ("vectorize.title_weight=1.0",)),
    ("headline and text apart", ("vectorize.text_weight=1", "vectorize.whole_weight=0")),
    ("entries of two notices", ("vectorize.min_df=2",)),
    ("plain counts", ("vectorize.sublinear=false",)),
    ("rare labels count more", ("classify.balanced=true",)),
    ("SVM, C 1", ("classify.model=svm", "classify.C=1")),
    ("logistic, C 10", ("classify.model=logistic", "classify.C=10")),
    ("NB-SVM, C 0.3", ("classify.model=nbsvm", "classify.C=0.3")),
    ("blend, C 0.3", ("classify.C=0.3",)),
    ("blend, naive 0", ("classify.naive=0",)),
)
FINALISTS = (
    "the defaults",
    "characters 1-3",
    "headline weighs 0.5",
    "headline weighs 0.8",
    "SVM, C 1",
    "NB-SVM, C 0.3",
)


def main() -> None:
    """Measure all, write the page."""
    sets, corpus = test_sets(), corpus_frame()
    with tempfile.TemporaryDirectory() as store:
        search = _search(store, sets[DEV])
        train(models=store)
        predictor = Predictor.load(store)
        compared = compare(corpus, predictor, sets).markdown()
        own = _own(predictor, sets[DEV])
    parts = [
        "# Accuracy\n",
        f"Made by `python -m benchmarks.accuracy` on {len(corpus):,} notices of the corpus. Accuracy and macro F1 in",
        "hundredths; in brackets 95 % bootstrap intervals (2,000 draws, fixed seed; gains are paired).\n",
        "## Beside the opponents\n",
        compared,
        "\n## Our release on dev\n",
        own,
        "\n## What was tried\n",
        "Five-fold cross-validation; a fold holds whole files of the corpus, each written by another hand. `coverage`:",
        "what would need no review with 97 of 100 right. Only finalists were measured on dev.\n",
        search,
        "\n## Learning curve on dev\n",
        markdown(curves(corpus, sets[DEV])),
    ]
    TARGET.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(TARGET.read_text(encoding="utf-8"))


def _search(store: str, dev: pd.DataFrame) -> str:
    figures = [f"{head} {name}" for head in ("action", "topic") for name in ("accuracy", "F1")]
    columns = ["candidate", *figures, "coverage", *(f"dev {name}" for name in figures)]
    rows = []
    for at, (name, settings) in enumerate(CANDIDATES, 1):
        sys.stderr.write(f"candidate {at} of {len(CANDIDATES)}: {name}\n")
        release = train(models=store, parameters=parse_settings(settings), jobs=2).release
        measures, review = release.measures["cross_validation"], release.measures["review"]
        row = [name, *_figures(measures.values()), f"{100 * review['coverage']:.1f}"]
        if name in FINALISTS:
            report = evaluate(Predictor.load(store), dev)
            row += _figures(report[head] for head in measures)
        rows.append(row + [""] * (len(columns) - len(row)))
    defaults = ", ".join(f"{name} {value}" for name, value in DEFAULTS.items())
    return f"{markdown_table(columns, rows)}\n\nThe defaults: {defaults}."


def _figures(reports: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"{100 * report[name]:.1f}" for report in reports for name in ("accuracy", "macro_f1")]


def _own(predictor: Predictor, frame: pd.DataFrame) -> str:
    report = evaluate(predictor, frame)
    told = predictor.labels(frame["title"].tolist(), frame["text"].tolist())
    names = ("accuracy", "macro_f1", "macro_f1_of_5", "calibration_error")
    rows = [
        [head, *(f"{report[head][name]:.4f}" for name in names), f"{_by_chance(sure):.4f}"]
        for head, sure in told.confidence.items()
    ]
    kept = report[rows[0][0]]["unreviewed"]
    return (
        markdown_table(["", *names, "calibration error by chance"], rows)
        + "\n\nBy chance: what exactly true probabilities would score on as few notices (mean of 1,000 draws)."
        + f"\n\nNot marked for review: {100 * kept['coverage']:.1f} of 100; "
        + f"all labels right in {100 * kept['all_right']:.1f} of 100 of these."
    )


def _by_chance(confidence: npt.NDArray[np.float64], draws: int = 1000) -> float:
    """Mean calibration error of labels that are right with exactly the probability given."""
    random = np.random.default_rng(0)
    return float(
        np.mean([calibration_error(confidence, random.random(len(confidence)) < confidence) for _ in range(draws)])
    )


if __name__ == "__main__":
    main()
