"""XLSX: rows of the first sheet that has a headline column, read one by one."""

import datetime as dt
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.errors import InputError
from pipeline.ingest.fields import names_a_headline
from pipeline.ingest.limits import MAX_BATCH, MAX_WORKBOOK
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Chunk, Reject, excerpt
from pipeline.notice import TIME_FORMAT

_DAMAGED = "Save it again as .xlsx, without a password"


class WorkbookTable:
    """An XLSX source. Cells keep their types; other columns than the record's travel as JSON text."""

    guarded = True

    def __init__(self, source: Source) -> None:
        self._source = source
        self._sheet = ""
        self._header_row = 0
        self.names: list[str] = []
        self.first_id: str | None = None
        with self._open() as sheets:
            self._find_header(sheets)
        self.types: list[Any] = [None] * len(self.names)

    def _find_header(self, sheets: list[Any]) -> None:
        seen: list[str] = []
        for sheet in sheets:
            rows = _rows(sheet)
            number, cells = next(rows, (0, ()))
            names = [str(_value(cell) or "") for cell in cells]
            while names and not names[-1]:
                names.pop()
            if names_a_headline(names) or (names and not seen):
                self._sheet, self._header_row, self.names, seen = sheet.title, number, names, names
                first = next(rows, (0, ()))[1]
                if "id" in names and names.index("id") < len(first):
                    self.first_id = str(first[names.index("id")])
            if names_a_headline(names):
                return
        if not seen:
            raise InputError("the workbook is empty", where=self._source.where, remedy="Name a file with notices in it")

    @contextmanager
    def _open(self) -> Iterator[list[Any]]:
        import openpyxl
        from defusedxml.common import DefusedXmlException

        where = self._source.where
        try:
            with self._source.open() as stream:
                _refuse_bomb(stream, where)
                book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
                try:
                    yield list(book.worksheets)
                finally:
                    book.close()
        except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, TypeError, AttributeError, IndexError) as error:
            # openpyxl has no exception of its own for a damaged part: these are what it raises there.
            what = "not a whole XLSX workbook"
            if _is_of(error, DefusedXmlException):
                what = "the workbook defines XML entities, as no spreadsheet program does"
            raise InputError(what, where=where, remedy=_DAMAGED) from error

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Rows below the header in order; empty rows are no rows."""
        width = len(self.names)
        lines: list[int] = []
        rows: list[tuple[Any, ...]] = []
        rejects: list[Reject] = []
        size = 0
        with self._open() as sheets:
            sheet = next(sheet for sheet in sheets if sheet.title == self._sheet)
            for number, cells in _rows(sheet):
                if number <= self._header_row:
                    continue
                values = [_value(cell) for cell in cells]
                if any(value not in {None, ""} for value in values[width:]):
                    reason = f"{len(values)} cells where the header has {width}"
                    rejects.append(Reject(self._source.where, number, reason, excerpt(values[0])))
                else:
                    lines.append(number)
                    rows.append((*values[:width], *[None] * (width - len(values))))
                    size += sum(len(value) for value in values if isinstance(value, str))
                if len(rows) >= batch_rows or len(rejects) >= batch_rows or size >= MAX_BATCH:
                    yield Chunk(lines, list(zip(*rows, strict=True)) or [()] * width, rejects)
                    lines, rows, rejects, size = [], [], [], 0
        yield Chunk(lines, list(zip(*rows, strict=True)) or [()] * width, rejects)


def _is_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether an error is of a kind, or was raised because of one."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _refuse_bomb(stream: Any, where: str) -> None:
    # zipfile never unpacks more of an entry than its header declares, so the declared sizes bound the real ones.
    with zipfile.ZipFile(stream) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_WORKBOOK:
            raise InputError(
                f"the workbook unfolds to {size // 1_000_000:,} MB",
                where=where,
                remedy=f"Split it below {MAX_WORKBOOK // 1_000_000:,} MB, or save it as CSV",
            )
    stream.seek(0)


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    sheet.reset_dimensions()  # a forged size would make openpyxl fill rows with empty cells
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(cell is not None and cell != "" for cell in cells):
            yield number, cells


def _value(cell: Any) -> Any:
    if isinstance(cell, str):
        if "_x" not in cell:
            return cell
        from openpyxl.utils.escape import unescape

        return unescape(cell)  # _x000D_ is how a workbook writes what XML cannot hold
    if isinstance(cell, dt.datetime):
        return cell.strftime(TIME_FORMAT)
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.time | dt.timedelta):
        return str(cell)
    return cell
