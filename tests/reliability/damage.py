"""Every file of a release damaged, in every way, one at a time."""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.artifacts.store import Store
from pipeline.artifacts.transfer import export, import_
from pipeline.errors import StoreError
from pipeline.predict import Predictor
from tests.reliability.proof import SEED, Trial, command, run, tried

#: Bytes flipped in each file, the first and the last among them.
FLIPS = 8


def damage(place: Path, world: Path) -> Iterator[Trial]:
    """Of a release that was handed on, so that all its files serve; then of a store with what training reads."""
    export(Store(world / "models"), "current", place / "handed")
    import_(Store(place / "served"), place / "handed")
    yield from _damage(place / "served", refused=True)
    shutil.copytree(world / "models", place / "trained")
    yield from _damage(place / "trained", refused=False)


def _damage(models: Path, *, refused: bool) -> Iterator[Trial]:
    chance = random.Random(SEED)
    files = sorted(path for path in models.rglob("*") if path.is_file() and path.name != ".lock")
    for path in files:
        content = path.read_bytes()
        places = {0, len(content) - 1, *(chance.randrange(len(content)) for _ in range(FLIPS - 2))}
        harms = {f"byte {at} flipped": _flip(content, at, 1 << chance.randrange(8)) for at in sorted(places)}
        harms |= {"last byte cut": content[:-1], "half cut": content[: len(content) // 2], "emptied": b""}
        for what, harmed in harms.items():
            path.write_bytes(harmed)
            yield _trial(models, [path], what, refused)
        path.write_bytes(content)
    for one, other in zip(files, [*files[1:], files[0]], strict=True):
        contents = one.read_bytes(), other.read_bytes()
        one.write_bytes(contents[1])
        other.write_bytes(contents[0])
        yield _trial(models, [one, other], f"swapped with {other.name}", refused)
        one.write_bytes(contents[0])
        other.write_bytes(contents[1])
    yield from _said_by_the_command_line(models, files, refused)


def _flip(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :]


def _trial(models: Path, paths: list[Path], what: str, refused: bool) -> Trial:
    def check() -> str | None:
        named = {problem.where for problem in Store(models).problems()}
        if not named & set(map(str, paths)):
            return f"verify names {named or 'nothing'}"
        return _not_refused(lambda: Predictor.load(models)) if refused else None

    return tried(f"{paths[0].relative_to(models)}: {what}", check)


def _not_refused(load: Callable[[], object]) -> str | None:
    try:
        load()
    except StoreError:
        return None
    return "loaded all the same"


def _said_by_the_command_line(models: Path, files: list[Path], refused: bool) -> Iterator[Trial]:
    for path in files:
        content = path.read_bytes()
        path.write_bytes(_flip(content, len(content) // 2, 1))

        def check(path: Path = path) -> str | None:
            verified = run(command("models", "verify", "--models", models))
            if verified.returncode != 2 or str(path) not in verified.stderr.decode():
                return f"verify: {verified.returncode} {verified.stderr.decode()}"
            if not refused:
                return None
            labelled = run(command("label", "--models", models), input='{"title": "标题"}'.encode())
            said = (labelled.returncode, labelled.stdout, labelled.stderr.count(b"\n"))
            return None if said == (2, b"", 1) else f"label: {said}"

        yield tried(f"{path.relative_to(models)}, from the shell", check)
        path.write_bytes(content)
