"""Raw columns to notices: clean texts, times, ids, and a reason for every row that is no notice."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.arrow import column
from pipeline.ingest.fields import RECORD_NAMES, Layout
from pipeline.ingest.jsons import encode_extra, encode_extra_safely
from pipeline.ingest.limits import MAX_FIELD
from pipeline.ingest.tables import ABSENT, Chunk, Reject, Table, excerpt
from pipeline.ingest.times import normal_time
from pipeline.notice import RECORD_COLUMNS, clean_text, notice_id
from pipeline.spreadsheet import unguard

if TYPE_CHECKING:
    import pyarrow as pa

#: Metadata of an Arrow field whose values are JSON text.
JSON_METADATA = {b"encoding": b"json"}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some notices of one source, in input order, and what was rejected among them.

    ``notices`` has the columns of the record, all text, then the input's other columns. A field with the metadata
    ``{"encoding": "json"}`` holds JSON text: see `pipeline.ingest.decode_extra`.
    """

    notices: "pa.Table"
    rejects: list[Reject]


class Assembler:
    """Makes batches of one source's chunks, all with one schema."""

    def __init__(self, table: Table, name: str, where: str) -> None:
        self._name = name
        self._where = where
        self._layout = Layout.of(table.names, where, table.first_id)
        self._unguard = table.guarded and self._layout.ours
        if self._unguard:
            self._layout = Layout.of([unguard(column) for column in table.names], where, table.first_id)
        self._types = [table.types[position] for _, position in self._layout.extras]
        self.schema = _schema(self._layout, self._types)

    def batch(self, chunk: Chunk) -> Batch:
        """Make notices of a chunk's rows."""
        columns = chunk.columns
        if self._unguard:
            columns = [[unguard(v) if type(v) is str else v for v in column] for column in columns]
        rows = len(chunk.lines)
        faults: dict[int, tuple[str, object]] = {}
        record = {name: self._record_column(name, columns, rows) for name in RECORD_NAMES}
        titles = _texts(record["title"], "headline", faults)
        texts = _texts(record["text"], "text", faults)
        times = _times(record["published_at"], faults)
        sources = [self._name] * rows
        if self._layout.candidates["source"]:
            sources = [v or self._name for v in _texts(record["source"], "source", faults)]
        extras = [self._extra(columns[position], kind, faults) for (_, position), kind in self._positions()]
        if "" in titles:
            for row, title in enumerate(titles):
                if not title:
                    faults.setdefault(row, ("the headline is empty", texts[row]))
        rejects = chunk.rejects
        parts: list[Any] = [titles, times, texts, sources, *extras]
        if faults:
            kept = [row for row in range(rows) if row not in faults]
            rejects = [*rejects, *self._rejected(faults, chunk.lines)]
            rejects.sort(key=lambda reject: reject.line or 0)
            parts = [_take(part, kept) for part in parts]
        return Batch(self._table(parts), rejects)

    def _positions(self) -> Iterator[tuple[tuple[str, int], Any]]:
        return zip(self._layout.extras, self._types, strict=True)

    def _record_column(self, name: str, columns: list[Any], rows: int) -> Sequence[Any]:
        positions = self._layout.candidates[name]
        if not positions:
            return [None] * rows
        values: Sequence[Any] = columns[positions[0]]
        for position in positions[1:]:
            if ABSENT in values:
                values = [b if a is ABSENT else a for a, b in zip(values, columns[position], strict=True)]
        return values

    def _extra(self, values: Any, kind: Any, faults: dict[int, tuple[str, object]]) -> Any:
        import pyarrow as pa

        if isinstance(values, pa.Array | pa.ChunkedArray):
            return values
        if kind is not None:
            _refuse_long(values, faults)
            return values
        try:
            encoded = [encode_extra(value) for value in values]
            "".join(filter(None, encoded)).encode()
        except (UnicodeEncodeError, RecursionError):
            encoded = [_encode_slowly(value, row, faults) for row, value in enumerate(values)]
        _refuse_long(encoded, faults)
        return encoded

    def _rejected(self, faults: dict[int, tuple[str, object]], lines: Sequence[int]) -> list[Reject]:
        return [Reject(self._where, lines[row], reason, excerpt(value)) for row, (reason, value) in faults.items()]

    def _table(self, parts: list[Any]) -> "pa.Table":
        import pyarrow as pa

        titles, times, texts, *_ = parts
        ids = list(map(notice_id, titles, times, texts))
        arrays = [
            part if isinstance(part, pa.Array | pa.ChunkedArray) else column(part, kind)
            for part, kind in zip((ids, *parts), self.schema.types, strict=True)
        ]
        return pa.table(arrays, schema=self.schema)


def _schema(layout: Layout, types: list[Any]) -> "pa.Schema":
    import pyarrow as pa

    fields = [pa.field(name, pa.string()) for name in RECORD_COLUMNS]
    for (name, _), kind in zip(layout.extras, types, strict=True):
        fields.append(pa.field(name, pa.string(), metadata=JSON_METADATA) if kind is None else pa.field(name, kind))
    return pa.schema(fields)


def _take(part: Any, kept: list[int]) -> Any:
    if isinstance(part, list | tuple):
        return [part[row] for row in kept]
    import pyarrow as pa

    return part.take(pa.array(kept, pa.int64()))


def _texts(values: Sequence[Any], what: str, faults: dict[int, tuple[str, object]]) -> list[str]:
    try:
        # The common case without a function call a value; anything but text raises.
        texts = [v.strip() if v.isprintable() else clean_text(v) for v in values]
    except AttributeError:
        texts = [_text(value, what, row, faults) for row, value in enumerate(values)]
    if texts and max(map(len, texts)) > MAX_FIELD:
        _refuse_long(texts, faults)
    return texts


def _text(value: object, what: str, row: int, faults: dict[int, tuple[str, object]]) -> str:
    if isinstance(value, str):
        return clean_text(value)
    if value is None or value is ABSENT or value != value:
        return ""
    if isinstance(value, bool | dict | list):
        kind = {bool: "a truth value", dict: "an object", list: "a list"}[type(value)]
        faults.setdefault(row, (f"the {what} is {kind}, not text", json.dumps(value)))
        return ""
    return clean_text(str(value))


def _times(values: Sequence[Any], faults: dict[int, tuple[str, object]]) -> list[str | None]:
    try:
        return [normal_time(v) for v in values]
    except (ValueError, OverflowError):
        return [_time(value, row, faults) for row, value in enumerate(values)]


def _time(value: object, row: int, faults: dict[int, tuple[str, object]]) -> str | None:
    if value is ABSENT or value != value:
        return None
    try:
        return normal_time(value)
    except (ValueError, OverflowError):
        faults.setdefault(row, (f"not a date with its year: {excerpt(value)[:40]}", value))
        return None


def _refuse_long(values: Sequence[str | None], faults: dict[int, tuple[str, object]]) -> None:
    if max((len(value) for value in values if value), default=0) <= MAX_FIELD:
        return
    for row, value in enumerate(values):
        if value and len(value) > MAX_FIELD:
            faults.setdefault(row, (f"a field of more than {MAX_FIELD:,} characters", value[:400]))


def _encode_slowly(value: object, row: int, faults: dict[int, tuple[str, object]]) -> str | None:
    try:
        return encode_extra_safely(value)
    except RecursionError:
        faults.setdefault(row, ("a value nests too deep", ""))
        return None
