"""The predictor: a release, loaded, that labels notices. The one way to a label."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.artifacts.files import LARGEST_VOCABULARY, REPAIR
from pipeline.artifacts.release import Release
from pipeline.artifacts.store import Store
from pipeline.classify.scorer import Scorer
from pipeline.errors import InputError, StoreError
from pipeline.explain import Explanation, explain
from pipeline.extract import extract
from pipeline.formats import check_parts, read_scorer, read_space
from pipeline.notice import FACT_COLUMNS, RECORD_COLUMNS, Head, Taxonomy, clean_text, notice_id
from pipeline.segment import Segmenter
from pipeline.vectorize.features import FeatureSpace, Rows

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: How many notices go through the features at once: few enough for the processor's caches.
CHUNK = 512

#: How many words of a label are told in the column ``why``.
WHY_MOST = 40


@dataclass(frozen=True)
class Labels:
    """What is told of some notices, in their order.

    Attributes
    ----------
    label, confidence
        For each head the label and its probability.
    needs_review
        Whether the labels of a notice are together less sure than the release's threshold.
    """

    label: Mapping[str, Sequence[str]]
    confidence: Mapping[str, Floats]
    needs_review: npt.NDArray[np.bool_]


class Predictor:
    """A trained release, ready to label.

    A label is a plain function of the notice: neither its neighbours, nor the number of processes, nor the engine
    of the segmenter change it.

    Parameters
    ----------
    release
        The release that was loaded.
    segmenter, space, scorer
        Its parts.
    origin
        Folder of the store it came from.
    """

    def __init__(
        self, release: Release, segmenter: Segmenter, space: FeatureSpace, scorer: Scorer, origin: Path
    ) -> None:
        self.release = release
        self.taxonomy = Taxonomy.from_mapping(release.taxonomy)
        self.segmenter = segmenter
        self.space = space
        self.scorer = scorer
        self.origin = origin

    @classmethod
    def load(cls, models: Path | str = "models", version: str = "current", *, engine: str | None = None) -> "Predictor":
        """Check every byte of a release and load it; its arrays are mapped, not copied.

        Parameters
        ----------
        models
            Folder of the store.
        version
            A version, its first digits, or ``"current"``.
        engine
            Engine of the segmenter; the fastest installed where None. Labels do not depend on it.

        Raises
        ------
        StoreError
            Where the release is missing or damaged.
        """
        store = Store(models)
        release = store.release(version)
        opened = {r.stage: store.open(r.stage, r.key, r.manifest_sha256) for r in release.stages if r.serving}
        try:
            space, scorer = read_space(opened["vectorizer"]), read_scorer(opened["scorer"])
            segmenter = Segmenter(opened["lexicon"].json("lexicon.json", LARGEST_VOCABULARY), engine)
            predictor = cls(release, segmenter, space, scorer, store.root)
            check_parts(space, scorer, [head.id for head in predictor.heads])
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
            raise StoreError(
                f"the parts of release {release.version} do not fit together", where=store.root, remedy=REPAIR
            ) from error
        return predictor

    @property
    def version(self) -> str:
        """Version of the release."""
        return self.release.version

    @property
    def heads(self) -> tuple[Head, ...]:
        """The heads, in the taxonomy's order."""
        return self.taxonomy.heads

    def output_columns(self, *, facts: bool = True, why: bool = False) -> tuple[str, ...]:
        """The columns that `label` gives, in order, before the input's own others."""
        heads = (name for head in self.heads for name in (head.id, f"{head.id}_confidence"))
        columns = (*RECORD_COLUMNS, *heads, "needs_review", "model_version", *(FACT_COLUMNS if facts else ()))
        return (*columns, "why") if why else columns

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as a name: the arrays are mapped there anew."""
        return _load, (self.origin, self.version, self.segmenter.engine)

    def scores(self, titles: Sequence[str], texts: Sequence[str]) -> Floats:
        """Scores of all labels of all heads, shape (notices, labels)."""
        parts = [
            self.scorer.scores(self.rows(titles[at : at + CHUNK], texts[at : at + CHUNK]))
            for at in range(0, len(titles), CHUNK)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.scorer.weights.shape[1]))

    def rows(self, titles: Sequence[str], texts: Sequence[str]) -> Rows:
        """Weighted features of notices."""
        return self.space.rows({"title": titles, "text": texts}, self.segmenter)

    def labels(self, titles: Sequence[str], texts: Sequence[str]) -> Labels:
        """Label notices given as headlines and texts."""
        probabilities = self.scorer.probabilities(self.scores(titles, texts))
        label, confidence = {}, {}
        together = np.ones(len(titles))
        for name, table in probabilities.items():
            names = np.array(self.scorer.labels[self.scorer.heads.index(name)], dtype=object)
            label[name] = names[table.argmax(axis=1)].tolist()
            confidence[name] = table.max(axis=1)
            together = together * confidence[name]
        return Labels(label, confidence, together < self.scorer.threshold)

    def _why(self, title: str, text: str) -> str:
        told = explain({"title": title, "text": text}, self.segmenter, self.space, self.scorer)
        places = {
            head: [[share.field, share.start, share.end, round(share.share, 4)] for share in one.strongest(WHY_MOST)]
            for head, one in told.items()
        }
        return json.dumps(places, separators=(",", ":"))

    def label(
        self, frame: "pd.DataFrame", *, facts: bool = True, why: bool = False, as_of: dt.date | None = None
    ) -> "pd.DataFrame":
        """Label a frame of notices; its index and the order of its rows are kept.

        Parameters
        ----------
        frame
            Notices with a column ``title``; ``text``, ``published_at``, ``id`` and ``source`` where there are.
        facts
            Whether to add the columns of facts that stand in the text.
        why
            Whether to add the words that spoke for each label, as JSON: head to ``[field, start, end, share]``.
        as_of
            The day by which ``status`` tells 已生效 from 将生效; each notice's own day where None.

        Returns
        -------
        `output_columns` in order, then the frame's other columns; one that bears the name of an output column is
        kept as ``input_NAME``.

        Raises
        ------
        InputError
            Where there is no column ``title``.
        """
        import pandas as pd

        if "title" not in frame:
            raise InputError(
                f"no column 'title' among {', '.join(map(str, frame.columns))}",
                remedy="Name the column of headlines 'title'",
            )
        record = {
            "title": [clean_text(title) if isinstance(title, str) else "" for title in frame["title"]],
            "published_at": [_time(value) for value in frame["published_at"]]
            if "published_at" in frame
            else [None] * len(frame),
            "text": [clean_text(text) if isinstance(text, str) else "" for text in frame["text"]]
            if "text" in frame
            else [""] * len(frame),
            "source": list(frame["source"]) if "source" in frame else [None] * len(frame),
        }
        told = self.told(record, facts=facts, why=why, as_of=as_of)
        kinds = {"needs_review": bool, **{f"{head.id}_confidence": float for head in self.heads}}
        # Texts stay objects: whether a column is text to pandas, or missing is NaN, must not depend on the batch.
        columns = {name: pd.Series(values, frame.index, kinds.get(name, object)) for name, values in told.items()}
        taken = set(columns)
        for at, name in enumerate(frame.columns):
            if name not in RECORD_COLUMNS:
                columns[free_name(str(name), taken)] = frame.iloc[:, at]
        return pd.DataFrame(columns, frame.index)

    def explain(self, title: str, text: str = "") -> dict[str, Explanation]:
        """Why each head gives its label to a notice: the shares of its words add up to the label's score."""
        fields = {"title": clean_text(title), "text": clean_text(text)}
        return explain(fields, self.segmenter, self.space, self.scorer)

    def told(
        self,
        record: Mapping[str, Sequence[Any]],
        *,
        facts: bool = True,
        why: bool = False,
        as_of: dt.date | None = None,
    ) -> dict[str, Sequence[Any]]:
        """The output columns of clean records (``title``, ``published_at``, ``text``, ``source``, perhaps ``id``)."""
        titles, times, texts = record["title"], record["published_at"], record["text"]
        labels = self.labels(titles, texts)
        ids = record.get("id") or [notice_id(*notice) for notice in zip(titles, times, texts, strict=True)]
        columns: dict[str, Sequence[Any]] = {
            "id": ids,
            "title": titles,
            "published_at": times,
            "text": texts,
            "source": record["source"],
        }
        for head in self.heads:
            columns[head.id] = labels.label[head.id]
            columns[f"{head.id}_confidence"] = labels.confidence[head.id].tolist()
        columns["needs_review"] = labels.needs_review.tolist()
        columns["model_version"] = [self.version] * len(titles)
        if facts:
            found = [extract(*notice, as_of=as_of).row() for notice in zip(titles, texts, times, strict=True)]
            columns |= {name: [row[name] for row in found] for name in FACT_COLUMNS}
        if why:
            columns["why"] = [self._why(title, text) for title, text in zip(titles, texts, strict=True)]
        return columns


def free_name(name: str, taken: set[str]) -> str:
    """The name under which an input's own column is kept; it is added to ``taken``."""
    while name in taken:
        name = f"input_{name}"
    taken.add(name)
    return name


def _time(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return None if value is None or value != value else f"{value:%Y-%m-%d %H:%M:%S}"


def _load(models: Path, version: str, engine: str) -> Predictor:
    return Predictor.load(models, version, engine=engine)
