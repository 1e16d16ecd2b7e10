"""What a day in a notice is for: the start of the change, its end, a deadline for comments, or nothing of these."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import IntEnum
from typing import NamedTuple

from pipeline.extract import phrases
from pipeline.extract.content import Content
from pipeline.extract.dates import Mention, mentions

#: A day so long before the notice is history, not what the notice announces.
_LONG_AGO = timedelta(days=200)
#: 即日 is counted from a day of announcement named in the text if that is so near the notice's own.
_SAME_NEWS = timedelta(days=7)
_BEFORE_WIDTH = 16
#: What follows a day on which something changes.
_CHANGING = frozenset({"update", "verb", "soon", "open"})


class Role(IntEnum):
    """How surely a day is the one on which the change takes effect."""

    NONE = 0
    #: The start of a trial or a sign-up, or a rule in force named in passing.
    FAINT = 1
    #: A day beside a verb of change.
    WEAK = 2
    #: A day with 起, 生效, 自 and the like.
    STRONG = 3


class Day(NamedTuple):
    """A day and what it is for.

    ``until`` is the end of the range that the day begins. ``ends`` says that the day alone is the end of
    the change; ``comment``, that the day (or ``until``) is a deadline for comments. ``follows`` names the
    words behind the day (a group of `phrases.AFTER`), ``dateline`` says that a comma parts them from it.
    """

    mention: Mention
    role: Role = Role.NONE
    until: Mention | None = None
    ends: bool = False
    comment: bool = False
    follows: str | None = None
    dateline: bool = False

    @property
    def announced(self) -> bool:
        """Whether it is only the day on which somebody said something."""
        return self.follows == "said" and self.role is Role.NONE


def days(content: Content, issued: date | None) -> list[Day]:
    """All days that a notice names, with what each is for, in order."""
    found: list[Day] = []
    announced: date | None = None
    for first, until, begin, end in _spans(content.whole, issued):
        day = _day(content.whole, first, until, begin, end)
        if day.announced:
            announced = day.mention.day
        elif first.relative and issued and announced and abs(announced - issued) <= _SAME_NEWS:
            day = day._replace(mention=first._replace(day=first.day + (announced - issued)))
        found.append(_weighed(day, first.start < content.text_start, issued))
    return found


def _weighed(day: Day, in_title: bool, issued: date | None) -> Day:
    """Give the day its role as the notice's own day and the headline would have it."""
    role, age = day.role, (issued - day.mention.day) if issued else timedelta()
    if in_title:
        # A headline names the day that matters, so there a verb of change is enough.
        role = Role.STRONG if role is Role.WEAK and day.follows != "update" else role
    elif day.until is not None and issued is not None and day.until.day < issued:
        role = Role.NONE  # over before the notice was written
    elif age > _LONG_AGO:
        role = Role.FAINT if role is Role.STRONG and day.follows == "change" else Role.NONE
    elif role is Role.WEAK and day.dateline and age >= timedelta():
        role = Role.NONE  # 6月23日,平台正在关停…: the day of the news
    elif role is Role.WEAK and day.follows is None and day.until is None and age > timedelta():
        role = Role.NONE  # 平台于6月10日作出…: something that happened
    return day if role is day.role else day._replace(role=role)


def _spans(whole: str, issued: date | None) -> Iterator[tuple[Mention, Mention | None, int, int]]:
    """Days and ranges, each with the bounds of the words that may speak of it."""
    named = list(mentions(whole, issued))
    index = begin = 0
    while index < len(named):
        first = named[index]
        index += 1
        until = named[index] if index < len(named) and _is_range(whole, first, named[index]) else None
        index += until is not None
        yield first, until, begin, named[index].start if index < len(named) else len(whole)
        begin = (until or first).end


def _is_range(whole: str, first: Mention, second: Mention) -> bool:
    if second.start - first.end > 30 or second.day < first.day:
        return False
    return phrases.TO.fullmatch(whole, first.end, second.start) is not None


def _day(whole: str, first: Mention, until: Mention | None, begin: int, end: int) -> Day:
    stop = (until or first).end
    said = _said_before(whole, max(begin, first.start - _BEFORE_WIDTH), first.start)
    end = min(end, phrases.SENTENCE.match(whole, stop).end())  # type: ignore[union-attr]  # it matches anything
    at_once = phrases.AT_ONCE.match(whole, stop, end)
    if until is None and (at_once["last"] or said == "last") if at_once else said == "last":
        return Day(first) if said == "old" else _deadline(whole, first, end)
    if until is not None and _asks(whole, first, end):
        return Day(first, until=until, comment=True)
    begins = bool(at_once and at_once["begin"])
    after = (phrases.AFTER_BEGIN if begins else phrases.AFTER).match(whole, at_once.end() if at_once else stop, end)
    follows = after.lastgroup if after else None
    role = _role(said, begins, follows, first, until)
    comma = bool(at_once and at_once["comma"]) and not begins and said is None
    return Day(first, role, until, follows=follows, dateline=comma and until is None)


def _said_before(whole: str, begin: int, end: int) -> str | None:
    if begin == end or whole[end - 1] not in phrases.BEFORE_LAST:
        return None
    if whole[end - 1] == "自":  # the commonest word before a day, and it has one meaning
        return "from"
    clause = phrases.CLAUSE_BEFORE.search(whole, begin, end)
    before = phrases.BEFORE.search(whole, clause.start() if clause else begin, end)
    return before.lastgroup if before else None


def _asks(whole: str, first: Mention, end: int) -> bool:
    begin = max(whole.rfind(mark, max(0, first.start - 40), first.start) for mark in "。；;！？\x00") + 1
    return phrases.ASKS.search(whole, max(begin, first.start - 40), min(end, first.end + 36)) is not None


def _deadline(whole: str, mention: Mention, end: int) -> Day:
    if _asks(whole, mention, end):
        return Day(mention, comment=True)
    begin = max(0, mention.start - _BEFORE_WIDTH)
    task = phrases.TASK.search(whole, begin, end)
    ends = task is None and phrases.ENDS.search(whole, begin, min(end, mention.end + 6)) is not None
    return Day(mention, ends=ends)


def _role(said: str | None, begins: bool, follows: str | None, first: Mention, until: Mention | None) -> Role:
    if said in ("old", "done") or follows in ("watched", "published", "since"):
        return Role.NONE
    if follows == "background":
        return Role.NONE if first.dated else Role.FAINT
    if follows in ("trial", "within") or said == "signup":
        return Role.FAINT
    if said == "task":
        return Role.STRONG if begins else Role.NONE
    if said in ("label", "moved") or begins or follows == "change":
        return Role.STRONG
    if follows == "said":
        return Role.NONE
    if said == "from":
        return Role.STRONG if until or follows in _CHANGING else Role.WEAK
    if until is not None:
        return Role.NONE if follows == "figures" else Role.WEAK
    return Role.WEAK if said == "event" or follows in _CHANGING else Role.NONE
