"""Whole tables of notices that are not labelled: what ``notices ingest`` writes."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.artifacts.files import write_file
from pipeline.batch.encode import Encoder, format_of
from pipeline.batch.rejects import Rejects
from pipeline.ingest import Reading, Reject, read

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Ingested:
    """What was read, dropped, marked and rejected; ``rejects`` is the rejects table, where one was written."""

    notices: int
    repeats_dropped: int
    near_repeats: int
    rejected: int
    rejects: Path | None


def ingest_to(
    sources: Iterable[Any], output: Path | None, form: str | None = None, rejects: Path | None = None
) -> Ingested:
    """Read sources and write their notices to a file, or to standard output as JSON lines (or ``form``).

    Raises
    ------
    InputError, OutputError
        Where the sources hold no notice, or the file cannot be written.
    """
    chosen = format_of(output, form) if output else format_of("-", form or "jsonl")
    reading = read(sources)
    table = _arrow(reading)
    content = Encoder(table.schema, chosen).whole(table)
    place = rejects or (output.with_name(f"{output.name}.rejects.csv") if output else None)
    with Rejects(place) as rejected:
        rejected.add([Reject(*row) for row in reading.rejects.itertuples(index=False)])
        if output:
            write_file(output, content)
        else:
            sys.stdout.buffer.write(content)
    near = int(reading.notices["duplicate_of"].notna().sum())
    return Ingested(len(reading.notices), reading.repeats_dropped, near, rejected.count, place)


def _arrow(reading: Reading) -> "pa.Table":
    """The frame as a table; a column of mixed or nested values is JSON text, and said to be."""
    import pyarrow as pa

    arrays, fields = [], []
    for name, column in reading.notices.items():
        values = [None if value is None or value != value else value for value in column]
        if all(value is None or (type(value) is str and _is_whole(value)) for value in values):
            arrays.append(pa.array(values, pa.string()))
            fields.append(pa.field(str(name), pa.string()))
        else:
            arrays.append(pa.array([None if value is None else _json(value) for value in values], pa.string()))
            fields.append(pa.field(str(name), pa.string(), metadata={"encoding": "json"}))
    return pa.table(arrays, schema=pa.schema(fields))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if _is_whole(text) else json.dumps(value, default=str)


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair, which UTF-8 cannot carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
