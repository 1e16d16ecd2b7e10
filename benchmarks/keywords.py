"""A keyword rule: the opponent that needs no training. Its cues are in ``keywords.toml``.

The headline decides by the number of its cues, ties by the order in which the labels stand in the file; only where
the headline has none does the text decide; where that has none either, a default.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

DEFAULTS = {"action": "修订", "topic": "其他"}


class Keywords:
    """The rule for one head of the shipped taxonomy."""

    name = "keyword rule"

    def __init__(self, head: str) -> None:
        cues = tomllib.loads(Path(__file__).with_name("keywords.toml").read_text(encoding="utf-8"))[head]
        self._cues = {label: re.compile("|".join(patterns)) for label, patterns in cues.items()}
        self._default = DEFAULTS[head]

    def fit(self, titles: Sequence[str], texts: Sequence[str], labels: Sequence[str]) -> "Keywords":
        """Learn nothing."""
        return self

    def predict(self, titles: Sequence[str], texts: Sequence[str]) -> list[str]:
        """Label each notice."""
        return [self._of(title) or self._of(text) or self._default for title, text in zip(titles, texts, strict=True)]

    def _of(self, text: str) -> str | None:
        hits = {label: len(cue.findall(text)) for label, cue in self._cues.items()}
        best = max(hits, key=lambda label: hits[label])
        return best if hits[best] else None
