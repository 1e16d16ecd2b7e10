"""``notices report`` and ``notices calendar``."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from pipeline.cli import show
from pipeline.cli.options import Day, Output
from pipeline.notice import TIME_ZONE

Labelled = Annotated[str, typer.Argument(help="A table written by `notices label -o`.")]


def report(
    labelled: Labelled,
    output: Output = None,
    form: Annotated[Literal["html", "markdown"], typer.Option("--format", help="html or markdown.")] = "html",
    today: Day = None,
    title: Annotated[str | None, typer.Option(help="Headline of the report.")] = None,
    taxonomy: Annotated[
        Path | None, typer.Option(help="Taxonomy of the labels.", show_default="the shipped one")
    ] = None,
) -> None:
    """Make a digest to read: what takes effect when, by topic, with charts, filters and find; one file, offline.

    Example: notices report labelled.csv -o report.html
    """
    from pipeline import report as pages
    from pipeline.notice import Taxonomy

    notices = pages.read_labelled(labelled)
    if form == "html":
        heads = Taxonomy.load(taxonomy) if taxonomy else None
        known = {"title": title} if title else {}
        text = pages.html(notices, today=_today(today), taxonomy=heads, **known)
    else:
        text = pages.markdown(notices, today=_today(today))
    _give(output, text)


def calendar(
    labelled: Labelled,
    output: Output = None,
    sequence: Annotated[int, typer.Option(min=0, help="Raise it to hand out a corrected calendar.")] = 0,
) -> None:
    """Make a calendar: one entry for each effective date and each comment deadline.

    Example: notices calendar labelled.csv -o rules.ics
    """
    from pipeline.calendar import ics
    from pipeline.report import read_labelled

    _give(output, ics(read_labelled(labelled), sequence=sequence).decode())


def _today(given: str | None) -> dt.date:
    from pipeline.batch.table import read_day

    return read_day(given) or dt.datetime.now(ZoneInfo(TIME_ZONE)).date()


def _give(output: Path | None, text: str) -> None:
    from pipeline.artifacts.files import write_file

    if output:
        write_file(output, text.encode())
        show.say(f"written: {output}")
    else:
        show.give(text)
