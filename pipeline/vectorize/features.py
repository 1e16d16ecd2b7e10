"""From texts to weighted features, a batch at a time: what a trained vectorizer is when it serves.

A feature space is a row of blocks. Each block counts the words or the character n-grams of one field (the headline,
the text, or both as a whole) against its own vocabulary; its counts become TF-IDF weights, and its part of a row is
scaled to the block's weight in length, so that a long text never drowns a headline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pipeline.segment import END, Segmenter, encode
from pipeline.vectorize.chars import CharTable

Floats = npt.NDArray[np.float64]
Fields = Mapping[str, Sequence[str]]
Pairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]

Keys = npt.NDArray[Any]

Kind = Literal["words", "chars"]

#: Many short rows are sorted in a tenth of the time of one long row, unless most of them is padding.
MOST_PADDING = 4

#: The field that is headline and text together; no n-gram spans the two.
WHOLE = "whole"

#: Up to so many rows a product is not worth SciPy's loading time.
FEW_ROWS = 32


@dataclass(frozen=True)
class Block:
    """The words or characters of one field.

    Attributes
    ----------
    field
        What is counted: ``"title"``, ``"text"``, or ``"whole"``, the two together.
    kind
        What is counted in it.
    weight
        Length of this block's part of a row.
    idf
        float64, one for each feature of the block: the inverse document frequency.
    vocabulary
        The words in the order of their features; empty in a block of characters.
    chars
        The character n-grams, in a block of characters.
    """

    field: str
    kind: Kind
    weight: float
    idf: Floats
    vocabulary: tuple[str, ...] = ()
    chars: CharTable | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a notice that make up the field."""
        return ("title", "text") if self.field == WHOLE else (self.field,)

    @cached_property
    def words(self) -> dict[str, int]:
        """Feature of each word, and -2 for the end of a text."""
        return dict(zip((END, *self.vocabulary), (-2, *range(len(self.vocabulary))), strict=True))

    def find_words(self, stream: Sequence[str], texts: int) -> list[Pairs]:
        """Text number and feature of every known word in a stream, for each of its passes (see `Segmenter.stream`)."""
        found = np.fromiter(map(self.words.get, stream, repeat(-1)), dtype=np.int32, count=len(stream))
        known = np.flatnonzero(found >= 0)
        text, feature = np.cumsum(found == -2)[known], found[known]
        second = np.searchsorted(text, texts)
        return [(text[:second], feature[:second]), (text[second:] - texts, feature[second:])]

    def find_chars(self, codes: npt.NDArray[np.uint32], ends: npt.NDArray[np.int64]) -> list[Pairs]:
        """Text number and feature of every known character n-gram in an encoded batch, for each length of n-gram."""
        assert self.chars is not None
        text_of = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))
        pairs = []
        for starts, found in self.chars.find(codes):
            known = np.flatnonzero(found >= 0)
            pairs.append((text_of[known if starts is None else starts[known]], found[known]))
        return pairs


@dataclass(frozen=True)
class Rows:
    """Sparse rows (CSR): row ``i`` has ``values[indptr[i]:indptr[i + 1]]`` at columns ``indices[…]``, sorted.

    Attributes
    ----------
    indptr
        int64, shape (rows + 1,).
    indices
        int64 column numbers.
    values
        Counts (int64) or weights (float64).
    """

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int64]
    values: npt.NDArray[Any]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @cached_property
    def row_of(self) -> npt.NDArray[np.int64]:
        """The row of each stored value."""
        return np.repeat(np.arange(len(self)), np.diff(self.indptr))

    def dot(self, weights: npt.NDArray[np.floating[Any]]) -> Floats:
        """Product with a dense matrix, shape (rows, columns of ``weights``).

        Every row is summed on its own, term after term in the order of its columns, so neither the rows beside it
        nor the way taken (few rows are not worth loading SciPy) changes a bit.
        """
        if len(self) > FEW_ROWS:
            from scipy.sparse import csr_array

            shape = (len(self), weights.shape[0])
            return np.asarray(csr_array((self.values, self.indices, self.indptr), shape=shape) @ weights)
        result = np.zeros((len(self), weights.shape[1]))
        for row, (start, stop) in enumerate(zip(self.indptr[:-1], self.indptr[1:], strict=True)):
            if start < stop:
                products = weights[self.indices[start:stop]] * self.values[start:stop, None]
                result[row] = np.cumsum(products, axis=0)[-1]
        return result


