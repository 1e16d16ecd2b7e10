"""The way from sources to batches and frames of notices."""

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import EmptyInputError, InputError
from pipeline.ingest.assemble import JSON_METADATA, Assembler, Batch
from pipeline.ingest.fields import names_a_headline
from pipeline.ingest.locate import FORMATS, Given, Source, expand
from pipeline.ingest.tables import Reject, Table
from pipeline.notice import RECORD_COLUMNS

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: Columns of a rejects table.
REJECT_COLUMNS = ("source", "line", "reason", "excerpt")


@dataclass(frozen=True)
class Reading:
    """All notices of some sources, what was rejected, and how many exact repeats were dropped.

    ``notices`` has the columns of the record, ``duplicate_of`` where repeats were looked for, then the inputs' other
    columns; ``rejects`` has ``source, line, reason, excerpt``.
    """

    notices: "pd.DataFrame"
    rejects: "pd.DataFrame"
    repeats_dropped: int


def stream(sources: Given | Iterable[Given], *, batch_rows: int = 4096) -> Iterator[Batch]:
    """Batches of notices, in input order, in memory that does not grow with the input.

    Parameters
    ----------
    sources
        One or several of path, folder, pattern, ``-`` (standard input), bytes, or `expand`'s sources.
    batch_rows
        Most rows of a batch; long rows make smaller ones.

    Yields
    ------
    Batch
        All batches of one source have the same schema (`conform` gives those of all sources one). Rows in are rows
        out and rejects together: exact repeats are kept.

    Raises
    ------
    InputError
        Where the only source cannot be read as notices, or none of several can. One among several that cannot be
        read is a reject.
    """
    found = expand(sources)
    failures: list[InputError] = []
    for source in found:
        try:
            yield from _batches(source, batch_rows)
        except InputError as error:
            if len(found) == 1 and not source.member:
                raise
            failures.append(error)
            yield _failure(source, error)
    if len(failures) == len(found):
        raise _nothing_found(failures)


def columns(sources: Given | Iterable[Given]) -> "pa.Schema":
    """Give the schema that the batches of all sources fit after `conform`: the record, then all extra columns.

    Reads headers only, but all of a JSON lines source. A column whose type differs between sources is JSON text.
    """
    import pyarrow as pa

    found = expand(sources)
    fields: dict[str, Any] = {name: pa.field(name, pa.string()) for name in RECORD_COLUMNS}
    for source in found:
        try:
            schema = Assembler(open_table(source), source.name, source.where).schema
        except InputError:
            if len(found) == 1 and not source.member:
                raise
            continue
        for field in schema:
            known = fields.setdefault(field.name, field)
            if known.type != field.type or known.metadata != field.metadata:
                fields[field.name] = pa.field(field.name, pa.string(), metadata=JSON_METADATA)
    return pa.schema(fields.values())


