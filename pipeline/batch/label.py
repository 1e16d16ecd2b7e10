"""Labelling from sources to one output: in batches, in parallel, resumable, in memory that does not grow."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.batch.encode import Encoder, Format, format_of
from pipeline.batch.ledger import Ledger
from pipeline.batch.parts import Count, Parts
from pipeline.batch.rejects import Rejects
from pipeline.batch.table import Options, label_table, output_schema
from pipeline.errors import InputError, OutputError, ParameterError
from pipeline.ingest import Batch, Source, columns, conform, expand, stream

if TYPE_CHECKING:
    import pyarrow as pa

#: How many notices are one unit of work: read, labelled, written and, after a break, skipped together.
BATCH_ROWS = 4096

#: Called with the number of notices of each finished batch.
Progress = Callable[[int], None]


@dataclass
class Tally:
    """What a labelling did, so far: notices labelled, to be reviewed, and taken over from an interrupted run."""

    labelled: int = 0
    to_review: int = 0
    reused: int = 0

    def add(self, count: Count) -> None:
        """Take account of one more batch."""
        self.labelled += count.labelled
        self.to_review += count.to_review
        self.reused += count.labelled * count.reused


def labelled_batches(
    sources: Iterable[Any], options: Options, rejects: Rejects, ledger: Ledger | None = None
) -> "Iterator[pa.Table]":
    """Labelled tables, batch by batch, each with the schema of its source; with a ledger, of new notices alone."""
    batches = stream(sources, batch_rows=BATCH_ROWS)
    for batch in ledger.fresh(batches) if ledger else batches:
        rejects.add(batch.rejects)
        yield label_table(batch.notices, options)


def label_to_stream(
    sources: Iterable[Any],
    sink: BinaryIO,
    form: str,
    options: Options,
    rejects: Rejects,
    ledger: Ledger | None = None,
) -> Tally:
    """Label to an open binary stream; JSON lines and CSV batch by batch, each flushed when it is done."""
    found = expand(sources)
    chosen = format_of("-", form)
    tally = Tally()
    tables = labelled_batches(found, options, rejects, ledger)
    if chosen == "jsonl":
        for table in tables:
            sink.write(Encoder(table.schema, chosen).part(table))
            sink.flush()
            tally.add(count_of(table))
        return tally
    schema = columns(found)
    encoder = Encoder(output_schema(schema, options), chosen)

    def parts() -> Iterator[bytes]:
        for table in tables:
            tally.add(count_of(table))
            yield encoder.part(conform(table, encoder.schema))

    encoder.join(parts(), sink)
    sink.flush()
    return tally


def label_to_file(
    sources: Iterable[Any],
    output: Path,
    form: Format,
    options: Options,
    rejects: Rejects,
    *,
    jobs: int = 1,
    resume: bool = False,
    ledger: Ledger | None = None,
    progress: Progress | None = None,
) -> Tally:
    """Label to a file that appears whole, or not at all.

    Parameters
    ----------
    sources
        As for `pipeline.ingest.stream`.
    output, form
        The file and its format.
    options
        What decides labels and columns.
    rejects
        Takes what cannot be read.
    jobs
        How many processes label. The bytes of the output do not depend on it.
    resume
        Take over the batches that an interrupted run of the same command has done; the output is the same byte for
        byte.
    ledger
        Leave out what it knows; it is saved when the output is in place.
    progress
        Called with the number of notices of each finished batch.

    Raises
    ------
    OutputError
        Where the output cannot be written, is one of the sources, or is being written by another process.
    ParameterError
        For ``resume`` with standard input, or where the interrupted run was another one.
    """
    found = expand(sources)
    _refuse_overwriting(found, output)
    schema = columns(found)
    state = states(found)
    if resume and len(state) < len(found):
        raise ParameterError(
            "standard input cannot be read again", where="--resume", remedy="Save it to a file and label that"
        )
    plan = _plan(state, form, options, ledger)
    parts = Parts(output, Encoder(output_schema(schema, options), form), plan)
    tally = Tally()
    with parts.opened(resume=resume):
        work = _Work(parts, schema, options)
        batches = stream(found, batch_rows=BATCH_ROWS)
        for count in _counts(work, ledger.fresh(batches) if ledger else batches, rejects, jobs):
            tally.add(count)
            if progress:
                progress(count.labelled)
        refuse_changed(found, state)
        parts.finish()
    if ledger:
        ledger.save()
    return tally


@dataclass(frozen=True)
class _Work:
    """What a worker needs to make one part of one batch."""

    parts: Parts
    schema: "pa.Schema"
    options: Options

    def __call__(self, number: int, notices: "pa.Table") -> Count:
        """Label one batch and write its part, unless that is done."""
        done = self.parts.done(number)
        if done:
            return done
        table = label_table(conform(notices, self.schema), self.options)
        count = count_of(table)
        self.parts.put(number, self.parts.encoder.part(table), count)
        return count


def _counts(work: _Work, batches: Iterator[Batch], rejects: Rejects, jobs: int) -> Iterator[Count]:
    def numbered() -> "Iterator[tuple[int, pa.Table]]":
        for number, batch in enumerate(batches):
            rejects.add(batch.rejects)
            yield number, batch.notices

    if jobs == 1:
        yield from (work(number, notices) for number, notices in numbered())
        return
    from joblib import Parallel, delayed

    # A generator both ways: no more than two batches a process are in memory, whatever the length of the input.
    parallel = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)
    yield from parallel(delayed(work)(number, notices) for number, notices in numbered())


def count_of(table: "pa.Table") -> Count:
    """How many notices a labelled table holds, and how many are to be reviewed."""
    return Count(table.num_rows, sum(table.column("needs_review").to_pylist()))


def _refuse_overwriting(sources: Sequence[Source], output: Path) -> None:
    for source in sources:
        if isinstance(source.content, Path) and output.exists() and source.content.samefile(output):
            raise OutputError("it is one of the sources", where=output, remedy="Name another output with -o")


def states(sources: Sequence[Source]) -> list[tuple[str, int, int]]:
    """Name, size and time of every source that is a file."""
    found = []
    for source in sources:
        if isinstance(source.content, Path) and source.name != "-":
            try:
                state = source.content.stat()
            except OSError as error:
                raise source.unreadable(error) from error
            found.append((source.where, state.st_size, state.st_mtime_ns))
    return found


def refuse_changed(sources: Sequence[Source], state: list[tuple[str, int, int]]) -> None:
    """Refuse what was read of sources that are not any more what they were: some of it may be missing."""
    for before, now in zip(state, states(sources), strict=True):
        if before != now:
            raise InputError("changed while it was read", where=before[0], remedy="Run the command again")


def _plan(state: list[tuple[str, int, int]], form: Format, options: Options, ledger: Ledger | None) -> str:
    """All that decides the content of the parts, as text."""
    facts = asdict(replace(options, models=""))
    known = ledger.fingerprint() if ledger else None
    return json.dumps([state, form, BATCH_ROWS, facts, known], ensure_ascii=False, default=str)
