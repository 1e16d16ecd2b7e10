"""The opponents: what our release is measured against, all trained on the same notices.

``python -m benchmarks.comparison`` prints one table: our release and the opponents on the dev set and on the Kuaishou
page, each with a 95 % bootstrap interval, and the gain over two of them by the paired bootstrap.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.keywords import Keywords

#: What fastText is tried with; the best by cross-validation is taken. All with pairs of words: without them, and with
#: the one thread that makes it repeatable, it often gives up on a small set ("Encountered NaN").
FASTTEXT_GRID: tuple[Mapping[str, Any], ...] = (
    {"epoch": 25, "lr": 0.5, "wordNgrams": 2},
    {"epoch": 50, "lr": 0.25, "wordNgrams": 2},
    {"epoch": 50, "lr": 0.5, "wordNgrams": 2},
    {"epoch": 50, "lr": 1.0, "wordNgrams": 2},
)

#: How many seeds fastText is given where it gives up.
ATTEMPTS = 8


class Opponent(Protocol):
    """Learns from notices and one head's labels, and labels others."""

    name: str

    def fit(self, titles: Sequence[str], texts: Sequence[str], labels: Sequence[str]) -> Any:
        """Learn."""

    def predict(self, titles: Sequence[str], texts: Sequence[str]) -> list[str]:
        """Label."""


def cut(titles: Sequence[str], texts: Sequence[str]) -> list[list[str]]:
    """Words of headline and text together, by jieba as it comes."""
    return [
        [word for word in jieba.lcut(f"{title} {text}") if word.strip()]
        for title, text in zip(titles, texts, strict=True)
    ]


def _same(words: list[str]) -> list[str]:
    return words


class Words:
    """jieba, `TfidfVectorizer` and a scikit-learn classifier, with their defaults."""

    def __init__(self, name: str, classifier: Callable[[], Any]) -> None:
        self.name = name
        self._classifier = classifier

    def fit(self, titles: Sequence[str], texts: Sequence[str], labels: Sequence[str]) -> "Words":
        """Learn."""
        self._pipeline: Pipeline = make_pipeline(TfidfVectorizer(analyzer=_same), self._classifier())
        self._pipeline.fit(cut(titles, texts), list(labels))
        return self

    def predict(self, titles: Sequence[str], texts: Sequence[str]) -> list[str]:
        """Label each notice."""
        return [str(label) for label in self._pipeline.predict(cut(titles, texts))]


class FastText:
    """fastText on words, its settings chosen by cross-validation on what it learns from.

    Parameters
    ----------
    groups
        For each notice the group that stays in one fold (the hand that wrote it); stratified folds where None.
    tokens
        What a notice is to fastText.
    """

    name = "fastText"

    def __init__(
        self,
        groups: Sequence[str] | None = None,
        grid: Sequence[Mapping[str, Any]] = FASTTEXT_GRID,
        tokens: Callable[[Sequence[str], Sequence[str]], list[list[str]]] = cut,
        threads: int = 1,
    ) -> None:
        self._groups = groups
        self._grid = grid
        self._tokens = tokens
        self._threads = threads  # more than one is faster and no longer repeatable

    def fit(self, titles: Sequence[str], texts: Sequence[str], labels: Sequence[str]) -> "FastText":
        """Choose the settings, then learn with them."""
        tokens = self._tokens(titles, texts)
        self.settings = self._best(tokens, labels) if len(self._grid) > 1 else self._grid[0]
        self._learn(tokens, labels, self.settings)
        return self

    def predict(self, titles: Sequence[str], texts: Sequence[str]) -> list[str]:
        """Label each notice."""
        return self._label(self._tokens(titles, texts))

    def _best(self, tokens: list[list[str]], labels: Sequence[str]) -> Mapping[str, Any]:
        groups = np.arange(len(labels)) if self._groups is None else np.array(self._groups)
        splits = list(StratifiedGroupKFold(3, shuffle=True, random_state=0).split(tokens, labels, groups))

        def right(settings: Mapping[str, Any]) -> int:
            count = 0
            for learnt, held in splits:
                self._learn([tokens[at] for at in learnt], [labels[at] for at in learnt], settings)
                told = self._label([tokens[at] for at in held])
                count += sum(label == labels[at] for label, at in zip(told, held, strict=True))
            return count

        return max(self._grid, key=right)

    def _learn(self, tokens: list[list[str]], labels: Sequence[str], settings: Mapping[str, Any]) -> None:
        import fasttext

        self._names = sorted(set(labels))
        number = {label: at for at, label in enumerate(self._names)}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "train.txt"
            lines = (f"__label__{number[label]} {' '.join(one)}\n" for one, label in zip(tokens, labels, strict=True))
            path.write_text("".join(lines), encoding="utf-8")
            for seed in range(ATTEMPTS):
                try:
                    self._model = fasttext.train_supervised(
                        str(path), **settings, bucket=200_000, thread=self._threads, seed=seed, verbose=0
                    )
                    return
                except RuntimeError:  # "Encountered NaN"
                    if seed == ATTEMPTS - 1:
                        raise

    def _label(self, tokens: list[list[str]]) -> list[str]:
        told, _ = self._model.predict([" ".join(one) for one in tokens])
        return [self._names[int(one[0].removeprefix("__label__"))] if one else self._names[0] for one in told]


def opponents(head: str, groups: Sequence[str] | None = None) -> list[Opponent]:
    """All opponents for one head of the shipped taxonomy."""
    return [
        Keywords(head),
        Words("jieba + TF-IDF + LinearSVC", lambda: LinearSVC(random_state=0)),
        Words("jieba + TF-IDF + ComplementNB", ComplementNB),
        FastText(groups),
    ]
