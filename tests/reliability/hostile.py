"""Input from the web at its worst, through the whole command: it ends, and every row is labelled or rejected."""

import csv
import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.ingest import limits
from tests.reliability.proof import Trial, command, run, told, tried

MB = 1_000_000
GOOD = '{"title": "平台修订发货规则", "text": "自3月起执行。"}\n'


def workbook(rows: int = 3) -> bytes:
    """An ordinary workbook."""
    book = openpyxl.Workbook()
    book.active.append(["标题", "内容"])
    for number in range(rows):
        book.active.append([f"第{number}条", "内容"])
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def repacked(part: str, content: bytes) -> bytes:
    """A workbook with another part."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return sink.getvalue()


def laughs() -> bytes:
    """Entities that unfold to a billion."""
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip(names, names[1:], strict=False))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">{entities}]><sst>&j;</sst>'.encode()


def parquet(titles: list[str], texts: object, **more: object) -> bytes:
    """A Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"title": titles, "text": texts}), sink, **more)
    return sink.getvalue()


def bomb() -> bytes:
    """A small Parquet file whose one text, told a hundred thousand times, is 90 GB."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * 900_000])
    return parquet(["a"] * 100_000, texts)


#: Name of the file, its content, and how many rows it holds: None where that is for the reader to say.
Case = tuple[str, Callable[[], bytes], int | None]

CASES: dict[str, Case] = {
    "NUL bytes in CSV": ("in.csv", lambda: b"title,text\na\x00b,c\x00\n\x00,x\n" + b"d,e\n" * 50, 52),
    "NUL bytes alone": ("in.csv", lambda: bytes(1 * MB), None),
    "lone surrogates": ("in.jsonl", lambda: b'{"title": "\\ud800a", "k": "\\udfff"}\n{"title": "\\udc00"}\n', 2),
    "surrogates in UTF-8": ("in.jsonl", lambda: GOOD.encode() + b'{"title": "\xed\xa0\x80a"}\n' + GOOD.encode(), 3),
    "mixed encodings": ("in.csv", lambda: "title,text\n甲,乙\n".encode() + "丙,丁\n".encode("gb18030") + "戊,己\n".encode() * 20, 22),
    "overlong and broken UTF-8": ("in.jsonl", lambda: GOOD.encode() * 9 + b'{"title": "\xc0\xaf\xff"}\n' + GOOD.encode(), 11),
    "right-to-left marks": ("in.jsonl", lambda: json.dumps({"title": "\u202e=cmd\u2066x\u200f"}).encode(), 1),
    "zero-width joiners": ("in.jsonl", lambda: json.dumps({"title": "平\u200d台\u200b", "text": "\ufeff" * 1000}).encode(), 1),
    "nothing but zero-width": ("in.jsonl", lambda: (GOOD + json.dumps({"title": "\u200b" * 10})).encode(), 2),
    "50 MB on one line of CSV": ("in.csv", lambda: b"title,text\na," + b"x" * 50 * MB + b"\nb,c\n", 2),
    "50 MB on one line of JSON lines": ("in.jsonl", lambda: GOOD.encode() + b'{"title": "' + b"x" * 50 * MB + b'"}\n', 2),
    "50 MB on one line of a page": ("in.txt", lambda: "1. 标题\n2024-03-05 10:00\n正文\n".encode() + b"x" * 50 * MB, 2),
    "50 MB on one line of HTML": ("in.html", lambda: b"<p>" + b"x" * 50 * MB, None),
    "JSON nested 100,000 deep": ("in.json", lambda: b"[" * 100_000, None),
    "JSON lines nested 100,000 deep": ("in.jsonl", lambda: GOOD.encode() + b'{"title":' * 100_000 + b"\n" + GOOD.encode(), 3),
    "a value nested 900 deep": ("in.jsonl", lambda: b'{"title": "a", "k": ' + b"[" * 900 + b"]" * 900 + b"}\n", 1),
    "HTML nested 100,000 deep": ("in.html", lambda: b"<div>" * 100_000 + "标题".encode(), None),
    "a billion laughs in XLSX": ("in.xlsx", lambda: repacked("xl/sharedStrings.xml", laughs()), None),
    "a billion laughs in a sheet": ("in.xlsx", lambda: repacked("xl/worksheets/sheet1.xml", laughs()), None),
    "an XLSX that unfolds to gigabytes": (
        "in.xlsx", lambda: repacked("xl/worksheets/sheet1.xml", b" " * (limits.MAX_WORKBOOK + MB)), None,
    ),
    "a Parquet bomb": ("in.parquet", lambda: parquet(["a", "b"], ["x", "y" * 200 * MB], compression="zstd"), 2),
    "a gzip bomb": ("in.jsonl.gz", lambda: gzip.compress(GOOD.encode() + b'{"title": "' + b"x" * 300 * MB, 1), 2),
    "a CSV with an unclosed quote": ("in.csv", lambda: b'title,text\na,b\nc,"never\n' + b"d,e\n" * 5000, 5002),
    "a CSV of quotes alone": ("in.csv", lambda: b"title,text\n" + b'"' * MB, None),
    "a CSV of a million commas": ("in.csv", lambda: b"title,text\na,b\n" + b"x," * (MB // 2) + b"\nc,d\n", 3),
    "2月30日": ("in.csv", lambda: "标题,日期\n甲,2月30日\n乙,2024-02-30\n丙,2024-02-29\n".encode(), 3),
    "year 99999": ("in.jsonl", lambda: b'{"title": "a", "date": "99999-01-01"}\n{"title": "b", "date": 99999999999999999}\n' + GOOD.encode(), 3),
    "impossible days in the text": ("in.jsonl", lambda: json.dumps({"title": "2月30日起执行", "text": "99999年13月45日生效;" * 1000}).encode(), 1),
    "a number of 5,000 digits": ("in.jsonl", lambda: GOOD.encode() + b'{"title": "a", "n": ' + b"9" * 5000 + b"}\n", 2),
    "formulas": ("in.csv", lambda: b"title,text,=x\n=1+1,@a,+1\n-2,\t=1,\r\n", 2),
    "a headline of a million characters": ("in.jsonl", lambda: json.dumps({"title": "甲" * 999_999}, ensure_ascii=False).encode(), 1),
    "a workbook of sheets full of errors": ("in.xlsx", lambda: workbook(50), 50),
}  # fmt: skip

OUTPUTS = ("csv", "jsonl", "parquet", "xlsx")


def hostile(place: Path, world: Path) -> Iterator[Trial]:
    """Every case to one output or another; then doubled lengths."""
    for number, (name, (file, make, rows)) in enumerate(CASES.items()):
        folder = place / str(number)
        folder.mkdir()
        (folder / file).write_bytes(make())
        form = OUTPUTS[number % 3]  # a sheet holds no long texts
        yield tried(
            name, lambda folder=folder, file=file, rows=rows, form=form: _case(world, folder / file, rows, form)
        )
    yield from _linear(place, world)


def _case(world: Path, source: Path, rows: int | None, form: str) -> str | None:
    output = source.with_name(f"out.{form}")
    done = run(command("label", source, "--models", world / "models", "-o", output))
    if done.returncode == 2:
        left = {path.name for path in source.parent.iterdir()} - {source.name}
        return told(done, 2) or (f"left behind: {left}" if left or rows else None)
    wrong = told(done, 0, 3)
    if wrong or rows is None:
        return wrong
    labelled, rejected = _count(output, form), _count(output.with_name(f"{output.name}.rejects.csv"), "csv")
    return None if labelled + rejected == rows else f"{labelled} labelled + {rejected} rejected of {rows}"


def _count(path: Path, form: str) -> int:
    if not path.exists():
        return 0
    if form == "parquet":
        return int(pq.read_metadata(path).num_rows)
    if form == "jsonl":
        return len(path.read_bytes().splitlines())
    csv.field_size_limit(1 << 30)
    return sum(1 for _ in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))) - 1


GROWING: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "one line of CSV": ("in.csv", lambda n: b"title,text\na," + b"x" * n * 400 + b"\nb,c\n"),
    "nested JSON": ("in.jsonl", lambda n: GOOD.encode() + b'{"title":' * n * 2 + b"\n"),
    "nested HTML": ("in.html", lambda n: b"<div>" * n * 2),
    "open quotes": ("in.csv", lambda n: b"title,text\n" + b'"",a","\n' * n),
    "long headlines": ("in.jsonl", lambda n: b"".join(json.dumps({"title": "甲3月" * (n // 4)}).encode() + b"\n" for _ in range(4))),
    "long texts of days": ("in.jsonl", lambda n: json.dumps({"title": "甲", "text": "自3月1日至5月2日,由5%调整为8%;《规则》" * (n // 30)}).encode()),
}  # fmt: skip


def _linear(place: Path, world: Path) -> Iterator[Trial]:
    for name, (file, make) in GROWING.items():
        least = float("inf")
        for _ in range(3):
            spans = []
            for size in (100_000, 200_000):
                source = place / file
                source.write_bytes(make(size))
                begun = time.monotonic()
                run(command("label", source, "--models", world / "models", "-o", place / "out.jsonl"))
                spans.append(time.monotonic() - begun)
            least = min(least, spans[1] / spans[0])
            if least <= 3.5:
                break
        yield Trial(f"doubled: {name}", None if least <= 3.5 else f"time grows by {least:.1f}")
