"""What passes between the readers of single formats and the assembly of notices: raw columns and rejects."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from pipeline.ingest.limits import MAX_EXCERPT

if TYPE_CHECKING:
    import pyarrow as pa


class Absent(Enum):
    """Type of `ABSENT`, the value of a key that a JSON object does not have (null is a value)."""

    ABSENT = 0


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of input that did not become a notice.

    ``line`` counts from 1: the line of a text file, the row of a workbook or Parquet file, the element of a JSON
    array, the visible line of an HTML page. It is None where the whole source is meant.
    """

    source: str
    line: int | None
    reason: str
    excerpt: str


def excerpt(value: object) -> str:
    """Start of a rejected value on one printable line."""
    text = str(value)[: 4 * MAX_EXCERPT]
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_EXCERPT else text[: MAX_EXCERPT - 1] + "…"


@dataclass(slots=True)
class Chunk:
    """Some rows of a table: values column by column, as the input has them."""

    lines: Sequence[int]
    columns: "list[Sequence[Any] | pa.Array]"
    rejects: list[Reject] = field(default_factory=list)


class Table(Protocol):
    """One source opened as rows and columns."""

    #: Whether cells may carry a spreadsheet guard.
    guarded: bool

    @property
    def names(self) -> Sequence[str]:
        """Column names as the input has them."""
        ...

    @property
    def types(self) -> "Sequence[pa.DataType | None]":
        """How extra columns are represented in Arrow, one entry for each name: None is JSON text."""
        ...

    @property
    def first_id(self) -> str | None:
        """The ``id`` of the first row, if there is such a column."""
        ...

    def chunks(self, batch_rows: int) -> Iterator[Chunk]:
        """All rows in order, at most ``batch_rows`` at a time."""
        ...
