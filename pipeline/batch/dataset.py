"""A partitioned dataset: each partition read, labelled and written by one worker, whole or not at all.

The same function labels a partition whether it is called here, in another process, or by a worker of a Dask cluster;
only paths and counts travel. A partition that is there already is left alone, so a rerun does what is missing.
"""

import json
import logging
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.artifacts.files import told_plainly, write_file
from pipeline.artifacts.store import Store
from pipeline.batch.encode import FORMATS, Encoder, Format, format_of
from pipeline.batch.label import BATCH_ROWS, refuse_changed, states
from pipeline.batch.parts import held
from pipeline.batch.rejects import Rejects
from pipeline.batch.table import Options, label_table, output_schema
from pipeline.errors import InputError, MissingExtraError, OutputError, ParameterError
from pipeline.ingest import Source, columns, conform, expand, stream

#: The file in an output folder that says with which release and options its partitions were labelled.
PLAN = "_labelling.json"

#: Ending of what is not yet in place.
WAITING = ".tmp"

#: How often a partition is tried again when its worker dies.
RETRIES = 5

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Partition:
    """A file of notices and the file of labelled notices it becomes; paths, or URLs that fsspec understands."""

    source: str
    target: str
    form: Format


@dataclass(frozen=True)
class Made:
    """What came of one partition, or of several."""

    made: int = 0
    present: int = 0
    labelled: int = 0
    rejected: int = 0

    def __add__(self, other: "Made") -> "Made":
        """Both together."""
        pairs = zip(asdict(self).values(), asdict(other).values(), strict=True)
        return Made(*(left + right for left, right in pairs))


