"""Each regular expression of the project against texts that make a careless one go back and back again."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pipeline
from pipeline.extract import extract
from pipeline.segment import Segmenter
from tests.reliability.proof import Trial

#: At doubled length linear work doubles and quadratic work quadruples.
MOST = 3.5

#: What takes less than these seconds on a text of this length is not quadratic: that takes a second and more.
LENGTH, QUICK = 10_000, 0.03

#: What takes more is not measured again.
HOPELESS = 2.0

#: Expressions that see no more than the few words beside a day; what uses them is tried as a whole below.
NARROW = {"pipeline.extract.phrases.CLAUSE_BEFORE[0]"}

#: Expressions that are only ever matched at the start of a text.
ANCHORED = {"pipeline.spreadsheet._GUARDED[0]"}

#: What stands for a class of characters that names none.
ANY = "甲a0 "


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled expression that a module, or an object in one, holds."""
    found: dict[str, re.Pattern[str]] = {}
    for info in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if info.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            for number, one in enumerate(_patterns_in(value, 3)):
                found.setdefault(one.pattern, (f"{info.name}.{name}[{number}]", one))  # type: ignore[arg-type]
    mixed = Segmenter({"7天无理由": 1, "TikTok Shop": 1, "aaaa管理": 1, "揽收": 1})
    named = dict(found.values())  # type: ignore[misc]
    return {
        **named,
        "Segmenter._pieces": mixed._pieces,
        "Segmenter._mixed": mixed._mixed,
        "Segmenter._other": mixed._other,
    }


def _patterns_in(value: Any, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif depth and isinstance(value, dict):
        yield from (one for entry in [*value.keys(), *value.values()] for one in _patterns_in(entry, depth - 1))
    elif depth and isinstance(value, list | tuple | set | frozenset):
        yield from (one for entry in value for one in _patterns_in(entry, depth - 1))
    elif depth and type(value).__module__.startswith("pipeline") and hasattr(value, "__dict__"):
        yield from _patterns_in(vars(value), depth - 1)


def letters(pattern: re.Pattern[str]) -> list[str]:
    """The characters that an expression speaks of, the first of each class and repeat."""
    seen: dict[str, None] = {}

    def walk(node: Any) -> None:
        if isinstance(node, tuple) and len(node) == 2 and node[0] in (_constants.LITERAL, _constants.NOT_LITERAL):
            seen[chr(node[1])] = None
        elif isinstance(node, tuple) and len(node) == 2 and node[0] is _constants.RANGE:
            seen[chr(node[1][0])] = None
        elif isinstance(node, tuple | list | _parser.SubPattern):
            for part in node:
                walk(part)

    walk(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return list(seen)


def units(pattern: re.Pattern[str]) -> list[str]:
    """What is repeated: single characters of the expression, what it is likely to begin with, and pairs."""
    single = [*dict.fromkeys([*ANY, *letters(pattern)])][:40]
    first = single[:8]
    return [*single, *(a + b for a in first for b in first if a != b)]


def search(pattern: re.Pattern[str], text: str) -> None:
    """Find all that an expression finds, and see that the text is none of it."""
    for _ in pattern.finditer(text):
        pass
    pattern.fullmatch(text)


def seconds(work: Callable[[str], object], text: str) -> float:
    """How long a piece of work takes."""
    start = time.perf_counter()
    work(text)
    return time.perf_counter() - start


def facts(text: str) -> None:
    """Everything that is told from the words of a notice."""
    extract("甲" * 100, text + "\x00。于3月1日起执行", "2024-02-01 00:00:00")


def grows(work: Callable[[str], object], unit: str) -> float:
    """Time at doubled length over time, the least of some tries; 1 where it is too quick to tell."""
    texts = [unit * (length // len(unit)) + "\x00" for length in (LENGTH, 2 * LENGTH)]
    first = seconds(work, texts[0])
    if first < QUICK:
        return 1.0
    if first > HOPELESS:
        return float("inf")
    least = float("inf")
    for _ in range(5):
        once, twice = (min(seconds(work, text) for _ in range(2)) for text in texts)
        least = min(least, twice / max(once, QUICK))
        if least <= MOST:
            break
    return least


def regexes(place: Path, world: Path) -> Iterator[Trial]:
    """One trial for each expression, with its worst text."""
    for unit in (
        "甲",
        "甲。于3月1日",
        "3月1日",
        "3月",
        "自3月1日至",
        "《",
        "《甲》",
        "5%",
        "由5%调整为",
        "快手",
        "1",
        "2024-",
        "(",
    ):
        yield Trial(f"facts of {unit!r}", "time grows with the square" if grows(facts, unit) > MOST else None)
    for name, pattern in sorted(patterns().items()):
        if name in NARROW:
            continue
        work = pattern.match if name in ANCHORED else partial(search, pattern)
        slow = next((unit for unit in units(pattern) if grows(work, unit) > MOST), None)
        yield Trial(name, None if slow is None else f"time grows with the square of the length on {slow!r}")
