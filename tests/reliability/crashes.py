"""Killed at random moments: SIGKILL, which no program can do anything about."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.artifacts.store import Store
from pipeline.predict import Predictor
from tests.reliability.proof import SEED, Trial, command, run, told, training, tree, tried, until
from tests.small import train_small

#: Kills of each kind.
TRAININGS, LABELLINGS = 42, 21

#: Notices of the killed labelling: several parts, whatever the size of a part.
ROWS = 40_000

OTHER = ("vectorize.min_df=2", "classify.C=7.5")


def killed_after(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Kill a process and all that it started."""
    time.sleep(seconds)
    process.kill()
    process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def start(arguments: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command in a group of its own."""
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def killed_trainings(place: Path, world: Path) -> Iterator[Trial]:
    """A training that changes nearly every stage, killed while it writes to a store with a release."""
    chance = random.Random(SEED)
    shutil.copytree(world / "models", place / "whole")
    begun = time.monotonic()
    train_small(sorted((world / "data").iterdir()), place / "whole", *OTHER)
    span = time.monotonic() - begun
    expected = tree(place / "whole")
    old, new = Store(world / "models").current(), Store(place / "whole").current()
    for number in range(TRAININGS):
        models = shutil.copytree(world / "models", place / f"models-{number}")
        moment = chance.uniform(0, 1.3 * span)
        process = start(training(world, models, *OTHER))
        until((models / ".lock.json").exists, process)
        killed_after(process, moment)

        def check(models: Path = models) -> str | None:
            if Predictor.load(models).version not in (old, new):
                return "another release is current"
            for problem in Store(models).problems():
                return str(problem)
            train_small(sorted((world / "data").iterdir()), models, *OTHER)
            return None if tree(models) == expected else "the next training left other files than an unbroken one"

        yield tried(f"training, after {moment:.2f} s", check)
        shutil.rmtree(models)


def killed_labellings(place: Path, world: Path) -> Iterator[Trial]:
    """A labelling killed between its first part and its end, by one process and by two."""
    chance = random.Random(SEED)
    source = place / "in.jsonl"
    source.write_text(
        "".join(f'{{"title": "平台第{n}号发货规则修订", "text": "自{n % 12 + 1}月起执行。"}}\n' for n in range(ROWS)),
        encoding="utf-8",
    )
    models = tree(world / "models")
    for jobs in (1, 2):
        form = ("csv", "parquet")[jobs - 1]
        whole = place / f"whole.{form}"
        arguments = ["label", source, "--models", world / "models", "--jobs", jobs, "-o"]
        first = start(command(*arguments, whole))
        until((place / f"{whole.name}.partial" / "plan").exists, first)
        begun = time.monotonic()
        first.wait()
        span = time.monotonic() - begun
        for number in range(LABELLINGS):
            folder = place / f"{jobs}-{number}"
            folder.mkdir()
            output = folder / f"out.{form}"
            moment = chance.uniform(0, span)
            process = start(command(*arguments, output))
            until((folder / f"{output.name}.partial" / "plan").exists, process)
            killed_after(process, moment)

            def check(output: Path = output, whole: Path = whole, arguments: list[object] = arguments) -> str | None:
                if output.exists() and output.read_bytes() != whole.read_bytes():
                    return "half an output"
                if tree(world / "models") != models:
                    return "the store has changed"
                wrong = told(run(command(*arguments, output, "--resume")), 0)
                if wrong or output.read_bytes() != whole.read_bytes():
                    return wrong or "the resumed output differs"
                left = {path.name for path in output.parent.iterdir()} - {output.name}
                return f"left behind: {left}" if left else None

            yield tried(f"labelling with {jobs} processes, after {moment:.2f} s", check)
            shutil.rmtree(folder)
