import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.ingest.times import normal_time

MOMENTS = st.datetimes(dt.datetime(1970, 1, 3), dt.datetime(2199, 12, 30)).map(lambda m: m.replace(microsecond=0))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-03-05 14:05:00", "2024-03-05 14:05:00"),
        ("2024-03-05T14:05", "2024-03-05 14:05:00"),
        ("2024-03-05T06:05:00Z", "2024-03-05 14:05:00"),
        ("2024-03-05T06:05:00.123456+00:00", "2024-03-05 14:05:00"),
        ("2024-03-05 23:05:00-0800", "2024-03-06 15:05:00"),
        ("2024/3/5", "2024-03-05 00:00:00"),
        ("2024.3.5 7:08", "2024-03-05 07:08:00"),
        ("2024年3月5日 14:05", "2024-03-05 14:05:00"),
        ("2024年3月5日 星期二 下午2时05分", "2024-03-05 14:05:00"),
        ("２０２４－０３－０５", "2024-03-05 00:00:00"),
        ("20240305", "2024-03-05 00:00:00"),
        ("20240305140500", "2024-03-05 14:05:00"),
        (20240305, "2024-03-05 00:00:00"),
        (1709618700, "2024-03-05 14:05:00"),
        ("1709618700", "2024-03-05 14:05:00"),
        (1709618700123, "2024-03-05 14:05:00"),
        (45356.586805555555, "2024-03-05 14:05:00"),
        ("Tue, 05 Mar 2024 06:05:00 GMT", "2024-03-05 14:05:00"),
        (dt.date(2024, 3, 5), "2024-03-05 00:00:00"),
        (dt.datetime(2024, 3, 5, 6, 5, tzinfo=dt.UTC), "2024-03-05 14:05:00"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_times_as_people_write_them(value, expected):
    assert normal_time(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("2024-02-30", "2月30日", "99999-01-01", "2024-13-01", "2024-03-05 25:00:00", "2024-03-05 14:60:00"),
        *("1969-12-31", "2024-03-05 10:00+99:99", "3小时前", "02-01 16:28", "明天", "9" * 50),
        *(0, -1, 1e300, float("nan"), True, []),
    ],
)
def test_what_is_no_date_with_its_year_is_refused(value):
    with pytest.raises((ValueError, OverflowError)):
        normal_time(value)


@given(MOMENTS)
def test_every_moment_comes_back_from_each_way_to_write_it(moment):
    written = moment.strftime("%Y-%m-%d %H:%M:%S")
    assert normal_time(written) == written
    assert normal_time(moment) == written
    assert normal_time(moment.isoformat()) == written
    assert normal_time(moment.strftime("%Y年%m月%d日 %H:%M:%S")) == written
    assert normal_time(moment.strftime("%Y%m%d%H%M%S")) == written


@given(st.text(max_size=30) | st.floats() | st.integers())
def test_any_value_is_a_time_or_refused(value):
    try:
        time = normal_time(value)
    except (ValueError, OverflowError):
        return
    assert time is None or normal_time(time) == time


def test_a_row_with_an_impossible_time_is_rejected_and_named():
    rows = ["标题,时间", "a,2024-03-05", "b,2024年2月30日", "c,", "d,99999-1-1"]
    reading = ingest.read("\n".join(rows).encode())
    assert list(reading.notices["title"]) == ["a", "c"]
    assert list(reading.notices["published_at"]) == ["2024-03-05 00:00:00", None]
    assert list(reading.rejects["line"]) == [3, 5]
    assert "2024年2月30日" in reading.rejects["reason"][0]
