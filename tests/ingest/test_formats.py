import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.notice import RECORD_COLUMNS, clean_text
from tests.ingest.tables import HEADER, ROWS, count, rows_of, write

SUFFIXES = [".csv", ".tsv", ".json", ".jsonl", ".parquet", ".xlsx"]
CLEAN = [(title, time, clean_text(text)) for title, time, text in ROWS]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_table_format_gives_the_same_notices(write_table, suffix):
    reading = ingest.read(write_table(suffix, HEADER, ROWS))
    assert rows_of(reading) == CLEAN
    assert list(reading.notices.columns) == [*RECORD_COLUMNS, "duplicate_of"]
    assert set(reading.notices["source"]) == {f"table{suffix}"}
    assert reading.rejects.empty


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_format_is_told_by_content_without_a_suffix(write_table, suffix):
    content = write_table(suffix, HEADER, ROWS).read_bytes()
    assert rows_of(ingest.read(content)) == CLEAN


UNPRINTED = ["Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co"]
TEXT = st.text(st.characters(exclude_categories=UNPRINTED), max_size=12).map(clean_text)
TABLES = st.lists(st.tuples(TEXT.filter(bool), st.just("2024-02-29 23:59:59"), TEXT, TEXT), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(rows=TABLES, suffix=st.sampled_from(SUFFIXES))
def test_a_table_reads_back_equal_from_every_format(tmp_path_factory, rows, suffix):
    path = write(tmp_path_factory.mktemp("law") / f"t{suffix}", [*HEADER, "备注"], [list(row) for row in rows])
    frame = ingest.read(path, repeats=False).notices
    columns = zip(*(frame[name] for name in ("title", "published_at", "text", "备注")), strict=True)
    back = [tuple(value or "" for value in row) for row in columns]
    assert back == rows


JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.integers(), max_size=2))


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.one_of(JUNK, st.fixed_dictionaries({"title": JUNK}, optional={"时间": JUNK, "k": JUNK})), min_size=1
    )
)
def test_rows_in_are_notices_and_rejects_and_dropped(rows):
    content = "\n".join(map(json.dumps, rows)).encode()
    if not any(isinstance(row, dict) for row in rows):
        return
    source = ingest.Source("rows.jsonl", "rows.jsonl", content)
    reading = ingest.read(source)
    assert len(reading.notices) + len(reading.rejects) + reading.repeats_dropped == len(rows)
    assert sum(count(source)) == len(rows)


@settings(max_examples=50, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
)
def test_extra_values_of_json_survive_untouched(value):
    line = json.dumps({"title": "标题", "extra": value}).encode()
    [batch] = ingest.stream(ingest.Source("a.jsonl", "a.jsonl", line))
    assert ingest.is_json(batch.notices.schema.field("extra"))
    assert ingest.decode_extra(batch.notices["extra"][0].as_py()) == value
    assert ingest.read(line).notices["extra"][0] == value


def test_an_absent_key_differs_from_null():
    [batch] = ingest.stream(b'{"title": "a", "k": null}\n{"title": "b"}\n')
    assert batch.notices["k"].to_pylist() == ["null", None]


def test_all_batches_of_json_lines_have_all_columns(tmp_path):
    path = tmp_path / "late.jsonl"
    path.write_text("".join(json.dumps({"title": f"t{i}", f"k{i % 7}": i}) + "\n" for i in range(50)), "utf-8")
    schemas = {str(batch.notices.schema) for batch in ingest.stream(path, batch_rows=3)}
    assert len(schemas) == 1
    assert {f"k{i}" for i in range(7)} <= set(ingest.columns(path).names)


def test_where_json_objects_name_the_text_differently_each_is_read():
    reading = ingest.read(b'{"title": "a", "content": "x"}\n{"title": "b", "text": "y"}')
    assert list(reading.notices["text"]) == ["x", "y"]


@pytest.mark.parametrize(
    "document",
    [
        [{"title": "a"}],
        {"title": "a"},
        {"code": 0, "rows": [{"title": "a"}]},
        {"data": {"n": 1, "list": [{"title": "a"}]}},
    ],
)
def test_json_documents_of_usual_shapes(document):
    assert list(ingest.read(json.dumps(document, indent=1).encode()).notices["title"]) == ["a"]


def test_parquet_extras_keep_their_types(tmp_path):
    path = tmp_path / "t.parquet"
    table = pa.table({"title": ["a", "b"], "n": pa.array([1, None], pa.int32()), "tags": [["x"], []]})
    pq.write_table(table, path, row_group_size=1)
    batches = [batch.notices for batch in ingest.stream(path)]
    joined = pa.concat_tables(batches)
    assert joined["n"].to_pylist() == [1, None]
    assert joined.schema.field("n").type == pa.int32()
    assert joined["tags"].to_pylist() == [["x"], []]


