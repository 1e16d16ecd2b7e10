"""Parquet: row groups to columns, with bounds on what a small file may unfold to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.ingest.fields import RECORD_NAMES, meaning
from pipeline.ingest.limits import MAX_BATCH, MAX_FIELD, MAX_ROW_GROUP
from pipeline.ingest.locate import Source
from pipeline.ingest.tables import Chunk, Reject

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class ParquetTable:
    """A Parquet source. Columns that need no work stay in Arrow and keep their types."""

    guarded = False

    def __init__(self, source: Source) -> None:
        self._source = source
        with self._open() as file:
            self.names: list[str] = file.schema_arrow.names
            self.types: list[Any] = [_plain(kind) for kind in file.schema_arrow.types]
            self._rows = file.metadata.num_rows
            for group in range(file.num_row_groups):
                self._check(file.metadata.row_group(group), group)
            self.first_id = self._find_first_id(file)

    @contextmanager
    def _open(self) -> Iterator["pq.ParquetFile"]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        content = self._source.content
        try:
            handle = pa.BufferReader(content) if isinstance(content, bytes) else pa.OSFile(str(content))
            with handle:
                names = pq.read_schema(handle)
                handle.seek(0)
                texts = [field.name for field in names if _is_text(field.type)]
                # Dictionaries stay dictionaries until their rows have been weighed: one long value repeated a
                # million times is a few bytes in the file.
                with pq.ParquetFile(handle, read_dictionary=texts, buffer_size=1 << 20, pre_buffer=False) as file:
                    yield file
        except (pa.ArrowException, EOFError, UnicodeDecodeError) as error:
            raise InputError(
                f"not a whole Parquet file ({_first_line(error)})",
                where=self._source.where,
                remedy="Fetch or write it again",
            ) from error
        except OSError as error:
            if error.errno is None:  # Arrow's way to say that the content is damaged
                raise InputError(
                    f"the Parquet file is damaged ({_first_line(error)})",
                    where=self._source.where,
                    remedy="Fetch or write it again",
                ) from error
            raise self._source.unreadable(error) from error

    def _check(self, group: Any, number: int) -> None:
        size = sum(group.column(i).total_uncompressed_size for i in range(group.num_columns))
        if max(size, group.total_byte_size) > MAX_ROW_GROUP:
            raise InputError(
                f"row group {number} unfolds to more than {MAX_ROW_GROUP // 1_000_000:,} MB",
                where=self._source.where,
                remedy="Write the table with smaller row groups",
            )

    def _find_first_id(self, file: "pq.ParquetFile") -> str | None:
        if "id" not in self.names or not self._rows:
            return None
        first = next(file.iter_batches(batch_size=1, columns=["id"]), None)
        value = first.column(0)[0].as_py() if first is not None and first.num_rows else None
        return value if isinstance(value, str) else None

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """Rows in order."""
        row = 1
        with self._open() as file:
            for batch in file.iter_batches(batch_size=batch_rows):
                for piece in _pieces(batch):
                    yield self._chunk(piece, row)
                    row += piece.num_rows

    def _chunk(self, batch: "pa.RecordBatch", row: int) -> Chunk:
        import pyarrow as pa

        lines: Any = range(row, row + batch.num_rows)
        rejects: list[Reject] = []
        if batch.num_rows == 1 and _weight(batch) > MAX_FIELD * 4:
            # Nothing of a row this long is unfolded.
            rejects.append(Reject(self._source.where, row, f"a field of more than {MAX_FIELD:,} characters", ""))
            batch, lines = batch.slice(0, 0), ()
        columns: list[Any] = []
        for name, kind, column in zip(self.names, self.types, batch.columns, strict=True):
            column = column.cast(kind) if column.type != kind else column
            column.validate(full=True)  # texts from elsewhere need not be UTF-8
            if meaning(name) in RECORD_NAMES:
                if pa.types.is_timestamp(kind):
                    column = column.cast(pa.timestamp("us", kind.tz), safe=False)
                column = column.to_pylist()
            columns.append(column)
        return Chunk(lines, columns, rejects)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _plain(kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_string(kind) or pa.types.is_large_string(kind) else kind


def _weight(batch: "pa.RecordBatch") -> int:
    """Bytes of a batch once its dictionaries are unfolded."""
    import pyarrow as pa
    import pyarrow.compute as pc

    total = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _is_text(column.type):
            lengths = pc.binary_length(column.dictionary)
            total += pc.sum(pc.take(lengths, column.indices)).as_py() or 0
        else:
            total += column.nbytes
    return total


def _pieces(batch: "pa.RecordBatch") -> Iterator["pa.RecordBatch"]:
    waiting = [batch]
    while waiting:
        piece = waiting.pop()
        if piece.num_rows > 1 and _weight(piece) > MAX_BATCH:
            half = piece.num_rows // 2
            waiting += [piece.slice(half), piece.slice(0, half)]
        else:
            yield piece


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:120]
