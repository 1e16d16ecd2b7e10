"""Our release beside the opponents, on sets that none of them learnt from."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from benchmarks.opponents import FastText, opponents
from pipeline.evaluate.bootstrap import Interval, accuracy, gain, interval, macro_f1
from pipeline.ingest import read
from pipeline.notice import Taxonomy
from pipeline.predict import Predictor
from pipeline.resources import data_path
from pipeline.train import train

SHARED = Path(__file__).parents[2] / "shared" / "notices"
DEV = "dev"
KUAISHOU = "快手列表页"
OURS = "notices"
MEASURES = {"准确率": accuracy, "宏 F1": macro_f1}


@dataclass
class Comparison:
    """Labels that each labeller gave.

    Attributes
    ----------
    true
        By set and head the true labels.
    given
        By set, head and labeller the labels it gave.
    notes
        What has to be said beside the table.
    """

    true: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    given: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        """All tables: the measures with their intervals, then the gain of our release."""
        parts = [self._measures(), self._gains(), "\n".join(f"- {note}" for note in self.notes)]
        return "\n\n".join(parts)

    def gain(self, where: str, head: str, name: str, measure: str) -> Interval:
        """What our release has more than another labeller."""
        given = self.given[where, head]
        return gain(MEASURES[measure], self.true[where, head], given[OURS], given[name])

    def _measures(self) -> str:
        columns = [(where, head, measure) for where, head in self.true for measure in MEASURES]
        names = list(next(iter(self.given.values())))
        rows = [
            [
                name,
                *(
                    str(interval(MEASURES[measure], self.true[where, head], self.given[where, head][name]))
                    for where, head, measure in columns
                ),
            ]
            for name in names
        ]
        return markdown_table(["", *(f"{where} {head} {measure}" for where, head, measure in columns)], rows)

    def _gains(self) -> str:
        others = [name for name in next(iter(self.given.values())) if name != OURS]
        keys = [(where, head, measure) for where, head in self.true for measure in MEASURES if where == DEV]
        rows = [[f"over {name}", *(str(self.gain(*key[:2], name, key[2])) for key in keys)] for name in others]
        return markdown_table(["gain", *(f"{where} {head} {measure}" for where, head, measure in keys)], rows)


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def test_sets() -> dict[str, pd.DataFrame]:
    """The sets to measure on, each a frame with the record's columns and one for each head."""
    page = read([SHARED / "kuaishou_listing.txt"], repeats=False).notices
    gold = [json.loads(line) for line in (SHARED / "kuaishou_gold.jsonl").read_text(encoding="utf-8").splitlines()]
    by_title = pd.DataFrame(gold).set_index("title")[["action", "topic"]]
    return {DEV: read([SHARED / "dev.jsonl"], repeats=False).notices, KUAISHOU: page.join(by_title, on="title")}


def compare(corpus: pd.DataFrame, predictor: Predictor, sets: Mapping[str, pd.DataFrame]) -> Comparison:
    """Train every opponent on the corpus and let all label every set."""
    result = Comparison()
    titles, texts, groups = (corpus[name].tolist() for name in ("title", "text", "source"))
    for head in Taxonomy.load(data_path("taxonomy.toml")).heads:
        for where, frame in sets.items():
            result.true[where, head.id] = frame[head.id].tolist()
            told = predictor.labels(frame["title"].tolist(), frame["text"].tolist())
            result.given[where, head.id] = {OURS: list(told.label[head.id])}
        for opponent in opponents(head.id, groups):
            opponent.fit(titles, texts, corpus[head.id].tolist())
            for where, frame in sets.items():
                given = opponent.predict(frame["title"].tolist(), frame["text"].tolist())
                result.given[where, head.id][opponent.name] = given
            if isinstance(opponent, FastText):
                result.notes.append(f"fastText, {head.id}: {dict(opponent.settings)} chosen by cross-validation")
    return result


def corpus_frame() -> pd.DataFrame:
    """The shipped corpus."""
    return read(sorted(data_path("corpus").glob("*.jsonl"))).notices


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as store:
        train(models=store)
        result = compare(corpus_frame(), Predictor.load(store), test_sets())
    print(result.markdown())


if __name__ == "__main__":
    main()
