"""List pages: entries of headline, time line and text, found among the furniture of the page.

The anchor is the time line. Between two time lines stand, in this order, the text of the first entry, furniture, and
the headline of the second; on pages that put the time above the headline, the headline comes first.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline.ingest.limits import MAX_FIELD
from pipeline.ingest.lines import Line, Stamp, is_furniture, is_meta, parse_line, stamp_of

#: Lines looked at before the first entry is given out, to learn how the page is laid out.
_LOOKAHEAD = 2_000
_SHORT = 8
_WRAPPED = 3
_KEPT = 50
_HEADLINE = 80
_ENDS = "。！？!?…；;”"
_NO_TIME = "a numbered headline without a time line"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a page: a notice, or with ``fault`` something that looks like one and is none."""

    line: int
    title: str
    published_at: str | None
    text: str
    fault: str | None = None


@dataclass(slots=True)
class _Gap:
    """A time line (None: the top of the page) and the lines from it to the next one."""

    stamp: Stamp | None
    line: int
    lines: list[Line] = field(default_factory=list)
    size: int = 0
    overlong: bool = False

    def add(self, line: Line) -> None:
        """Take one more line; of more text than a notice may have, only the end is kept for the next headline."""
        self.lines.append(line)
        self.size += len(line.text)
        if self.size > 2 * MAX_FIELD:
            del self.lines[:-_KEPT]
            self.size = 0
            self.overlong = True


@dataclass(frozen=True, slots=True)
class _Form:
    """How a page is laid out: what stands first in an entry, and how headlines are numbered ("": they are not)."""

    order: str = "headline time text"
    style: str = ""
    indent: int = 0

    def is_numbered(self, line: Line) -> bool:
        return bool(self.style) and line.style == self.style and line.indent == self.indent


@dataclass(slots=True)
class _Parts:
    """The lines between two time lines: the rest of one entry, entries without a time, and the next headline."""

    body: list[Line]
    strays: list[Line]
    headline: list[Line]


