"""Repeats among notices: exact ones are dropped, near ones (the same event in other words) are marked.

Near repeats are looked for with MinHash over pairs of characters (datasketch) and then verified one by one, because
notices of one platform share much of their wording: the reports of two rules, two rounds of a campaign or two
categories of goods differ in a name or a number only, and are different events.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

# 50 bands of 3 hashes find a pair that shares 43 of 100 character pairs, as two reports of one event do, with 98 %
# probability, and of unrelated notices (2 to 5 in 100) fewer than one in a hundred pairs has to be verified.
_BANDS, _ROWS = 50, 3
_SEED = 20240201
#: Least share of common character pairs, of all and of the shorter notice's.
_LEAST_JACCARD, _LEAST_CONTAINED = 0.3, 0.7
#: Most days between two reports of one event.
_MOST_DAYS = 31
#: A notice with more candidates than this is not indexed itself: its kind is well represented, and the work stays
#: linear even where thousands of notices follow one template.
_CROWDED = 100

_BLANKS = re.compile(r"[\W_]+")
_NUMBERS = re.compile(r"[0-9]+")
_NAMES = re.compile(r"《([^《》]{1,60})》")


@dataclass(frozen=True)
class _Notice:
    title: str
    text: str
    day: np.datetime64 | None

    @cached_property
    def plain(self) -> str:
        return _plain(self.title + "\n" + self.text)

    @cached_property
    def pairs(self) -> frozenset[int]:
        return frozenset(_pairs(self.plain).tolist())

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(number.lstrip("0") for number in _NUMBERS.findall(_folded(self.title + "\n" + self.text)))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(_plain(name) for name in _NAMES.findall(self.title + self.text))


def mark(frame: "pd.DataFrame") -> "tuple[pd.DataFrame, int]":
    """Drop exact repeats and mark near ones.

    Parameters
    ----------
    frame
        Notices with the columns of the record; it is not changed.

    Returns
    -------
    frame, dropped
        The notices that are left, in order and with a new index, with a column ``duplicate_of`` after the record's
        columns: None, or the id of the first notice of the same event. And the number of exact repeats dropped: rows
        with the id of an earlier row, or with its headline and text, blanks, case and width of letters aside.
    """
    import pandas as pd

    from pipeline.notice import RECORD_COLUMNS

    titles, texts = list(frame["title"]), list(frame["text"])
    kept = _first_of_each(list(frame["id"]), titles, texts)
    left = frame.iloc[kept].reset_index(drop=True).drop(columns="duplicate_of", errors="ignore")
    notices = [
        _Notice(titles[row], texts[row], _day(time)) for row, time in zip(kept, left["published_at"], strict=True)
    ]
    ids = list(left["id"])
    firsts = _near_repeats(notices)
    marks = [None if first == row else ids[first] for row, first in enumerate(firsts)]
    place = sum(name in left.columns for name in RECORD_COLUMNS)
    left.insert(place, "duplicate_of", pd.Series(marks, dtype=object))
    return left, len(frame) - len(left)


def _first_of_each(ids: list[str], titles: list[str], texts: list[str]) -> list[int]:
    seen_ids: set[str] = set()
    seen: set[tuple[str, str]] = set()
    kept = []
    for row, identity in enumerate(ids):
        content = ("".join(_folded(titles[row]).split()), "".join(_folded(texts[row]).split()))
        if identity not in seen_ids and content not in seen:
            kept.append(row)
        seen_ids.add(identity)
        seen.add(content)
    return kept


def _near_repeats(notices: list[_Notice]) -> list[int]:
    """For each notice, the position of the first one of the same event, itself included."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=_BANDS * _ROWS, params=(_BANDS, _ROWS))
    firsts = list(range(len(notices)))
    empty = MinHash(num_perm=_BANDS * _ROWS, seed=_SEED, hashfunc=int)
    for row, notice in enumerate(notices):
        pairs = _pairs(notice.plain)
        if not len(pairs):
            continue
        sketch = empty.copy()
        sketch.update_batch(pairs.tolist())
        candidates = sorted(index.query(sketch))
        for other in candidates:
            if _same_event(notices[other], notice):
                firsts[row] = other
                break
        else:
            # Only firsts of their kind are indexed, so a mark always names one.
            if len(candidates) <= _CROWDED:
                index.insert(row, sketch)
    return firsts


def _same_event(first: _Notice, second: _Notice) -> bool:
    shared = len(first.pairs & second.pairs)
    if shared < _LEAST_CONTAINED * min(len(first.pairs), len(second.pairs)):
        return False
    if shared < _LEAST_JACCARD * len(first.pairs | second.pairs):
        return False
    if first.day is not None and second.day is not None and abs((first.day - second.day).astype(int)) > _MOST_DAYS:
        return False
    if first.names and second.names and not first.names & second.names:
        return False
    # One report may say more than the other; where each says what the other does not, they are of two events.
    if first.numbers - second.numbers and second.numbers - first.numbers:
        return False
    return not (set(_plain(first.title)) - set(second.plain) and set(_plain(second.title)) - set(first.plain))


def _folded(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    return _BLANKS.sub("", _folded(text))


def _pairs(plain: str) -> "npt.NDArray[np.uint64]":
    """Hash values, below 2**32, of the pairs of neighbouring characters."""
    points = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    keys = (points[:-1] << np.uint64(21)) | points[1:]
    keys = (keys ^ (keys >> np.uint64(17))) * np.uint64(0x9E3779B97F4A7C15)
    return np.unique(keys >> np.uint64(32))


def _day(time: str | None) -> np.datetime64 | None:
    return np.datetime64(time[:10]) if isinstance(time, str) else None
