"""What the long proofs have in common: trials, each survived or lost, and the machine they run on."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.small import SETTINGS, train_small, write_sample

#: Every run tries other moments; the seed of one that lost something is printed.
SEED = int(os.environ.get("RELIABILITY_SEED", random.SystemRandom().randrange(1 << 32)))


class SkippedError(Exception):
    """The machine does not allow this proof; the reason is told in the table."""


@dataclass(frozen=True)
class Trial:
    """One thing that was done to the project, and what was lost by it: None where nothing was."""

    what: str
    lost: str | None = None


#: A proof gets an empty folder and the folder of a small trained release, and tells of its trials.
Proof = Callable[[Path, Path], Iterator[Trial]]


def tried(what: str, check: Callable[[], str | None]) -> Trial:
    """A trial whose check may also fail by an exception."""
    try:
        return Trial(what, check())
    except Exception as error:
        return Trial(what, f"{type(error).__name__}: {error}")


def small_world(folder: Path) -> Path:
    """A folder with ``data/`` and the release ``models/`` trained on it."""
    train_small(write_sample(folder / "data", 200), folder / "models")
    return folder


def command(*arguments: object) -> list[str]:
    """The command line of the project as a list for `subprocess`."""
    return [sys.executable, "-m", "pipeline", *map(str, arguments)]


def training(world: Path, models: Path, *settings: str) -> list[str]:
    """The command that trains on the small sample."""
    data = [option for path in sorted((world / "data").iterdir()) for option in ("--data", path)]
    chosen = [option for setting in (*SETTINGS, *settings) for option in ("--set", setting)]
    return command("train", "--models", models, *data, *chosen)


def run(arguments: list[str], **more: object) -> "subprocess.CompletedProcess[bytes]":
    """Run a command and keep what it says."""
    return subprocess.run(arguments, capture_output=True, timeout=300, check=False, **more)


def told(done: "subprocess.CompletedProcess[bytes]", *statuses: int) -> str | None:
    """What is wrong with the way a command ended: another status, a traceback, more than a line."""
    message = done.stderr.decode(errors="replace")
    if done.returncode not in statuses:
        return f"status {done.returncode}: {message[:300]}"
    if "Traceback" in message or "unexpected" in message or message.count("\n") != 1:
        return f"not one clear line: {message[:300]}"
    return None


def tree(folder: Path) -> dict[str, bytes]:
    """All files of a folder but the lock, with their bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def until(condition: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    """Wait until something is so, or the process has ended."""
    end = time.monotonic() + seconds
    while not condition() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
