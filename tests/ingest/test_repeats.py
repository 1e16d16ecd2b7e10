import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import ingest
from pipeline.notice import notice_id

SHARED = Path(__file__).parents[3] / "shared" / "notices"
CORPUS = Path(__file__).parents[2] / "data" / "corpus"


def frame_of(rows: list[tuple[str, str]], time: str | None = "2024-03-05 10:00:00") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [notice_id(title, time, text) for title, text in rows],
            "title": [title for title, _ in rows],
            "published_at": pd.Series([time] * len(rows), dtype=object),
            "text": [text for _, text in rows],
            "source": "x",
        }
    )


def marks(rows: list[tuple[str, str]]) -> list[int | None]:
    """For each row the number of the row it repeats."""
    marked, _ = ingest.mark(frame_of(rows))
    ids = list(marked["id"])
    return [None if first is None else ids.index(first) for first in marked["duplicate_of"]]


SHORT = (
    "快递超时揽收规则有变",
    "平台发布通知,商家在大促期间的揽收时限由48小时缩短到24小时,超时订单按每单3元赔付买家,4月1日起执行。",
)
LONG = (
    "揽收规则有变:快递超时要赔付",
    "3月25日消息,平台发布通知,商家在大促期间的揽收时限由48小时缩短到24小时,超时订单按每单3元赔付买家,4月1日起执行。"
    "此前部分买家反映下单后包裹迟迟没有物流信息,平台客服收到的同类投诉连续两个季度增加。",
)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared notices are not here")
def test_on_the_real_page_the_two_reports_of_one_event_are_marked_and_no_others():
    frame = ingest.read(SHARED / "kuaishou_listing.txt").notices
    ids = list(frame["id"])
    found = [(row + 1, ids.index(first) + 1) for row, first in enumerate(frame["duplicate_of"]) if first]
    assert found == [(17, 3)]


def test_a_longer_report_of_the_same_event_is_marked():
    assert marks([SHORT, LONG]) == [None, 0]
    assert marks([LONG, SHORT]) == [None, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("《破损包退规范》修订", "现对《破损包退规范》作出修订"),
            ("《坏了包退规范》修订", "现对《坏了包退规范》作出修订"),
        ),
        (("女装类目开展专项抽检", "平台将对女装抽检质量"), ("男装类目开展专项抽检", "平台将对男装抽检质量")),
        (("第12期违规商家名单", "本期清退店铺31家"), ("第13期违规商家名单", "本期清退店铺28家")),
        (("佣金下调到1.5%", "类目佣金下调"), ("佣金下调到15%", "类目佣金下调")),
    ],
    ids=["rules", "goods", "rounds", "figures"],
)
def test_series_of_like_notices_are_not_marked(one, other):
    boilerplate = ",为保障消费者的购物体验,维护平台秩序,特此公告,请各位商家及时查看并遵照执行,如有疑问请联系客服。"
    rows = [(title, text + boilerplate) for title, text in (one, other)]
    assert marks(rows) == [None, None]


def test_the_same_report_a_year_later_is_another_event():
    frame = pd.concat([frame_of([SHORT]), frame_of([LONG], "2025-03-05 10:00:00")], ignore_index=True)
    assert ingest.mark(frame)[0]["duplicate_of"].isna().all()


def test_no_two_notices_of_the_corpus_are_taken_for_repeats():
    reading = ingest.read(sorted(CORPUS.glob("*.jsonl")))
    assert reading.repeats_dropped == 0
    assert reading.notices["duplicate_of"].isna().all()


def test_exact_repeats_are_dropped_and_counted_blanks_and_case_aside(tmp_path):
    rows = [
        {"title": "APP 更新", "text": "甲"},
        {"title": "ａｐｐ更新", "text": "甲 "},
        {"title": "APP 更新", "text": "乙"},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, [*rows, rows[0]])), "utf-8")
    reading = ingest.read(path)
    assert (len(reading.notices), reading.repeats_dropped) == (2, 2)
    everything = ingest.read(path, repeats=False)
    assert (len(everything.notices), everything.repeats_dropped) == (4, 0)
    assert "duplicate_of" not in everything.notices


def test_a_mark_names_the_first_of_its_kind():
    third = (SHORT[0], SHORT[1] + "请各位商家知悉。")
    assert marks([SHORT, LONG, third]) == [None, 0, 0]


def test_the_frame_given_is_not_changed():
    frame = frame_of([SHORT, SHORT, LONG])
    before = frame.copy(deep=True)
    marked, dropped = ingest.mark(frame)
    assert dropped == 1
    pd.testing.assert_frame_equal(frame, before)
    again, none = ingest.mark(marked)
    assert none == 0
    pd.testing.assert_frame_equal(again, marked)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=20)), max_size=8))
def test_any_texts_are_marked_by_ids_that_are_there(rows):
    frame = frame_of(rows)
    marked, dropped = ingest.mark(frame)
    assert len(marked) + dropped == len(rows)
    assert set(marked["duplicate_of"].dropna()) <= set(marked.loc[marked["duplicate_of"].isna(), "id"])
