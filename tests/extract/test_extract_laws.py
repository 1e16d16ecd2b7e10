"""What holds for every text."""

import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extract import Facts, extract
from pipeline.extract.facts import Fact

#: Pieces that notices are made of, so that generated texts come near real ones.
PIECES = [
    "2023年",
    "7月1日",
    "31日",
    "2月30日",
    "十一月一日",
    "二〇二四年",
    "即日",
    "明日",
    "下月1日",
    "下周一",
    "本周日",
    "11/1",
    "2024-03-05",
    "9999年12月31日",
    "0年",
    "起",
    "自",
    "将于",
    "至",
    "到",
    "-",
    "前",
    "截至",
    "生效",
    "施行",
    "下线",
    "更新",
    "发布",
    "，",
    "。",
    "、",
    "意见",
    "征求",
    "公示期",
    "反馈",
    "报名",
    "《",
    "》",
    "〈",
    "〉",
    "【",
    "】",
    "淘宝",
    "抖店",
    "temu",
    "İ",
    "商家",
    "买家",
    "MCN",
    "由",
    "从",
    "调整为",
    "上调至",
    "5%",
    "19",
    "29雷亚尔",
    "72小时",
    "千分之六",
    "24时",
    "（",
    "）",
    "美西时间",
    "\x00",
    "\n",
    "\u3000",
    "７月",
    "之日",
    "7日后",
    "99999",
    "月",
    "日",
]
near_notices = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=24).map("".join)
times = st.none() | st.dates().map(lambda day: f"{day.isoformat()} 10:00:00") | st.text(max_size=12)


def all_facts(facts: Facts) -> list[Fact]:
    single = (facts.effective_date, facts.effective_until, facts.comment_until, facts.status, facts.platform)
    return [fact for fact in single if fact] + [*facts.rule_names, *facts.audience, *facts.amounts]


@settings(max_examples=400, deadline=None)
@given(near_notices, near_notices, times)
def test_places_lie_inside_their_field_and_hold_the_evidence(title: str, text: str, issued: str | None):
    facts = extract(title, text, issued)
    fields = {"title": title, "text": text}
    for fact in all_facts(facts):
        assert 0 <= fact.start < fact.end <= len(fields[fact.field])
    for name in facts.rule_names:
        assert fields[name.field][name.start : name.end] == name.value
    for amount in facts.amounts:
        evidence = fields[amount.field][amount.start : amount.end]
        assert all(part.rstrip("雷亚尔%元小时天") in evidence for part in amount.value.split("→"))


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.none() | st.text())
def test_no_text_raises_and_the_places_are_json(title: str, text: str, issued: str | None):
    row = extract(title, text, issued).row()
    assert isinstance(json.loads(str(row["fact_places"])), dict)


@settings(max_examples=400, deadline=None)
@given(near_notices, near_notices, times)
def test_a_change_never_ends_before_it_begins(title: str, text: str, issued: str | None):
    facts = extract(title, text, issued)
    if facts.effective_date and facts.effective_until:
        assert date.fromisoformat(facts.effective_until.value) >= date.fromisoformat(facts.effective_date.value)


@settings(max_examples=200, deadline=None)
@given(near_notices, near_notices, times)
def test_facts_are_listed_once_and_the_same_each_time(title: str, text: str, issued: str | None):
    facts = extract(title, text, issued)
    assert facts == extract(title, text, issued)
    for listed in (facts.rule_names, facts.audience, facts.amounts):
        assert len({fact.value for fact in listed}) == len(listed)
