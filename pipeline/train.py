"""Training: runs the stages in order, reuses every one whose inputs and parameters are unchanged, makes a release."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.artifacts.files import write_json
from pipeline.artifacts.release import Release, StageRecord
from pipeline.artifacts.store import LOCK_SECONDS, Artifact, Store, stage_key
from pipeline.classify.measures import calibration_error, measure
from pipeline.classify.scorer import Scorer, review_threshold
from pipeline.errors import InputError
from pipeline.formats import read_matrix, read_table, write_head, write_matrix, write_scorer, write_space, write_table
from pipeline.notice import RECORD_COLUMNS, Taxonomy
from pipeline.parameters import DEFAULTS, of_stage
from pipeline.resources import data_path
from pipeline.segment import SEGMENT_VERSION, Segmenter, read_lexicon

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["run", "reused"]
Listener = Callable[[str, Outcome], None]

#: Version of each stage; raised whenever the same inputs and parameters may give other bytes than before.
VERSIONS = {"notices": 2, "lexicon": 1, "words": SEGMENT_VERSION, "vectorizer": 3, "matrix": 1, "head": 7, "scorer": 2}


@dataclass(frozen=True)
class Training:
    """What a training did.

    Attributes
    ----------
    release
        The release that is now current.
    outcomes
        Stage by stage, in order: ``"run"`` or ``"reused"``.
    rejects
        How many rows of the data could not be read.
    """

    release: Release
    outcomes: Mapping[str, Outcome]
    rejects: int = 0


def train(
    data: Sequence[Path | str] | None = None,
    *,
    taxonomy: Path | str | None = None,
    lexicon: Path | str | None = None,
    models: Path | str = "models",
    parameters: Mapping[str, Any] = DEFAULTS,
    jobs: int = 1,
    listener: Listener | None = None,
    lock_seconds: float = LOCK_SECONDS,
) -> Training:
    """Train on labelled notices and make the release current.

    Parameters
    ----------
    data
        Tables of labelled notices, one column for each head; the shipped corpus where None.
    taxonomy
        A taxonomy file; the shipped one where None.
    lexicon
        A user dictionary for the segmenter; the shipped one where None.
    models
        Folder of the store.
    parameters
        All parameters (see `pipeline.parameters`).
    jobs
        How many folds are fitted at once; changes no byte of the result.
    listener
        Called with each stage's name and outcome when it is done.
    lock_seconds
        How long to wait for another writer.

    Raises
    ------
    InputError, TaxonomyError, StoreError
        Where the data, its labels, or the store do not allow it.
    """
    sources = [Path(path) for path in data] if data else sorted(data_path("corpus").glob("*.jsonl"))
    run = _Run(
        store=Store(models),
        taxonomy=Taxonomy.load(taxonomy or data_path("taxonomy.toml")),
        lexicon=read_lexicon(lexicon),
        parameters=parameters,
        jobs=jobs,
        listener=listener,
    )
    with run.store.writing("training", lock_seconds):
        release = run.release(sources)
        run.store.save(release)
        run.store.use(release.version)
    return Training(release, run.outcomes, run.rejects)


@dataclass
class _Run:
    """The stages of one training, in order; each asks the store first."""

    store: Store
    taxonomy: Taxonomy
    lexicon: Mapping[str, int]
    parameters: Mapping[str, Any]
    jobs: int
    listener: Listener | None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    records: list[StageRecord] = field(default_factory=list)
    rejects: int = 0

    def release(self, sources: Sequence[Path]) -> Release:
        """Run every stage and describe the result."""
        notices = self.notices(sources)
        lexicon = self._stage("lexicon", {}, self._lexicon_facts(), self._write_lexicon, serving=True)
        words = self.words(notices, lexicon)
        _, matrix = self.features(notices, words, lexicon)
        heads = {head.id: self.head(head.id, notices, matrix) for head in self.taxonomy.heads}
        scorer = self._stage(
            "scorer",
            {name: _key(head) for name, head in heads.items()},
            {**of_stage(self.parameters, "review"), "taxonomy": self.taxonomy.fingerprint()},
            lambda: _write_scorer(self.taxonomy, heads, self.parameters["review.precision"]),
            serving=True,
        )
        stages = tuple(self.records)
        return Release(
            version=Release.version_of(stages),
            taxonomy=self.taxonomy.to_mapping(),
            parameters=dict(self.parameters),
            stages=stages,
            data=notices.json("summary.json"),
            measures=scorer.json("measures.json"),
        )

    def notices(self, sources: Sequence[Path]) -> Artifact:
        """The labelled notices, without repeats, near repeats in one group."""
        contents = {}
        for at, source in enumerate(sources):
            if not source.is_file():
                raise InputError("no such file", where=source, remedy="Name tables of labelled notices with --data")
            contents[f"{at:04}-{source.name}"] = hashlib.sha256(source.read_bytes()).hexdigest()
        facts = {"taxonomy": self.taxonomy.fingerprint(), "folds": self.parameters["classify.folds"]}
        return self._stage("notices", contents, facts, lambda: self._write_notices(sources))

    def words(self, notices: Artifact, lexicon: Artifact) -> Artifact:
        """The words of every notice; those of a notice that was cut before with the same lexicon are taken over."""
        inputs = {"notices": _key(notices), "lexicon": _key(lexicon)}
        return self._stage("words", inputs, {}, lambda: self._write_words(notices, lexicon))

    def features(self, notices: Artifact, words: Artifact, lexicon: Artifact) -> tuple[Artifact, Artifact]:
        """The vectorizer, and the corpus as a matrix."""
        fitted: dict[str, Any] = {}

        def fit() -> dict[str, bytes]:
            from pipeline.vectorize.estimator import NoticeVectorizer

            settings = of_stage(self.parameters, "vectorize")
            fitted["frame"] = _with_words(notices, words)
            fitted["vectorizer"] = NoticeVectorizer(**settings, segmenter=Segmenter(self.lexicon))
            fitted["matrix"] = fitted["vectorizer"].fit_transform(fitted["frame"])
            return write_space(fitted["vectorizer"].space_)

        def transform() -> dict[str, bytes]:
            if not fitted:  # the vectorizer was reused, the matrix is gone
                fit()
            return {"matrix.safetensors": write_matrix(fitted["matrix"])}

        inputs = {"words": _key(words), "notices": _key(notices), "lexicon": _key(lexicon)}
        vectorizer = self._stage("vectorizer", inputs, of_stage(self.parameters, "vectorize"), fit, serving=True)
        return vectorizer, self._stage("matrix", {"vectorizer": _key(vectorizer)}, {}, transform)

    def head(self, name: str, notices: Artifact, matrix: Artifact) -> Artifact:
        """One head: weights, calibration, and the probabilities of held-out notices."""

        def fit() -> dict[str, bytes]:
            from pipeline.classify.head import LinearHead

            frame = read_table(notices, "notices.parquet")
            head = LinearHead(**of_stage(self.parameters, "classify"), jobs=self.jobs)
            head.fit(read_matrix(matrix), frame[name].to_numpy(dtype=str), groups=frame["group"].to_numpy(dtype=str))
            return write_head(head, frame[name])

        settings = {**of_stage(self.parameters, "classify"), "head": name}
        return self._stage(
            "head", {"matrix": _key(matrix), "notices": _key(notices)}, settings, fit, label=f"head {name}"
        )

    # -- how a stage runs ----------------------------------------------------------------------------------------

    def _stage(
        self,
        stage: str,
        inputs: Mapping[str, str],
        parameters: Mapping[str, Any],
        make: Callable[[], dict[str, bytes]],
        *,
        serving: bool = False,
        label: str | None = None,
    ) -> Artifact:
        key = stage_key(stage, VERSIONS[stage], inputs, parameters)
        outcome: Outcome = "reused"
        if not self.store.is_sound(stage, key):
            if self.store.folder(stage, key).exists():  # damaged: make it anew
                self.store.discard(stage, key)
            self.store.put(stage, VERSIONS[stage], inputs, parameters, make())
            outcome = "run"
        self.records.append(self.store.record(stage, key, serving=serving))
        self.outcomes[label or stage] = outcome
        if self.listener:
            self.listener(label or stage, outcome)
        return self.store.open(stage, key)

    def _lexicon_facts(self) -> dict[str, Any]:
        words = "\n".join(f"{word} {count}" for word, count in self.lexicon.items())
        return {"sha256": hashlib.sha256(words.encode()).hexdigest()}

    def _write_lexicon(self) -> dict[str, bytes]:
        return {"lexicon.json": write_json(dict(self.lexicon))}

    def _write_notices(self, sources: Sequence[Path]) -> dict[str, bytes]:
        from pipeline.ingest import read

        reading = read([str(source) for source in sources], repeats=True)
        self.rejects = len(reading.rejects)
        frame = reading.notices
        names = [head.id for head in self.taxonomy.heads]
        for head in self.taxonomy.heads:
            if head.id not in frame:
                columns = ", ".join(map(str, frame.columns))
                raise InputError(
                    f"no column {head.id!r} among {columns}",
                    where=", ".join(sorted(set(frame["source"]))),
                    remedy="Give the data a column for each head of the taxonomy",
                )
            head.check(frame[head.id].tolist(), where=f"column {head.id!r}")
            if frame[head.id].nunique() < 2:
                raise InputError(
                    f"all notices have the same {head.id!r}", remedy="Give the data notices of two or more labels"
                )
        frame = frame[[*RECORD_COLUMNS, *names]].assign(group=_groups(frame, self.parameters["classify.folds"]))
        summary = {
            "notices": len(frame),
            "rejected": self.rejects,
            "repeats_dropped": reading.repeats_dropped,
            "near_repeats": int(reading.notices["duplicate_of"].notna().sum()),
            "labels": {name: frame[name].value_counts().sort_index().to_dict() for name in names},
        }
        return {"notices.parquet": write_table(frame), "summary.json": write_json(summary)}

    def _write_words(self, notices: Artifact, lexicon: Artifact) -> dict[str, bytes]:
        import pandas as pd

        frame = read_table(notices, "notices.parquet")
        known = pd.DataFrame({"id": [], "title_words": [], "text_words": []})
        for earlier in _earlier_words(self.store, _key(lexicon)):
            known = pd.concat([known, read_table(earlier, "words.parquet")]).drop_duplicates("id")
        words = frame[["id", "title", "text"]].merge(known, on="id", how="left")
        fresh = words["title_words"].isna()
        if fresh.any():
            segmenter = Segmenter(self.lexicon)
            for name in ("title", "text"):
                column = words[f"{name}_words"].astype(object)
                column[fresh] = pd.Series(
                    [segmenter.words(text) for text in words.loc[fresh, name]], words.index[fresh]
                )
                words[f"{name}_words"] = column
        return {"words.parquet": write_table(words[["id", "title_words", "text_words"]])}


def _groups(frame: "pd.DataFrame", folds: int) -> "pd.Series[str]":
    """Which notices cross-validation keeps in one fold.

    A release meets notices written by other hands than those it learnt from, so each source is a group where there are
    at least ``folds`` of them and none has half of the notices; else each notice with its near repeats. A near
    repeat always goes with the notice that it repeats, whatever its own source.
    """
    first = frame["duplicate_of"].fillna(frame["id"])
    share = frame["source"].value_counts(normalize=True)
    if len(share) < folds or share.max() >= 0.5:
        return first
    return first.map(frame.set_index("id")["source"])


def _key(artifact: Artifact) -> str:
    return str(artifact.manifest["key"])


def _earlier_words(store: Store, lexicon_key: str) -> Iterator[Artifact]:
    for folder in sorted((store.objects / "words").glob("*")):
        if store.is_sound("words", folder.name):
            artifact = store.open("words", folder.name)
            same_rules = artifact.manifest["stage_version"] == SEGMENT_VERSION
            if same_rules and artifact.manifest["inputs"].get("lexicon") == lexicon_key:
                yield artifact


def _with_words(notices: Artifact, words: Artifact) -> "pd.DataFrame":
    return read_table(notices, "notices.parquet").merge(read_table(words, "words.parquet"), on="id")


def _write_scorer(taxonomy: Taxonomy, heads: Mapping[str, Artifact], precision: float) -> dict[str, bytes]:
    """Fuse the heads, set the review threshold, and measure both on the held-out probabilities."""
    labels = {name: head.json("labels.json") for name, head in heads.items()}
    arrays = {name: head.tensors("head.safetensors") for name, head in heads.items()}
    size = len(next(iter(arrays.values()))["true"])
    confidence, right, measures = np.ones(size), np.ones(size, dtype=bool), {}
    for name, numbers in arrays.items():
        held_out, true = numbers["held_out"], numbers["true"]
        given, sure = held_out.argmax(axis=1), held_out.max(axis=1)
        names = labels[name]
        report = measure([names[at] for at in true], [names[at] for at in given], names)
        report["calibration_error"] = calibration_error(sure, given == true)
        order = {label: at for at, label in enumerate(taxonomy[name].labels)}
        report["labels"] = dict(sorted(report["labels"].items(), key=lambda item: order[item[0]]))
        measures[name] = report
        confidence, right = confidence * sure, right & (given == true)
    threshold = review_threshold(confidence, right, precision)
    kept = confidence >= threshold
    review = {
        "threshold": threshold,
        "coverage": float(kept.mean()),
        "right": float(right[kept].mean()) if kept.any() else 1.0,
    }
    scorer = Scorer(
        heads=tuple(heads),
        labels=tuple(tuple(labels[name]) for name in heads),
        weights=np.concatenate([numbers["weights"] for numbers in arrays.values()], axis=1),
        intercept=np.concatenate([numbers["intercept"] for numbers in arrays.values()]),
        doubt=np.stack([numbers["doubt"] for numbers in arrays.values()]),
        threshold=threshold,
    )
    measured = {"cross_validation": measures, "review": review}
    return {**write_scorer(scorer), "measures.json": write_json(measured)}