def label_dataset(
    sources: Sequence[str],
    folder: str,
    options: Options,
    *,
    form: str | None = None,
    jobs: int = 1,
    engine: str | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Made:
    """Label every source to a file of its own in ``folder``.

    Parameters
    ----------
    sources
        Files, folders, patterns; paths or URLs.
    folder
        Where the labelled partitions go; a path or a URL.
    options
        What decides labels and columns.
    form
        Format of the outputs; each source's own where None.
    jobs
        Processes of the engine ``"local"``.
    engine
        ``"local"`` (also where None) or ``"dask"``.
    scheduler
        Address of the Dask scheduler. Its workers need the same package, and the store and data at the same paths.
    progress
        Called with 1 for each finished partition.

    Raises
    ------
    ParameterError
        For another engine, two sources of one name, or a Dask engine without a scheduler.
    OutputError
        Where the folder holds partitions of another release or other options.
    """
    run = _engine(engine or "local", scheduler)
    options = replace(options, version=Store(options.models).checked(options.version).version)
    partitions = plan(sources, folder, form)
    total = Made()
    with _alone_in(folder):
        _agree_on_plan(folder, options)
        for one in run(partitions, options, jobs, scheduler):
            total += one
            if progress:
                progress(1)
    return total


def plan(sources: Sequence[str], folder: str, form: str | None = None) -> list[Partition]:
    """The partitions of some sources, in order."""
    paths = [path for source in sources for path in _expand(source)]
    partitions: dict[str, Partition] = {}
    for path in paths:
        name = PurePosixPath(path.replace("\\", "/"))
        stem = name.name.removesuffix(".gz").removesuffix("".join(name.suffixes[-1:])) or name.name
        chosen = format_of(path, form or FORMATS.get(name.suffix.lower(), "parquet"))
        target = f"{folder.rstrip('/')}/{PurePosixPath(stem).name}.{chosen}"
        if target in partitions:
            raise ParameterError(
                f"{partitions[target].source} and {path} would both become {target}",
                remedy="Give the sources different names, or label them into two folders",
            )
        partitions[target] = Partition(path, target, chosen)
    return list(partitions.values())


def label_partition(partition: Partition, options: Options) -> Made:
    """Label one partition, unless that is done. Called in whatever process is to do the work."""
    if _exists(partition.target):
        return Made(present=1)
    with _fetched(partition.source) as source, _placed(partition.target) as target:
        state = states([source])
        schema = columns([source])
        encoder = Encoder(output_schema(schema, options), partition.form)
        labelled = 0

        def parts() -> Iterator[bytes]:
            nonlocal labelled
            for batch in stream([source], batch_rows=BATCH_ROWS):
                rejects.add(batch.rejects)
                labelled += batch.notices.num_rows
                yield encoder.part(label_table(conform(batch.notices, schema), options))

        with Rejects.beside(target) as rejects, target.open("wb") as sink:
            encoder.join(parts(), sink)
            refuse_changed([source], state)
    return Made(made=1, labelled=labelled, rejected=rejects.count)


# -- engines -----------------------------------------------------------------------------------------------------------


def _local(partitions: Sequence[Partition], options: Options, jobs: int, scheduler: str | None) -> Iterator[Made]:
    if jobs == 1:
        yield from (label_partition(partition, options) for partition in partitions)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    yield from parallel(delayed(label_partition)(partition, options) for partition in partitions)


def _dask(partitions: Sequence[Partition], options: Options, jobs: int, scheduler: str | None) -> Iterator[Made]:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise MissingExtraError.of("dask.distributed", "dask") from error
    try:
        client = Client(scheduler, timeout=10)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ParameterError(
            "no Dask scheduler answers there",
            where=scheduler,
            remedy="Check the address; it looks like tcp://HOST:8786",
        ) from error
    with client, _errors_alone("distributed.client"):
        futures = [client.submit(label_partition, one, options, pure=False, retries=RETRIES) for one in partitions]
        for future in as_completed(futures):  # type: ignore[no-untyped-call]
            yield future.result()


@contextmanager
def _errors_alone(logger_name: str) -> Iterator[None]:
    """Hold back a logger's warnings: that a dead worker's partition is done again is no news to the user."""
    logger = logging.getLogger(logger_name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


Engine = Callable[[Sequence[Partition], Options, int, str | None], Iterator[Made]]

_ENGINES: dict[str, Engine] = {"local": _local, "dask": _dask}


def _engine(name: str, scheduler: str | None) -> Engine:
    if name not in _ENGINES:
        raise ParameterError(f"no engine is named {name!r}", where="--engine", remedy="Use local or dask")
    if name == "dask" and not scheduler:
        raise ParameterError("Dask needs a scheduler", where="--engine", remedy="Add --scheduler tcp://HOST:8786")
    if name == "local" and scheduler:
        raise ParameterError("a scheduler needs --engine dask", where="--scheduler", remedy="Add --engine dask")
    return _ENGINES[name]


# -- files, here or far away -------------------------------------------------------------------------------------------


def _is_far(path: str) -> bool:
    return "://" in path


def _filesystem(path: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError.of("fsspec", "dask") from error
    try:
        system, inner = fsspec.core.url_to_fs(path)
    except (ImportError, ValueError) as error:
        raise InputError(f"this kind of address is not understood: {error}", where=path) from error
    return system, inner


def _expand(source: str) -> list[str]:
    if not _is_far(source):
        return [str(one.content) for one in expand(source) if isinstance(one.content, Path)]
    system, inner = _filesystem(source)
    found = system.find(inner) if system.isdir(inner) else system.glob(inner)
    if not found:
        raise InputError("no such file or folder", where=source, remedy="Check the address")
    return [system.unstrip_protocol(path) for path in sorted(found)]


def _exists(path: str) -> bool:
    if not _is_far(path):
        return Path(path).exists()
    system, inner = _filesystem(path)
    return bool(system.exists(inner))


@contextmanager
def _fetched(path: str) -> Iterator[Source]:
    """The source as a local file, fetched where it is far away."""
    if not _is_far(path):
        local = Path(path)
        yield Source(local.name, path, local)
        return
    system, inner = _filesystem(path)
    with TemporaryDirectory(prefix="notices-") as folder:
        local = Path(folder, PurePosixPath(inner).name)
        system.get_file(inner, str(local))
        yield Source(local.name, path, local)


def _placed(path: str) -> AbstractContextManager[Path]:
    return _placed_far(path) if _is_far(path) else _placed_near(Path(path))


@contextmanager
def _placed_near(path: Path) -> Iterator[Path]:
    """A path to write to, whose file and rejects table are put in place when all went well."""
    with told_plainly(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{path.name}.", suffix=WAITING, dir=path.parent) as folder:
            yield Path(folder, path.name)
            for made in sorted(Path(folder).iterdir(), key=lambda made: made.name == path.name):  # the target last
                made.replace(path.parent / made.name)


@contextmanager
def _placed_far(path: str) -> Iterator[Path]:
    system, inner = _filesystem(path)
    with TemporaryDirectory(prefix="notices-") as folder:
        local = Path(folder, PurePosixPath(inner).name)
        yield local
        parent = inner.rpartition("/")[0]
        system.makedirs(parent, exist_ok=True)
        for made in sorted(Path(folder).iterdir(), key=lambda made: made.name == local.name):
            waiting = f"{parent}/.{made.name}.{secrets.token_hex(6)}{WAITING}"
            system.put_file(str(made), waiting)
            system.mv(waiting, f"{parent}/{made.name}")


@contextmanager
def _alone_in(folder: str) -> Iterator[None]:
    """Hold a folder here on this machine for one labelling; what a killed worker has left is cleared away."""
    if _is_far(folder):
        yield
        return
    place = Path(folder)
    with held(place, place / ".lock"):
        _clear(place)
        try:
            yield
        finally:
            _clear(place)


def _clear(folder: Path) -> None:
    for leftover in folder.glob(f".*{WAITING}"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _agree_on_plan(folder: str, options: Options) -> None:
    """Note with what the folder's partitions are labelled; a folder of another labelling is left alone."""
    wanted = json.dumps(asdict(replace(options, models="")), default=str, sort_keys=True)
    path = f"{folder.rstrip('/')}/{PLAN}"
    if _exists(path):
        with _fetched(path) as source:
            found = source.content.read_text(encoding="utf-8") if isinstance(source.content, Path) else ""
        if found != wanted:
            raise OutputError(
                "holds partitions of another release or other options", where=folder, remedy="Name another folder"
            )
    elif _is_far(path):
        with _placed_far(path) as local:
            local.write_text(wanted, encoding="utf-8")
    else:
        write_file(Path(path), wanted.encode())


__all__ = ["Made", "Partition", "label_dataset", "label_partition", "plan"]
