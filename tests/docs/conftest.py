import os
import shutil
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline.predict import Predictor
from pipeline.train import train
from tests.shared import ROOT
from tests.small import corpus, write_lines

#: Targets of the Makefile that are run for real; of the others make only says what it would do.
CHEAP = ("label", "train")

#: One notice in so many of the corpus is in the checkout's.
EVERY = 10


@pytest.fixture(scope="session")
def trained_checkout(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder like a checkout, with a smaller corpus and a release trained on it; to be read only.

    Programs that run with it first on PYTHONPATH take its data for the shipped ones.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "checkout"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            making = folder.with_name("checkout.making")
            data = making / "data"
            shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("corpus"))
            (data / "corpus").mkdir()
            notices = list(corpus(EVERY))
            files = [write_lines(data / "corpus" / f"w{at + 1:02}.jsonl", notices[at::3]) for at in range(3)]
            for name in ("Makefile", "docs", "pipeline"):
                (making / name).symlink_to(ROOT / name)
            (making / ".venv").symlink_to(sys.prefix)
            train(files, models=making / "models")
            making.rename(folder)
    return folder


@pytest.fixture
def checkout(trained_checkout: Path, tmp_path: Path) -> Path:
    """A copy of the trained checkout that commands may write into."""
    # Files of a store are never written to again, so a hard link is as good as a copy.
    return shutil.copytree(trained_checkout, tmp_path / "checkout", symlinks=True, copy_function=os.link)


@pytest.fixture
def environment(checkout: Path) -> dict[str, str]:
    """Variables with which a shell finds this Python first, the checkout's data, and a `make` that installs nothing."""
    programs = Path(sys.prefix) / "bin"
    tools = checkout.with_name("tools")
    tools.mkdir()
    make = tools / "make"
    make.write_text(
        f'#!/bin/sh\ncase "$1" in {"|".join(CHEAP)}) say=;; *) say=-n;; esac\n'
        f'exec {shutil.which("make")} $say -o {programs}/.base -o {programs}/.dev BIN={programs} "$@"\n',
        encoding="utf-8",
    )
    make.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOTICES_", "MAKE"))}
    paths = {"PATH": f"{tools}:{programs}:{os.environ['PATH']}", "PYTHONPATH": str(checkout), "HOME": str(checkout)}
    return {**kept, **paths, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def shipped(trained_checkout: Path) -> Path:
    """The store of the trained checkout; to be read only."""
    return trained_checkout / "models"


@pytest.fixture(scope="session")
def predictor_of_shipped(shipped: Path) -> Predictor:
    return Predictor.load(shipped)
