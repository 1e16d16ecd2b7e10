"""Reading notices: list pages, tables and JSON from files, folders, patterns and standard input.

`read` gives frames, `stream` gives Arrow batches in constant memory; nothing that cannot be read is lost, it is
among the rejects with its place and the reason. Libraries are imported where they are needed, so that importing this
package is cheap.

Decisions that hold for every format:

- Every notice needs a headline; a row without one is rejected. A text may be empty, a time may be missing.
- A time that is given but is no date with its year (2月30日, 3小时前 in a table) makes its row a reject: the row is
  named with its line, nothing of it is dropped silently. On a list page, where a time without a year is only the mark
  of an entry, the notice is kept without its time, and only an impossible date is a reject.
- ``source`` is the input's own column of that name, else the file's name without its folder, ``-`` for standard input.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.ingest.assemble import Batch
    from pipeline.ingest.locate import Source, expand
    from pipeline.ingest.reading import Reading, columns, conform, decode_extra, is_json, read, stream
    from pipeline.ingest.repeats import mark
    from pipeline.ingest.tables import Reject

__all__ = [
    "Batch",
    "Reading",
    "Reject",
    "Source",
    "columns",
    "conform",
    "decode_extra",
    "expand",
    "is_json",
    "mark",
    "read",
    "stream",
]

_HOMES = {
    "Batch": "assemble",
    "Reject": "tables",
    "Source": "locate",
    "expand": "locate",
    "mark": "repeats",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'reading')}"), name)