def parse_listing(lines: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    """Entries of a page, from numbered lines, in order and in time linear in the page's length."""
    gaps = _gaps(lines)
    ahead: list[_Gap] = []
    seen = 0
    for gap in gaps:
        ahead.append(gap)
        seen += len(gap.lines)
        if seen > _LOOKAHEAD:
            break
    form = _form_of(ahead)
    arrange = _headline_first if form.order == "headline time text" else _headline_with_text
    yield from arrange(itertools.chain(ahead, gaps), form)


def _gaps(lines: Iterable[tuple[int, str]]) -> Iterator[_Gap]:
    gap = _Gap(None, 0)
    for number, raw in lines:
        line = parse_line(number, raw)
        if not line.text:
            continue
        stamp = stamp_of(line.text) or (stamp_of(line.body) if line.body else None)
        if stamp is None:
            gap.add(line)
        elif gap.stamp is None or gap.lines:
            yield gap
            gap = _Gap(stamp, number)
        # A second time line right below the first tells when the notice was changed: the first one counts.
    yield gap


def _form_of(gaps: list[_Gap]) -> _Form:
    above = [_last(gap.lines) for gap in gaps[:-1]]
    below = [_first(gap.lines) for gap in gaps[1:]]
    style_above, count_above = _main_style(above)
    style_below, count_below = _main_style(below)
    if style_above[0] or style_below[0]:
        over = count_above >= count_below
        style, indent = style_above if over else style_below
        form = _Form(style=style, indent=indent)
    else:
        over = sum(map(_is_like_a_headline, above)) >= sum(map(_is_like_a_headline, below))
        form = _Form()
    if over or not gaps[1:]:
        return form
    # The headline is below the time. Is it the same entry's? Then above the first time line there is no text.
    top = gaps[0].lines
    starts_early = any(map(form.is_numbered, top)) if form.style else above[0] and above[0].text[-1] in _ENDS
    return _Form("headline text time" if starts_early else "time headline text", form.style, form.indent)


def _main_style(lines: list[Line | None]) -> tuple[tuple[str, int], int]:
    styles = Counter((line.style, line.indent) for line in lines if line is not None)
    for (style, indent), count in styles.most_common(2):
        if style and 2 * count >= styles.total():
            return (style, indent), count
    return ("", 0), 0


def _last(lines: list[Line]) -> Line | None:
    return next((line for line in reversed(lines) if _may_be_headline(line)), None)


def _first(lines: list[Line]) -> Line | None:
    return next((line for line in lines if _may_be_headline(line)), None)


def _may_be_headline(line: Line) -> bool:
    return not is_furniture(line.text) and not is_meta(line.text)


def _is_like_a_headline(line: Line | None) -> bool:
    return line is not None and len(line.text) <= _HEADLINE and not any(end in line.text for end in "。！？")


def _headline_first(gaps: Iterator[_Gap], form: _Form) -> Iterator[Entry]:
    headline: list[Line] = []
    for gap, following in _pairwise(gaps):
        parts = _parts(gap.lines, form, headline, is_last=following is None)
        if gap.stamp is not None:
            yield _entry(gap, gap.stamp, headline, parts.body, form)
        yield from _without_time(parts.strays)
        headline = parts.headline


def _headline_with_text(gaps: Iterator[_Gap], form: _Form) -> Iterator[Entry]:
    time_first = form.order == "time headline text"
    for gap, following in _pairwise(gaps):
        holder = gap if time_first else following
        if holder is None or holder.stamp is None:
            continue
        lines = [line for line in gap.lines if not is_meta(line.text)]
        start = _block_start(lines, form, is_top=gap.stamp is None)
        yield _entry(gap, holder.stamp, lines[start : start + 1], lines[start + 1 :], form)


def _block_start(lines: list[Line], form: _Form, *, is_top: bool) -> int:
    """Index of the headline among lines that hold headline and text, with furniture above them."""
    numbered = [index for index, line in enumerate(lines) if form.is_numbered(line)]
    if numbered:
        return numbered[-1 if is_top else 0]
    likely = [index for index, line in enumerate(lines) if _may_be_headline(line)]
    if not is_top or not likely:
        return likely[0] if likely else len(lines)
    heads = [index for index in likely if _is_like_a_headline(lines[index])]
    return heads[-1] if heads else likely[-1]


def _pairwise(gaps: Iterator[_Gap]) -> Iterator[tuple[_Gap, _Gap | None]]:
    gap = next(gaps)
    for following in gaps:
        yield gap, following
        gap = following
    yield gap, None


def _parts(lines: list[Line], form: _Form, previous: list[Line], *, is_last: bool) -> _Parts:
    start = len(lines) if is_last else _headline_start(lines, form)
    headline = [line for line in lines[start:] if _may_be_headline(line)]
    body = lines[:start]
    first = previous[0].count if previous and form.is_numbered(previous[0]) else 0
    end = headline[0].count if headline and form.is_numbered(headline[0]) else None
    strays = _strays(body, form, first, end) if form.style not in {"", "bullet"} else []
    if strays:
        body = body[: body.index(strays[0])]
    return _Parts(body, strays, headline)


def _headline_start(lines: list[Line], form: _Form) -> int:
    near = next((i for i in range(len(lines) - 1, -1, -1) if _may_be_headline(lines[i])), len(lines))
    if not form.style or near == len(lines):
        return near
    # A long headline may be wrapped: it starts at the line with the number.
    for index in range(near, max(-1, near - _WRAPPED), -1):
        if form.is_numbered(lines[index]):
            return index
    return near


def _strays(body: list[Line], form: _Form, first: int, end: int | None) -> list[Line]:
    """Numbered headlines without a time line: those that fill the numbers missing between two entries."""
    strays: list[Line] = []
    wanted = first + 1
    for line in body:
        if end is not None and wanted >= end:
            break
        if form.is_numbered(line) and line.count == wanted and (first or end is not None):
            strays.append(line)
            wanted += 1
    return strays if end is None or wanted == end else []


def _without_time(strays: list[Line]) -> Iterator[Entry]:
    for line in strays:
        yield Entry(line.number, line.text, None, "", _NO_TIME)


def _entry(gap: _Gap, stamp: Stamp, headline: list[Line], body: list[Line], form: _Form) -> Entry:
    if not headline:
        return Entry(gap.line, "", stamp.time, "", "a time line without a headline")
    first = headline[0]
    title = _join([(first.headline if first.style in {form.style, "bullet"} else first.text)])
    title = _join([title, *(line.text for line in headline[1:])])
    fault = f"a text of more than {MAX_FIELD:,} characters" if gap.overlong else stamp.fault
    return Entry(first.number, title, stamp.time, _text(body, first, form), fault)


def _text(body: list[Line], headline: Line, form: _Form) -> str:
    parts: list[str] = []
    for line in body:
        if is_meta(line.text):
            continue
        if is_furniture(line.text) or _ends_an_entry(line, parts, headline, form):
            break
        parts.append(line.text)
    return _join(parts)


def _ends_an_entry(line: Line, parts: list[str], headline: Line, form: _Form) -> bool:
    """Whether a short line belongs to the page: out of the entry's indent, a menu's, or after a complete sentence."""
    if line.text[-1] in _ENDS or len(line.headline) > 2 * _SHORT:
        return False
    if line.indent < headline.indent:
        return True
    if len(line.headline) > _SHORT:
        return False
    return line.style == "bullet" or (bool(parts) and parts[-1][-1] in _ENDS)


def _join(parts: list[str]) -> str:
    """Put wrapped lines together again: a blank only between two words of an alphabet."""
    text: list[str] = []
    for part in parts:
        if text and text[-1][-1:].isascii() and part[:1].isascii():
            text.append(" ")
        text.append(part)
    return "".join(text)
