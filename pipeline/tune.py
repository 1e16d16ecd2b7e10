"""The search for parameters: candidates measured by the cross-validation that training itself does.

A candidate is trained into a store that lives as long as the search, so every stage that two candidates share (the
reading, the words, often the features) runs once. Its measures are those of notices that the model has not learnt
from; the folds follow the hands that wrote the data (see `pipeline.train`).
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

from pipeline.errors import ParameterError
from pipeline.parameters import DEFAULTS, parse_settings

#: What is tried where no grid is given: what matters most for a new corpus.
DEFAULT_GRID: tuple[str, ...] = (
    "vectorize.title_weight=0.5,0.7,1.0",
    "classify.model=svm,blend",
    "classify.C=0.3,1.0",
)


@dataclass(frozen=True)
class Candidate:
    """One choice of parameters and what it gave.

    Attributes
    ----------
    changes
        The parameters of the grid, by name.
    measures
        For each head its measures in cross-validation.
    review
        Threshold, coverage and rightness of what would not be sent to review.
    """

    changes: Mapping[str, Any]
    measures: Mapping[str, Mapping[str, Any]]
    review: Mapping[str, float]

    @property
    def score(self) -> float:
        """What candidates are ranked by: the mean of the heads' macro F1."""
        return fmean(float(report["macro_f1"]) for report in self.measures.values())

    @property
    def options(self) -> str:
        """The choice as options of ``notices train``."""
        return " ".join(f"--set {name}={_text(value)}" for name, value in self.changes.items())


def expand(grid: Iterable[str]) -> list[dict[str, Any]]:
    """All combinations of ``name=v1,v2,…`` texts, each a choice of parameters.

    Raises
    ------
    ParameterError
        For an unknown name, a name given twice, or a value of another kind than the default's.
    """
    axes: dict[str, list[Any]] = {}
    for text in grid:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or name not in DEFAULTS or name in axes:
            raise ParameterError(
                f"{text!r} is no axis of a grid",
                where="--grid",
                remedy=f"Write name=value,value once for each name out of: {', '.join(DEFAULTS)}",
            )
        axes[name] = [parse_settings([f"{name}={value}"])[name] for value in dict.fromkeys(values.split(","))]
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def tune(
    data: Sequence[Path | str] | None = None,
    *,
    taxonomy: Path | str | None = None,
    lexicon: Path | str | None = None,
    parameters: Mapping[str, Any] = DEFAULTS,
    grid: Iterable[str] = DEFAULT_GRID,
    jobs: int = 1,
    listener: Callable[[Candidate], None] | None = None,
) -> list[Candidate]:
    """Measure every combination of a grid.

    Parameters
    ----------
    data, taxonomy, lexicon, jobs
        As for `pipeline.train.train`.
    parameters
        All parameters; those of the grid take its values.
    grid
        Texts such as ``"classify.C=0.1,0.3"``.
    listener
        Called with each candidate when it is measured.

    Returns
    -------
    The candidates, the best first; of equal ones the earlier of the grid.
    """
    from pipeline.train import train

    candidates = []
    with tempfile.TemporaryDirectory(prefix="notices-tune-") as store:
        for changes in expand(grid):
            release = train(
                data,
                taxonomy=taxonomy,
                lexicon=lexicon,
                models=store,
                parameters={**parameters, **changes},
                jobs=jobs,
            ).release
            candidate = Candidate(changes, release.measures["cross_validation"], release.measures["review"])
            candidates.append(candidate)
            if listener:
                listener(candidate)
    return sorted(candidates, key=lambda candidate: -candidate.score)


def as_mapping(candidates: Sequence[Candidate], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A search as plain data: the winner's options, what all had in common, and every candidate with its measures."""
    return {
        "winner": candidates[0].options,
        "parameters": dict(parameters),
        "candidates": [
            {
                "changes": dict(candidate.changes),
                "score": candidate.score,
                "heads": {
                    head: {name: report[name] for name in ("accuracy", "macro_f1", "calibration_error")}
                    for head, report in candidate.measures.items()
                },
                "review": dict(candidate.review),
            }
            for candidate in candidates
        ],
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
