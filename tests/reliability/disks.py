"""Disks that are full or read-only, and files that vanish. Real ones: a small tmpfs in a mount namespace of its own."""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.artifacts.store import Store
from tests.reliability.proof import SEED, SkippedError, Trial, command, run, told, training, tree, tried
from tests.small import train_small

FORMS = ("csv", "jsonl", "parquet", "xlsx")
ROWS = 12_000

#: Sizes of the full disk, in KB.
SIZES = (16, 64, 128, 256, 512, 1024)

#: How often a source is taken away from under a labelling.
VANISHINGS = 10


def disks(place: Path, world: Path) -> Iterator[Trial]:
    """Full and read-only disks, tried in a process that may mount them."""
    if not shutil.which("unshare") or run(["unshare", "-rm", "mount", "-t", "tmpfs", "x", str(place)]).returncode:
        raise SkippedError("no mount namespace on this machine")
    done = run(["unshare", "-rm", sys.executable, "-m", "tests.reliability.disks", str(place), str(world)])
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    yield from (Trial(*json.loads(line)) for line in done.stdout.splitlines())


def write_source(path: Path, rows: int) -> Path:
    """Notices, and a row that is none."""
    lines = [f'{{"title": "平台第{n}号发货规则修订", "text": "{n}天"}}\n' for n in range(rows)]
    path.write_text("".join([*lines, "nonsense\n"]), encoding="utf-8")
    return path


def _mount(size: int, disk: Path, *, again: bool = False) -> None:
    disk.mkdir(exist_ok=True)
    option = f"size={size}k" + (",remount" if again else "")
    subprocess.run(["mount", "-t", "tmpfs", "-o", option, "none", str(disk)], check=True)


def _full(place: Path, world: Path) -> Iterator[Trial]:
    source = write_source(place / "in.jsonl", ROWS)
    whole = place / "trained"
    train_small(sorted((world / "data").iterdir()), whole)
    for size in SIZES:
        disk = place / f"disk{size}"
        _mount(size, disk)
        yield tried(f"training on a disk of {size} KB", lambda disk=disk: _train(disk, world, whole))
        subprocess.run(["umount", str(disk)], check=True)
    for form in FORMS:
        target = place / f"whole.{form}"
        run(command("label", source, "--models", world / "models", "-o", target))
        for share in (0.02, 0.3, 0.9, 1.3):
            disk = place / f"{form}-{share}"
            _mount(max(int(target.stat().st_size * share) >> 10, 16), disk)
            arguments = ["label", source, "--models", world / "models", "-o", disk / f"out.{form}"]
            yield tried(
                f"labelling to {form} on a disk of {share} times its size",
                lambda disk=disk, target=target, arguments=arguments: _label(disk, target, arguments),
            )
            subprocess.run(["umount", str(disk)], check=True)
    for arguments in (
        ["label", source, "--models", world / "models"],
        ["models", "show", "--models", world / "models"],
    ):
        done = subprocess.run(
            command(*arguments), stdout=Path("/dev/full").open("wb"), stderr=subprocess.PIPE, check=False
        )
        yield Trial(f"{arguments[0]} to a full standard output", told(done, 2))


def _train(disk: Path, world: Path, whole: Path) -> str | None:
    done = run(training(world, disk / "models"))
    wrong = told(_without_stages(done), 2)
    if wrong or b"disk is full" not in done.stderr:
        return wrong or done.stderr.decode()
    store = Store(disk / "models")
    if store.pointer.exists() or store.versions():
        return "a release is there"
    halves = [path for path in store.objects.glob("*/*") if not store.is_sound(path.parent.name, path.name)]
    if halves or [path for path in disk.rglob("*") if path.is_file() and path.name.endswith(".tmp")]:
        return f"half written: {halves}"
    _mount(50_000, disk, again=True)
    wrong = told(_without_stages(run(training(world, disk / "models"))), 0)
    return wrong if wrong and "not one clear line" not in wrong else _differs(disk / "models", whole)


def _without_stages(done: "subprocess.CompletedProcess[bytes]") -> "subprocess.CompletedProcess[bytes]":
    lines = [line for line in done.stderr.splitlines(keepends=True) if not line.endswith((b": run\n", b": reused\n"))]
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout, b"".join(lines))


def _differs(models: Path, whole: Path) -> str | None:
    return None if tree(models) == tree(whole) else "the next training left other files than an unbroken one"


