"""Runs notebooks from top to bottom and keeps what they show: ``python notebooks/run.py [NOTEBOOK…]``, all where none.

Only what a reader sees is kept: no times, no traces of editing, nothing of the machine. A notebook that shows the same
is the same file.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent

#: All that is kept about a notebook besides its cells.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

#: A cell that takes longer than this has come to a standstill, in seconds.
STANDSTILL = 600


def notebooks() -> list[Path]:
    """The project's notebooks, in reading order."""
    return sorted(HERE.glob("[0-9]*.ipynb"))


def execute(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in a fresh kernel, in its own folder; the file is left as it is.

    Raises
    ------
    CellExecutionError
        Where a cell fails; the message has the cell and the traceback.
    """
    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02}"
        cell.metadata = nbformat.NotebookNode()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=STANDSTILL,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # no word about the local, signed connection to the kernel
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    return notebook


def main(names: list[str]) -> int:
    """Run the notebooks of these names in place; the first that fails ends it, and is not written."""
    for path in map(Path, names) if names else notebooks():
        started = time.perf_counter()
        try:
            notebook = execute(path)
        except CellExecutionError as error:
            sys.stderr.write(f"{path.name} failed\n{error}\n")
            return 1
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        sys.stderr.write(f"{path.name}: {time.perf_counter() - started:.0f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
