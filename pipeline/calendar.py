"""A calendar file (iCalendar, RFC 5545): an all-day entry for each effective date and comment deadline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from pipeline.notice import TIME_FORMAT, TIME_ZONE, clean_text
from pipeline.report.agenda import Folded, fold
from pipeline.report.labelled import LabelledNotice

#: The calendar's name where none is given.
NAME = "平台规则日历"

_PRODUCT = "-//notices//notices calendar//ZH"
_DRAFT = "征求意见"
# Local, as all times of notices are. Near year 1 the step to UTC would leave the calendar.
_EARLIEST = datetime(1970, 1, 1)


@dataclass(frozen=True)
class _Entry:
    """One day of one notice; ``kind`` is part of the identifier and must never change its spelling."""

    folded: Folded
    kind: str
    word: str
    day: date

    @property
    def uid(self) -> str:
        return f"{self.folded.notice.id}-{self.kind}@notices"


def ics(labelled: Sequence[LabelledNotice], *, name: str = NAME, sequence: int = 0) -> bytes:
    """Write the calendar file: CRLF line ends, lines folded at 75 octets, UTF-8.

    An entry's UID comes from the notice's id and the kind of day, its DTSTAMP from the time of publication.
    So the same table gives the same bytes, and a second import updates the entries instead of doubling them.

    Parameters
    ----------
    labelled
        Notices of one labelled table; repeats are folded into one entry.
    name
        The calendar's name.
    sequence
        Revision of the entries. Raise it where a calendar already handed out is corrected and the reader's
        program keeps the old entry unless the revision is higher.

    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", clean_text(name))
    calendar.add("x-wr-calname", clean_text(name))
    entries = sorted(_entries(fold(labelled)), key=lambda entry: (entry.day, entry.uid))
    for entry in entries:
        calendar.add_component(_event(entry, sequence))
    content: bytes = calendar.to_ical()
    return content


def _entries(folded: Sequence[Folded]) -> Iterator[_Entry]:
    for one in folded:
        if one.effective_date:
            yield _Entry(one, "effective", "生效", one.effective_date)
        if one.comment_until:
            yield _Entry(one, "comment", "征求意见截止", one.comment_until)


def _event(entry: _Entry, sequence: int) -> Event:
    notice = entry.folded.notice
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", _stamp(entry))
    event.add("sequence", sequence)
    event.add("dtstart", entry.day)
    if entry.day < date.max:
        event.add("dtend", entry.day + timedelta(days=1))  # exclusive: the entry fills its one day
    event.add("summary", f"{entry.word}：{clean_text(notice.title)}")
    event.add("description", _description(entry.folded))
    event.add("categories", [clean_text(label.value) for label in notice.labels.values() if label.value])
    event.add("status", "TENTATIVE" if notice.status == _DRAFT else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # a rule's day does not make its reader busy
    if notice.url:
        event.add("url", notice.url)
    return event


def _stamp(entry: _Entry) -> datetime:
    """When the entry was made: the publication, or the start of the day itself where that is missing."""
    published = entry.folded.notice.published_at
    local = datetime.strptime(published, TIME_FORMAT) if published else datetime.combine(entry.day, time())
    return max(local, _EARLIEST).replace(tzinfo=ZoneInfo(TIME_ZONE)).astimezone(UTC)


def _description(folded: Folded) -> str:
    notice = folded.notice
    facts = (
        ("平台", notice.platform),
        ("规则", "、".join(f"《{rule}》" for rule in notice.rule_names)),
        ("对象", "、".join(notice.audience)),
        ("变化", "；".join(notice.amounts)),
        ("有效至", notice.effective_until),
        ("重复报道", len(folded.copies)),
        ("待复核", "标签把握不足，请核对原文" if notice.needs_review else None),
    )
    lines = [
        clean_text(notice.text),
        *(f"{name}：{clean_text(str(value))}" for name, value in facts if value),
    ]
    return "\n".join(line for line in lines if line)
