"""What a single line of a list page is: time line, numbered headline, page furniture, or text."""

import re
import unicodedata
from dataclasses import dataclass

from pipeline.ingest.furniture import BUTTONS, NAVIGATION
from pipeline.ingest.times import MOMENT, from_match

# Every repetition below is bounded or followed by what it cannot match itself, so matching is linear.
_NUMBER = re.compile(
    r"(?:(?P<dot>\d{1,4}) ?[.．](?!\d)|(?P<comma>\d{1,4}) ?、|(?P<half>\d{1,4}) ?[)）]"
    r"|[(（] ?(?P<full>\d{1,4}) ?[)）]|\[(?P<square>\d{1,4})\]|【(?P<lens>\d{1,4})】"
    r"|(?P<circle>[①-⑳㉑-㉟㊱-㊿]))[ \t　]{0,8}"
)
_BULLET = re.compile(r"[•·●○◦▪■□◆◇★☆►▶‣*\-–—][ \t　]{1,8}(?=\S)|[•●◦▪■◆★►▶‣]")
_MOMENT = re.compile(MOMENT)
_YEARLESS = re.compile(
    r"(?<!\d)(?:\d{2}[-/]\d{2}|\d{1,2}月\d{1,2}日)(?: ?\d{1,2}:\d{2}(?::\d{2})?)?(?![\d年-])"
    r"|(?:今天|昨天|前天|今日|昨日) ?(?:\d{1,2}:\d{2}(?::\d{2})?)?"
    r"|(?:\d{1,4}|[一二两三四五六七八九十半]{1,3}) ?个? ?(?:秒钟?|分钟|小时|天|日|周|月|年)前|刚刚"
)
# A year that is too long, or a date with too many digits, is a time line too: one that names an impossible time.
_IMPOSSIBLE = re.compile(r"\d{4,8} ?[-/年] ?\d{1,4} ?[-/月] ?\d{1,4} ?日?(?: ?\d{1,4}:\d{1,4}(?::\d{1,4})?)?")
_META = re.compile(
    r"(?:发布时间|发布日期|发表时间|发表于|发布于|发布|更新时间|更新于|更新|时间|日期"
    r"|来源|作者|编辑|责编|记者|撰文|文|阅读量|阅读数|阅读|浏览量|浏览|点击|评论|点赞|赞|分享|收藏|转发|查看|热度)"
)
_META_PART = re.compile(rf"{_META.pattern} ?[:(]? ?(?P<value>[^ |·]{{0,20}})")
_META_LABEL = re.compile(rf"{_META.pattern}[:(]")
_COUNTED = re.compile(
    rf"(?:{_META.pattern} ?[:(]? ?\d[\d,.]{{0,9}} ?[万wWkK]?\+?\)?|\d[\d,.]{{0,9}} ?[万wWkK]?\+? ?{_META.pattern})"
)
_SEPARATORS = " \t|｜·•/,;—-_~[]()【】"
_SENTENCE = "。！？!?；;,，、《》“”"
_CLOSING = re.compile(
    r"copyright|©|all rights reserved|版权所有|icp ?备|icp ?证|icp ?许可|公网安备|备案号"
    r"|营业执照|增值电信|违法和不良信息",
    re.IGNORECASE,
)
_PAGER = re.compile(r"[\d\s‹›«»<>|.…·•首末尾上下一页第共条前后转到跳至/]+")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time line: its time, if it names one, and what is wrong with it, if something is."""

    time: str | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is no time line: its number on the page, its indent in columns, and its text.

    ``style`` is how an entry's number or bullet is written, ``count`` the number, ``body`` the text after it.
    """

    number: int
    indent: int
    text: str
    style: str = ""
    count: int = 0
    body: str = ""

    @property
    def headline(self) -> str:
        """The line without its number or bullet."""
        return self.body or self.text


def parse_line(number: int, raw: str) -> Line:
    """Recognise a line's number or bullet."""
    text = raw.strip()
    indent = len(raw.expandtabs(4)) - len(raw.expandtabs(4).lstrip()) if raw[:1].isspace() else 0
    if found := _NUMBER.match(text):
        style = found.lastgroup or ""
        digits = found[style]
        count = int(unicodedata.numeric(digits)) if style == "circle" else int(digits)
        return Line(number, indent, text, style, count, text[found.end() :])
    if found := _BULLET.match(text):
        return Line(number, indent, text, "bullet", 0, text[found.end() :])
    return Line(number, indent, text)


def stamp_of(text: str) -> Stamp | None:
    """Find the time a line names, if it is a time line: beside its date stand only labels, counts and a source."""
    if len(text) > 120 or (
        not any(map(str.isdigit, text)) and "刚刚" not in text and "前" not in text and "天" not in text
    ):
        return None
    folded = " ".join(unicodedata.normalize("NFKC", text).split())
    if found := _MOMENT.search(folded):
        if not _is_beside(folded, found):
            return None if not _impossible(folded) else Stamp(None, _fault(folded))
        try:
            return Stamp(from_match(found))
        except (ValueError, OverflowError):
            return Stamp(None, _fault(found[0]))
    if _impossible(folded):
        return Stamp(None, _fault(folded))
    found = _YEARLESS.search(folded)
    return Stamp(None) if found and _is_beside(folded, found) else None


def _impossible(folded: str) -> bool:
    found = _IMPOSSIBLE.search(folded)
    return bool(found and _is_beside(folded, found))


def _fault(text: str) -> str:
    return f"the time line names no possible time: {text[:40]}"


def _is_beside(text: str, found: re.Match[str]) -> bool:
    """Whether nothing but labels, counts and perhaps the name of a source stands beside a date."""
    before, after = text[: found.start()], text[found.end() :]
    rest = f"{before}|{after}"
    if any(c in _SENTENCE for c in rest if c not in ",;"):
        return False
    rest = _META_PART.sub(" ", _COUNTED.sub(" ", rest))
    parts = rest.strip(_SEPARATORS)
    if not parts:
        return True
    # A name of a source stands apart from the date; a sentence with a date in it does not.
    apart = (not before or before[-1] in _SEPARATORS + ":") and (not after or after[0] in _SEPARATORS)
    return apart and len(parts) <= 12 and not any(map(str.isdigit, parts))


def is_meta(text: str) -> bool:
    """Whether a line only tells source, author or counts, or is a button beside an entry."""
    if len(text) > 40:
        return False
    if text in BUTTONS:
        return True
    folded = " ".join(unicodedata.normalize("NFKC", text).split())
    if any(c in "。！？!?；《》“”" for c in folded):
        return False
    if not _META_LABEL.match(folded) and not _COUNTED.match(folded):
        return False
    return not _META_PART.sub(" ", _COUNTED.sub(" ", folded)).strip(_SEPARATORS)


def is_furniture(text: str) -> bool:
    """Whether a line belongs to the page and not to a notice: navigation, pager, copyright."""
    if len(text) > 300:
        return False
    bare = text.strip(" \t　•·●◦▪■◆★|*-–—")
    if not bare or bare in NAVIGATION:
        return True
    if len(bare) <= 40 and _PAGER.fullmatch(bare):
        return True
    return bool(_CLOSING.search(bare))
