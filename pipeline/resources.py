"""Where the files that ship with the project are: taxonomy, lexicon, platforms, corpus, example page."""

from pathlib import Path


def data_path(*parts: str) -> Path:
    """Path of a shipped data file, in an installed wheel as in a checkout."""
    packaged = Path(__file__).parent / "_data"
    root = packaged if packaged.is_dir() else Path(__file__).parent.parent / "data"
    return root.joinpath(*parts)
