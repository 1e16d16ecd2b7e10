"""Days named in a text: every form in which notices write them, resolved to calendar days."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

_ONE = "一二三四五六七八九"
_CHINESE_DAY = f"(?:三十一?|二?十[{_ONE}]?|二十|廿[{_ONE}]?|卅一?|[{_ONE}])"
_DAY = f"(?:\\d{{1,2}}|{_CHINESE_DAY})"
_BLANK = r"\s{0,2}"

# Where a day may begin. It starts with one character class, so the search runs at the speed of a scan,
# and the costly pattern below is tried only at a handful of places.
_MAYBE = re.compile(
    rf"[0-9０-９〇○零{_ONE}十廿卅今本明去次同当前下这即立后发公通]"
    rf"(?:[\d〇○零{_ONE}十]{{0,3}}\s{{0,2}}[年月日号號/.-]|年|个?[月周星礼]|[日天起刻时]|即(?=生效)|(?=[起生])|[布告知示]之日)"
)
_WAYS = (
    # 2024年3月5日, 二〇二四年三月五日, 明年1月1日, 3月5日, 7月1-15日
    rf"(?:(?P<year>\d{{4}}|[〇○零{_ONE}]{{4}}){_BLANK}年{_BLANK}|(?P<said>[今本明去次同当前]年){_BLANK})?"
    rf"(?P<month>\d{{1,2}}|十[一二]?|[{_ONE}]){_BLANK}月{_BLANK}(?P<day>{_DAY}){_BLANK}"
    rf"(?:[日号號]|(?=[-—–~～至到]{{1,2}}{_BLANK}\d{{1,2}}{_BLANK}[日号]))",
    # 2024-03-05, 2024/3/5, 2024.3.5
    r"(?P<iso>\d{4})(?P<mark>[-/.])(?P<iso_month>\d{1,2})(?P=mark)(?P<iso_day>\d{1,2})(?!\d)",
    # 11/1, and 11.1 where a word behind it can only follow a day
    r"(?P<short_month>\d{1,2})(?:/(?P<short_day>\d{1,2})(?![\d/%％])"
    r"|\.(?P<dot_day>\d{1,2})(?=日?(?:起(?:执行|生效|实施|施行|正式|开始|上线|下线|启用|调整)|正式|生效|施行|实施)))",
    # 下月1日, 次月1日, 本月15日
    rf"(?P<month_word>[下次本当这]个?月){_BLANK}(?P<month_day>{_DAY}){_BLANK}[日号號]",
    # 下周一, 本周五
    r"(?P<week>[下本这]个?)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
    # 即日起, 今日起, 明天, 后天, 自发布之日起
    r"(?P<now>[即今当][日天]|即[刻时]|(?:[即今]|立即)(?=起|生效))(?!消息|讯|[晚早达送]|[，,])",
    r"(?P<ahead>[明次后][日天]|明(?=起))(?!消息|达|送|配)",
    r"(?P<issue>(?:发布|公布|公告|通知|公示)之日)",
    # 15日: a day of the month last named, or of the notice's own
    r"(?P<bare>\d{1,2})[日号](?!内|之内|以内|龄|后|之后|无理由|达|均|游|线|店|楼|仓)",
)
_DATE = re.compile("|".join(_WAYS))
_LATER_DAYS = re.compile(r"起?(?:的)?第?(\d{1,3})(?:个?自然)?[日天](?:后|起)")

#: Behind these a number of days is counted, no day named (满7日, 起3日).
_COUNTED = frozenset("起后第满超每前近过达隔达月周足共连续约有为.+")

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0}
_WEEKDAYS = {character: value for value, character in enumerate("一二三四五六日")} | {"天": 6}
_YEAR_WORDS = {"今": 0, "本": 0, "当": 0, "同": 0, "明": 1, "次": 1, "去": -1, "前": -2}
_AHEAD = {"明": 1, "次": 1, "后": 2}


class Mention(NamedTuple):
    """A day named at ``start:end``.

    ``relative`` marks a day counted from that of the announcement (即日, 明日), ``dated`` one with a year written.
    """

    day: date
    start: int
    end: int
    relative: bool = False
    dated: bool = False


def mentions(text: str, issued: date | None) -> Iterator[Mention]:
    """Yield the days that ``text`` names, in order; impossible ones (2月30日) are left out.

    Parameters
    ----------
    text
        Headline or text of a notice.
    issued
        The notice's own day, from which years are told and 明日 is counted; without it only days
        whose year is written, there or just before, are found.
    """
    anchor = issued
    last: Mention | None = None
    for match in _matches(text):
        start = match.start()
        near = last if last is not None and start - last.end <= 12 else None
        found = _resolve(match, anchor, near)
        if found is None:
            continue
        last = found
        if found.dated and anchor is None:
            anchor = found.day
        yield found


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Where the forms of a day stand, never in the middle of a longer number."""
    maybe = _MAYBE.search(text)
    while maybe is not None:
        start = maybe.start()
        match = _DATE.match(text, start)
        if match is not None and not (start and text[start].isdigit() and text[start - 1].isdigit()):
            yield match
            start = match.end() - 1
        maybe = _MAYBE.search(text, start + 1)