def test_parquet_timestamps_become_local_times(tmp_path):
    import datetime as dt

    path = tmp_path / "t.parquet"
    moment = dt.datetime(2024, 3, 5, 6, 5, tzinfo=dt.UTC)
    pq.write_table(pa.table({"title": ["a"], "date": pa.array([moment], pa.timestamp("ns", "UTC"))}), path)
    assert list(ingest.read(path).notices["published_at"]) == ["2024-03-05 14:05:00"]


def test_workbook_dates_and_numbers_keep_their_meaning(tmp_path):
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["说明"])
    sheet = book.create_sheet("公告")
    sheet.append(["标题", "日期", "次数", "有效"])
    sheet.append(["a", dt.datetime(2024, 3, 5, 14, 5), 3, True])
    book.save(tmp_path / "t.xlsx")
    [row] = ingest.read(tmp_path / "t.xlsx").notices.to_dict("records")
    assert (row["published_at"], row["次数"], row["有效"]) == ("2024-03-05 14:05:00", 3, True)


def test_json_lines_called_json(tmp_path):
    (tmp_path / "t.json").write_text('{"title": "a"}\n{"title": "b"}\n', "utf-8")
    assert list(ingest.read(tmp_path / "t.json").notices["title"]) == ["a", "b"]


def test_parquet_categories_of_any_kind(tmp_path):
    numbers = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array([10, 20]))
    names = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), ["x", "y"])
    pq.write_table(pa.table({"title": ["a", "b", "c"], "n": numbers, "s": names}), tmp_path / "t.parquet")
    frame = ingest.read(tmp_path / "t.parquet").notices
    assert (list(frame["n"]), list(frame["s"])) == ([10, 20, 10], ["x", "y", "x"])


def test_gzip_of_a_text_format(tmp_path):
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"title": "a"}\n'))
    assert list(ingest.read(path).notices["title"]) == ["a"]


def test_folder_is_read_in_order_and_what_cannot_be_read_is_named(tmp_path):
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "t.csv", HEADER, ROWS[:1])
    write(tmp_path / "a.jsonl", HEADER, ROWS[1:2])
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    (tmp_path / ".hidden.csv").write_bytes(b"x")
    reading = ingest.read(tmp_path)
    assert list(reading.notices["title"]) == [ROWS[1][0], ROWS[0][0]]
    assert list(reading.notices["source"]) == ["a.jsonl", "t.csv"]
    assert list(reading.rejects["source"]) == ["empty.csv", "photo.png"]


def test_several_sources_share_one_schema(tmp_path):
    csv = write(tmp_path / "a.csv", [*HEADER, "n"], [[*ROWS[0], "1"]])
    pq.write_table(pa.table({"title": ["b"], "n": [2], "m": [1.5]}), tmp_path / "b.parquet")
    sources = ingest.expand([csv, tmp_path / "b.parquet"])
    schema = ingest.columns(sources)
    tables = [ingest.conform(batch.notices, schema) for batch in ingest.stream(sources)]
    joined = pa.concat_tables(tables)
    assert schema.names == [*RECORD_COLUMNS, "n", "m"]
    assert [ingest.decode_extra(v) for v in joined["n"].to_pylist()] == ["1", 2]
    assert joined["m"].to_pylist() == [None, 1.5]


def test_pattern_reads_the_files_it_fits(tmp_path):
    write(tmp_path / "a.csv", HEADER, ROWS[:1])
    write(tmp_path / "b.csv", HEADER, ROWS[1:2])
    assert len(ingest.read(str(tmp_path / "*.csv")).notices) == 2


def test_standard_input_is_read_as_bytes(page):
    code = "from pipeline import ingest; r = ingest.read('-'); print(len(r.notices), set(r.notices.source))"
    run = subprocess.run([sys.executable, "-c", code], input=page.encode("gb18030"), capture_output=True, check=True)
    assert run.stdout.decode().strip() == "3 {'-'}"


def test_long_standard_input_waits_on_disk():
    line = json.dumps({"title": "a", "text": "x" * 1000}).encode() + b"\n"
    source = ingest.Source.of_stream(io.BytesIO(line * 20_000))
    assert isinstance(source.content, Path)
    assert count(source) == (20_000, 0)


def test_importing_the_package_is_cheap():
    heavy = ["pandas", "pyarrow", "openpyxl", "scipy", "sklearn", "datasketch", "charset_normalizer", "numpy"]
    code = f"import sys, pipeline.ingest; print(sorted(set({heavy}) & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"[]"


def test_nothing_named_like_a_path_is_an_error():
    with pytest.raises(InputError, match="no such file"):
        ingest.read("missing.csv")


def test_batches_are_bounded_by_rows_and_by_size(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_text((json.dumps({"title": "a", "text": "x" * 900_000}) + "\n") * 40, "utf-8")
    sizes = [batch.notices.nbytes for batch in ingest.stream(path)]
    assert len(sizes) > 1
    assert max(sizes) < 20_000_000
    assert max(batch.notices.num_rows for batch in ingest.stream(b'{"title":"a"}\n' * 10, batch_rows=3)) == 3
