"""``notices ingest``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import show
from pipeline.cli.options import Output, Sources


def ingest(
    sources: Sources = None,
    output: Output = None,
    form: Annotated[str | None, typer.Option("--format", help="csv, jsonl, parquet or xlsx.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go.", show_default="OUT.rejects.csv")
    ] = None,
) -> None:
    """Read saved pages and tables into one table of notices.

    Exact repeats are dropped, near repeats marked in duplicate_of; rows that cannot be read go to a rejects table.

    Example: notices ingest saved-pages/ table.xlsx -o notices.parquet
    """
    from pipeline.batch.tables import ingest_to

    with show.bar("reading"):
        done = ingest_to(sources or ["-"], output, form, rejects)
    show.say(
        f"{done.notices} notices read, {done.repeats_dropped} exact repeats dropped, "
        f"{done.near_repeats} near repeats marked, {done.rejected} rows rejected"
        + (f" (see {done.rejects})" if done.rejected and done.rejects else "")
    )
    raise typer.Exit(3 if done.rejected else 0)