def _resolve(match: re.Match[str], issued: date | None, near: Mention | None) -> Mention | None:
    """Tell the day of one match; ``near`` is the day named just before it."""
    way = match.lastgroup
    start, end = match.span()
    try:
        if way == "day":
            return _month_and_day(match, issued, near)
        if way == "iso_day":
            year, month, day = map(int, match.group("iso", "iso_month", "iso_day"))
            return Mention(date(year, month, day), start, end, dated=True)
        if way in ("short_day", "dot_day"):
            found = tell_year(int(match["short_month"]), int(match[way]), issued, near)
            return Mention(found, start, end) if found else None
        if way == "bare" and match.string[start - 1 : start] not in _COUNTED:
            return _bare(match, issued, near)
        return None if issued is None or way == "bare" else _relative(match, issued)
    except (ValueError, OverflowError):
        return None


def _month_and_day(match: re.Match[str], issued: date | None, near: Mention | None) -> Mention | None:
    start, end = match.span()
    month, day = number(match["month"]), number(match["day"])
    if match["year"]:
        return Mention(date(_year(match["year"]), month, day), start, end, dated=True)
    if match["said"]:
        word = match["said"][0]
        base = near.day if near is not None and word in "同次当" else issued
        return Mention(date(base.year + _YEAR_WORDS[word], month, day), start, end, dated=True) if base else None
    found = tell_year(month, day, issued, near)
    return Mention(found, start, end) if found else None


def tell_year(month: int, day: int, issued: date | None, near: Mention | None = None) -> date | None:
    """Tell the day that is meant where no year is written.

    After a day with its year it is the next such day; else the one of the notice's own year, unless
    that lies half a year back (then it is next year's) or ten months ahead (then it is last year's).

    Raises
    ------
    ValueError
        Where no year near has such a day.
    """
    if near is not None and near.dated:
        same = date(near.day.year, month, day)
        return same if same >= near.day or (near.day - same).days < 180 else date(near.day.year + 1, month, day)
    if issued is None:
        return None
    try:
        same = date(issued.year, month, day)
    except ValueError:
        return date(issued.year + 1, month, day)
    if (issued - same).days > 180:
        return date(issued.year + 1, month, day)
    if (same - issued).days > 300:
        return date(issued.year - 1, month, day)
    return same


def _bare(match: re.Match[str], issued: date | None, near: Mention | None) -> Mention | None:
    base = near.day if near is not None else issued
    if base is None:
        return None
    day = int(match["bare"])
    found = base.replace(day=day)
    if (base - found).days > (0 if near is not None else 20):
        found = _next_month(base, day)
    return Mention(found, *match.span())


def _relative(match: re.Match[str], issued: date) -> Mention | None:
    start, end = match.span()
    way = match.lastgroup
    if way == "month_day":
        day = number(match["month_day"])
        found = issued.replace(day=day) if match["month_word"][0] in "本当这" else _next_month(issued, day)
    elif way == "weekday":
        monday = issued - timedelta(days=issued.weekday()) + timedelta(weeks=match["week"][0] == "下")
        found = monday + timedelta(days=_WEEKDAYS[match["weekday"]])
    elif way == "ahead":
        found = issued + timedelta(days=_AHEAD[match["ahead"][0]])
    elif way == "issue":
        later = _LATER_DAYS.match(match.string, end)
        end = later.end(1) + 1 if later else end
        found = issued + timedelta(days=int(later[1]) if later else 0)
    else:
        found = issued
    return Mention(found, start, end, relative=way in ("now", "ahead", "issue"))


def _next_month(day: date, number_in_month: int) -> date:
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first.replace(day=number_in_month)


def _year(written: str) -> int:
    return int(written) if written.isdecimal() else int("".join(str(_DIGITS[digit]) for digit in written))


def number(written: str) -> int:
    """Value of a number up to 99, in digits or in Chinese (十一, 廿五, 卅)."""
    if written.isdecimal():
        return int(written)
    written = written.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = written.rpartition("十")
    return (_DIGITS[tens] if tens else 1) * 10 * bool(ten) + (_DIGITS[ones] if ones else 0)
