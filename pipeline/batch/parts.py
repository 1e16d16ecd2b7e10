"""A file in the making: its finished parts in a folder beside it, so that a break loses one part at the most."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.artifacts.files import sync, told_plainly, write_file
from pipeline.batch.encode import Encoder
from pipeline.errors import OutputError, ParameterError


@dataclass(frozen=True)
class Count:
    """How many notices a part holds, and how many of them are to be reviewed."""

    labelled: int
    to_review: int
    reused: bool = False


@contextlib.contextmanager
def held(output: Path, file: Path) -> Iterator[None]:
    """Hold an output for this process, by a lock on ``file``.

    Raises
    ------
    OutputError
        Where another process is writing the same output.
    """
    from filelock import FileLock, Timeout

    with told_plainly(output):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise OutputError(
                "another labelling is writing it", where=output, remedy="Wait for it, or name another output"
            ) from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        lock.release()


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
        with held(self.output, self.output.with_name(f".{self.output.name}.lock")), told_plainly(self.output):
            self._prepare(resume)
            try:
                yield
            finally:
                if self.folder.exists() and not any(self._place.glob("*.note")):  # nothing to go on with
                    self._clear()

    @property
    def _place(self) -> Path:
        # A worker that outlives its killed master must not write among the parts of another plan.
        return self.folder / hashlib.sha256(self.plan.encode()).hexdigest()[:16]

    def _prepare(self, resume: bool) -> None:
        plan = self.folder / "plan"
        if resume and plan.exists():
            if plan.read_text(encoding="utf-8") != self.plan:
                raise ParameterError(
                    "the interrupted run had other sources, other options or another release",
                    where=self.folder,
                    remedy="Run without --resume to begin anew",
                )
            for leftover in self._place.glob(".*.tmp"):
                leftover.unlink(missing_ok=True)
        else:
            self._clear()
            write_file(plan, self.plan.encode())
        self._place.mkdir(exist_ok=True)

    def _clear(self) -> None:
        # The plan goes first: a folder that is cleared half must not be taken for one to go on with.
        if self.folder.exists():
            (self.folder / "plan").unlink(missing_ok=True)
            shutil.rmtree(self.folder)

    def done(self, number: int) -> Count | None:
        """What a part holds, if it is whole already."""
        try:
            labelled, to_review = json.loads(self._note(number).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Count(labelled, to_review, reused=True)

    def put(self, number: int, content: bytes, count: Count) -> None:
        """Write a part, then its note."""
        if not self._place.exists():
            raise OutputError("this labelling has ended", where=self.output, remedy="Run it again")
        write_file(self._part(number), content)
        write_file(self._note(number), json.dumps([count.labelled, count.to_review]).encode())

    def finish(self) -> None:
        """Join the parts, put the whole in place, and clear the parts away."""
        numbers = sorted(int(note.stem) for note in self._place.glob("[0-9]*.note"))
        whole = self.folder / "whole"
        with told_plainly(self.output):
            with whole.open("wb") as sink:
                self.encoder.join((self._part(number).read_bytes() for number in numbers), sink)
                sink.flush()
                os.fsync(sink.fileno())
            whole.replace(self.output)
            sync(self.output.parent)
            self._clear()

    def _part(self, number: int) -> Path:
        return self._place / f"{number:08}{self.encoder.part_suffix}"

    def _note(self, number: int) -> Path:
        return self._place / f"{number:08}.note"
