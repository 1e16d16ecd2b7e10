"""The labelled table that `notices label` writes, read back as one record for each notice."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import EmptyInputError, InputError
from pipeline.notice import RECORD_COLUMNS, TIME_FORMAT

#: What joins the items of a list in formats that have none (CSV, XLSX).
LIST_JOINT = "；"

_CONFIDENCE = "_confidence"
_NOT_LABELLED = "Label it first: notices label FILE -o labelled.csv"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_TRUE, _FALSE = frozenset({"true", "1", "1.0", "是"}), frozenset({"", "false", "0", "0.0", "否"})


class Label(NamedTuple):
    """What one head said of a notice; the confidence (0 to 1) is missing for a label set by hand."""

    value: str
    confidence: float | None


class Place(NamedTuple):
    """Where something stands: ``field`` is "title" or "text", offsets count code points."""

    field: str
    start: int
    end: int


class Share(NamedTuple):
    """How much the characters at a place spoke for (above 0) or against (below 0) a label."""

    field: str
    start: int
    end: int
    share: float


@dataclass(frozen=True, slots=True)
class LabelledNotice:
    """One row of a labelled table; ``labels`` has the table's heads in their order."""

    id: str
    title: str
    published_at: str | None
    text: str
    source: str
    labels: Mapping[str, Label]
    needs_review: bool = False
    effective_date: date | None = None
    effective_until: date | None = None
    comment_until: date | None = None
    status: str | None = None
    rule_names: tuple[str, ...] = ()
    platform: str | None = None
    audience: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    fact_places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict)
    url: str | None = None
    duplicate_of: str | None = None
    why: Mapping[str, tuple[Share, ...]] = field(default_factory=dict)


def read_labelled(path: Path | str) -> list[LabelledNotice]:
    """Read a labelled table (CSV, JSON lines, Parquet or XLSX); one without a notice gives an empty list.

    Raises
    ------
    InputError
        Where the file cannot be read or not to the last row, is not labelled, or a cell does not hold what its
        column promises.
    """
    from pipeline.ingest import columns as columns_of
    from pipeline.ingest.locate import FORMATS

    try:
        columns, rows = _rows(path)
    except EmptyInputError:  # a day without news
        if FORMATS.get(Path(path).suffix.lower()) == "jsonl":  # which has no header
            return []
        columns, rows = columns_of(path).names, []
    return from_rows(rows, columns=columns, where=path)


def _rows(path: Path | str) -> tuple[list[str], list[dict[str, Any]]]:
    from pipeline.ingest import decode_extra, is_json, stream

    columns: list[str] = []
    rows: list[dict[str, Any]] = []
    for batch in stream(path):
        for reject in batch.rejects:
            raise InputError(
                f"row {reject.line}: {reject.reason}", where=path, remedy="Mend the row, or label the notices again"
            )
        table = batch.notices
        columns = columns or list(table.column_names)
        encoded = [field.name for field in table.schema if is_json(field)]
        for row in table.to_pylist():
            rows.append(row | {name: decode_extra(row[name]) for name in encoded})
    return columns, rows


def from_rows(
    rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str], where: object = None
) -> list[LabelledNotice]:
    """Make records of a table's rows (column name to value), whatever format they came from.

    Columns of facts may be missing, and so may ``url``, ``duplicate_of`` and ``why``; a ``why`` that is no
    JSON object is a column of the input's own and is left alone.

    Raises
    ------
    InputError
        Where the table is not labelled, or a cell does not hold what its column promises.

    """
    heads = head_columns(columns)
    missing = [name for name in ("id", "title", "text") if name not in columns]
    if missing or not heads:
        lacks = f"no column {', '.join(missing)}" if missing else "no column with a label and its confidence"
        raise InputError(f"not a labelled table ({lacks})", where=where, remedy=_NOT_LABELLED)
    return [_Row(row, number, where).notice(heads) for number, row in enumerate(rows, 1)]