def conform(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Give the table exactly the columns of ``schema``: missing ones empty, differing types become JSON text."""
    import pyarrow as pa

    arrays = []
    for field in schema:
        position = table.schema.get_field_index(field.name)
        if position < 0:
            arrays.append(pa.nulls(table.num_rows, field.type))
            continue
        column, own = table.column(position), table.schema.field(position)
        if is_json(field) and not is_json(own):
            values = (None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist())
            column = pa.array(values, pa.string())
        arrays.append(column)
    return pa.table(arrays, schema=schema)


def is_json(field: "pa.Field") -> bool:
    """Whether the values of a column are JSON text."""
    return bool((field.metadata or {}).get(b"encoding") == b"json")


def decode_extra(value: str | None) -> Any:
    """Python value of a cell of a JSON column; None where the object had no such key, or null."""
    return None if value is None else json.loads(value)


def read(sources: Given | Iterable[Given], *, repeats: bool = True) -> Reading:
    """All notices of some sources as a frame.

    Parameters
    ----------
    sources
        As for `stream`.
    repeats
        Drop exact repeats and mark near ones in ``duplicate_of``, a column of that name in the input being replaced.

    Raises
    ------
    InputError
        As `stream` does.
    """
    import pandas as pd

    values: dict[str, list[Any]] = {name: [] for name in RECORD_COLUMNS}
    rejects: list[Reject] = []
    rows = 0
    for batch in stream(sources):
        rejects += batch.rejects
        for name, field in zip(batch.notices.column_names, batch.notices.schema, strict=True):
            cells = values.setdefault(name, [])
            cells += itertools.repeat(None, rows - len(cells))
            cells += _python_values(batch.notices.column(name), field)
        rows += batch.notices.num_rows
    for cells in values.values():
        cells += itertools.repeat(None, rows - len(cells))
    notices = pd.DataFrame({name: _series(cells) for name, cells in values.items()})
    dropped = 0
    if repeats:
        from pipeline.ingest.repeats import mark

        notices, dropped = mark(notices)
    return Reading(notices, _reject_frame(rejects), dropped)


def _python_values(column: Any, field: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(field.type) and field.type.unit == "ns":
        column = column.cast(pa.timestamp("us", field.type.tz), safe=False)
    cells: list[Any] = column.to_pylist()
    return [decode_extra(cell) for cell in cells] if is_json(field) else cells


def _series(cells: list[Any]) -> "pd.Series[Any]":
    import pandas as pd

    kinds = set(map(type, cells))
    plain = len(kinds) == 1 and kinds <= {bool, int, float}
    if plain and kinds == {int} and not all(-(2**63) <= cell < 2**63 for cell in cells):
        plain = False
    return pd.Series(cells) if plain else pd.Series(cells, dtype=object)


def _reject_frame(rejects: list[Reject]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([getattr(one, name) for one in rejects], dtype=object) for name in REJECT_COLUMNS}
    )


def _batches(source: Source, batch_rows: int) -> Iterator[Batch]:
    table = open_table(source)
    assembler = Assembler(table, source.name, source.where)
    found = False
    with _steady(source), closing(table.chunks(batch_rows)) as chunks:  # type: ignore[type-var]
        for chunk in chunks:
            if len(chunk.lines) or chunk.rejects:
                found = True
                yield assembler.batch(chunk)
    if not found:
        raise EmptyInputError("no notice found", where=source.where, remedy="Name a file with notices in it")


def _failure(source: Source, error: InputError) -> Batch:
    import pyarrow as pa

    schema = pa.schema([pa.field(name, pa.string()) for name in RECORD_COLUMNS])
    return Batch(schema.empty_table(), [Reject(source.where, None, _reason(error), "")])


def _reason(error: InputError) -> str:
    return error.what if error.remedy is None else f"{error.what}. {error.remedy}"


def _nothing_found(failures: list[InputError]) -> InputError:
    if len(failures) == 1:
        return failures[0]
    return InputError(f"none of the {len(failures)} files holds notices; the first: {failures[0]}")


@contextmanager
def _steady(source: Source) -> Iterator[None]:
    # The whole file was decoded once to find its encoding, so what cannot be decoded now was not there then.
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError("changed while it was read", where=source.where, remedy="Run the command again") from error


def open_table(source: Source) -> Table:
    """Choose the reader of a source's format: by its content where that is plain to see, else by the name's suffix."""
    with _steady(source):
        return _open_table(source)


def _open_table(source: Source) -> Table:
    form = _form_of(source)
    if form == "parquet":
        from pipeline.ingest.columnar import ParquetTable

        return ParquetTable(source)
    if form == "xlsx":
        from pipeline.ingest.workbook import WorkbookTable

        return WorkbookTable(source)
    if form in {"csv", "tsv"}:
        from pipeline.ingest.delimited import DelimitedTable

        return DelimitedTable(source, form)
    if form in {"json", "jsonl"}:
        from pipeline.ingest.jsons import JsonLinesTable, JsonTable

        return JsonLinesTable(source) if form == "jsonl" else JsonTable(source)
    from pipeline.ingest.page import HtmlTable, ListingTable

    return HtmlTable(source) if form == "html" else ListingTable(source)


def _form_of(source: Source) -> str:
    head = source.head()
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    form = FORMATS.get(source.suffix)
    if form is None and source.member:
        raise InputError(f"files ending in {source.suffix!r} are not read")
    if form is None or (form == "listing" and source.suffix != ".md"):
        return _form_of_text(source)
    if form == "json" and _form_of_text(source) == "jsonl":  # JSON lines are often called .json
        return "jsonl"
    return form


def _form_of_text(source: Source) -> str:
    from pipeline.ingest.decoding import find_encoding
    from pipeline.ingest.delimited import delimiter_of
    from pipeline.ingest.jsons import parse

    text = source.head().decode(find_encoding(source).name, "replace").lstrip("\ufeff \t\r\n")
    first = text.partition("\n")[0].strip()
    if text.startswith(("{", "[")):
        try:
            line = parse(first)
            return "jsonl" if isinstance(line, dict) and names_a_headline(list(line)) else "json"
        except ValueError:
            start = text[1:].lstrip()[:1]
            if (start and start in '{"]') or text.startswith("{"):
                return "json"
    if text.startswith("<") and text[1:2].isalpha() | (text[1:2] == "!"):
        return "html"
    delimiter = delimiter_of(first)
    if delimiter and (delimiter in first or names_a_headline([first])):
        return "tsv" if delimiter == "\t" else "csv"
    return "listing"
