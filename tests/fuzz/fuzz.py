"""Coverage-guided fuzzing (atheris) of what reads text from the web: ``python tests/fuzz/fuzz.py TARGET [libFuzzer …]``.

Targets: ``page`` (the list-page parser), ``html`` (the way from HTML to it) and ``facts`` (the fact extractor). Any
exception but the project's own, and any broken law below, ends the run with the input that did it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["pipeline"]):
    from pipeline.errors import InputError
    from pipeline.extract import extract
    from pipeline.ingest import Source, stream
    from pipeline.notice import clean_text

#: Pieces out of which a page or a notice is likely to be made; bytes choose among them.
PIECES = (
    *(
        "1. ",
        "2、",
        "• ",
        "①",
        "\n",
        "  ",
        "标题",
        "平台修订规则",
        "正文。",
        "2024-03-05 14:05:00",
        "2024年3月5日",
        "3小时前",
    ),
    *(
        "2月30日",
        "99999-01-01",
        "阅读 12",
        "来源:",
        "首页",
        "版权所有",
        "‹‹",
        "<p>",
        "</li>",
        "<b",
        "&amp;",
        "\x00",
        "\u202e",
    ),
    *(
        "《规则》",
        "自",
        "起",
        "至",
        "由5%调整为8%",
        "72小时",
        "快手",
        "商家",
        "征求意见",
        "19雷亚尔",
        "3月",
        "1日",
        "今日",
    ),
)


def text_of(data: bytes) -> str:
    """A text made of pieces and of characters as they are."""
    provider = atheris.FuzzedDataProvider(data)
    made = []
    while provider.remaining_bytes() and len(made) < 400:
        if provider.ConsumeBool():
            made.append(provider.PickValueInList(list(PIECES)))
        else:
            made.append(provider.ConsumeUnicodeNoSurrogates(provider.ConsumeIntInRange(1, 8)))
    return "".join(made)


def page(data: bytes, suffix: str = ".txt") -> None:
    """Every entry is a notice with a headline or a reject with a reason."""
    try:
        for batch in stream(Source(f"page{suffix}", "page", text_of(data).encode())):
            for row in batch.notices.to_pylist():
                assert row["title"], row
                assert row["title"] == clean_text(row["title"]), row
            assert all(reject.reason for reject in batch.rejects)
    except InputError as error:
        if "\n" in str(error):
            raise


def html(data: bytes) -> None:
    """As `page`."""
    page(data, ".html")


def facts(data: bytes) -> None:
    """Every fact has a place, and every place lies inside the notice."""
    provider = atheris.FuzzedDataProvider(data[:8])
    notice = text_of(data[8:])
    at = provider.ConsumeIntInRange(0, len(notice))
    title, text = clean_text(notice[:at]), clean_text(notice[at:])
    found = extract(title, text, provider.PickValueInList([None, "2024-02-29 10:00:00", "0001-01-01 00:00:00"]))
    length = {"title": len(title), "text": len(text)}
    for places in json.loads(found.places()).values():
        assert all(0 <= start < end <= length[field] for field, start, end in places), (title, text, found)


TARGETS: dict[str, Callable[[bytes], None]] = {"page": page, "html": html, "facts": facts}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: fuzz.py {'|'.join(TARGETS)} [-max_total_time=60 …]")
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
