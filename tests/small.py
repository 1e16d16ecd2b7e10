"""A small release: trained in seconds on a fixed sample of the corpus, as a whole one is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.parameters import parse_settings
from pipeline.resources import data_path
from pipeline.train import Training, train

#: Options with which the sample is trained.
SETTINGS = ("classify.folds=2",)


def corpus(every: int = 1) -> Iterator[dict[str, str]]:
    """Every so-manieth notice of the corpus."""
    lines = [line for path in sorted(data_path("corpus").glob("*.jsonl")) for line in path.open(encoding="utf-8")]
    return map(json.loads, lines[::every])


def write_lines(path: Path, notices: list[dict[str, str]]) -> Path:
    """Write notices as JSON lines."""
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in notices), encoding="utf-8")
    return path


def write_sample(folder: Path, size: int = 320) -> list[Path]:
    """Two files of labelled notices, the same on every machine."""
    folder.mkdir(parents=True, exist_ok=True)
    notices = list(corpus())
    notices = notices[:: max(len(notices) // size, 1)][:size]
    return [write_lines(folder / f"{half}.jsonl", notices[half::2]) for half in (0, 1)]


def train_small(data: list[Path], models: Path, *settings: str, **options: object) -> Training:
    """Train on a sample."""
    return train(data, models=models, parameters=parse_settings([*SETTINGS, *settings]), **options)


def notices(
    *arguments: object,
    stdin: bytes | str = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 120,
) -> "subprocess.CompletedProcess[bytes]":
    """Run the command line as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
