"""What people see: tables, bars and one-line summaries. Results on standard output, all else on standard error."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table


def say(line: str) -> None:
    """One line to standard error."""
    sys.stderr.write(f"{line}\n")


def give(text: str) -> None:
    """A result to standard output."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def give_json(value: Any) -> None:
    """A result as one JSON object."""
    import json

    give(json.dumps(value, ensure_ascii=False, indent=2))


def table(
    title: str | None, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()
) -> None:
    """Print a table; ``right`` names the columns of figures."""
    from rich.markup import escape

    drawn = _empty_table(title)
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left")
    for row in rows:
        drawn.add_row(*(escape(str(cell)) for cell in row))
    show(drawn)


def show(drawn: Any) -> None:
    """Print a rich object to standard output."""
    from rich.console import Console

    Console(soft_wrap=not sys.stdout.isatty()).print(drawn)


def _empty_table(title: str | None) -> "Table":
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


@contextlib.contextmanager
def bar(task: str, unit: str = "notices") -> Iterator[Callable[[int], None]]:
    """A count that moves on a terminal, and nothing at all in a pipe."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} " + unit))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        number = progress.add_task(task, total=None)
        yield lambda count: progress.advance(number, count)
