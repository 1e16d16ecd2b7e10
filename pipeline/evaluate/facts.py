"""What a model card tells, gathered from a release and, where the store has them, its training's artifacts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline.artifacts.release import Release
from pipeline.artifacts.store import Artifact, Store
from pipeline.classify.measures import risk_coverage
from pipeline.notice import Head, Taxonomy

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

#: Bins of the calibration plot.
BINS = 10

#: How many confusions are told of each head, and how many examples of each.
MOST_WEAKNESSES, MOST_EXAMPLES = 5, 2


@dataclass(frozen=True)
class Bin:
    """Held-out notices of about one confidence: how sure the model was, how often it was right, how many there are."""

    confidence: float
    right: float
    notices: int


@dataclass(frozen=True)
class Example:
    """A held-out notice with a wrong label, and the probability of that label."""

    title: str
    text: str
    confidence: float


@dataclass(frozen=True)
class Weakness:
    """Notices of the label ``true`` that are taken for ``given``; ``share`` is their part of that label's notices."""

    true: str
    given: str
    count: int
    share: float
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class HeadFacts:
    """One head: its measures in cross-validation, and where training artifacts are there, its calibration."""

    head: Head
    report: Mapping[str, Any]
    weaknesses: tuple[Weakness, ...]
    bins: tuple[Bin, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur, in the taxonomy's order."""
        seen = {label for label, entry in self.report["labels"].items() if entry["support"]}
        given = {label for row in self.report["confusion"].values() for label in row}
        return tuple(label for label in self.head.labels if label in seen | given)


@dataclass(frozen=True)
class Facts:
    """All that a card tells.

    Attributes
    ----------
    curve
        Share of notices kept and share of errors among them, from strict to none; empty without training artifacts.
    sources
        Number of notices of each source; empty without training artifacts.
    libraries
        Versions of the libraries that the artifacts were made with.
    """

    release: Release
    heads: tuple[HeadFacts, ...]
    curve: tuple[tuple[float, float], ...]
    sources: Mapping[str, int]
    libraries: Mapping[str, str]


@dataclass(frozen=True)
class _HeldOut:
    """What cross-validation said of each notice: the labels' numbers, and the probability of the one given."""

    labels: Sequence[str]
    true: npt.NDArray[np.int64]
    given: npt.NDArray[np.int64]
    sure: Floats

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.true == self.given)


def gather(release: Release, store: Store) -> Facts:
    """Gather the facts of a release.

    Raises
    ------
    StoreError
        Where an artifact of the release is damaged.
    """
    artifacts = {record.stage: _open(store, record) for record in release.stages if _present(store, record)}
    held_out = _held_out(release, store)
    notices = artifacts.get("notices")
    frame = _frame(notices) if notices else None
    heads = tuple(
        _head_facts(head, release.measures["cross_validation"][head.id], held_out.get(head.id), frame)
        for head in Taxonomy.from_mapping(release.taxonomy).heads
    )
    complete = len(held_out) == len(heads)
    scorer = artifacts["scorer"]
    return Facts(
        release=release,
        heads=heads,
        curve=_curve(list(held_out.values())) if complete else (),
        sources={} if frame is None else dict(sorted(Counter(frame["source"].tolist()).items())),
        libraries=dict(scorer.manifest["libraries"]),
    )


def _present(store: Store, record: Any) -> bool:
    return record.serving or store.folder(record.stage, record.key).is_dir()


def _open(store: Store, record: Any) -> Artifact:
    return store.open(record.stage, record.key, record.manifest_sha256)


def _frame(notices: Artifact) -> "pd.DataFrame":
    from pipeline.formats import read_table

    return read_table(notices, "notices.parquet")


def _held_out(release: Release, store: Store) -> dict[str, _HeldOut]:
    found = {}
    for record in release.stages:
        if record.stage == "head" and _present(store, record):
            artifact = _open(store, record)
            arrays = artifact.tensors("head.safetensors")
            probabilities = np.asarray(arrays["held_out"], dtype=np.float64)
            found[str(artifact.manifest["parameters"]["head"])] = _HeldOut(
                artifact.json("labels.json"),
                np.asarray(arrays["true"], dtype=np.int64),
                probabilities.argmax(axis=1),
                probabilities.max(axis=1),
            )
    return found


def _curve(heads: Sequence[_HeldOut]) -> tuple[tuple[float, float], ...]:
    together = np.prod([head.sure for head in heads], axis=0)
    right = np.logical_and.reduce([head.right for head in heads])
    return tuple(risk_coverage(together, right, points=100))


def _head_facts(
    head: Head, report: Mapping[str, Any], held: _HeldOut | None, frame: "pd.DataFrame | None"
) -> HeadFacts:
    mistakes = [
        (count, true, given)
        for true, row in report["confusion"].items()
        for given, count in row.items()
        if given != true
    ]
    mistakes.sort(key=lambda entry: (-entry[0], head.labels.index(entry[1]), head.labels.index(entry[2])))
    weaknesses = tuple(
        Weakness(
            true,
            given,
            count,
            count / report["labels"][true]["support"],
            () if held is None or frame is None else _examples(held, frame, true, given),
        )
        for count, true, given in mistakes[:MOST_WEAKNESSES]
    )
    return HeadFacts(head, report, weaknesses, () if held is None else _bins(held))


def _examples(held: _HeldOut, frame: "pd.DataFrame", true: str, given: str) -> tuple[Example, ...]:
    """The surest of these mistakes."""
    wanted = (held.true == held.labels.index(true)) & (held.given == held.labels.index(given))
    rows = np.flatnonzero(wanted)
    rows = rows[np.argsort(-held.sure[rows], kind="stable")][:MOST_EXAMPLES]
    return tuple(
        Example(str(frame["title"].iloc[row]), str(frame["text"].iloc[row]), float(held.sure[row])) for row in rows
    )


def _bins(held: _HeldOut) -> tuple[Bin, ...]:
    place = np.minimum((held.sure * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(float(held.sure[place == at].mean()), float(held.right[place == at].mean()), int((place == at).sum()))
        for at in range(BINS)
        if (place == at).any()
    )
