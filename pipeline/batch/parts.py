"""A file in the making: its finished parts in a folder beside it, so that a break loses one part at the most."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts.files import told_plainly, write_file
from pipeline.batch.encode import Encoder
from pipeline.errors import OutputError, ParameterError


@dataclass(frozen=True)
class Count:
    """How many notices a part holds, and how many of them are to be reviewed."""

    labelled: int
    to_review: int
    reused: bool = False


@dataclass(frozen=True)
class Parts:
    """The folder ``OUTPUT.partial/`` of one labelling.

    Each part is a file, and a note that is written after it says that the part is whole.

    Attributes
    ----------
    output
        The file that the parts will make.
    encoder
        What writes and joins them.
    plan
        All that decides the parts' content; a resumed run must have the same.
    """

    output: Path
    encoder: Encoder
    plan: str

    @property
    def folder(self) -> Path:
        """Where the parts are."""
        return self.output.with_name(f"{self.output.name}.partial")

    @contextlib.contextmanager
    def opened(self, *, resume: bool) -> Iterator[None]:
        """Hold the folder for this process, with the parts of an interrupted run where ``resume``.

        Raises
        ------
        OutputError
            Where another process is writing the same output.
        ParameterError
            Where the interrupted run had another plan.
        """
        from filelock import FileLock, Timeout

        with told_plainly(self.output):
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.output.with_name(f".{self.output.name}.lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout as error:
                raise OutputError(
                    "another labelling is writing it", where=self.output, remedy="Wait for it, or name another output"
                ) from error
            try:
                self._prepare(resume)
                yield
            finally:
                Path(lock.lock_file).unlink(missing_ok=True)
                lock.release()

    def _prepare(self, resume: bool) -> None:
        plan = self.folder / "plan"
        if resume and plan.exists():
            if plan.read_text(encoding="utf-8") != self.plan:
                raise ParameterError(
                    "the interrupted run had other sources, other options or another release",
                    where=self.folder,
                    remedy="Run without --resume to begin anew",
                )
            for leftover in self.folder.glob(".*.tmp"):
                leftover.unlink()
            return
        if self.folder.exists():
            shutil.rmtree(self.folder)
        write_file(plan, self.plan.encode())

    def done(self, number: int) -> Count | None:
        """What a part holds, if it is whole already."""
        try:
            labelled, to_review = json.loads(self._note(number).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Count(labelled, to_review, reused=True)

    def put(self, number: int, content: bytes, count: Count) -> None:
        """Write a part, then its note."""
        write_file(self._part(number), content)
        write_file(self._note(number), json.dumps([count.labelled, count.to_review]).encode())

    def finish(self) -> None:
        """Join the parts, put the whole in place, and clear the parts away."""
        numbers = sorted(int(note.stem) for note in self.folder.glob("[0-9]*.note"))
        whole = self.folder / "whole"
        with told_plainly(self.output):
            with whole.open("wb") as sink:
                self.encoder.join((self._part(number).read_bytes() for number in numbers), sink)
                sink.flush()
                os.fsync(sink.fileno())
            whole.replace(self.output)
            shutil.rmtree(self.folder)

    def _part(self, number: int) -> Path:
        return self.folder / f"{number:08}{self.encoder.part_suffix}"

    def _note(self, number: int) -> Path:
        return self.folder / f"{number:08}.note"
