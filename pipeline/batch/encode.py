"""Labelled notices as the bytes of a file: JSON lines, CSV, Parquet, XLSX, whole or in parts that are joined later."""

import csv
import datetime as dt
import io
import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from pipeline.errors import OutputError, ParameterError
from pipeline.ingest import decode_extra, is_json
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

#: The most rows (the header aside), columns, and characters in a cell that a sheet can hold.
SHEET_ROWS = (1 << 20) - 1
SHEET_COLUMNS = 1 << 14
SHEET_CELL = 32_767

#: Whole numbers up to this size are exact in a sheet; larger ones are written as text.
EXACT = 1 << 53

_NO_SHEET = "Write CSV or Parquet with --format"
_NO_XML = re.compile("[\ufffe\uffff]")

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

    A part of CSV has no header, one of Parquet is Arrow's own format, one of XLSX is JSON lines; `join` makes the
    whole of the parts.

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
        #: Ending of a part's name.
        self.part_suffix = {"xlsx": ".jsonl", "parquet": ".arrow"}.get(form, f".{form}")

    @property
    def _stored(self) -> "pa.Schema":
        import pyarrow as pa

        return pa.schema([pa.field(field.name, field.type) for field in self.schema])

    def part(self, table: "pa.Table") -> bytes:
        """Bytes of one part."""
        import pyarrow as pa

        if self.form == "parquet":
            return _arrow(pa.table([_plain(table.column(f.name), f) for f in table.schema], schema=self._stored))
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
                sink.write(BOM + csv_lines([map(guard, self.schema.names)]))
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
        import pyarrow as pa
        import pyarrow.parquet as pq

        with pq.ParquetWriter(sink, self._stored, compression="zstd") as writer:
            for part in parts:
                writer.write_table(pa.ipc.open_file(pa.BufferReader(part)).read_all())

    def _write_sheet(self, parts: Iterable[bytes], sink: BinaryIO) -> None:
        import pyarrow as pa
        from xlsxwriter import Workbook

        # XlsxWriter puts no clock into the archive, so that the same notices make the same bytes.
        book = Workbook(sink, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        sheet = book.add_worksheet("notices")
        header = zip(self.schema.names, itertools.repeat(pa.field("", pa.string())))
        if len(self.schema) > SHEET_COLUMNS:
            raise OutputError(f"a sheet holds {SHEET_COLUMNS} columns at most", remedy=_NO_SHEET)
        sheet.write_row(0, 0, [_sheet_cell(name, field) for name, field in header])
        lines = itertools.chain.from_iterable(part.splitlines() for part in parts)
        for count, line in enumerate(lines, 1):
            if count > SHEET_ROWS:
                raise OutputError(f"a sheet holds {SHEET_ROWS} notices at most", remedy=_NO_SHEET)
            row = _value_of(line.decode())
            sheet.write_row(count, 0, [_sheet_cell(row[field.name], field) for field in self.schema])
        book.close()


def _plain(column: Any, field: "pa.Field") -> Any:
    """A column of JSON text with its texts as they are; what is no text stays JSON."""
    if not is_json(field):
        return column
    import pyarrow as pa

    return pa.array([_unpacked(cell) for cell in column.to_pylist()], pa.string())


def _unpacked(cell: str | None) -> str | None:
    value = None if cell is None else _value_of(cell)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # only an escape can carry half of a surrogate pair
    return None if value is None else cell


def _value_of(text: str) -> Any:
    """Value of a JSON text; also of one with NaN or a lone surrogate, which orjson refuses."""
    import orjson

    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return decode_extra(text)


def _arrow(table: "pa.Table") -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows as lines of CSV, UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cells(values: list[Any], field: "pa.Field") -> Iterator[Any]:
    if is_json(field):
        return (guarded(None if value is None else _value_of(value)) for value in values)
    if (field.metadata or {}).get(b"digits"):
        digits = int(field.metadata[b"digits"])
        return (None if value is None else round(value, digits) for value in values)
    return map(guarded, values)


def guarded(value: Any) -> Any:
    """A value as it stands in a spreadsheet: nothing that would run as a formula, lists joined."""
    if type(value) is str:
        return guard(value if value.isascii() else value.encode("utf-8", "replace").decode())
    if type(value) is list and all(type(member) is str for member in value):
        return guarded(JOINT.join(value))
    if isinstance(value, list | dict):
        return guarded(json.dumps(value, ensure_ascii=False, default=str))
    return value


def _sheet_cell(value: Any, field: "pa.Field") -> Any:
    """A value as it stands in a cell of XLSX, which has no numbers such as NaN and takes no long text."""
    [cell] = _cells([value], field.with_metadata(None) if is_json(field) else field)
    if isinstance(cell, float) and not math.isfinite(cell):
        cell = str(cell)
    if type(cell) is int and abs(cell) > EXACT:
        cell = str(cell)
    if isinstance(cell, str):
        cell = _NO_XML.sub("\ufffd", cell)
        if len(cell) * 2 > SHEET_CELL and len(cell.encode("utf-16-le")) > 2 * SHEET_CELL:
            raise OutputError(f"a cell of a sheet holds {SHEET_CELL} characters at most", remedy=_NO_SHEET)
    return cell