def head_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Names of the label columns: those with a ``NAME_confidence`` beside them, before ``needs_review``.

    What comes after ``needs_review`` are facts and the input's own columns, which may bear any name.
    """
    columns = list(columns)
    if "needs_review" in columns:
        columns = columns[: columns.index("needs_review")]
    return tuple(c for c in columns if c + _CONFIDENCE in columns and c not in RECORD_COLUMNS)


class _Row:
    """One row with typed access to its cells; every complaint names file, row and column."""

    def __init__(self, cells: Mapping[str, Any], number: int, where: object) -> None:
        self.cells, self.number, self.where = cells, number, where

    def notice(self, heads: Sequence[str]) -> LabelledNotice:
        return LabelledNotice(
            id=self.text("id"),
            title=self.text("title"),
            published_at=self.moment("published_at"),
            text=self.text("text"),
            source=self.text("source"),
            labels={head: Label(self.text(head), self.confidence(head + _CONFIDENCE)) for head in heads},
            needs_review=self.flag("needs_review"),
            effective_date=self.day("effective_date"),
            effective_until=self.day("effective_until"),
            comment_until=self.day("comment_until"),
            status=self.text("status") or None,
            rule_names=self.texts("rule_names"),
            platform=self.text("platform") or None,
            audience=self.texts("audience"),
            amounts=self.texts("amounts"),
            fact_places=self.places("fact_places"),
            url=web_address(self.text("url")),
            duplicate_of=self.text("duplicate_of") or None,
            why=self.shares("why"),
        )

    def fail(self, column: str, problem: str) -> InputError:
        return InputError(
            f"row {self.number}, column {column!r}: {problem}",
            where=self.where,
            remedy="Mend the cell, or label the notices again: notices label FILE -o labelled.csv",
        )

    def text(self, column: str) -> str:
        value = self.cells.get(column)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return ""
        return _LONE_SURROGATE.sub("\ufffd", value if isinstance(value, str) else str(value))

    def confidence(self, column: str) -> float | None:
        value = self.text(column)
        try:
            number = float(value) if value else None
        except ValueError:
            number = math.nan
        if number is not None and not 0 <= number <= 1:
            raise self.fail(column, "no confidence from 0 to 1")
        return number

    def flag(self, column: str) -> bool:
        value = self.text(column).strip().lower()
        if value not in _TRUE | _FALSE:
            raise self.fail(column, "neither true nor false")
        return value in _TRUE

    def day(self, column: str) -> date | None:
        value = self.text(column)  # a spreadsheet program may have made a time of it: the first ten are the day
        try:
            return date.fromisoformat(value[:10]) if value else None
        except ValueError:
            raise self.fail(column, "no day written YYYY-MM-DD") from None

    def moment(self, column: str) -> str | None:
        value = self.text(column)
        try:
            return datetime.fromisoformat(value).strftime(TIME_FORMAT) if value else None
        except ValueError:
            raise self.fail(column, "no time written YYYY-MM-DD HH:MM:SS") from None

    def texts(self, column: str) -> tuple[str, ...]:
        value = self.cells.get(column)
        if isinstance(value, str) or not isinstance(value, Iterable):
            return tuple(item for item in self.text(column).split(LIST_JOINT) if item)
        return tuple(_LONE_SURROGATE.sub("\ufffd", str(item)) for item in value)

    def places(self, column: str) -> dict[str, tuple[Place, ...]]:
        content = self.json(column) if self.cells.get(column) else {}
        try:
            return {str(fact): tuple(Place(*_span(*place)) for place in content[fact]) for fact in content}
        except (TypeError, ValueError):
            raise self.fail(column, "no JSON of fact → [[field, start, end], …]") from None

    def shares(self, column: str) -> dict[str, tuple[Share, ...]]:
        value = self.cells.get(column)
        content = self.json(column) if isinstance(value, dict) or self.text(column).startswith("{") else {}
        try:
            return {
                str(head): tuple(Share(*_span(*span[:3]), float(span[3])) for span in content[head]) for head in content
            }
        except (TypeError, ValueError, IndexError):
            raise self.fail(column, "no JSON of head → [[field, start, end, share], …]") from None

    def json(self, column: str) -> dict[str, Any]:
        value = self.cells[column]
        try:
            content = value if isinstance(value, dict) else json.loads(self.text(column) or "{}")
        except (json.JSONDecodeError, RecursionError):
            raise self.fail(column, "no JSON text") from None
        if not isinstance(content, dict):
            raise self.fail(column, "no JSON object")
        return content


def _span(where: str, start: int, end: int) -> tuple[str, int, int]:
    if where not in {"title", "text"} or not 0 <= start <= end:
        raise ValueError
    return where, int(start), int(end)


def web_address(value: str) -> str | None:
    """Pass an http or https address that can be linked to; None for anything else."""
    value = value.strip()
    is_web = value.lower().startswith(("http://", "https://"))
    return value if is_web and value.isprintable() and not any(c in value for c in ' <>"\\^`{|}') else None
