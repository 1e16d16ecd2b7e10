"""The days that a notice states, told from days it only mentions."""

from datetime import date

import extract_examples as examples
import pytest

from pipeline.extract import extract
from pipeline.extract.dates import number, tell_year


@pytest.mark.parametrize("example", examples.ALL, ids=lambda example: f"{example.title}-{example.text}"[:40])
def test_days_are_read_as_stated(example: examples.Example):
    row = extract(example.title, example.text, example.issued).row()
    read = (row["effective_date"], row["effective_until"], row["comment_until"])
    assert read == (example.effective, example.until, example.comment)


def test_time_of_day_in_the_notice_time_changes_nothing():
    assert extract("", "明日起执行", "2023-06-15 23:59:59") == extract("", "明日起执行", "2023-06-15")


@pytest.mark.parametrize("no_time", [None, "", "昨天", "2023-02-30 00:00:00"])
def test_without_a_usable_time_only_written_years_count(no_time: str | None):
    assert extract("", "即日起执行", no_time).effective_date is None
    found = extract("", "2023年7月1日起执行", no_time).effective_date
    assert found is not None
    assert found.value == "2023-07-01"


def test_the_place_of_a_day_is_where_it_is_written():
    found = extract("质检费下调", "自7月1日起执行", "2023-06-15").effective_date
    assert found == ("2023-07-01", "text", 1, 5)


@pytest.mark.parametrize(
    ("issued", "month", "day", "meant"),
    [
        (date(2022, 12, 20), 1, 1, date(2023, 1, 1)),
        (date(2023, 1, 5), 12, 28, date(2022, 12, 28)),
        (date(2023, 6, 15), 6, 1, date(2023, 6, 1)),
        (date(2023, 2, 1), 11, 1, date(2023, 11, 1)),
        (date(2023, 12, 1), 2, 29, date(2024, 2, 29)),
    ],
)
def test_the_year_is_told_from_the_notice_over_new_year(issued: date, month: int, day: int, meant: date):
    assert tell_year(month, day, issued) == meant


@pytest.mark.parametrize(
    ("written", "value"),
    [("十", 10), ("十一", 11), ("二十", 20), ("廿五", 25), ("三十一", 31), ("卅", 30), ("九", 9), ("07", 7)],
)
def test_chinese_numbers_have_their_value(written: str, value: int):
    assert number(written) == value
