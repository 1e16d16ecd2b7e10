"""From text to words: jieba's cut of Chinese runs, and one rule of our own for all the rest.

The two engines, `rjieba` (Rust) and `jieba` (Python), agree on runs of Chinese characters and differ only in
how they cut Latin letters, digits and punctuation. So the project cuts those itself and hands an engine
nothing but Chinese runs: the words never depend on the engine.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError, MissingExtraError, ParameterError
from pipeline.resources import data_path

#: Raised whenever the same text may be cut into other words than before.
SEGMENT_VERSION = 2

#: The engines, the faster first.
ENGINES = ("rjieba", "jieba")

#: The frequency of a lexicon word that states none: enough to win over its parts in jieba's dictionary of 60 million.
DEFAULT_FREQUENCY = 3000

#: What `Segmenter.stream` puts after each text.
END = "\n"

_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FD5  # the range that both engines take for Chinese
_HAN = f"{chr(_FIRST_HAN)}-{chr(_LAST_HAN)}"
_HAN_WORD = re.compile(f"[{_HAN}]+")
_OTHER = (
    r"[A-Za-z]+(?:[&'.+\-][A-Za-z]+)*"  # Mr.Big, e-commerce, R&D
    r"|\d+(?:[.,:]\d+)*%?"  # 4.40, 10,000, 16:28, 5%
    rf"|[^\W\d_A-Za-z{_HAN}]+"  # kana, Cyrillic, rare characters
)
_BEFORE_LETTER = r"(?<![A-Za-z][&'.+\-])"
_BEFORE_DIGIT = r"(?<!\d[.,:])"
_DIGITS = str.maketrans("0123456789", "0000000000")


def read_lexicon(path: Path | str | None = None) -> dict[str, int]:
    """Read a user dictionary in jieba's format: one ``word [frequency [tag]]`` a line, ``#`` starts a comment line.

    Returns
    -------
    Words with their frequencies, in the file's order. A word may be Chinese, or begin with a letter or digit.

    Raises
    ------
    InputError
        Where the file cannot be read or a line is no entry.
    """
    path = data_path("lexicon.txt") if path is None else Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the lexicon cannot be read", where=path, remedy="Name a UTF-8 text file") from error
    lexicon: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            word, frequency = _entry(line, f"{path}:{number}")
            lexicon[word] = frequency
    return lexicon


def _entry(line: str, where: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\S(?:.*\S)?)[ \t]+(\d+)(?:[ \t]+[a-z]+)?", line.strip())
    word, frequency = (match[1], int(match[2])) if match else (line.strip(), DEFAULT_FREQUENCY)
    if not frequency or (not _HAN_WORD.fullmatch(word) and not re.match(r"[A-Za-z0-9]", word)):
        raise InputError(
            f"{word!r} is no word of a lexicon",
            where=where,
            remedy="Write Chinese words, or words that begin with a letter or digit, each with a frequency above 0",
        )
    return word, frequency


class Segmenter:
    """Cuts text into words with an engine of its own; no global state is read or changed.

    Parameters
    ----------
    lexicon
        Words of the trade with their frequencies; the shipped ``data/lexicon.txt`` where None.
    engine
        ``"rjieba"`` or ``"jieba"``; the faster of those installed where None.

    Raises
    ------
    ParameterError
        For an engine of another name.
    MissingExtraError
        For an engine that is not installed.
    """

    def __init__(self, lexicon: Mapping[str, int] | None = None, engine: str | None = None) -> None:
        self.lexicon = dict(read_lexicon() if lexicon is None else lexicon)
        self.engine = engine or next(name for name in ENGINES if find_spec(name))
        if self.engine not in ENGINES:
            raise ParameterError(f"no engine is named {engine!r}", remedy=f"Use one of: {', '.join(ENGINES)}")
        if not find_spec(self.engine):
            raise MissingExtraError(f"{self.engine} is not installed", remedy=f"pip install {self.engine}")
        chinese = {word: count for word, count in self.lexicon.items() if _HAN_WORD.fullmatch(word)}
        self._cut = _LOADERS[self.engine](chinese)
        mixed = _alternation(word for word in self.lexicon if word not in chinese)
        self._pieces = re.compile(f"(?P<han>[{_HAN}]+)|{mixed}{_OTHER}")
        self._mixed = re.compile(f"({mixed[:-1]})|{_OTHER}") if mixed else None
        self._other = re.compile(f"{mixed}{_OTHER}|{END}")

    def words(self, text: str) -> list[str]:
        """The words of ``text`` in order, folded: lower case, half width, every digit a 0; no punctuation."""
        cut = self._cut
        found: list[str] = []
        for match in self._pieces.finditer(text):
            if match.lastgroup:
                found += cut(match[0])
            else:
                found.append(fold(match[0]))
        return found

    def stream(self, texts: Sequence[str]) -> list[str]:
        """The words of many texts as one list, for counting: an `END` after each text, then once more over all texts.

        The first pass holds the Chinese words of each text, the second its other words. One call of the engine
        serves the whole batch, which takes half the time of `words` on each text.
        """
        codes, ends = encode(texts)
        han = (codes >= _FIRST_HAN) & (codes <= _LAST_HAN)
        if self._mixed:
            for match in self._mixed.finditer(END.join(texts)):
                if match.lastindex:
                    han[match.start() : match.end()] = False
        words = self._cut(_only(codes, han, ends))
        other = self._other.findall(_only(codes, ~han, ends))
        words += fold("\x00".join(other)).split("\x00")
        return words

    def spans(self, text: str) -> Iterator[tuple[str, int, int]]:
        """The same words, each with where it stands: ``(word, start, end)`` in code points of ``text``."""
        for match in self._pieces.finditer(text):
            start = match.start()
            if not match.lastgroup:
                yield fold(match[0]), start, match.end()
                continue
            for word in self._cut(match[0]):
                yield word, start, start + len(word)
                start += len(word)

    def fingerprint(self) -> str:
        """SHA-256 of all that decides the words: the lexicon and the version of the rules."""
        content = "\n".join(f"{word} {count}" for word, count in self.lexicon.items())
        return hashlib.sha256(f"{SEGMENT_VERSION}\n{content}".encode()).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as lexicon and engine name: the words reach every worker."""
        return Segmenter, (self.lexicon, self.engine)


