from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from pipeline.calendar import ics
from pipeline.notice import clean_text
from pipeline.report.labelled import Label, LabelledNotice


def notice(identity="a", **more):
    given_ = {
        "title": "平台修订《发货规则》", "text": "自3月15日起生效。", "source": "s",
        "published_at": "2024-03-01 10:00:00",
        "labels": {"action": Label("修订", 0.9), "topic": Label("物流发货", 0.8)},
        "effective_date": date(2024, 3, 15),
    }  # fmt: skip
    return LabelledNotice(id=identity, **(given_ | more))


def events(content):
    return Calendar.from_ical(content).walk("VEVENT")


def test_a_day_of_effect_is_an_entry_of_that_whole_day():
    [event] = events(ics([notice(url="https://a.example/x", rule_names=("发货规则",))]))
    assert event.decoded("dtstart") == date(2024, 3, 15)
    assert event.decoded("dtend") == date(2024, 3, 16)
    assert event["summary"] == "生效：平台修订《发货规则》"
    assert event.categories == ["修订", "物流发货"]
    assert event["url"] == "https://a.example/x"
    assert "自3月15日起生效。\n规则：《发货规则》" in event["description"]


def test_a_deadline_for_comments_is_an_entry_of_its_own():
    both = events(ics([notice(comment_until=date(2024, 3, 10), status="征求意见")]))
    assert [(e["summary"].split("：")[0], e.decoded("dtstart").day) for e in both] == [
        ("征求意见截止", 10),
        ("生效", 15),
    ]
    assert {e["status"] for e in both} == {"TENTATIVE"}
    assert len({e["uid"] for e in both}) == 2


def test_a_notice_without_a_day_has_no_entry():
    content = ics([notice(effective_date=None)])
    assert events(content) == []
    assert b"BEGIN:VCALENDAR" in content


def test_repeats_share_one_entry():
    assert len(events(ics([notice("a"), notice("b"), notice("c", title="转述", duplicate_of="a")]))) == 1


def test_a_second_import_finds_the_same_identifiers_and_bytes():
    table = [notice("a"), notice("b", title="另一条", effective_date=date(2024, 4, 1))]
    assert ics(table) == ics(list(reversed(table)))
    before = {event["uid"] for event in events(ics(table))}
    after = {event["uid"] for event in events(ics([*table, notice("c", title="新的一条")]))}
    assert before < after
    moved = events(ics([notice("a", effective_date=date(2024, 3, 20))], sequence=1))
    assert moved[0]["uid"] in before
    assert moved[0]["sequence"] == 1


def test_the_stamp_is_the_publication_in_utc_and_needs_no_clock():
    [event] = events(ics([notice()]))
    assert event.decoded("dtstamp") == datetime(2024, 3, 1, 2, tzinfo=UTC)
    [event] = events(ics([notice(published_at=None)]))
    assert event.decoded("dtstamp") == datetime(2024, 3, 14, 16, tzinfo=UTC)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(TEXT, TEXT, st.dates(), st.none() | st.datetimes(min_value=datetime(1000, 1, 1)))
def test_any_text_and_day_gives_a_file_strict_parsers_read(title, text, day, published):
    at = published.strftime("%Y-%m-%d %H:%M:%S") if published else None
    content = ics([notice(title=title, text=text, effective_date=day, published_at=at)])
    assert content.endswith(b"\r\n")
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert not [line for line in lines if b"\n" in line or b"\r" in line or len(line) > 75]
    assert [line.decode("utf-8") for line in lines]  # folded between characters, never inside one
    [event] = events(content)
    assert event.decoded("dtstart") == day
    if day < date.max:
        assert event.decoded("dtend") - day == timedelta(days=1)
    assert event["summary"] == f"生效：{clean_text(title)}"


def test_long_chinese_lines_are_folded_and_come_back_whole():
    title = '平台修订规则；逗号,分号;反斜杠\\引号"' * 12
    content = ics([notice(title=title)])
    assert max(map(len, content.split(b"\r\n"))) <= 75
    [event] = events(content)
    assert event["summary"] == f"生效：{title}"
