import csv
import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.batch.encode import SHEET_CELL, Encoder, format_of
from pipeline.errors import OutputError, ParameterError
from pipeline.ingest import Source, read
from pipeline.ingest.assemble import JSON_METADATA

FORMS = ("csv", "jsonl", "parquet", "xlsx")

#: Texts that a spreadsheet would run, mangle or refuse.
HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "'=1",
    "''@",
    "http://x.example/" + "a" * 300,
    "_x0041_",
    "\ufffe",
    "007",
    "1e5",
    "true",
    "",
    "甲\r\n乙",
    '"引号",逗号',
    "\x01\x1f",
]


def extras(values, *, name="own", field=None):
    """A table of notices with one column of their own."""
    field = field or pa.field(name, pa.string())
    record = {"id": "0" * 16, "title": "标题", "published_at": None, "text": "文", "source": "s"}
    columns = [pa.array([value] * len(values), pa.string()) for value in record.values()]
    schema = pa.schema([*(pa.field(key, pa.string()) for key in record), field])
    return pa.table([*columns, pa.array(values, field.type)], schema=schema)


def as_json(values):
    return extras(
        [None if value is ... else json.dumps(value) for value in values],
        field=pa.field("own", pa.string(), metadata=JSON_METADATA),
    )


def whole(table, form):
    return Encoder(table.schema, form).whole(table)


def ours(values):
    """A table with the columns that tell our own outputs from others'."""
    table = extras(values)
    for name in ("action", "topic", "model_version"):
        table = table.append_column(name, pa.array(["x"] * len(values), pa.string()))
    return table


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(HOSTILE), min_size=1, max_size=4
    )
)
@example(HOSTILE)
def test_no_cell_of_a_spreadsheet_runs_as_a_formula(values):
    rows = list(csv.reader(io.StringIO(whole(extras(values), "csv").decode("utf-8-sig"), newline="")))
    assert len(rows) == len(values) + 1
    sheet = openpyxl.load_workbook(io.BytesIO(whole(extras(values), "xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")]
    assert not [
        cell for cell in cells if cell.data_type == "f" or str(cell.value)[:1] in tuple("=+-@\t\r") or cell.hyperlink
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("=+-@'\t甲a,\" ;"), max_size=6), min_size=1, max_size=4))
@example([text for text in HOSTILE if text.isprintable() or text[1:] == "x"])
def test_what_we_write_comes_back_unchanged_when_we_read_it(values):
    table = ours(values)
    for form in ("csv", "xlsx", "jsonl", "parquet"):
        reading = read(Source(f"t.{form}", "t", whole(table, form)), repeats=False)
        assert [value or "" for value in reading.notices["own"]] == values, form


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_column_s_name_does_not_run_either_and_comes_back(form):
    table = ours(["x"]).rename_columns(
        ["id", "title", "published_at", "text", "source", "=cmd()", "action", "topic", "model_version"]
    )
    reading = read(Source(f"t.{form}", "t", whole(table, form)), repeats=False)
    assert "=cmd()" in reading.notices
    if form == "csv":
        assert "'=cmd()" in whole(table, form).decode("utf-8-sig").splitlines()[0].split(",")


def test_csv_carries_a_mark_that_shows_excel_the_encoding():
    assert whole(extras(["x"]), "csv").startswith(b"\xef\xbb\xbf")


NASTY_JSON = [
    "\ud800",
    {"k": "\udfff", "n": [1, {}]},
    [],
    ["a", "b"],
    ["=1"],
    float("nan"),
    float("-inf"),
    2**70,
    10**400,
    0.1234567890123,
    True,
    None,
    {},
    "=x",
    ...,
]


@pytest.mark.parametrize("form", FORMS)
def test_any_value_of_json_can_be_written(form):
    content = whole(as_json(NASTY_JSON), form)
    reading = read(Source(f"t.{form}", "t", content), repeats=False)
    assert len(reading.notices) == len(NASTY_JSON)


def test_values_of_json_stay_what_they_were_in_json_lines():
    values = [value for value in NASTY_JSON if value == value and value is not ...]
    lines = whole(as_json(values), "jsonl").splitlines()
    assert [json.loads(line)["own"] for line in lines] == values


def test_numbers_of_the_input_keep_all_their_digits_and_ours_are_rounded():
    table = as_json([0.1234567890123, 2**60]).append_column(
        pa.field("action_confidence", pa.float64(), metadata={"digits": "6"}), pa.array([1 / 3, None])
    )
    rows = list(csv.DictReader(io.StringIO(whole(table, "csv").decode("utf-8-sig"))))
    assert [(row["own"], row["action_confidence"]) for row in rows] == [
        ("0.1234567890123", "0.333333"),
        (str(2**60), ""),
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(whole(table, "xlsx"))).active
    assert [sheet["F2"].value, sheet["G2"].value, str(sheet["F3"].value)] == [0.1234567890123, 0.333333, str(2**60)]


def test_lists_are_joined_in_spreadsheets_and_stay_lists_elsewhere():
    table = extras([["《甲》", "《乙》"], ["=x"], [], None], field=pa.field("own", pa.list_(pa.string())))
    rows = list(csv.DictReader(io.StringIO(whole(table, "csv").decode("utf-8-sig"))))
    assert [row["own"] for row in rows] == ["《甲》；《乙》", "'=x", "", ""]
    assert pq.read_table(io.BytesIO(whole(table, "parquet")))["own"].to_pylist() == table["own"].to_pylist()
    assert [json.loads(line)["own"] for line in whole(table, "jsonl").splitlines()] == table["own"].to_pylist()


def test_a_text_too_long_for_a_cell_is_never_cut_silently():
    assert whole(extras(["x" * SHEET_CELL]), "xlsx")
    for text in ("x" * (SHEET_CELL + 1), "𠮷" * (SHEET_CELL // 2 + 1)):
        with pytest.raises(OutputError, match="32767 characters"):
            whole(extras([text]), "xlsx")


@pytest.mark.parametrize("form", FORMS)
def test_parts_join_to_the_rows_of_the_whole_and_the_same_bytes_each_time(form):
    table = ours(HOSTILE)
    encoder = Encoder(table.schema, form)
    sinks = [io.BytesIO() for _ in range(2)]
    for sink in sinks:
        encoder.join([encoder.part(table.slice(0, 5)), encoder.part(table.slice(5))], sink)
    assert sinks[0].getvalue() == sinks[1].getvalue()
    one, other = (
        read(Source(f"t.{form}", "t", content), repeats=False).notices
        for content in (sinks[0].getvalue(), encoder.whole(table))
    )
    assert one.equals(other)


def test_the_format_follows_the_name_or_what_is_said():
    assert [format_of(name) for name in ("a.csv", "a.JSONL", "a.ndjson", "a.parquet", "a.xlsx")] == [
        "csv",
        "jsonl",
        "jsonl",
        "parquet",
        "xlsx",
    ]
    assert format_of("a.csv", "parquet") == "parquet"
    for name, given_ in (("a.txt", None), ("a", None), ("a.csv", "yaml")):
        with pytest.raises(ParameterError, match="csv, jsonl, parquet, xlsx"):
            format_of(name, given_)
