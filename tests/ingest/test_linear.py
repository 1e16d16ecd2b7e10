"""Work grows with the length of the input and not with its square, for each regular expression and each reader."""

import time
from collections.abc import Callable

import pytest

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.ingest import lines, page, repeats, times
from pipeline.ingest.listing import parse_listing
from pipeline.spreadsheet import guard

SIZE = 200_000
#: At doubled length linear work doubles and quadratic work quadruples.
MOST = 3.5
#: Seconds below which a measurement is the machine's doing. Quadratic work on these sizes takes minutes.
NOISE = 0.02

EXPRESSIONS = {
    "times._MOMENT": times._MOMENT,
    "times._DIGITS": times._DIGITS,
    "times._CLOCK": times._CLOCK,
    "lines._NUMBER": lines._NUMBER,
    "lines._BULLET": lines._BULLET,
    "lines._YEARLESS": lines._YEARLESS,
    "lines._IMPOSSIBLE": lines._IMPOSSIBLE,
    "lines._META_PART": lines._META_PART,
    "lines._META_LABEL": lines._META_LABEL,
    "lines._COUNTED": lines._COUNTED,
    "lines._CLOSING": lines._CLOSING,
    "lines._PAGER": lines._PAGER,
    "page._TAG": page._TAG,
    "repeats._BLANKS": repeats._BLANKS,
    "repeats._NUMBERS": repeats._NUMBERS,
    "repeats._NAMES": repeats._NAMES,
}
UNITS = [
    "2024-03-05 ",
    "2024-",
    "1",
    "1 ",
    "阅读1",
    "阅读 ",
    "来源:",
    "《",
    "《名》",
    "‹",
    " ",
    "<a",
    "icp ",
    "年",
    "(1",
    "a",
]


def ratio(work: Callable[[str], object], unit: str, size: int) -> float:
    """Time at doubled length over time at ``size``, the least of several tries."""
    best = float("inf")
    for _ in range(4):
        single, double = (
            min(_seconds(work, unit * (length // len(unit))) for _ in range(3)) for length in (size, 2 * size)
        )
        best = min(best, double / max(single, NOISE))
        if best <= MOST:
            break
    return best


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.perf_counter()
    work(text)
    return time.perf_counter() - start


@pytest.mark.reliability
@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("unit", UNITS)
def test_each_expression_searches_in_linear_time(name, unit):
    expression = EXPRESSIONS[name]
    assert ratio(lambda text: sum(1 for _ in expression.finditer(text + "!")), unit, SIZE) <= MOST


@pytest.mark.reliability
@pytest.mark.parametrize("unit", ["'", "'=", "a"])
def test_the_guard_of_spreadsheets_is_linear(unit):
    assert ratio(guard, unit, 20 * SIZE) <= MOST


@pytest.mark.reliability
@pytest.mark.parametrize(
    "unit",
    [
        "1. 标题\n2024-03-05\n正文。\n",
        "2024-03-05\n",
        "1. 标题\n",
        "正文一行\n",
        "• 1\n",
        "标题\n2024-02-30\n",
        "阅读 1\n",
    ],
)
def test_the_list_page_parser_is_linear(unit):
    assert ratio(lambda text: sum(1 for _ in parse_listing(enumerate(text.splitlines(), 1))), unit, SIZE) <= MOST


READERS = [
    *((".csv", unit) for unit in ('a,"\n', '"",a","\n', 'a,"b,c\n', "a,b\n", '"', ",")),
    *((".jsonl", unit) for unit in ('{"title": "a"}\n', "[", '{"a":', "\\ud800\n")),
    *((".json", unit) for unit in ("[", '{"a":', '"')),
    *(
        (".html", unit)
        for unit in ("<div>", "<p>", "<ul><li>", "<!--", "<a b='", "&amp", "<li>1</li>", "<b><i>", "</p>")
    ),
    *((".txt", unit) for unit in ("1. 标题\n2024-03-05 1:02\n", "x", "\u3000\n", "\t")),
]


@pytest.mark.reliability
@pytest.mark.parametrize(("suffix", "unit"), READERS)
def test_each_reader_is_linear(suffix, unit):
    def work(text: str) -> None:
        header = "title,text\n" if suffix == ".csv" else ""
        try:
            for _ in ingest.stream(ingest.Source("t" + suffix, "t", (header + text).encode())):
                pass
        except InputError:
            pass

    assert ratio(work, unit, SIZE) <= MOST


def test_all_expressions_of_the_room_are_tested():
    import re

    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in (lines, page, repeats, times)
        for name, value in vars(module).items()
        if isinstance(value, re.Pattern)
    }
    # Expressions that only ever see a name, a mark or a few characters.
    assert found - set(EXPRESSIONS) <= {"lines._MOMENT", "lines._META"}
