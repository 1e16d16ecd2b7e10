"""Which column of an input is which: the names people use for headline, text, time and source."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.ingest.limits import MAX_COLUMNS
from pipeline.notice import RECORD_COLUMNS, clean_text

#: Names understood for each column of the record.
RECORD_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("标题", "title", "headline", "公告标题", "名称"),
    "text": ("内容", "摘要", "正文", "text", "summary", "content", "body", "详情"),
    "published_at": (
        *("时间", "发布时间", "日期", "发布日期", "date", "time", "datetime"),
        *("published_at", "published", "pubdate"),
    ),
    "source": ("来源", "source"),
}

#: Names of other columns that have one usual name.
EXTRA_NAMES: dict[str, tuple[str, ...]] = {
    "url": ("链接", "url", "link", "网址"),
    "action": ("动作", "action"),
    "topic": ("主题", "topic"),
}

_MEANING = {name: column for table in (RECORD_NAMES, EXTRA_NAMES) for column, names in table.items() for name in names}
_OUR_ID = re.compile(r"[0-9a-f]{16}")


def meaning(name: str) -> str | None:
    """Column that an input's column name stands for; case, blanks and full-width forms do not count."""
    return _MEANING.get("".join(unicodedata.normalize("NFKC", name).casefold().split()))


def names_a_headline(names: Sequence[str]) -> bool:
    """Whether one of the names is a headline's."""
    return any(meaning(name) == "title" for name in names)


@dataclass(frozen=True)
class Layout:
    """Where the columns of the record are in an input, and what its other columns are called.

    ``candidates`` gives for each record column the positions of the columns that mean it: the first is taken, the
    others stand in (in JSON) where a row does not have the first. ``extras`` are pairs of name and position.
    """

    candidates: dict[str, tuple[int, ...]]
    extras: tuple[tuple[str, int], ...]
    ours: bool

    @classmethod
    def of(cls, names: Sequence[str], where: object, first_id: str | None = None) -> "Layout":
        """Read a header.

        Where two columns mean the same, one with the record's own name comes before the others, then the
        leftmost; the rest stay as extras. An extra with a name of the record is kept as ``input_NAME``. In a table
        that this project wrote, the ids are ours and are made anew.

        Raises
        ------
        InputError
            Where there is no headline, or there are too many columns.
        """
        if len(names) > MAX_COLUMNS:
            raise InputError(
                f"{len(names):,} columns are too many", where=where, remedy=f"Keep at most {MAX_COLUMNS:,}"
            )
        ours = tuple(names[: len(RECORD_COLUMNS)]) == RECORD_COLUMNS and bool(_OUR_ID.fullmatch(first_id or ""))
        candidates = {column: _positions(names, column) for column in RECORD_NAMES}
        if not candidates["title"]:
            raise _no_headline(names, where)
        taken = {positions[0] for positions in candidates.values() if positions}
        if ours:
            taken.add(0)
        return cls(candidates, tuple(_extras(names, taken)), ours)


def _positions(names: Sequence[str], column: str) -> tuple[int, ...]:
    found = [position for position, name in enumerate(names) if meaning(name) == column]
    return tuple(sorted(found, key=lambda position: names[position] != column))


def _extras(names: Sequence[str], taken: set[int]) -> list[tuple[str, int]]:
    used = set(RECORD_COLUMNS)
    extras = []
    # Names that stay as they are come first, so that no renamed column takes the name of another.
    own = {name for position, name in enumerate(names) if position not in taken}
    for position, name in enumerate(names):
        if position in taken:
            continue
        known = meaning(name)
        if known in EXTRA_NAMES and (known == name or known not in own | used):
            name = known
        name = clean_text(name) or f"column_{position + 1}"
        if name in RECORD_COLUMNS:
            name = f"input_{name}"
        stem, count = name, 1
        while name in used or (count > 1 and name in own):
            count += 1
            name = f"{stem}_{count}"
        used.add(name)
        extras.append((name, position))
    return extras


def _no_headline(names: Sequence[str], where: object) -> InputError:
    listed = "、".join(clean_text(name)[:40] for name in names[:20]) + ("…" if len(names) > 20 else "")
    return InputError(
        f"no column holds the headline (columns: {listed or 'none'})",
        where=where,
        remedy=f"Name one of them {' or '.join(RECORD_NAMES['title'])}",
    )
