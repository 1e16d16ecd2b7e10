from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.agenda import agenda, fold, week_of
from pipeline.report.labelled import Label, LabelledNotice


def notice(identity, title="标题", text="正文", **more):
    given_ = {"published_at": "2024-03-01 10:00:00", "source": "s", "labels": {"a": Label("x", 0.9)}} | more
    return LabelledNotice(id=identity, title=title, text=text, **given_)


def test_the_same_headline_and_text_are_folded_whatever_the_blanks():
    [one] = fold([notice("a", "标题 一"), notice("b", "标题一", published_at="2024-03-02 10:00:00")])
    assert one.notice.id == "a"
    assert [copy.id for copy in one.copies] == ["b"]


def test_what_another_points_at_leads_even_when_it_is_later():
    first = notice("a", "甲", published_at="2024-03-05 10:00:00")
    [one] = fold([notice("b", "乙", duplicate_of="a"), first, notice("c", "丙", duplicate_of="b")])
    assert one.notice.id == "a"
    assert len(one.copies) == 2


def test_repeats_of_a_notice_that_is_not_in_the_table_are_folded_together():
    assert len(fold([notice("b", "乙", duplicate_of="gone"), notice("c", "丙", duplicate_of="gone")])) == 1


def test_a_day_that_only_a_repeat_states_is_not_lost():
    [one] = fold([notice("a"), notice("b", "乙", duplicate_of="a", effective_date=date(2024, 3, 20))])
    assert one.effective_date == date(2024, 3, 20)


LINKS = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 12)), max_size=20, unique_by=lambda x: x[0])


@given(LINKS, st.randoms())
def test_folding_keeps_every_notice_once_whatever_points_where(links, chance):
    table = [notice(str(i), f"标题{i}", duplicate_of=None if to is None else str(to)) for i, to in links]
    folded = fold(table)
    kept = sorted(n.id for one in folded for n in one.all)
    assert kept == sorted(n.id for n in table)
    chance.shuffle(table)
    assert [one.notice.id for one in fold(table)] == [one.notice.id for one in folded]


def test_weeks_run_from_monday_to_sunday_over_a_new_year():
    today = date(2024, 12, 31)
    assert week_of(today) == date(2024, 12, 30)
    days = {
        "before": "2024-12-29",
        "mon": "2024-12-30",
        "sun": "2025-01-05",
        "next": "2025-01-06",
        "late": "2025-01-13",
    }
    table = [notice(name, name, effective_date=date.fromisoformat(day)) for name, day in days.items()]
    due = agenda(fold(table), today)
    assert [one.notice.id for one in due.this_week] == ["mon", "sun"]
    assert [one.notice.id for one in due.next_week] == ["next"]


def test_comments_are_open_until_their_last_day_has_passed():
    today = date(2024, 3, 14)
    table = [notice(f"{day}", f"{day}", comment_until=date(2024, 3, day)) for day in (20, 13, 14)]
    assert [one.notice.id for one in agenda(fold(table), today).comments] == ["14", "20"]


def test_the_status_is_that_of_the_day_of_reading():
    due = notice("a", status="将生效", effective_date=date(2024, 3, 14))
    [one] = fold([due])
    assert one.status_on(date(2024, 3, 13)) == "将生效"
    assert one.status_on(date(2024, 3, 14)) == "已生效"
    [draft] = fold([replace(due, status="征求意见")])
    assert draft.status_on(date(2024, 3, 14)) == "征求意见"
