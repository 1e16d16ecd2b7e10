"""Labelled notices as the bytes of a file: JSON lines, CSV, Parquet, XLSX, whole or in parts that are joined later."""

import csv
import datetime as dt
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from pipeline.errors import OutputError, ParameterError
from pipeline.ingest import is_json
from pipeline.spreadsheet import guard

if TYPE_CHECKING:
    import pyarrow as pa

Format = Literal["csv", "jsonl", "parquet", "xlsx"]

#: The formats of an output, by the ending of its file.
FORMATS: Mapping[str, Format] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}

#: What joins the members of a list in a cell of a spreadsheet.
JOINT = "；"

#: The most rows that a sheet can hold, the header aside.
SHEET_ROWS = (1 << 20) - 1

#: What tells a spreadsheet that a CSV file is UTF-8.
BOM = b"\xef\xbb\xbf"


def format_of(path: Path | str, given: str | None = None) -> Format:
    """The format of an output: the one given, else the one its name ends with.

    Raises
    ------
    ParameterError
        For a format that is none of `FORMATS`.
    """
    wanted = given or FORMATS.get(Path(path).suffix.lower())
    for known in FORMATS.values():
        if wanted == known:
            return known
    raise ParameterError(
        f"no output format {given!r}" if given else "its ending names no output format",
        where="--format" if given else path,
        remedy=f"Use --format with one of: {', '.join(sorted(set(FORMATS.values())))}",
    )


class Encoder:
    """Writes tables of one schema in one format, part by part.

    A part of CSV has no header and a part of Parquet is a file of its own; `join` makes the whole of the parts.

    Parameters
    ----------
    schema
        Of the tables; a column with the metadata ``{"encoding": "json"}`` holds JSON text.
    form
        The format.
    """

    def __init__(self, schema: "pa.Schema", form: Format) -> None:
        self.schema = schema
        self.form = form
        #: Ending of a part's name: a sheet is written of JSON lines.
        self.part_suffix = ".jsonl" if form == "xlsx" else f".{form}"

    @property
    def _stored(self) -> "pa.Schema":
        import pyarrow as pa

        return pa.schema([pa.field(field.name, field.type) for field in self.schema])

    def part(self, table: "pa.Table") -> bytes:
        """Bytes of one part."""
        import pyarrow as pa

        if self.form == "parquet":
            return _parquet(pa.table([_plain(table.column(f.name), f) for f in table.schema], schema=self._stored))
        if self.form == "csv":
            return self._csv(table)
        return self._json_lines(table)

    def whole(self, table: "pa.Table") -> bytes:
        """Bytes of a file with this table alone."""
        sink = io.BytesIO()
        self.join([self.part(table)], sink)
        return sink.getvalue()

    def join(self, parts: Iterable[bytes], sink: BinaryIO) -> None:
        """Write the file that the parts make together."""
        if self.form == "parquet":
            self._join_parquet(parts, sink)
        elif self.form == "xlsx":
            self._write_sheet(parts, sink)
        else:
            if self.form == "csv":
                sink.write(BOM + csv_lines([self.schema.names]))
            for part in parts:
                sink.write(part)

    def _json_lines(self, table: "pa.Table") -> bytes:
        import orjson

        names = table.column_names
        columns: list[Iterable[Any]] = []
        for name, field in zip(names, table.schema, strict=True):
            values = table.column(name).to_pylist()
            if is_json(field):
                values = [None if value is None else orjson.Fragment(value) for value in values]
            columns.append(values)
        option = orjson.OPT_APPEND_NEWLINE
        dumps = orjson.dumps
        return b"".join([dumps(dict(zip(names, row, strict=True)), str, option) for row in zip(*columns, strict=True)])

    def _csv(self, table: "pa.Table") -> bytes:
        columns = [_cells(table.column(field.name).to_pylist(), field) for field in table.schema]
        return csv_lines(zip(*columns, strict=True))

    def _join_parquet(self, parts: Iterable[bytes], sink: BinaryIO) -> None:
        import pyarrow.parquet as pq

        with pq.ParquetWriter(sink, self._stored, compression="zstd") as writer:
            for part in parts:
                writer.write_table(pq.read_table(io.BytesIO(part), schema=self._stored))

    def _write_sheet(self, parts: Iterable[bytes], sink: BinaryIO) -> None:
        import orjson
        from xlsxwriter import Workbook

        # XlsxWriter puts no clock into the archive, so that the same notices make the same bytes.
        book = Workbook(sink, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        sheet = book.add_worksheet("notices")
        sheet.write_row(0, 0, self.schema.names)
        lines = itertools.chain.from_iterable(part.splitlines() for part in parts)
        for count, line in enumerate(lines, 1):
            if count > SHEET_ROWS:
                raise OutputError(
                    f"a sheet holds {SHEET_ROWS} notices at most", remedy="Write CSV or Parquet with --format"
                )
            sheet.write_row(count, 0, [guarded(value) for value in orjson.loads(line).values()])
        book.close()


def _plain(column: Any, field: "pa.Field") -> Any:
    """A column of JSON text with its texts as they are; what is no text stays JSON."""
    if not is_json(field):
        return column
    import orjson
    import pyarrow as pa

    values = (None if cell is None else (orjson.loads(cell), cell) for cell in column.to_pylist())
    return pa.array([pair and (pair[0] if type(pair[0]) is str else pair[1]) for pair in values], pa.string())


def _parquet(table: "pa.Table") -> bytes:
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def csv_lines(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as lines of CSV, UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cells(values: list[Any], field: "pa.Field") -> Iterator[Any]:
    if is_json(field):
        import orjson

        return (guarded(None if value is None else orjson.loads(value)) for value in values)
    return map(guarded, values)


def guarded(value: Any) -> Any:
    """A value as it stands in a spreadsheet: nothing that would run as a formula, lists joined."""
    if type(value) is str:
        return guard(value)
    if type(value) is float:
        return round(value, 6)
    if type(value) is list and all(type(member) is str for member in value):
        return guard(JOINT.join(value))
    if isinstance(value, list | dict):
        import orjson

        return guard(orjson.dumps(value, str).decode())
    return value
