import csv
import json
from datetime import date

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from labelled_sample import rows

from pipeline.batch.encode import Encoder, format_of
from pipeline.errors import InputError
from pipeline.report import from_rows, read_labelled
from pipeline.report.labelled import Label, Place, Share, head_columns, web_address
from pipeline.spreadsheet import guard

HEAD = {"id": "a", "title": "标题", "published_at": None, "text": "正文", "source": "s"}


def flat(row):
    """A row as formats without lists have it."""
    cells = {name: "；".join(value) if isinstance(value, list) else value for name, value in row.items()}
    return {name: guard(value) if isinstance(value, str) else value for name, value in cells.items()}


def write(path, table):
    columns = list(table[0])
    if path.suffix == ".jsonl":
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in table)
        path.write_text("".join(lines), encoding="utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(flat(row) for row in table)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(table), path)
    else:
        book = openpyxl.Workbook()
        book.active.append(columns)
        for row in table:
            book.active.append(list(flat(row).values()))
        book.save(path)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_labelled_table_reads_the_same_from_every_format(tmp_path, suffix):
    table = rows()
    path = tmp_path / f"labelled{suffix}"
    write(path, table)
    assert read_labelled(path) == from_rows(table, columns=list(table[0]))


def test_facts_and_evidence_come_with_their_places():
    row = HEAD | {
        "ton": "好", "ton_confidence": "0.5", "needs_review": "True", "effective_date": "2024-03-15",
        "fact_places": '{"effective_date": [["text", 0, 2]]}', "why": '{"ton": [["title", 0, 1, -0.25]]}',
    }  # fmt: skip
    [notice] = from_rows([row], columns=list(row))
    assert notice.labels == {"ton": Label("好", 0.5)}
    assert notice.needs_review
    assert notice.effective_date == date(2024, 3, 15)
    assert notice.fact_places == {"effective_date": (Place("text", 0, 2),)}
    assert notice.why == {"ton": (Share("title", 0, 1, -0.25),)}


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_a_labelled_table_of_a_day_without_news_has_no_notice(tmp_path, suffix):
    path = tmp_path / f"labelled{suffix}"
    fields = [(name, pa.string()) for name in [*HEAD, "action", "action_confidence", "needs_review"]]
    table = pa.schema(fields).empty_table()
    path.write_bytes(Encoder(table.schema, format_of(path)).whole(table))
    assert read_labelled(path) == []


@pytest.mark.parametrize("content", ["", "id,title,text\n"])
def test_an_empty_file_is_no_labelled_table(tmp_path, content):
    path = tmp_path / "plain.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"empty|not a labelled table"):
        read_labelled(path)


def test_heads_are_the_columns_with_a_confidence_before_needs_review():
    columns = ["id", "title", "ton", "ton_confidence", "needs_review", "preis", "preis_confidence"]
    assert head_columns(columns) == ("ton",)


def test_a_table_without_labels_is_refused_with_the_command_that_labels_it(tmp_path):
    path = tmp_path / "plain.jsonl"
    path.write_text('{"title": "标题", "text": "正文"}\n', encoding="utf-8")
    with pytest.raises(InputError, match="not a labelled table") as caught:
        read_labelled(path)
    assert "notices label" in str(caught.value)
    assert "plain.jsonl" in str(caught.value)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ton_confidence", "sure"),
        ("ton_confidence", "1.5"),
        ("ton_confidence", "nan"),
        ("needs_review", "perhaps"),
        ("effective_date", "2024-02-30"),
        ("published_at", "gestern"),
        ("fact_places", "[1]"),
        ("fact_places", "{"),
        ("fact_places", '{"platform": [["elsewhere", 0, 1]]}'),
        ("fact_places", '{"platform": [["text", 2, 1]]}'),
        ("why", '{"ton": [["text", 0, 1]]}'),
    ],
)
def test_a_cell_that_breaks_its_columns_promise_is_named(column, value):
    row = HEAD | {"ton": "好", "ton_confidence": "0.5", "needs_review": "", column: value}
    with pytest.raises(InputError, match=f"row 1, column '{column}'"):
        from_rows([row], columns=list(row), where="t.csv")


def test_a_why_column_of_the_inputs_own_is_left_alone():
    row = HEAD | {"ton": "好", "ton_confidence": None, "needs_review": None, "why": "因为"}
    [notice] = from_rows([row], columns=list(row))
    assert notice.why == {}
    assert notice.labels["ton"].confidence is None


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", " data:text/html,x", "//host/x", "", "https://a b", 'https://a/"onclick=', "https://a/\n"],
)
def test_only_plain_web_addresses_are_linked(value):
    assert web_address(value) is None or value.strip() == web_address(value) == "https://a/"


def test_a_lone_surrogate_becomes_a_character_that_can_be_written():
    row = HEAD | {"title": "坏\ud800字", "ton": "好", "ton_confidence": 1, "needs_review": 0}
    [notice] = from_rows([row], columns=list(row))
    assert notice.title == "坏\ufffd字"
