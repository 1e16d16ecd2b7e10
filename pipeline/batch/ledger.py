"""What was labelled before: a small file of identities, so that a daily run labels only what is new."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts.files import write_file
from pipeline.errors import InputError
from pipeline.ingest import Batch

if TYPE_CHECKING:
    import pyarrow as pa


class Ledger:
    """The identities of all notices that earlier runs labelled, one a line.

    Parameters
    ----------
    path
        The file; begun where there is none.

    Raises
    ------
    InputError
        Where the file is there and is no ledger.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, None] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                "cannot be read as a list of notices seen", where=path, remedy="Name another file"
            ) from error
        for number, line in enumerate(lines, 1):
            if len(line) != 16 or not all(digit in "0123456789abcdef" for digit in line):
                raise InputError(
                    "is no identity of a notice",
                    where=f"{path}:{number}",
                    remedy="Name another file, or remove the line",
                )
            self._seen[line] = None

    def fresh(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches without the notices that are known, each new notice once."""
        for batch in batches:
            yield Batch(self._fresh(batch.notices), batch.rejects)

    def _fresh(self, notices: "pa.Table") -> "pa.Table":
        import pyarrow as pa

        keep = []
        for identity in notices.column("id").to_pylist():
            keep.append(identity not in self._seen)
            self._seen[identity] = None
        return notices.filter(pa.array(keep, pa.bool_()))

    def fingerprint(self) -> str:
        """SHA-256 of what is known."""
        return hashlib.sha256("\n".join(self._seen).encode()).hexdigest()

    def save(self) -> None:
        """Keep what is known now; to be called when the labels are safely written."""
        write_file(self.path, "".join(f"{identity}\n" for identity in self._seen).encode())
