import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

from pipeline.predict import Predictor
from tests.small import corpus, train_small, write_sample


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder with ``data/`` and ``models/``, trained once for all workers. Never written to: see `models`."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "trained"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            making = folder.with_name("trained.making")
            train_small(write_sample(making / "data"), making / "models")
            making.rename(folder)
    return folder


@pytest.fixture(scope="session")
def sample(trained: Path) -> list[Path]:
    """The labelled notices that the small release learnt from."""
    return sorted((trained / "data").iterdir())


@pytest.fixture(scope="session")
def release(trained: Path) -> Path:
    """The small release's store, to be read only."""
    return trained / "models"


@pytest.fixture
def models(release: Path, tmp_path: Path) -> Path:
    """A copy of the small release's store, to do with as one likes."""
    return shutil.copytree(release, tmp_path / "models")


@pytest.fixture(scope="session")
def predictor(release: Path) -> Predictor:
    return Predictor.load(release)


@pytest.fixture(scope="session")
def unseen() -> pd.DataFrame:
    """Notices, without their labels."""
    frame = pd.DataFrame(corpus(every=23)).drop(columns=["action", "topic"])
    return frame.assign(source="unseen.jsonl").reset_index(drop=True)


@pytest.fixture
def table(tmp_path: Path, unseen: pd.DataFrame) -> Callable[..., Path]:
    """Writes the first ``rows`` of `unseen` as JSON lines."""

    def write(rows: int = 30, name: str = "in.jsonl") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unseen.head(rows).to_json(path, orient="records", lines=True, force_ascii=False)
        return path

    return write
