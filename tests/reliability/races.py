"""Several at once on one store."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pipeline.artifacts.store import Store
from tests.reliability.proof import Trial, command, run, training, tree, tried
from tests.small import train_small

ROUNDS = 4
CHANGES = (("classify.C=7.5",), ("vectorize.min_df=2",))


def races(place: Path, world: Path) -> Iterator[Trial]:
    """Two trainings and three labellings, begun together."""
    source = place / "in.jsonl"
    source.write_text("".join(f'{{"title": "平台第{n}号发货规则修订"}}\n' for n in range(3000)), encoding="utf-8")
    right, outputs = {}, {}
    for changes in ((), *CHANGES):
        models = shutil.copytree(world / "models", place / f"alone{len(right)}")
        version = train_small(sorted((world / "data").iterdir()), models, *changes).release.version
        right[version] = tree(models)
        run(command("label", source, "--models", models, "-o", place / "alone.csv"))
        outputs[version] = (place / "alone.csv").read_bytes()
    together = {name: content for one in right.values() for name, content in one.items() if name != "current"}
    for number in range(ROUNDS):
        models = shutil.copytree(world / "models", place / f"models-{number}")
        commands = [training(world, models, *changes) for changes in CHANGES]
        commands += [command("label", source, "--models", models, "-o", place / f"{number}-{n}.csv") for n in range(3)]
        running = [subprocess.Popen(one, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for one in commands]
        messages = [process.communicate(timeout=300)[1].decode() for process in running]

        def check(number: int = number, models: Path = models) -> str | None:
            wrong = [message for process, message in zip(running, messages, strict=True) if process.returncode]
            if wrong:
                return f"ended badly: {wrong[0]}"
            if any((place / f"{number}-{n}.csv").read_bytes() not in outputs.values() for n in range(3)):
                return "labels that no release gives"
            for problem in Store(models).problems():
                return str(problem)
            found = tree(models)
            current = found.pop("current").decode().strip()
            if current not in list(right)[1:]:
                return f"{current} is current"
            return None if found == together else "other files than the trainings alone make"

        yield tried(f"round {number + 1}: two trainings, three labellings", check)
