"""How each head grows with the corpus, and what the next thousand notices would bring.

``python -m benchmarks.learning_curve`` prints the table.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.comparison import DEV, corpus_frame, markdown_table, test_sets
from pipeline.evaluate import evaluate
from pipeline.predict import Predictor
from pipeline.train import train

SIZES = (100, 300, 1000, 2000, 4000, 8000)
#: Small samples differ more from one another, so more of them are drawn.
SEEDS = {100: 8, 300: 5, 1000: 3, 2000: 2, 4000: 2, 8000: 2}
#: How many notices more the extrapolation asks about.
MORE = 1000

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """One head's measures by the number of notices learnt from."""

    head: str
    sizes: tuple[int, ...]
    accuracy: tuple[float, ...]
    macro_f1: tuple[float, ...]

    def extrapolated(self) -> tuple[float, float]:
        """Accuracy at the largest size and with `MORE` notices, both on the fitted power law."""
        a, b = power_law(np.array(self.sizes, dtype=float), 1 - np.array(self.accuracy))
        last = self.sizes[-1]
        return float(1 - a * last**-b), float(1 - a * (last + MORE) ** -b)


def power_law(sizes: Floats, errors: Floats) -> tuple[float, float]:
    """``a`` and ``b`` of ``error = a * size ** -b``: least squares on logarithms."""
    slope, offset = np.polyfit(np.log(sizes), np.log(np.maximum(errors, 1e-4)), 1)
    return float(np.exp(offset)), float(-slope)


def curves(corpus: pd.DataFrame, dev: pd.DataFrame, sizes: Sequence[int] = SIZES) -> list[Curve]:
    """Train on samples of growing size, each several times, and measure on ``dev``."""
    usable = [size for size in sizes if size < len(corpus)] + [len(corpus)]
    rows = []
    for size in usable:
        for seed in range(1 if size == len(corpus) else SEEDS.get(size, 2)):
            with tempfile.TemporaryDirectory() as folder:
                sample = Path(folder) / "sample.jsonl"
                drawn = corpus.sample(size, random_state=seed).drop(columns="duplicate_of")
                drawn.to_json(sample, orient="records", lines=True, force_ascii=False)
                train([sample], models=folder)
                report = evaluate(Predictor.load(folder), dev)
            rows += [(size, head, report[head]["accuracy"], report[head]["macro_f1"]) for head in report if head != "n"]
    means = pd.DataFrame(rows, columns=["size", "head", "accuracy", "macro_f1"]).groupby(["head", "size"]).mean()
    return [
        Curve(head, tuple(usable), *(tuple(means.loc[head][name].astype(float)) for name in ("accuracy", "macro_f1")))
        for head in dict.fromkeys(name for _, name, *_ in rows)
    ]


def markdown(found: Sequence[Curve]) -> str:
    """The curves as a table, and the extrapolation in words."""
    columns = ["notices", *(f"{curve.head} {name}" for curve in found for name in ("accuracy", "macro F1"))]
    rows = [
        [size, *(f"{100 * part[at]:.1f}" for curve in found for part in (curve.accuracy, curve.macro_f1))]
        for at, size in enumerate(found[0].sizes)
    ]
    lines = [markdown_table(columns, rows), ""]
    for curve in found:
        now, then = curve.extrapolated()
        lines.append(
            f"- {curve.head}: a power law through these points puts {MORE} notices more at "
            f"{100 * (then - now):+.1f} points of accuracy ({100 * now:.1f} → {100 * then:.1f})."
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown(curves(corpus_frame(), test_sets()[DEV])))