@dataclass(frozen=True)
class FeatureSpace:
    """The blocks of a trained vectorizer, in order; see the module's first lines."""

    blocks: tuple[Block, ...]
    sublinear: bool = True

    @cached_property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where each block's features begin; the last element is the number of all features."""
        return np.cumsum([0, *(len(block.idf) for block in self.blocks)])

    @cached_property
    def _idf(self) -> Floats:
        return np.concatenate([block.idf for block in self.blocks]) if self.blocks else np.zeros(0)

    def columns(self, kind: Kind) -> list[str]:
        """The columns of a notice in which words, or characters, are counted."""
        return sorted({name for block in self.blocks if block.kind == kind for name in block.columns})

    def count(self, fields: Fields, streams: Fields) -> Rows:
        """How often each feature stands in each notice.

        Parameters
        ----------
        fields
            The texts of each field, all of the same length.
        streams
            The words of each field's texts, as `Segmenter.stream` gives them.
        """
        size = len(next(iter(fields.values())))
        encoded = {name: encode(fields[name]) for name in self.columns("chars")}
        found: list[Pairs] = []
        for block, offset in zip(self.blocks, self.offsets[:-1].tolist(), strict=True):
            for name in block.columns:
                if block.kind == "words":
                    pairs = block.find_words(streams[name], size)
                else:
                    pairs = block.find_chars(*encoded[name])
                found += [(text, feature + offset) for text, feature in pairs]
        return _tally(found, size, max(int(self.offsets[-1]), 1).bit_length())

    def rows(self, fields: Fields, segmenter: Segmenter) -> Rows:
        """TF-IDF rows of notices, float64: term frequency times idf, each block scaled to its weight in length."""
        streams = {name: segmenter.stream(fields[name]) for name in self.columns("words")}
        return self.weigh(self.count(fields, streams))

    def weigh(self, counts: Rows) -> Rows:
        """Turn counts into weights: 1 + ln(count), or the count, times the inverse document frequency."""
        values = counts.values.astype(np.float64)
        if self.sublinear:
            values = 1.0 + np.log(values)
        values *= self._idf[counts.indices]
        # The features of a block stand together in a row: where each block of each row begins.
        place = counts.row_of * self.offsets[-1] + counts.indices
        begins = np.arange(len(counts))[:, None] * self.offsets[-1] + self.offsets[:-1]
        edges = np.append(np.searchsorted(place, begins.ravel()), len(place))
        sizes = np.diff(edges)
        squares = np.zeros(len(sizes))
        squares[sizes > 0] = np.add.reduceat(values * values, edges[:-1][sizes > 0])
        scale = np.tile(np.array([block.weight for block in self.blocks], dtype=np.float64), len(counts))
        np.divide(scale, np.sqrt(squares), out=scale, where=squares > 0)
        return Rows(counts.indptr, counts.indices, values * np.repeat(scale, sizes))


def _tally(found: Sequence[Pairs], size: int, shift: int) -> Rows:
    """Count equal features of each of ``size`` texts; ``2 ** shift`` is more than any feature's number."""
    keys = _sorted_keys(found, size, shift)
    fresh = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    first = np.flatnonzero(fresh)
    distinct = keys[first].astype(np.int64)
    indptr = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(distinct >> shift, minlength=size), out=indptr[1:])
    return Rows(indptr, distinct & ((1 << shift) - 1), np.diff(first, append=len(keys)))


def _sorted_keys(found: Sequence[Pairs], size: int, shift: int) -> Keys:
    """The numbers of text and feature in one number each, in order; each pair of arrays has its texts in order."""
    # Half the width sorts in half the time.
    narrow = np.dtype(np.uint32 if size << shift < 1 << 32 else np.int64)
    keys: list[Keys] = [(text.astype(narrow) << shift) + feature.astype(narrow) for text, feature in found]
    counts = [np.bincount(text, minlength=size) for text, _ in found]
    total = np.sum(counts, axis=0, dtype=np.int64) if counts else np.zeros(size, dtype=np.int64)
    width = int(total.max(initial=0))
    if size * width > MOST_PADDING * int(total.sum()):
        flat = np.concatenate(keys)
        flat.sort()
        return flat
    padding = (1 << 32) - 1 if narrow.itemsize == 4 else (1 << 63) - 1
    table: Keys = np.full(size * width, padding, dtype=narrow)
    begin = np.arange(size) * width
    for key, (text, _), count in zip(keys, found, counts, strict=True):
        table[np.arange(len(key)) + (begin - np.cumsum(count) + count)[text]] = key
        begin += count
    table.reshape(size, width).sort(axis=1)
    kept: Keys = table[table != padding]
    return kept
