"""Times as people write them, to ``YYYY-MM-DD HH:MM:SS`` in Asia/Shanghai."""

import datetime as dt
import math
import re
import unicodedata
from functools import lru_cache

from pipeline.notice import TIME_FORMAT, TIME_ZONE

_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_EXCEL_DAY_ZERO = dt.datetime(1899, 12, 30)
_EXCEL_DAYS = range(25_000, 110_000)  # 1968 to 2201

#: A date, perhaps with a time of day and an offset. Every repetition is bounded, so matching is linear.
MOMENT = (
    r"(?P<year>\d{4}) ?[-/.年] ?(?P<month>\d{1,2}) ?[-/.月] ?(?P<day>\d{1,2})(?!\d) ?日?"
    r"(?: ?\(?(?:星期|周)[一二三四五六日天]\)?)?"
    r"(?:(?:T|t| {0,4})(?P<half>上午|下午)? ?(?P<hour>\d{1,2}) ?[:时] ?(?P<minute>\d{1,2})分?"
    r"(?:[: ]?(?P<second>\d{1,2})(?:[.,]\d{1,9})?秒?)?(?!\d)"
    r" ?(?P<zone>[Zz]|UTC|[+-]\d{2}:?\d{2})?)?"
)
_MOMENT = re.compile(MOMENT)
_CLOCK = re.compile(r" (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")
_DIGITS = re.compile(r"[0-9]{8,14}(?:\.[0-9]{1,9})?")


def normal_time(value: object) -> str | None:
    """Time in the project's form; a date alone is taken at 00:00:00, and an empty value is no time (None).

    Understood are ISO 8601 with or without seconds and offset (converted to Asia/Shanghai), 2024/3/5, 2024.3.5,
    2024年3月5日 14:05, 20240305, seconds and milliseconds since 1970, Excel's day numbers, the dates of mail and
    RSS, and date and datetime objects.

    Raises
    ------
    ValueError
        For anything else: what is no date (2月30日), has no year, or lies outside the years 1970 to 2199.
    """
    if type(value) is str:
        if len(value) == 19 and _CLOCK.fullmatch(value, 10) and _is_day(value[:10]):
            return value  # already in the project's form
        return _from_text(value)
    if value is None:
        return None
    if isinstance(value, bool):
        raise ValueError("a truth value is no time")
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, dt.datetime):
        return _written(value)
    if isinstance(value, dt.date):
        return _written(dt.datetime(value.year, value.month, value.day))
    raise ValueError("no time")


@lru_cache(maxsize=4_096)
def _is_day(text: str) -> bool:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is None:
        return False
    try:
        return _FIRST_YEAR <= dt.date.fromisoformat(text).year <= _LAST_YEAR
    except ValueError:
        return False


@lru_cache(maxsize=4_096)
def _from_text(text: str) -> str | None:
    if len(text) > 100:
        raise ValueError("too long for a time")
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    if found := _MOMENT.fullmatch(text):
        return from_match(found)
    if _DIGITS.fullmatch(text):
        return _from_digits(text)
    return _from_mail(text)


def from_match(found: re.Match[str]) -> str:
    """Time of a match of `MOMENT`; ValueError if there is no such moment."""
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if found["half"] == "下午" and hour < 12:
        hour += 12
    moment = dt.datetime(int(found["year"]), int(found["month"]), int(found["day"]), hour, minute, second)
    if zone := found["zone"]:
        moment = moment.replace(tzinfo=dt.UTC)
        if zone[0] in "+-":
            if int(zone[1:3]) > 14 or int(zone[-2:]) > 59:
                raise ValueError("no such offset")
            shift = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment = moment - shift if zone[0] == "+" else moment + shift
    return _written(moment)


def _from_digits(text: str) -> str:
    for length, form in ((8, "%Y%m%d"), (12, "%Y%m%d%H%M"), (14, "%Y%m%d%H%M%S")):
        if len(text) == length:
            return _written(dt.datetime.strptime(text, form))
    return _from_number(float(text))


def _from_number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("no time")
    if int(value) in _EXCEL_DAYS:
        return _written(_EXCEL_DAY_ZERO + dt.timedelta(seconds=round(value * 86_400)))
    if 19_700_101 <= value < 22_000_000 and value == int(value):
        return _from_digits(str(int(value)))
    if value >= 1e11:
        value /= 1000
    if not 1e8 <= value < 1e10:
        raise ValueError("no time")
    return _written(dt.datetime.fromtimestamp(value, dt.UTC))


def _from_mail(text: str) -> str:
    from email.utils import parsedate_to_datetime

    return _written(parsedate_to_datetime(text))


def _written(moment: dt.datetime) -> str:
    if moment.tzinfo is not None:
        from zoneinfo import ZoneInfo

        try:
            moment = moment.astimezone(ZoneInfo(TIME_ZONE))
        except OverflowError as error:
            raise ValueError("no time") from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("outside the years 1970 to 2199")
    return moment.strftime(TIME_FORMAT)
