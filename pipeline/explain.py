"""Why a label: what each word of a notice added to the label's score, or took from it.

A linear model can tell the truth about itself. The score of a label is its intercept plus, for every feature of the
notice, weight times value. Each feature's part is shared out evenly over the characters at which it stands, and the
characters' shares are gathered into words; so the shares of all words and the intercept add up to the score.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.classify.scorer import Scorer
from pipeline.segment import Segmenter, encode
from pipeline.vectorize.chars import CharTable
from pipeline.vectorize.features import Block, FeatureSpace

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """What one word, or the signs between two words, added to a score.

    ``start`` and ``end`` count code points of the field.
    """

    field: str
    start: int
    end: int
    text: str
    share: float


@dataclass(frozen=True)
class Explanation:
    """One head's answer for one notice, and what made it.

    Attributes
    ----------
    head, label, probability
        The answer.
    score
        Score of the label; the highest of the head's labels is told.
    base
        The part that does not depend on the notice.
    shares
        The others, in reading order; ``base`` and all shares add up to ``score``.
    """

    head: str
    label: str
    probability: float
    score: float
    base: float
    shares: tuple[Share, ...]

    def strongest(self, most: int = 10) -> list[Share]:
        """The shares that weigh most, for or against, the weightiest first."""
        return sorted(self.shares, key=lambda share: (-abs(share.share), share.field, share.start))[:most]


def explain(
    fields: Mapping[str, str], segmenter: Segmenter, space: FeatureSpace, scorer: Scorer
) -> dict[str, Explanation]:
    """Explain every head's label of one notice, given as the texts of its fields."""
    rows = space.rows({name: [text] for name, text in fields.items()}, segmenter)
    scores = scorer.scores(rows)
    probabilities = scorer.probabilities(scores)
    places = list(_places(fields, segmenter, space))
    words = {name: list(_words(text, segmenter)) for name, text in fields.items()}
    told = {}
    for head, labels in zip(scorer.heads, scorer.labels, strict=True):
        own = scores[0, scorer.columns(head)]
        best = int(own.argmax())
        column = scorer.columns(head).start + best
        weight = dict(zip(rows.indices.tolist(), (rows.values * scorer.weights[rows.indices, column]), strict=True))
        by_character = _spread(fields, places, weight)
        told[head] = Explanation(
            head=head,
            label=labels[best],
            probability=float(probabilities[head][0, best]),
            score=float(own[best]),
            base=float(scorer.intercept[column]),
            shares=tuple(
                Share(name, start, end, fields[name][start:end], float(by_character[name][start:end].sum()))
                for name in fields
                for start, end in words[name]
                if by_character[name][start:end].any()
            ),
        )
    return told


@dataclass(frozen=True)
class _Places:
    """Where the features of one block stand: ``length`` characters from each of ``starts``."""

    field: str
    features: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]


def _places(fields: Mapping[str, str], segmenter: Segmenter, space: FeatureSpace) -> Iterator[_Places]:
    for block, offset in zip(space.blocks, space.offsets[:-1].tolist(), strict=True):
        for column in block.columns:
            if block.kind == "words":
                yield _word_places(block, column, segmenter.spans(fields[column]), offset)
            elif block.chars:
                yield from _character_places(block.chars, column, fields[column], offset)


def _word_places(block: Block, column: str, spans: Iterator[tuple[str, int, int]], offset: int) -> _Places:
    known = [(block.words[word] + offset, start, end - start) for word, start, end in spans if word in block.words]
    table = np.array(known, dtype=np.int64).reshape(-1, 3)
    return _Places(column, table[:, 0], table[:, 1], table[:, 2])


def _character_places(chars: CharTable, column: str, text: str, offset: int) -> Iterator[_Places]:
    codes, _ = encode([text])
    for length, (starts, found) in enumerate(chars.find(codes), 1):
        known = np.flatnonzero(found >= 0)
        where = known if starts is None else starts[known]
        yield _Places(column, found[known].astype(np.int64) + offset, where, np.full(len(known), length))


def _spread(fields: Mapping[str, str], places: list[_Places], weight: Mapping[int, float]) -> dict[str, Floats]:
    """Share of each character: a feature's part, evenly over all the places where it stands."""
    shares = {name: np.zeros(len(text)) for name, text in fields.items()}
    times: dict[int, int] = {}
    for place in places:
        for feature in place.features.tolist():
            times[feature] = times.get(feature, 0) + 1
    for place in places:
        for feature, start, length in zip(
            place.features.tolist(), place.starts.tolist(), place.lengths.tolist(), strict=True
        ):
            shares[place.field][start : start + length] += weight[feature] / times[feature] / length
    return shares


def _words(text: str, segmenter: Segmenter) -> Iterator[tuple[int, int]]:
    """Words and the gaps between them, together the whole text."""
    reached = 0
    for _, start, end in segmenter.spans(text):
        if start > reached:
            yield reached, start
        yield start, end
        reached = end
    if reached < len(text):
        yield reached, len(text)
