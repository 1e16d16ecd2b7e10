"""Character n-grams (n = 1, 2, 3) found in whole batches of text at once, exactly, by direct tables.

Code points are folded and remapped to a dense alphabet. The n-grams of a vocabulary then form a trie whose
levels are packed by row displacement: node ``p`` with child character ``c`` stands in slot ``base[p] + c``, and
``owner[slot] == p`` says that it really does. One addition and two gathers decide each n-gram of a batch, and a
trigram is looked up only where its bigram is a known one.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int32]

#: One more than the highest code point.
CODE_POINTS = 0x110000

#: The longest n-gram.
LONGEST = 3

# Latin, Greek and Cyrillic, general punctuation, CJK punctuation, half- and full-width forms.
_FOLDED_BLOCKS = ((0x09, 0x250), (0x370, 0x530), (0x2000, 0x2100), (0x3000, 0x3040), (0xFF00, 0xFFF0))


@cache
def folding() -> npt.NDArray[np.uint32]:
    """For each code point the one it counts as: half width, lower case, every digit 0, every blank a space."""
    table = np.arange(CODE_POINTS, dtype=np.uint32)
    for first, last in _FOLDED_BLOCKS:
        table[first:last] = [_folded(chr(code)) for code in range(first, last)]
    return table


def _folded(character: str) -> int:
    plain = unicodedata.normalize("NFKC", character).lower()
    if len(plain) != 1:
        return ord(character)
    if plain.isdecimal():
        return ord("0")
    return ord(" ") if plain.isspace() else ord(plain)


def fold_text(text: str) -> str:
    """The text as its characters count: the reference of what `CharTable.find` counts in a batch."""
    table = folding()
    return "".join(chr(table[ord(character)]) for character in text)


@dataclass(frozen=True)
class CharTable:
    """The character n-grams of a vocabulary, numbered in the order in which they were given.

    Attributes
    ----------
    alphabet
        uint16, shape (CODE_POINTS,): a code point's dense number, 0 for characters of no n-gram.
    unigram
        int32: for each dense number the feature of that single character, or -1.
    bases, owners, features
        For level 2 and 3: the displacement of each parent, the parent of each slot (-1 for none), the feature
        of each slot (-1 for none).
    """

    alphabet: npt.NDArray[np.uint16]
    unigram: Integers
    bases: tuple[Integers, ...]
    owners: tuple[Integers, ...]
    features: tuple[Integers, ...]

    @classmethod
    def build(cls, ngrams: Sequence[str]) -> "CharTable":
        """Pack folded n-grams of 1 to 3 characters into tables."""
        letters = sorted(set("".join(ngrams)) - {"\x00"})
        if len(letters) >= np.iinfo(np.uint16).max:
            raise ValueError(f"{len(letters)} different characters: more than the alphabet can number")
        number = {letter: index for index, letter in enumerate(letters, 1)}
        dense = np.zeros(CODE_POINTS, dtype=np.uint16)
        dense[[ord(letter) for letter in letters]] = np.arange(1, len(letters) + 1)
        unigram = np.full(len(letters) + 1, -1, dtype=np.int32)
        wanted = {ngram: feature for feature, ngram in enumerate(ngrams)}
        for ngram, feature in wanted.items():
            if len(ngram) == 1:
                unigram[number[ngram]] = feature
        slots = dict(number)
        parents, tables = len(letters) + 1, []
        for length in range(2, LONGEST + 1):
            nodes = sorted({ngram[:length] for ngram in wanted if len(ngram) >= length})
            keys = np.array([(slots[n[:-1]], number[n[-1]]) for n in nodes], dtype=np.int32).reshape(-1, 2)
            base, owner, places = _displace(keys, parents, len(letters) + 1)
            numbered = np.full(len(owner), -1, dtype=np.int32)
            numbered[places] = [wanted.get(node, -1) for node in nodes]
            slots = dict(zip(nodes, places.tolist(), strict=True))
            parents = len(owner)
            tables.append((base, owner, numbered))
        bases, owners, features = zip(*tables, strict=True)
        return cls(dense[folding()], unigram, bases, owners, features)

    def find(self, codes: npt.NDArray[np.uint32]) -> Iterable[tuple[npt.NDArray[np.int64] | None, Integers]]:
        """The features in a batch of code points, one pair for each length of n-gram.

        Yields
        ------
        The positions where an n-gram of the vocabulary begins (None: at every one), and what is found there: its
        feature number, or -1 where the n-gram is only the beginning of others.
        """
        dense = self.alphabet[codes].astype(np.int32)
        yield None, self.unigram[dense]
        starts: npt.NDArray[np.int64] = np.arange(len(dense) - 1)
        parents = dense[:-1]
        for level, (base, owner, feature) in enumerate(zip(self.bases, self.owners, self.features, strict=True), 1):
            slots = base[parents] + dense[starts + level]
            known = np.flatnonzero(owner[slots] == parents)
            starts, parents = starts[known], slots[known]
            yield starts, feature[parents]
            inside = starts < len(dense) - level - 1
            if not inside.all():
                starts, parents = starts[inside], parents[inside]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The tables by name, to be stored; `from_arrays` takes them back."""
        named: dict[str, npt.NDArray[Any]] = {"unigram": self.unigram}
        used = np.flatnonzero(self.alphabet)
        named["letters"] = used.astype(np.uint32)
        named["numbers"] = self.alphabet[used]
        for level in range(2, LONGEST + 1):
            for name, tables in (("base", self.bases), ("owner", self.owners), ("feature", self.features)):
                named[f"{name}{level}"] = tables[level - 2]
        return named

    @classmethod
    def from_arrays(cls, named: dict[str, npt.NDArray[Any]]) -> "CharTable":
        """The table of stored arrays."""
        alphabet = np.zeros(CODE_POINTS, dtype=np.uint16)
        alphabet[named["letters"]] = named["numbers"]
        levels = range(2, LONGEST + 1)
        bases, owners, features = (
            tuple(named[f"{name}{level}"] for level in levels) for name in ("base", "owner", "feature")
        )
        return cls(alphabet, named["unigram"], bases, owners, features)


