"""``notices label`` and ``notices explain``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import show
from pipeline.cli.options import MODELS, AsJson, AsOf, FileOrFolder, Jobs, Models, Sources, Version

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.batch.label import Tally
    from pipeline.batch.ledger import Ledger
    from pipeline.batch.rejects import Rejects
    from pipeline.batch.table import Options


def label(
    sources: Sources = None,
    output: FileOrFolder = None,
    models: Models = MODELS,
    version: Version = "current",
    form: Annotated[str | None, typer.Option("--format", help="csv, jsonl, parquet or xlsx.")] = None,
    jobs: Jobs = 1,
    facts: Annotated[bool, typer.Option(help="Give dates, rule names, platform and other facts.")] = True,
    why: Annotated[bool, typer.Option("--why", help="Give the words that spoke for each label.")] = False,
    as_of: AsOf = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    new_since: Annotated[
        Path | None, typer.Option(metavar="STATE", help="Leave out notices that STATE knows; add the new ones to it.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go.", show_default="OUT.rejects.csv")
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="local or dask: label a partitioned dataset into a folder.")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="tcp://…", help="Address of the Dask scheduler.")] = None,
) -> None:
    """Label notices: what happens, what it is about, how sure that is, and the facts that stand in the text.

    Without -o: a table on a terminal, JSON lines in a pipe. An output folder (out/) takes one file for each source.

    Example: notices label saved-page.txt -o labelled.csv
    """
    from pipeline.batch.ledger import Ledger
    from pipeline.batch.rejects import Rejects
    from pipeline.batch.table import Options, predictor_of, read_day

    given = sources or ["-"]
    if sources is None and sys.stdin.isatty():
        raise typer.BadParameter("name a file, a folder or a pattern, or pipe notices in", param_hint="SOURCE")
    options = Options(str(models), version, facts, why, read_day(as_of)).resolved()
    if engine or (output and is_folder(output)):
        _label_dataset(given, output, form, options, jobs, engine, scheduler)
        return
    ledger = Ledger(new_since) if new_since else None
    file = Path(output) if output else None
    table_of_rejects = Rejects(rejects) if rejects or file is None else Rejects.beside(file)
    with table_of_rejects as rejected:
        if file:
            tally = _label_file(given, file, form, options, rejected, jobs, resume, ledger)
        else:
            tally = _label_to_output(given, form, options, rejected, ledger)
    heads = "、".join(head.title for head in predictor_of(options.models, options.version).heads)
    reused = f", {tally.reused} of them by the interrupted run" if tally.reused else ""
    where = f" (see {rejected.path})" if rejected.count and rejected.path else ""
    show.say(
        f"{tally.labelled} notices labelled with {heads}{reused}; {tally.to_review} to review, "
        f"{rejected.count} rows rejected{where}; release {options.version}"
    )
    raise typer.Exit(3 if rejected.count else 0)


def is_folder(output: str) -> bool:
    """Whether an output is a folder, to be or already, or an address far away."""
    return output.endswith("/") or "://" in output or Path(output).is_dir()


def _label_file(
    sources: list[str],
    output: Path,
    form: str | None,
    options: "Options",
    rejects: "Rejects",
    jobs: int,
    resume: bool,
    ledger: "Ledger | None",
) -> "Tally":
    from pipeline.batch.encode import format_of
    from pipeline.batch.label import label_to_file

    with show.bar("labelling") as progress:
        return label_to_file(
            sources,
            output,
            format_of(output, form),
            options,
            rejects,
            jobs=jobs,
            resume=resume,
            ledger=ledger,
            progress=progress,
        )


def _label_to_output(
    sources: list[str], form: str | None, options: "Options", rejects: "Rejects", ledger: "Ledger | None"
) -> "Tally":
    from pipeline.batch.label import Tally, count_of, label_to_stream, labelled_batches

    if not sys.stdout.isatty() or form:
        tally = label_to_stream(sources, sys.stdout.buffer, form or "jsonl", options, rejects, ledger)
    else:
        tally = Tally()
        for table in labelled_batches(sources, options, rejects, ledger):
            _show_table(table, options)
            tally.add(count_of(table))
    if ledger:
        ledger.save()
    return tally


def _show_table(table: "pa.Table", options: "Options") -> None:
    from rich.table import Table

    from pipeline.batch.table import predictor_of
    from pipeline.cli.terminal import labelled_rows

    heads = predictor_of(options.models, options.version).heads
    drawn: Table = labelled_rows(table, heads)
    show.show(drawn)


def _label_dataset(
    sources: list[str],
    output: str | None,
    form: str | None,
    options: "Options",
    jobs: int,
    engine: str | None,
    scheduler: str | None,
) -> None:
    from pipeline.batch.dataset import label_dataset

    if output is None:
        raise typer.BadParameter("name the folder of the labelled partitions", param_hint="--output")
    with show.bar("labelling", "partitions") as progress:
        done = label_dataset(
            sources, output, options, form=form, jobs=jobs, engine=engine, scheduler=scheduler, progress=progress
        )
    show.say(
        f"{done.made} partitions labelled, {done.present} were there; {done.labelled} notices, "
        f"{done.rejected} rows rejected; release {options.version}"
    )
    raise typer.Exit(3 if done.rejected else 0)


def explain(
    title: Annotated[str, typer.Argument(help="The headline.")],
    text: Annotated[str, typer.Argument(help="The text.")] = "",
    models: Models = MODELS,
    version: Version = "current",
    as_json: AsJson = False,
) -> None:
    """Show why a notice is given its labels: the words that spoke for each and against it.

    Example: notices explain "快手电商将下线“多件起购”功能" "平台将于2月29日下线该功能。"
    """
    from dataclasses import asdict

    from pipeline.cli.terminal import marked
    from pipeline.predict import Predictor

    predictor = Predictor.load(models, version)
    told = predictor.explain(title, text)
    if as_json:
        show.give_json({head: asdict(one) for head, one in told.items()})
        return
    for drawn in marked(predictor, title, text, told):
        show.show(drawn)
