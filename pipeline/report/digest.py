"""The digest as Markdown, for a mail or a chat."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from pipeline.report.agenda import Folded, agenda, fold, week_of
from pipeline.report.labelled import LabelledNotice

#: Notices listed of each topic, the newest; the rest are counted.
PER_TOPIC = 10

_WEEKDAYS = "一二三四五六日"
# Characters that mean something inside a line of Markdown (CommonMark and GitHub's); any may be escaped.
_SPECIAL = re.compile(r"([\\`*_\[\]<>&~|#!$:@])")
_REPLACED_IN_ADDRESS = {"(": "%28", ")": "%29"}


def markdown(labelled: Sequence[LabelledNotice], *, today: date, per_topic: int = PER_TOPIC) -> str:
    """Write the digest as Markdown: what takes effect this week and next, open comments, the newest by topic.

    The notices are grouped by the table's second head (the topic), or by its only one; the other heads are
    named before the headline. Every text from a notice is escaped.
    """
    folded = fold(labelled)
    due = agenda(folded, today)
    monday = week_of(today)
    lines = [f"# 平台规则摘要 · {today.isoformat()}", "", _summary(labelled, folded), ""]
    lines += _section(f"本周生效（{_span(monday)}）", [_dated(f, f.effective_date) for f in due.this_week])
    lines += _section(
        f"下周生效（{_span(monday + timedelta(weeks=1))}）",
        [_dated(f, f.effective_date) for f in due.next_week],
    )
    if due.comments:
        lines += _section("征求意见中（截止日）", [_dated(f, f.comment_until) for f in due.comments])
    for label, group in _groups(folded):
        items = [_published(f) for f in group[:per_topic]]
        if len(group) > per_topic:
            items.append(f"- 另有 {len(group) - per_topic} 条")
        lines += _section(f"{escape(label) or '未分类'} · {len(group)}", items)
    return "\n".join(lines).rstrip("\n") + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _summary(labelled: Sequence[LabelledNotice], folded: Sequence[Folded]) -> str:
    repeats = len(labelled) - len(folded)
    review = sum(f.notice.needs_review for f in folded)
    parts = [f"共 {len(folded)} 条通知"]
    if repeats:
        parts.append(f"重复 {repeats} 条已合并")
    if review:
        parts.append(f"待复核 {review} 条")
    return "，".join(parts) + "。"


def _section(heading: str, items: Sequence[str]) -> Iterator[str]:
    yield from (f"## {heading}", "")
    yield from items or ["（无）"]
    yield ""


def _groups(folded: Iterable[Folded]) -> list[tuple[str, list[Folded]]]:
    groups: dict[str, list[Folded]] = {}
    for entry in folded:
        values = [label.value for label in entry.notice.labels.values()]
        groups.setdefault(values[min(1, len(values) - 1)], []).append(entry)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _dated(folded: Folded, day: date | None) -> str:
    said = f"{day.month}月{day.day}日（周{_WEEKDAYS[day.weekday()]}） " if day else ""
    return f"- {said}{_line(folded)}"


def _published(folded: Folded) -> str:
    day = (folded.notice.published_at or "")[:10]
    return f"- {_line(folded)}{f'（{day}）' if day else ''}"


def _line(folded: Folded) -> str:
    notice = folded.notice
    title = escape(notice.title)
    if notice.url:
        address = "".join(_REPLACED_IN_ADDRESS.get(c, c) for c in notice.url)
        title = f"[{title}](<{address}>)"
    values = [label.value for label in notice.labels.values()]
    badges = values[:1] + values[2:] if len(values) > 1 else []
    parts = [f"**{escape('·'.join(badges))}** " if any(badges) else "", title]
    if folded.copies:
        parts.append(f" ×{len(folded.all)}")
    if notice.needs_review:
        parts.append(" ⚠待复核")
    return "".join(parts)


def _span(monday: date) -> str:
    sunday = monday + timedelta(days=6)
    return f"{monday.month}月{monday.day}日–{sunday.month}月{sunday.day}日"