def _displace(keys: npt.NDArray[np.int32], parents: int, letters: int) -> tuple[Integers, Integers, Integers]:
    """Place every (parent, letter) pair in a slot of its own, all of one parent at one displacement.

    The largest families are placed first, each at the first displacement where all its children find free
    slots. Every ``base + letter`` stays inside the table, so that a look-up needs no bounds check.

    Returns
    -------
    base (one for each parent), owner (one for each slot), and the slot of each pair.
    """
    base = np.zeros(parents, dtype=np.int32)
    places = np.zeros(len(keys), dtype=np.int32)
    heads, first, size = np.unique(keys[:, 0], return_index=True, return_counts=True)
    taken = np.zeros(2 * letters + 2 * len(keys) + 64, dtype=bool)
    free = 0
    for family in np.lexsort((heads, -size)):
        rows = slice(first[family], first[family] + size[family])
        children = keys[rows, 1]
        free, shift = _first_fit(taken, children, free)
        base[heads[family]] = shift
        places[rows] = shift + children
        taken[shift + children] = True
    length = int(base.max(initial=0)) + letters
    owner = np.full(length, -1, dtype=np.int32)
    owner[places] = keys[:, 0]
    return base, owner, places


#: How many displacements in vain make the first half of them hopeless for the smaller families that follow.
_HOPELESS = 256


def _first_fit(taken: npt.NDArray[np.bool_], children: npt.NDArray[np.int32], free: int) -> tuple[int, int]:
    # `free` is a slot below which searching has become hopeless; it moves up as the table fills.
    start = max(free - int(children[0]), 0)
    window, shift = 64, start
    while True:
        need = shift + window + int(children[-1]) + 1
        if need > len(taken):
            taken.resize(2 * need, refcheck=False)
        fits = ~taken[shift + children[0] : shift + children[0] + window]
        for child in children[1:]:
            fits &= ~taken[shift + child : shift + child + window]
        if fits.any():
            found = shift + int(fits.argmax())
            break
        shift, window = shift + window, min(window * 2, 4096)
    if len(children) == 1:
        free = found + int(children[0])
    elif found - start > _HOPELESS:
        free = max(free, start + int(children[0]) + (found - start) // 2)
    return free, found
