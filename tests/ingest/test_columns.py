import pytest

from pipeline import ingest
from pipeline.errors import InputError
from pipeline.ingest.fields import EXTRA_NAMES, RECORD_NAMES
from tests.ingest.tables import write


@pytest.mark.parametrize(("column", "name"), [(c, n) for c, names in RECORD_NAMES.items() for n in names])
def test_usual_names_of_record_columns_are_understood(column, name):
    value = "2024-03-05 14:05:00" if column == "published_at" else "值"
    header, cells = (name, value) if column == "title" else (f"标题,{name}", f"标题,{value}")
    [row] = ingest.read(f"{header}\n{cells}\n".encode()).notices.to_dict("records")
    assert row[column] == value


@pytest.mark.parametrize(("column", "name"), [(c, n) for c, names in EXTRA_NAMES.items() for n in names])
def test_usual_names_of_other_columns_are_understood(column, name):
    assert ingest.columns(f"标题,{name}\na,b\n".encode()).names[-1] == column


def test_case_blanks_and_full_width_letters_do_not_count():
    assert list(ingest.read("ＴＩＴＬＥ , Pub Date\na,2024-03-05\n".encode()).notices["published_at"]) == [
        "2024-03-05 00:00:00"
    ]


def test_of_two_columns_with_one_meaning_the_record_name_then_the_leftmost_wins():
    frame = ingest.read("标题,摘要,内容\na,b,c\n".encode()).notices
    assert (frame["text"][0], frame["内容"][0]) == ("b", "c")
    frame = ingest.read("标题,摘要,text\na,b,c\n".encode()).notices
    assert (frame["text"][0], frame["摘要"][0]) == ("c", "b")


def test_a_foreign_id_is_kept_beside_ours():
    frame = ingest.read(b"id,title\n7,a\n").notices
    assert frame["input_id"][0] == "7"
    assert len(frame["id"][0]) == 16


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".xlsx"])
def test_reading_our_own_output_again_adds_no_column_and_changes_no_id(tmp_path, suffix):
    first = ingest.read("标题,时间,内容,备注\na,2024-03-05,b,c\n".encode(), repeats=False).notices
    path = write(tmp_path / f"own{suffix}", list(first.columns), first.to_numpy().tolist())
    assert ingest.read(path, repeats=False).notices.equals(first)


def test_extra_columns_never_lose_one_another():
    names = ingest.columns("标题,a,a,,action,动作,id\n1,2,3,4,5,6,7\n".encode()).names
    assert names[5:] == ["a", "a_2", "column_4", "action", "动作", "input_id"]


def test_a_table_without_headline_is_an_error_that_lists_its_columns():
    with pytest.raises(InputError, match=r"columns: 正文、作者.*标题 or title"):
        ingest.read(ingest.Source("t.csv", "t.csv", "正文,作者\na,b\n".encode()))


def test_too_many_columns_are_an_error():
    header = ",".join(["title", *(f"c{i}" for i in range(1000))])
    with pytest.raises(InputError, match="too many"):
        ingest.read(f"{header}\n".encode())


def test_guarded_cells_of_our_files_come_back_and_apostrophes_of_others_stay(tmp_path):
    from pipeline.spreadsheet import guard

    titles = ["=1+1", "-5元", "@all", "+8", "'quoted'", "'=x", "普通"]
    frame = ingest.read(write(tmp_path / "a.jsonl", ["title"], [[t] for t in titles]), repeats=False).notices
    assert list(frame["title"]) == titles
    for suffix in (".csv", ".xlsx"):
        rows = [[guard(v or "") for v in row] for row in frame.to_numpy().tolist()]
        own = ingest.read(write(tmp_path / f"own{suffix}", list(frame.columns), rows), repeats=False).notices
        assert list(own["title"]) == titles
        assert list(own["id"]) == list(frame["id"])
        foreign = write(tmp_path / f"foreign{suffix}", ["title"], [["'=1"], ["'a'"]])
        assert list(ingest.read(foreign).notices["title"]) == ["'=1", "'a'"]