def _label(disk: Path, whole: Path, arguments: list[object]) -> str | None:
    done = run(command(*arguments))
    if done.returncode != 3:  # one row of the source is a reject
        wrong = told(done, 2)
        if wrong or b"disk is full" not in done.stderr:
            return wrong or done.stderr.decode()
        if (disk / whole.name.replace("whole", "out")).exists():
            return "an output is there"
        if list(disk.glob("*.csv.tmp")) or list(disk.glob(".*.tmp")):
            return "half a table of rejects is there"
        _mount(100_000, disk, again=True)
        wrong = told(run(command(*arguments, "--resume")), 3)
    else:
        wrong = told(done, 3)
    if wrong or (disk / whole.name.replace("whole", "out")).read_bytes() != whole.read_bytes():
        return wrong or "the output differs"
    left = {path.name for path in disk.iterdir()} - {f"out{whole.suffix}", f"out{whole.suffix}.rejects.csv"}
    return f"left behind: {left}" if left else None


def _read_only(place: Path, world: Path) -> Iterator[Trial]:
    models = shutil.copytree(world / "models", place / "ro")
    handed = place / "handed.tar.zst"
    run(command("models", "export", "current", handed, "--models", models))
    for option in ("bind", "remount,bind,ro"):
        subprocess.run(["mount", "-o", option, str(models), str(models)], check=True)
    source = write_source(place / "few.jsonl", 20)
    before = tree(models)
    version = Store(models).current()
    tries = {
        "train": training(world, models, "classify.C=7.5"),
        "use": command("models", "use", version, "--models", models),
        "prune": command("models", "prune", "--models", models),
        "import": command("models", "import", handed, "--models", models),
        "export into it": command("models", "export", version, models / "x.tar.zst", "--models", models),
        "label into it": command("label", source, "--models", models, "-o", models / "out.csv"),
        "label into a folder of it": command("label", source, "--models", models, "-o", f"{models}/out/"),
        "ingest into it": command("ingest", source, "-o", models / "out.csv"),
    }
    for name, arguments in tries.items():
        done = run(arguments)
        wrong = told(_without_stages(done), 2) or (None if b"read-only" in done.stderr else done.stderr.decode())
        yield Trial(f"{name}, read-only", wrong or (None if tree(models) == before else "something was written"))
    yield Trial("label from a read-only store", told(run(command("label", source, "--models", models)), 3))
    yield Trial("verify a read-only store", told(run(command("models", "verify", "--models", models)), 0))


def vanishing(place: Path, world: Path) -> Iterator[Trial]:
    """A source that is removed, or cut, while it is read: the whole output, or one clear line and none."""
    chance = random.Random(SEED)
    source = write_source(place / "in.jsonl", ROWS)
    half = place / "half.jsonl"
    half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    right = []
    for given in (source, half):
        (place / "right").mkdir(exist_ok=True)
        shutil.copy(given, place / "right" / "in.jsonl")
        run(command("label", place / "right" / "in.jsonl", "--models", world / "models", "-o", place / "right.csv"))
        right.append((place / "right.csv").read_bytes())
    for number in range(VANISHINGS):
        folder = place / str(number)
        folder.mkdir()
        source = Path(shutil.copy(place / "in.jsonl", folder / "in.jsonl"))
        output = folder / "out.csv"
        process = subprocess.Popen(
            command("label", source, "--models", world / "models", "-o", output),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        time.sleep(chance.uniform(0.3, 2.5))
        how = ("removed", "cut")[number % 2]
        if how == "removed":
            source.unlink()
        else:
            with source.open("r+b") as file:
                file.truncate(source.stat().st_size // 2)
        message = process.communicate(timeout=300)[1]
        done = subprocess.CompletedProcess([], process.returncode, b"", message)

        def check(done: "subprocess.CompletedProcess[bytes]" = done, output: Path = output) -> str | None:
            if done.returncode != 3:
                return told(done, 2) or ("an output is there" if output.exists() else None)
            # A source that was cut before it was opened is labelled as what it then was.
            return None if output.read_bytes() in right else "an output of neither the whole source nor the cut one"

        yield tried(f"source {how}", check)


if __name__ == "__main__":
    here, trained = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "none", str(here)], check=True)
    for proof in (_full, _read_only):
        for trial in proof(here, trained):
            print(json.dumps([trial.what, trial.lost]), flush=True)  # noqa: T201 - to the process that mounted
