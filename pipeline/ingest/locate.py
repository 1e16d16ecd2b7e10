"""Where notices come from: paths, folders, patterns, standard input and bytes, each as a `Source`."""

import gzip
import io
import os
import sys
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from glob import glob, has_magic
from pathlib import Path
from typing import IO, TypeAlias

from pipeline.errors import InputError

#: Formats by the end of a file's name. A listing is looked into, since people save all kinds of text as .txt.
FORMATS = {
    **{"": "listing", ".txt": "listing", ".md": "listing", ".html": "html", ".htm": "html"},
    **{".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"},
    **{".parquet": "parquet", ".xlsx": "xlsx"},
}


class Source:
    """One input that can be opened again and again, in binary.

    Parameters
    ----------
    name
        File name without its folder; ``-`` for standard input and bytes.
    where
        How the source is named in errors and rejects.
    content
        A path, or the bytes themselves.
    member
        Whether the source was found (in a folder, by a pattern) and not named.
    """

    def __init__(self, name: str, where: str, content: Path | bytes, *, member: bool = False) -> None:
        # The name of a file may hold bytes that are no UTF-8; a column of text may not.
        self.name = name.encode("utf-8", "backslashreplace").decode()
        self.where = where.encode("utf-8", "backslashreplace").decode()
        self.content = content
        self.member = member
        self._keep: IO[bytes] | None = None

    @classmethod
    def of_stream(cls, stream: IO[bytes]) -> "Source":
        """Take all of a stream that cannot be read twice; what is longer than 16 MB waits in a temporary file."""
        head = stream.read(1 << 24)
        rest = stream.read(1 << 20)
        if not rest:
            return cls("-", "-", head)
        kept = tempfile.NamedTemporaryFile(prefix="notices-")  # noqa: SIM115 - lives as long as the source
        try:
            kept.write(head)
            while rest:
                kept.write(rest)
                rest = stream.read(1 << 20)
            kept.flush()
        except OSError as error:
            raise InputError(
                f"standard input cannot be kept: {error.strerror}",
                where=tempfile.gettempdir(),
                remedy="Free space there, or set TMPDIR to a folder with more",
            ) from error
        source = cls("-", "-", Path(kept.name))
        source._keep = kept
        return source

    @cached_property
    def suffix(self) -> str:
        """End of the file's name in lower case, without ``.gz``."""
        path = Path(self.name.lower())
        return Path(path.stem).suffix if path.suffix == ".gz" else path.suffix

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Give the bytes from the start, unpacked if they are gzip; failures to read are an `InputError`."""
        try:
            with self._raw() as raw:
                if raw.peek(2)[:2] == b"\x1f\x8b":
                    with gzip.GzipFile(fileobj=raw) as unpacked, io.BufferedReader(unpacked) as stream:
                        yield stream
                else:
                    yield raw
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError("the gzip file is damaged", where=self.where, remedy="Fetch or pack it again") from error
        except OSError as error:
            raise self.unreadable(error) from error

    def _raw(self) -> io.BufferedReader:
        if isinstance(self.content, bytes):
            return io.BufferedReader(io.BytesIO(self.content))
        return self.content.open("rb")

    def unreadable(self, error: OSError) -> InputError:
        """Say that the operating system does not let us read."""
        reason = error.strerror or str(error)
        return InputError(f"cannot be read: {reason}", where=self.where, remedy="Check the path and its permissions")

    def head(self, size: int = 65_536) -> bytes:
        """Read the first bytes."""
        with self.open() as stream:
            return stream.read(size)

    def whole(self, limit: int) -> bytes:
        """All bytes of a document that cannot be read piece by piece."""
        with self.open() as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise InputError(
                f"more than {limit // 1_000_000} MB in one document",
                where=self.where,
                remedy="Split it, or turn it into JSON lines, CSV or Parquet, which are read piece by piece",
            )
        return content


#: What a person may give: a path, a pattern, ``-`` for standard input, or the bytes themselves.
Given: TypeAlias = str | os.PathLike[str] | bytes | Source


def expand(given: Given | Iterable[Given]) -> list[Source]:
    """Find the sources behind paths, folders (walked in sorted order), patterns, ``-`` and bytes.

    Standard input is taken whole at this point, so that it can be looked at twice.

    Raises
    ------
    InputError
        Where a path does not exist, a pattern fits nothing, or a folder is empty.
    """
    if isinstance(given, str | bytes | os.PathLike | Source):
        given = [given]
    sources = [source for one in given for source in _expand(one)]
    if not sources:
        raise InputError("no source was named", remedy="Name a file, a folder, a pattern, or - for standard input")
    return sources


def _expand(given: Given) -> list[Source]:
    if isinstance(given, Source):
        return [given]
    if isinstance(given, bytes):
        return [Source("-", "-", given)]
    text = os.fspath(given)
    if text == "-":
        return [Source.of_stream(sys.stdin.buffer)]
    try:
        path = Path(text)
        if path.is_dir():
            return _walk(path)
        if path.exists():
            return [Source(path.name, text, path)]
        found = sorted(glob(text, recursive=True)) if has_magic(text) else []  # noqa: PTH207 - absolute patterns too
    except (OSError, ValueError) as error:
        raise InputError("is no usable path", where=ascii(text), remedy="Check the path") from error
    if not found:
        raise InputError("no such file or folder", where=text, remedy="Check the path; - reads standard input")
    return [source for name in found for source in _found(Path(name))]


def _found(path: Path) -> list[Source]:
    return _walk(path) if path.is_dir() else [Source(path.name, str(path), path, member=True)]


def _walk(folder: Path) -> list[Source]:
    sources = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            if not name.startswith("."):
                path = Path(parent, name)
                sources.append(Source(name, path.relative_to(folder).as_posix(), path, member=True))
    if not sources:
        raise InputError("the folder holds no file", where=folder, remedy="Name a folder with notices in it")
    return sorted(sources, key=lambda source: source.where)
