"""Runs notebooks from top to bottom and keeps what they show: ``python notebooks/run.py [NOTEBOOK…]``, all where none.

Only what a reader sees is kept: no times, no traces of editing, nothing of the machine. A notebook that shows the same
is the same file.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
    """Run the notebooks of these names in place, two at a time; one that fails is not written, and ends all."""
    paths = [Path(name) for name in names] or notebooks()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for path, ran in zip(paths, pool.map(timed, paths), strict=True):
            if isinstance(ran, CellExecutionError):
                sys.stderr.write(f"{path.name} failed\n{ran}\n")
                pool.shutdown(cancel_futures=True)
                return 1
            notebook, seconds = ran
            path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
            sys.stderr.write(f"{path.name}: {seconds:.0f} s\n")
    return 0


def timed(path: Path) -> tuple[nbformat.NotebookNode, float] | CellExecutionError:
    """Run a notebook: what came of it and the seconds it took, or the cell that failed."""
    started = time.perf_counter()
    try:
        return execute(path), time.perf_counter() - started
    except CellExecutionError as error:
        return error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