def encode(texts: Sequence[str]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """The code points of all texts in one array, a NUL after each.

    Returns
    -------
    codes
        uint32, one element a code point.
    ends
        int64, shape (len(texts),): where each text's NUL stands.
    """
    joined = "\x00".join(texts) + "\x00"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    return codes, np.cumsum(lengths + 1) - 1


def _only(codes: npt.NDArray[np.uint32], wanted: npt.NDArray[np.bool_], ends: npt.NDArray[np.int64]) -> str:
    """The wanted characters, one blank for each run of others, an `END` at each of ``ends`` and nowhere else."""
    kept = wanted.copy()
    kept[1:] |= wanted[:-1]  # the first of a run of others
    kept[ends] = True
    chosen = np.where(wanted & (codes != ord(END)), codes, ord(" "))
    chosen[ends] = ord(END)
    return chosen[kept].tobytes().decode("utf-32-le", "surrogatepass")


def fold(piece: str) -> str:
    """The form in which a piece that is not Chinese counts as a word: half width, lower case, digits as 0."""
    if not piece.isascii():
        piece = unicodedata.normalize("NFKC", piece)
    return piece.lower().translate(_DIGITS)


def _alternation(mixed: Iterable[str]) -> str:
    """Pattern of words such as 7天无理由 or TikTok Shop, with a final bar: no Chinese run can swallow their start.

    Nor may a piece of `_OTHER` reach across it: the 7 of 10.7天无理由 is part of a number.
    """
    families: dict[str, list[str]] = {}
    for word in sorted(mixed, key=lambda word: (-len(word), word)):
        border = r"(?![A-Za-z0-9])" if word[-1].isascii() else ""
        families.setdefault(word[0].lower(), []).append(re.escape(word[1:]) + border)
    branches = [
        rf"{_BEFORE_DIGIT if first.isdigit() else _BEFORE_LETTER}{first}(?:{'|'.join(rests)})"
        for first, rests in sorted(families.items())
    ]
    return rf"(?<![A-Za-z\d])(?ai:{'|'.join(branches)})|" if branches else ""


def _rjieba(lexicon: Mapping[str, int]) -> Callable[[str], list[str]]:
    engine = _rjieba_class()()
    for word, frequency in lexicon.items():
        engine.add_word(word, frequency, None)
    cut: Callable[[str], list[str]] = engine.cut
    return cut


@cache
def _rjieba_class() -> Any:
    """The class ``rjieba.Jieba``, without the package's own instance, which would load the dictionary once more."""
    name = "rjieba.rjieba"
    package = find_spec("rjieba")
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if spec is None:
        import rjieba

        return rjieba.Jieba
    return _module(name, spec).Jieba


def _jieba(lexicon: Mapping[str, int]) -> Callable[[str], list[str]]:
    jieba = _own_jieba()
    tokenizer = jieba.Tokenizer()
    # Read the dictionary itself: jieba's initialize() would trust a marshalled cache in the shared temporary folder.
    tokenizer.FREQ, _ = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    # Jieba's own total counts a word twice that its dictionary lists twice; equal costs would be decided otherwise.
    tokenizer.total = sum(tokenizer.FREQ.values())
    tokenizer.initialized = True
    for word, frequency in lexicon.items():
        # jieba forgets to take the old frequency of a word off the total, on which the costs of all words depend.
        tokenizer.total -= tokenizer.FREQ.get(word, 0)
        tokenizer.add_word(word, frequency)
    cut: Callable[[str], list[str]] = tokenizer.lcut
    return cut


@cache
def _own_jieba() -> Any:
    """A jieba apart from the one that others import: its model of unknown words has the six digits of rjieba's."""
    name, package = "pipeline._jieba", find_spec("jieba")
    folders = package.submodule_search_locations if package else None
    origin = package.origin if package else None
    jieba = _module(name, spec_from_file_location(name, origin, submodule_search_locations=folders))
    for chances in jieba.finalseg.emit_P.values():
        chances.update({character: round(chance, 6) for character, chance in chances.items()})
    return jieba


def _module(name: str, spec: ModuleSpec | None) -> Any:
    if name not in sys.modules:
        if spec is None or spec.loader is None:
            raise MissingExtraError(f"{name} cannot be loaded", remedy="Install rjieba and jieba anew")
        module = module_from_spec(spec)
        sys.modules[name] = module  # before it runs: it imports its own parts
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]  # half a module would be taken for a whole one by the next who asks
            raise
    return sys.modules[name]


_LOADERS = {"rjieba": _rjieba, "jieba": _jieba}
