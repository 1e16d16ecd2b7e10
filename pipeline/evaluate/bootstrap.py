"""How sure a measure is: percentile bootstrap over notices, paired for the gain of one labeller over another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.intp]

#: How often the notices are drawn anew, and the seed of the drawing.
DRAWS, SEED = 2000, 20240201


@dataclass(frozen=True)
class Interval:
    """A measure with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """In hundredths: ``84.3 [77.7, 90.9]``."""
        return self.told(1)

    def told(self, digits: int) -> str:
        """In hundredths, with so many decimals."""
        return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(100 * self.value, 100 * self.low, 100 * self.high, d=digits)


def accuracy(true: Codes, given: Codes, labels: int) -> float:
    """Share of right labels."""
    return float((true == given).mean())


def macro_f1(true: Codes, given: Codes, labels: int) -> float:
    """Mean F1 of the labels that occur in ``true``."""
    hits = np.bincount(true[true == given], minlength=labels)
    support = np.bincount(true, minlength=labels)
    said = np.bincount(given, minlength=labels)
    scores = 2 * hits / np.maximum(support + said, 1)
    return float(scores[support > 0].mean())


Measure = Callable[[Codes, Codes, int], float]


def interval(measure: Measure, true: Sequence[str], given: Sequence[str], draws: int = DRAWS) -> Interval:
    """A measure of one labeller."""
    return _interval(lambda rows, t, g, _, n: measure(t[rows], g[rows], n), true, given, given, draws)


def gain(
    measure: Measure, true: Sequence[str], given: Sequence[str], other: Sequence[str], draws: int = DRAWS
) -> Interval:
    """How much more ``given`` has of a measure than ``other``, on the same draws."""

    def difference(rows: Codes, t: Codes, g: Codes, o: Codes, n: int) -> float:
        return measure(t[rows], g[rows], n) - measure(t[rows], o[rows], n)

    return _interval(difference, true, given, other, draws)


def _interval(
    statistic: Callable[..., float], true: Sequence[str], given: Sequence[str], other: Sequence[str], draws: int
) -> Interval:
    names = sorted({*true, *given, *other})
    number: dict[Any, int] = {name: at for at, name in enumerate(names)}
    parts = [np.array([number[label] for label in labels], dtype=np.intp) for labels in (true, given, other)]
    random = np.random.default_rng(SEED)
    size = len(true)
    values = [statistic(random.integers(0, size, size), *parts, len(names)) for _ in range(draws)]
    low, high = np.percentile(values, (2.5, 97.5))
    return Interval(statistic(np.arange(size), *parts, len(names)), float(low), float(high))
