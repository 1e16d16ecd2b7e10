"""The rejects table: every row that could not be read, with its place and the reason. Nothing is lost silently."""

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pipeline.artifacts.files import told_plainly
from pipeline.batch.encode import BOM, csv_lines, guarded
from pipeline.ingest import Reject

#: The columns of the table.
COLUMNS = ("source", "line", "reason", "excerpt")


class Rejects:
    """Writes rejects to a CSV file as they come; the file appears only if there is one.

    Parameters
    ----------
    path
        Where the table goes; rejects are only counted where None.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.count = 0
        self._sink: BinaryIO | None = None

    @classmethod
    def beside(cls, output: Path) -> "Rejects":
        """The rejects table that belongs to an output: ``OUTPUT.rejects.csv``."""
        return cls(output.with_name(f"{output.name}.rejects.csv"))

    def add(self, rejects: list[Reject]) -> None:
        """Take note of some rejects."""
        self.count += len(rejects)
        if not rejects or self.path is None:
            return
        with told_plainly(self.path):
            if self._sink is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._sink = self._temporary.open("wb")
                self._sink.write(BOM + csv_lines([COLUMNS]))
            rows = ([guarded(getattr(reject, name)) for name in COLUMNS] for reject in rejects)
            self._sink.write(csv_lines(rows))

    @property
    def _temporary(self) -> Path:
        assert self.path is not None
        return self.path.with_name(f".{self.path.name}.tmp")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path is None:
            return
        with told_plainly(self.path):
            try:
                if kind is None:
                    self._put_in_place(self.path)
            finally:
                if self._sink is not None:
                    with contextlib.suppress(OSError):  # of a full disk, which was told already
                        self._sink.close()
                if kind is None or self._sink is not None:
                    self._temporary.unlink(missing_ok=True)

    def _put_in_place(self, path: Path) -> None:
        if self._sink is None:
            path.unlink(missing_ok=True)  # one that an earlier run left no longer tells the truth
            return
        self._sink.flush()
        os.fsync(self._sink.fileno())
        self._temporary.replace(path)
