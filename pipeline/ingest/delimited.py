"""CSV and TSV: rows of a delimited text, however its quotation marks are closed."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

from pipeline.errors import EmptyInputError
from pipeline.ingest.decoding import Encoding, find_encoding, open_text, read_lines
from pipeline.ingest.fields import names_a_headline
from pipeline.ingest.limits import MAX_BATCH, MAX_FIELD, MAX_RECORD_LINES
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Chunk, Reject, excerpt

_DELIMITERS = {"csv": ",\t;|", "tsv": "\t,;|"}
_UNCLOSED = "quotation marks do not close"


def delimiter_of(header: str, preferred: str = ",\t;|") -> str | None:
    """Delimiter that makes a headline's name one of the cells of a first line."""
    for delimiter in preferred:
        try:
            names = next(csv.reader([header], delimiter=delimiter, strict=True), [])
        except csv.Error:
            continue
        if names_a_headline(names):
            return delimiter
    return None


class DelimitedTable:
    """A CSV or TSV source; ``form`` is ``csv`` or ``tsv``."""

    guarded = True

    def __init__(self, source: Source, form: str) -> None:
        self._source = source
        self._encoding: Encoding = find_encoding(source)
        self._delimiter = ","
        with open_text(source, self._encoding) as text:
            lines = read_lines(text, source, self._encoding, [])
            for _, line in lines:
                if line.strip():
                    break
            else:
                raise EmptyInputError("the file is empty", where=source.where, remedy="Name a file with notices in it")
            preferred = _DELIMITERS[form]
            self._delimiter = delimiter_of(line, preferred) or preferred[0]
        self.names = self._first_row(0)
        self.types: list[Any] = [_text_type()] * len(self.names)
        first = self._first_row(1) if "id" in self.names else []
        self.first_id = first[self.names.index("id")] if first and len(first) == len(self.names) else None

    def _first_row(self, index: int) -> list[str]:
        with open_text(self._source, self._encoding) as text:
            for _, row in _Records(text, self._source, self._encoding, self._delimiter, []):
                if index == 0:
                    return row
                index -= 1
        return []

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Rows in order; one whose number of cells differs from the header's is rejected."""
        rejects: list[Reject] = []
        width = len(self.names)
        lines: list[int] = []
        rows: list[list[str]] = []
        with open_text(self._source, self._encoding) as text:
            records = _Records(text, self._source, self._encoding, self._delimiter, rejects)
            next(iter(records), None)
            for line, row in records:
                if len(row) == width and any(row):
                    lines.append(line)
                    rows.append(row)
                elif any(row):
                    self._fit(line, row, lines, rows, rejects)
                if len(rows) >= batch_rows or len(rejects) >= batch_rows or records.size >= MAX_BATCH:
                    records.size = 0
                    yield Chunk(lines, list(zip(*rows, strict=True)) or [()] * width, rejects[:])
                    lines, rows = [], []
                    rejects.clear()
        yield Chunk(lines, list(zip(*rows, strict=True)) or [()] * width, rejects)

    def _fit(self, line: int, row: list[str], lines: list[int], rows: list[list[str]], rejects: list[Reject]) -> None:
        width = len(self.names)
        if len(row) > width and not any(row[width:]):  # Excel leaves delimiters behind empty columns
            lines.append(line)
            rows.append(row[:width])
            return
        reason = f"{len(row)} cells where the header has {width}"
        rejects.append(Reject(self._source.where, line, reason, excerpt(self._delimiter.join(row))))


def _text_type() -> Any:
    import pyarrow as pa

    return pa.string()


class _Records:
    """Numbered records of a delimited text.

    A quotation mark that is never closed would make the csv module take the rest of the file for one cell. So a
    record may span a bounded number of lines; where one fails, its first line is rejected, the lines between are
    read each for itself, and the line at which it failed starts afresh. Every line is parsed at most three times.
    """

    def __init__(
        self, text: IO[str], source: Source, encoding: Encoding, delimiter: str, rejects: list[Reject]
    ) -> None:
        # The limit is the csv module's own and of the whole process: it is raised where needed, never lowered.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD + 1))
        self._lines = read_lines(text, source, encoding, rejects)
        self._where = source.where
        self._rejects = rejects
        self._delimiter = delimiter
        self._again: deque[tuple[int, str]] = deque()
        self._taken: list[tuple[int, str]] = []
        self._taken_size = 0
        self._records = self._read()
        self.size = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self._records

    def _feed(self) -> Iterator[str]:
        # Ends early where a record grows beyond its bounds; the csv module then reports an unfinished record.
        again, taken, lines = self._again, self._taken, self._lines
        while len(taken) < MAX_RECORD_LINES and self._taken_size <= MAX_FIELD:
            numbered = again.popleft() if again else next(lines, None)
            if numbered is None:
                return
            taken.append(numbered)
            self._taken_size += len(numbered[1])
            yield numbered[1]

    def _read(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            reader = csv.reader(self._feed(), delimiter=self._delimiter, strict=True)
            try:
                for row in reader:
                    number = self._taken[0][0]
                    self.size += self._taken_size
                    self._forget()
                    if row:
                        yield number, row
            except csv.Error as error:
                yield from self._recover(str(error))
            else:
                if not self._taken:
                    return
                self._forget()

    def _forget(self) -> None:
        self._taken.clear()
        self._taken_size = 0

    def _recover(self, error: str) -> Iterator[tuple[int, list[str]]]:
        taken = self._taken[:]
        self._forget()
        whole = len(taken) > 1
        first_number, first_line = taken.pop(0)
        reason = _UNCLOSED if "expected after" in error or "unexpected end" in error else error
        self._rejects.append(Reject(self._where, first_number, reason, excerpt(first_line)))
        if whole and "unexpected end" not in error:
            self._again.appendleft(taken.pop())
        for number, line in taken:
            self.size += len(line)
            try:
                row = next(csv.reader([line], delimiter=self._delimiter, strict=True), [])
            except csv.Error:
                self._rejects.append(Reject(self._where, number, _UNCLOSED, excerpt(line)))
                continue
            if row:
                yield number, row
