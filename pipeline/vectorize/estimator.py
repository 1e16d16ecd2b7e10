"""The vectorizer that learns: a scikit-learn transformer from notices to TF-IDF rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from pipeline.errors import InputError
from pipeline.segment import END, Segmenter
from pipeline.vectorize.chars import CharTable, fold_text
from pipeline.vectorize.features import WHOLE, Block, FeatureSpace, Kind

#: The columns of a notice that are counted.
FIELDS = ("title", "text")

#: How many notices are turned into rows at once: few enough for the processor's caches.
CHUNK = 512


class NoticeVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF rows of notices: words and character n-grams, of headline, text and whole, each in a block of its own.

    Parameters
    ----------
    title_weight, text_weight, whole_weight
        Length of the part of a row that is the headline's, the text's, or that of both as a whole; none where 0. The
        headline counts on its own and in the whole, so it weighs more than as much text.
    words_weight, chars_weight
        The same for words and characters; a block's length is the product of the two.
    longest
        Longest character n-gram: 1, 2 or 3.
    min_df
        An entry of the vocabulary stands in at least so many notices.
    sublinear
        Count ``1 + ln(count)`` instead of the count.
    segmenter
        What cuts the words; the shipped lexicon and the fastest engine where None.

    Attributes
    ----------
    space_ : FeatureSpace
        All that serving needs.
    vocabularies_ : list of (field, kind, entries)
        What each column counts, block by block.
    n_features_in_ : int
        Number of fields seen in `fit`.
    """

    def __init__(
        self,
        *,
        title_weight: float = 0.7,
        text_weight: float = 0.0,
        whole_weight: float = 1.0,
        words_weight: float = 1.0,
        chars_weight: float = 1.0,
        longest: int = 2,
        min_df: int = 3,
        sublinear: bool = True,
        segmenter: Segmenter | None = None,
    ) -> None:
        self.title_weight = title_weight
        self.text_weight = text_weight
        self.whole_weight = whole_weight
        self.words_weight = words_weight
        self.chars_weight = chars_weight
        self.longest = longest
        self.min_df = min_df
        self.sublinear = sublinear
        self.segmenter = segmenter

    def fit(self, X: Any, y: Any = None) -> "NoticeVectorizer":  # noqa: N803 - scikit-learn's name
        """Learn vocabulary and document frequencies.

        Parameters
        ----------
        X
            Notices: a frame with columns ``title`` and ``text``, or a sequence of headlines. Words that are cut
            already, in columns ``title_words`` and ``text_words``, are not cut again.
        y
            Ignored.
        """
        fields = as_fields(X)
        self.segmenter_ = self.segmenter or Segmenter()
        sides = {"title": self.title_weight, "text": self.text_weight, WHOLE: self.whole_weight}
        kinds: dict[Kind, float] = {"words": self.words_weight, "chars": self.chars_weight}
        words = self._words(X, fields)
        grams = {field: [ngrams(text, self.longest) for text in texts] for field, texts in fields.items()}
        self.vocabularies_: list[tuple[str, Kind, tuple[str, ...]]] = []
        self.space_ = FeatureSpace(
            tuple(
                self._block(
                    field,
                    kind,
                    sides[field] * kinds[kind],
                    words if kind == "words" else grams,
                )
                for field in sides
                for kind in kinds
                if sides[field] * kinds[kind] > 0
            ),
            self.sublinear,
        )
        self.n_features_in_ = len(FIELDS)
        return self

    def transform(self, X: Any) -> csr_array:  # noqa: N803
        """TF-IDF rows of notices, float64, shape (notices, features)."""
        check_is_fitted(self)
        fields = as_fields(X)
        size = len(fields[FIELDS[0]])
        words = self._words(X, fields)
        parts = []
        for at in range(0, size, CHUNK):
            part = slice(at, at + CHUNK)
            streams = {field: as_stream(lists[part]) for field, lists in words.items()}
            counts = self.space_.count({field: texts[part] for field, texts in fields.items()}, streams)
            parts.append(self.space_.weigh(counts))
        indptr = np.zeros(size + 1, dtype=np.int32)  # 32 bits: scikit-learn's linear models take no wider index
        if parts:
            np.cumsum(np.concatenate([np.diff(part.indptr) for part in parts]), out=indptr[1:])
        return csr_array(
            (
                np.concatenate([np.zeros(0), *(part.values for part in parts)]),
                np.concatenate([np.zeros(0, np.int32), *(part.indices.astype(np.int32) for part in parts)]),
                indptr,
            ),
            shape=(size, int(self.space_.offsets[-1])),
        )

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray[Any, Any]:
        """Names such as ``title:words:揽收超时``, one for each column."""
        check_is_fitted(self)
        names = [f"{field}:{kind}:{entry}" for field, kind, entries in self.vocabularies_ for entry in entries]
        return np.array(names, dtype=object)

    def _words(self, X: Any, fields: Mapping[str, list[str]]) -> dict[str, list[list[str]]]:  # noqa: N803
        given = X if isinstance(X, pd.DataFrame | Mapping) else {}
        cut = self.segmenter_.words
        return {
            field: [list(words) for words in given[f"{field}_words"]]
            if f"{field}_words" in given
            else [cut(text) for text in texts]
            for field, texts in fields.items()
        }

    def _block(self, field: str, kind: Kind, weight: float, entries: Mapping[str, Sequence[Sequence[str]]]) -> Block:
        columns = list(entries.values()) if field == WHOLE else [entries[field]]
        seen: Counter[str] = Counter()
        for parts in zip(*columns, strict=True):
            seen.update(set().union(*parts))
        # The commonest first: what most notices look up lies together in memory.
        known = (entry for entry, count in seen.items() if count >= self.min_df)
        vocabulary = tuple(sorted(known, key=lambda entry: (-seen[entry], entry)))
        counts = np.array([seen[entry] for entry in vocabulary], dtype=np.float64)
        idf = np.log((1 + len(columns[0])) / (1 + counts)) + 1  # scikit-learn's smooth idf
        self.vocabularies_.append((field, kind, vocabulary))
        if kind == "words":
            return Block(field, kind, weight, idf, vocabulary)
        return Block(field, kind, weight, idf, chars=CharTable.build(vocabulary))


def as_stream(words: Sequence[Sequence[str]]) -> list[str]:
    """The words of many texts as `Segmenter.stream` gives them."""
    stream = [word for one in words for word in (*one, END)]
    return stream + [END] * len(words)


def ngrams(text: str, longest: int = 3) -> list[str]:
    """All character n-grams of a text, n = 1 … ``longest``, folded: the reference of `CharTable.find`."""
    folded = fold_text(text)
    return [folded[at : at + n] for n in range(1, longest + 1) for at in range(len(folded) - n + 1)]


def as_fields(notices: Any) -> dict[str, list[str]]:
    """Headlines and texts as lists, of a frame, a mapping of columns, or a sequence of headlines.

    Raises
    ------
    InputError
        Where there is no ``title`` column.
    """
    if isinstance(notices, pd.DataFrame | Mapping):
        if "title" not in notices:
            raise InputError(
                f"no column 'title' among {', '.join(map(str, notices))}", remedy="Name the headlines' column 'title'"
            )
        titles = list(notices["title"])
        texts = list(notices["text"]) if "text" in notices else [""] * len(titles)
    else:
        titles = [str(title) for title in np.asarray(notices, dtype=object).ravel()]
        texts = [""] * len(titles)
    return {
        "title": [title if isinstance(title, str) else "" for title in titles],
        "text": [text if isinstance(text, str) else "" for text in texts],
    }
