"""Reads one notice: asks each kind of fact in turn and settles which day is which."""

import re
from datetime import date

from pipeline.extract import roles
from pipeline.extract.amounts import amounts
from pipeline.extract.audience import audience
from pipeline.extract.content import Content
from pipeline.extract.dates import Mention
from pipeline.extract.facts import Fact, Facts
from pipeline.extract.platforms import known_platforms
from pipeline.extract.roles import Day
from pipeline.extract.rules import rule_names

_DRAFT = re.compile(
    "(?<!此前)(?<!完成)(?<!结束)(?<!经过)(?<!前期)(?:公开)?(?:征求(?:社会|公众|商家|各方|用户)?(?:公开)?(?:意见|建议)|征集(?:社会|公众|商家|各方|用户)?(?:意见|建议)|征询意见|意见征[集求询]|听取意见|意见稿|征意见)"
)
_SHOWN = re.compile(
    "公示期|公示时间|公示中|公示通知|公示公告|[规细准则更订》〉】]的?公示|予以公示|[现将]公示|公示阶段|进入公示|公示[至如]|起公示|开始公示"
)


def extract(title: str, text: str, published_at: str | None, *, as_of: date | None = None) -> Facts:
    """Read the facts that stand in a notice.

    Parameters
    ----------
    title, text
        Headline and text; offsets of the facts count their code points.
    published_at
        ``YYYY-MM-DD HH:MM:SS`` or the day alone, Asia/Shanghai; years are told from it and 即日 is that day.
        None, or what is no such time, leaves only days whose year is written.
    as_of
        The day from which 已生效 and 将生效 are told; the notice's own where not given.
    """
    content = Content(title, text)
    issued = _day_of(published_at)
    days = roles.days(content, issued)
    effective = _effective(days)
    comment = next((day for day in days if day.comment), None)
    comment_until = _fact(content, (comment.until or comment.mention) if comment else None)
    effective_date = _fact(content, effective.mention if effective else None)
    return Facts(
        effective_date=effective_date,
        effective_until=_fact(content, _until(days, effective, issued)),
        comment_until=comment_until,
        status=_status(content, effective_date, comment_until, as_of or issued),
        rule_names=rule_names(content),
        platform=known_platforms().find(content),
        audience=audience(content),
        amounts=amounts(content),
    )


def _day_of(published_at: str | None) -> date | None:
    try:
        return date.fromisoformat(published_at[:10]) if published_at else None
    except ValueError:
        return None


def _fact(content: Content, mention: Mention | None) -> Fact | None:
    return mention and content.fact(mention.day.isoformat(), mention.start, mention.end)


def _effective(days: list[Day]) -> Day | None:
    """Choose the day of the greatest role, and the first of these."""
    best: Day | None = None
    for day in days:
        if day.role and (best is None or day.role > best.role):
            best = day
    return best


def _until(days: list[Day], effective: Day | None, issued: date | None) -> Mention | None:
    """Choose the end of the range that the change begins, or else the first end named after it."""
    if effective is not None and effective.until is not None:
        return effective.until
    start = effective.mention.day if effective else issued or date.min
    return next((day.mention for day in days if day.ends and day.mention.day >= start), None)


def _status(content: Content, effective: Fact | None, comment: Fact | None, day: date | None) -> Fact | None:
    whole = content.whole
    if ("意见" in whole or "建议" in whole) and (match := _DRAFT.search(whole)):
        return content.fact("征求意见", match.start(), match.end())
    today = day.isoformat() if day is not None and (effective or comment) else ""
    in_force = effective is not None and bool(today) and effective.value <= today
    over = comment is not None and bool(today) and comment.value < today
    if not in_force and not over and "公示" in whole and (match := _SHOWN.search(whole)):
        return content.fact("公示", match.start(), match.end())
    if effective is None or not today:
        return None
    return effective._replace(value="已生效" if in_force else "将生效")
