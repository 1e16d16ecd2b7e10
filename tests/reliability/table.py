"""Runs the long proofs and prints one table; ends with status 1 where anything was lost.

``python tests/reliability/table.py [NAME …]`` runs those of these names alone.
"""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.reliability.cluster import cluster
from tests.reliability.crashes import killed_labellings, killed_trainings
from tests.reliability.damage import damage
from tests.reliability.disks import disks, vanishing
from tests.reliability.forgeries import forgeries
from tests.reliability.hostile import hostile
from tests.reliability.proof import SEED, Proof, SkippedError, Trial, small_world
from tests.reliability.races import races
from tests.reliability.regexes import regexes

PROOFS: dict[str, tuple[str, Proof]] = {
    "trainings": ("training killed (SIGKILL) at a random moment", killed_trainings),
    "labellings": ("labelling killed (SIGKILL), then resumed", killed_labellings),
    "disks": ("disk full (ENOSPC) or read-only", disks),
    "vanishing": ("source removed or cut while it is read", vanishing),
    "races": ("two trainings and three labellings at once", races),
    "damage": ("a file of a release damaged", damage),
    "forgeries": ("a forged release (1 s, 200 MB)", forgeries),
    "hostile": ("hostile input through the whole command", hostile),
    "cluster": ("one of two Dask workers killed (SIGKILL)", cluster),
    "regexes": ("regular expressions at doubled length", regexes),
}


def prove(name: str, place: Path, world: Path, console: Console) -> list[Trial]:
    """Run one proof and tell at once of what it loses."""
    trials = []
    for trial in PROOFS[name][1](place, world):
        trials.append(trial)
        if trial.lost is not None:
            console.print(f"LOST {name}: {trial.what}: {trial.lost}", style="red", markup=False)
    return trials


def main(names: list[str]) -> int:
    """Run proofs; the number of things lost."""
    console = Console(stderr=True, highlight=False)
    table = Table(
        "proof", "tried", "survived", "lost", "seconds", title=f"reliability (seed {SEED})", title_justify="left"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    lost = 0
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        world = small_world(Path(folder, "world"))
        for name in names or PROOFS:
            place = Path(folder, name)
            place.mkdir()
            begun = time.monotonic()
            with console.status(PROOFS[name][0]):
                try:
                    trials = prove(name, place, world, console)
                except SkippedError as reason:
                    table.add_row(f"{PROOFS[name][0]}: skipped, {reason}", "0", "0", "0", "")
                    continue
            gone = sum(trial.lost is not None for trial in trials)
            lost += gone
            seconds = f"{time.monotonic() - begun:.0f}"
            table.add_row(PROOFS[name][0], str(len(trials)), str(len(trials) - gone), str(gone), seconds)
    Console(width=100).print(table)
    return lost


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
