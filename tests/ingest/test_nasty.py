import gzip
import io
import json
import tracemalloc
import zipfile
from contextlib import contextmanager

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.ingest import limits
from tests.ingest.tables import HEADER, ROWS, count, rows_of, write


def source(suffix: str, content: bytes | str) -> ingest.Source:
    name = f"nasty{suffix}"
    return ingest.Source(name, name, content.encode() if isinstance(content, str) else content)


@contextmanager
def peak_below(size: int):
    """Fails where Python objects take more memory than ``size`` bytes at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


def test_characters_that_hide_are_cleaned_away():
    line = json.dumps({"title": "a\x00b\u200b\u202ec\ud800", "text": "甲\r\n乙\u2028丙\u3000丁\ufeff"})
    [row] = ingest.read(source(".jsonl", line)).notices.to_dict("records")
    assert (row["title"], row["text"]) == ("abc?", "甲 乙 丙 丁")


def test_nul_bytes_in_a_csv_cost_nothing():
    assert list(ingest.read(source(".csv", "title,text\na\x00b,c\n" + "d,e\n" * 30)).notices["title"])[:2] == [
        "ab",
        "d",
    ]


def test_lone_surrogates_in_extra_values_survive():
    [batch] = ingest.stream(source(".jsonl", '{"title": "a", "k": "\\ud800", "\\udfff": 1}'))
    assert ingest.decode_extra(batch.notices["k"][0].as_py()) == "\ud800"


@pytest.mark.parametrize("line", ['{"title": "a"', "[1]", "7", '"x"', "nonsense", "[" * 100_000, '{"a":' * 100_000])
def test_a_line_that_is_no_object_is_rejected_and_the_rest_read(line):
    reading = ingest.read(source(".jsonl", f'{{"title": "a"}}\n{line}\n{{"title": "b"}}\n'))
    assert list(reading.notices["title"]) == ["a", "b"]
    assert list(reading.rejects["line"]) == [2]


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a":' * 100_000, '[{"title": "a"', "null", "[]", '{"a": 1}', "[1, 2]"]
)
def test_a_json_document_that_holds_no_notices_is_an_error(content):
    with pytest.raises(InputError):
        ingest.read(source(".json", content))


def test_numbers_json_does_not_know_and_numbers_too_long():
    reading = ingest.read(source(".jsonl", f'{{"title": "a", "n": NaN, "m": -Infinity}}\n{{"title": {"9" * 5000}}}\n'))
    assert reading.notices["m"][0] == float("-inf")
    assert list(reading.rejects["line"]) == [2]


@pytest.mark.parametrize("value", [["x"], {"a": 1}, True, "", "\u200b", None, " \n"])
def test_a_headline_that_is_no_text_is_a_reject(value):
    reading = ingest.read(source(".jsonl", json.dumps({"title": value, "text": "x"}) + '\n{"title": 7}'))
    assert list(reading.notices["title"]) == ["7"]
    assert list(reading.rejects["line"]) == [1]


@pytest.mark.parametrize("wrap", [("title,text\na,", "\nb,c\n"), ('title,text\na,"', '"\nb,c\n')])
def test_fifty_megabytes_on_one_line_of_csv_are_one_reject(wrap):
    content = (wrap[0] + "x" * 50_000_000 + wrap[1]).encode()
    reading = ingest.read(source(".csv", content))
    assert list(reading.notices["title"]) == ["b"]
    assert list(reading.rejects["line"]) == [2]
    assert len(reading.rejects["excerpt"][0]) <= limits.MAX_EXCERPT


def test_a_field_over_the_limit_is_a_reject_and_one_at_the_limit_is_not():
    size = limits.MAX_FIELD
    for suffix, line in ((".jsonl", '{{"title": "a", "{}": "{}"}}\n'), (".csv", None)):
        for name in ("text", "extra"):
            if line:
                rows = [line.format(name, "x" * n) for n in (size - 2, size + 1)]
                content = "".join(rows)
            else:
                content = f"title,{name}\na,{'x' * (size - 2)}\na,{'x' * (size + 1)}\n"
            assert count(source(suffix, content)) == (1, 1)


def test_fifty_megabytes_on_one_line_of_a_page_and_of_json_lines():
    page = "1. 标题\n2024-03-05 10:00\n正文。\n" + "x" * 50_000_000 + "\n2. 又一个\n2024-03-05 11:00\n"
    assert count(source(".txt", page)) == (2, 1)
    lines = '{"title": "a"}\n{"title": "' + "x" * 50_000_000 + '"}\n{"title": "b"}'
    assert count(source(".jsonl", lines)) == (2, 1)


@pytest.mark.parametrize("after", [3, 5000])
def test_an_unclosed_quotation_mark_does_not_swallow_the_rows_after_it(after):
    rows = "".join(f"t{i},text {i}\n" for i in range(after))
    notices, rejects = count(source(".csv", f'title,text\nfirst,x\nbad,"never closed\n{rows}'))
    assert (notices, rejects) == (after + 1, 1)


def test_an_unclosed_mark_before_quoted_rows_costs_its_own_row():
    rows = "".join(f'"t{i}","text, {i}"\n' for i in range(50))
    reading = ingest.read(source(".csv", f'title,text\nbad,"never closed\n{rows}'), repeats=False)
    assert list(reading.notices["title"]) == [f"t{i}" for i in range(50)]
    assert list(reading.rejects["line"]) == [2]


def test_a_hostile_csv_is_parsed_in_linear_work():
    # From the start of a record each line leaves a quotation mark open, and inside one it does so again.
    content = "title,text\n" + '"",a","\n' * 20_000
    notices, rejects = count(source(".csv", content))
    assert notices + rejects == 20_000


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text('"ab,\n', max_size=8), max_size=12))
def test_any_csv_gives_each_line_to_a_notice_or_a_reject(lines):
    content = "title,text\nfirst,row\n" + "\n".join(lines)
    try:
        reading = ingest.read(source(".csv", content), repeats=False)
    except InputError:
        return
    taken = set(reading.rejects["line"])
    assert len(reading.notices) >= 1
    assert all(1 < line <= content.count("\n") + 1 for line in taken)


def test_rows_of_another_width_are_rejects():
    reading = ingest.read(source(".csv", "title,text\na\nb,c\nd,e,f\ng,h,\n,\n"))
    assert list(reading.notices["title"]) == ["b", "g"]
    assert list(reading.rejects["line"]) == [2, 4]


@pytest.mark.parametrize("tag", ["div", "ul><li", "b", "table", "p", "blockquote", "span"])
def test_a_page_nested_deep_ends(tag):
    with pytest.raises(InputError):
        ingest.read(source(".html", f"<{tag}>" * 100_000 + "标题"))


def test_a_page_of_unclosed_paragraphs_is_read():
    body = "<p>" * 100_000 + "<p>标题<p>2024-03-05<p>正文"
    assert list(ingest.read(source(".html", body)).notices["text"]) == ["正文"]


def repacked(path, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, content if entry == name else old.read(entry))
    return out.getvalue()


@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["标题", "内容"])
    book.active.append(["甲", "乙"])
    path = tmp_path / "t.xlsx"
    book.save(path)
    # openpyxl writes texts into the sheet; spreadsheet programs put them into a table of their own.
    with zipfile.ZipFile(path) as archive:
        sheet, types = archive.read("xl/worksheets/sheet1.xml"), archive.read("[Content_Types].xml")
    for number, text in enumerate(["标题", "内容", "甲", "乙"]):
        inline = f'" t="inlineStr"><is><t>{text}</t></is></c>'.encode()
        assert inline in sheet
        sheet = sheet.replace(inline, f'" t="s"><v>{number}</v></c>'.encode())
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = types.replace(
        b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    )
    path.write_bytes(repacked(path, "xl/worksheets/sheet1.xml", sheet))
    path.write_bytes(repacked(path, "[Content_Types].xml", types))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", shared_strings(b""))
    return path


def shared_strings(more: bytes) -> bytes:
    items = "".join(f"<si><t>{text}</t></si>" for text in ["标题", "内容", "甲", "乙"]).encode()
    return b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + items + more + b"</sst>"


def test_a_workbook_with_a_table_of_texts_is_read(workbook):
    assert rows_of(ingest.read(workbook)) == [("甲", None, "乙")]


ENTITIES = '<!DOCTYPE l [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_a_workbook_with_exploding_entities_is_refused(workbook, part):
    bomb = f'<?xml version="1.0"?>{ENTITIES}]><x>&i;</x>'.encode()
    content = repacked(workbook, part, bomb)
    with peak_below(50_000_000), pytest.raises(InputError, match="entities"):
        ingest.read(source(".xlsx", content))


def test_a_workbook_that_unfolds_to_gigabytes_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as entry,
    ):
        for _ in range(limits.MAX_WORKBOOK // 10_000_000 + 1):
            entry.write(b" " * 10_000_000)
    assert path.stat().st_size < 2_000_000
    with pytest.raises(InputError, match="unfolds"):
        ingest.read(path)


def test_a_workbook_that_lies_about_its_sizes_is_refused(workbook):
    strings = shared_strings(b" " * 30_000_000)
    content = bytearray(repacked(workbook, "xl/sharedStrings.xml", strings))
    size = len(strings).to_bytes(4, "little")
    assert content.count(size) == 2
    with peak_below(20_000_000), pytest.raises(InputError, match="not a whole"):
        ingest.read(source(".xlsx", bytes(content).replace(size, (400).to_bytes(4, "little"))))


def test_a_workbook_that_claims_a_million_columns_is_read(tmp_path):
    path = write(tmp_path / "t.xlsx", HEADER, ROWS)
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    forged = sheet.replace(b'ref="A1:C4"', b'ref="A1:XFD1048576"')
    assert forged != sheet
    assert count(source(".xlsx", repacked(path, "xl/worksheets/sheet1.xml", forged))) == (3, 0)


@pytest.mark.parametrize("cut", [30, 500, 2000])
def test_a_truncated_workbook_is_an_error(workbook, cut):
    with pytest.raises(InputError):
        ingest.read(source(".xlsx", workbook.read_bytes()[:-cut]))


def test_an_empty_workbook_is_an_error(tmp_path):
    openpyxl.Workbook().save(tmp_path / "e.xlsx")
    with pytest.raises(InputError, match="empty"):
        ingest.read(tmp_path / "e.xlsx")


def test_a_parquet_file_whose_small_dictionary_unfolds_to_gigabytes_stays_small(tmp_path):
    path = tmp_path / "t.parquet"
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), ["x" * 900_000])
    pq.write_table(pa.table({"title": ["a"] * 3000, "text": text}), path)
    assert path.stat().st_size < 1_000_000
    before = pa.total_allocated_bytes()
    seen = 0
    for batch in ingest.stream(path):
        seen += batch.notices.num_rows
        assert pa.total_allocated_bytes() - before < 200_000_000
        if seen > 200:
            break
    assert seen > 200


def test_a_parquet_row_over_the_limit_is_a_reject(tmp_path):
    pq.write_table(pa.table({"title": ["a", "b", "c"], "text": ["x", "y" * 100_000_000, "z"]}), tmp_path / "t.parquet")
    reading = ingest.read(tmp_path / "t.parquet")
    assert list(reading.notices["title"]) == ["a", "c"]
    assert list(reading.rejects["line"]) == [2]


def test_a_parquet_row_group_declared_too_large_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    part = pa.array(["x" * 1_000_000] * 100)
    text = pa.chunked_array([part] * (limits.MAX_ROW_GROUP // 100_000_000 + 1))  # one buffer, many times
    pq.write_table(pa.table({"title": ["a"] * len(text), "text": text}), path, use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 10_000_000
    with pytest.raises(InputError, match="row group 0 unfolds"):
        ingest.read(path)


def test_a_page_with_a_text_beyond_all_bounds_keeps_its_other_entries():
    page = "1. 甲\n2024-03-05\n" + "正文一行\n" * 700_000 + "2. 乙\n2024-03-06\n正文。\n"
    reading = ingest.read(source(".txt", page))
    assert list(reading.notices["title"]) == ["乙"]
    assert list(reading.rejects["excerpt"]) == ["甲"]


@pytest.mark.parametrize("keep", [4, 100, 0.5, 0.9])
def test_a_truncated_parquet_file_is_an_error(tmp_path, keep):
    content = write(tmp_path / "t.parquet", HEADER, ROWS).read_bytes()
    with pytest.raises(InputError, match="Parquet"):
        ingest.read(source(".parquet", content[: int(keep if keep > 1 else keep * len(content))]))


def test_a_parquet_file_with_any_byte_changed_ends_in_notices_or_an_error(tmp_path):
    content = write(tmp_path / "t.parquet", HEADER, ROWS).read_bytes()
    for at in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[at] ^= 0xFF
        try:
            count(source(".parquet", bytes(damaged)))
        except InputError:
            continue


@pytest.mark.parametrize("keep", [5, -5])
def test_a_damaged_gzip_file_is_an_error(keep):
    with pytest.raises(InputError, match="gzip"):
        ingest.read(source(".jsonl.gz", gzip.compress(b'{"title": "a"}\n' * 100)[:keep]))


def test_a_gzip_bomb_in_a_document_is_refused():
    bomb = gzip.compress(b"<p>" + b" " * limits.MAX_DOCUMENT, 1)
    with pytest.raises(InputError, match="MB in one document"):
        ingest.read(source(".html.gz", bomb))


def test_a_gzip_bomb_on_one_line_takes_no_memory():
    bomb = gzip.compress(b'{"title": "a"}\n{"title": "' + b"x" * 300_000_000, 1)
    with peak_below(60_000_000):
        assert count(source(".jsonl.gz", bomb)) == (1, 1)


def test_an_unreadable_path_is_an_error(tmp_path):
    with pytest.raises(InputError):
        ingest.read("a\x00b")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError):
        ingest.read(tmp_path / "gone.csv")
    with pytest.raises(InputError, match=r"none of|cannot be read"):
        ingest.read(tmp_path)


SUFFIX = st.sampled_from([".txt", ".html", ".csv", ".tsv", ".json", ".jsonl", ".parquet", ".xlsx", ""])


@settings(max_examples=150, deadline=None)
@given(
    SUFFIX,
    st.binary(max_size=200) | st.text('<>{}[]",:=\n\r\t 标题title2024-03-05\x00\u202e', max_size=200).map(str.encode),
)
def test_any_bytes_under_any_name_end_in_notices_or_an_input_error(suffix, content):
    try:
        found = sum(count(source(suffix, content)))
    except InputError:
        return
    assert found > 0
