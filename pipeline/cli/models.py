"""``notices models``: what is in the store, and what to do with it."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.cli import show
from pipeline.cli.options import MODELS, AsJson, Models, Output

app = typer.Typer(help="List, compare, check and hand on the releases of the store.", no_args_is_help=True)

Release = Annotated[str, typer.Argument(metavar="VERSION", help="A version, its first digits, or 'current'.")]


@app.command("list")
def list_(models: Models = MODELS, as_json: AsJson = False) -> None:
    """List the releases, the newest last.

    Example: notices models list
    """
    from pipeline.artifacts.store import Store

    store = Store(models)
    current = store.current() if store.pointer.exists() else None
    releases = [store.release(version) for version in store.versions()]
    if as_json:
        show.give_json([{"version": one.version, "current": one.version == current, **one.data} for one in releases])
        return
    rows = []
    for one in releases:
        held_out = one.measures.get("cross_validation", {})
        scores = " ".join(f"{name} {entry['accuracy']:.3f}" for name, entry in held_out.items())
        mark = "current" if one.version == current else ""
        rows.append((one.version, mark, one.data.get("notices", ""), scores))
    show.table(None, ("version", "", "notices", "held-out accuracy"), rows, right=("notices",))


@app.command("show")
def show_(version: Release = "current", models: Models = MODELS) -> None:
    """Print a release as JSON: stages, parameters, data and measures.

    Example: notices models show current
    """
    from pipeline.artifacts.store import Store

    show.give(Store(models).release(version).to_bytes().decode())


@app.command("use")
def use(version: Release, models: Models = MODELS) -> None:
    """Make a release the current one.

    Example: notices models use 3f2a
    """
    from pipeline.artifacts.store import Store

    store = Store(models)
    with store.writing("use"):
        release = store.use(version)
    show.say(f"current: {release.version}")


@app.command("diff")
def diff(
    left: Annotated[str, typer.Argument(metavar="A")],
    right: Annotated[str, typer.Argument(metavar="B")],
    models: Models = MODELS,
    as_json: AsJson = False,
) -> None:
    """Show where two releases differ: stages, parameters, data, measures.

    Example: notices models diff 3f2a current
    """
    from pipeline.artifacts.release import differences
    from pipeline.artifacts.store import Store

    store = Store(models)
    old, new = store.release(left), store.release(right)
    found = differences(old, new)
    if as_json:
        show.give_json(found)
        return
    rows = [
        (part, name, "" if before is None else before, "" if after is None else after)
        for part, entries in found.items()
        for name, (before, after) in entries.items()
    ]
    if rows:
        show.table(None, ("", "name", old.version, new.version), rows)
    else:
        show.say("the two releases are the same")


@app.command("verify")
def verify(
    version: Annotated[str | None, typer.Argument(metavar="VERSION", help="All of the store where none.")] = None,
    models: Models = MODELS,
) -> None:
    """Check every byte of a release, or of the whole store, and name each file that is not as it was written.

    Example: notices models verify
    """
    from pipeline.artifacts.store import Store

    store = Store(models)
    if version is None and not store.versions():
        store.current()
    problems = list(store.problems(version))
    for problem in problems:
        show.say(f"notices: {problem}")
    if problems:
        raise typer.Exit(2)
    show.say(f"sound: {store.release(version or 'current').version if version else 'every byte of the store'}")


@app.command("prune")
def prune(
    models: Models = MODELS,
    keep: Annotated[int | None, typer.Option(min=1, help="Keep only so many releases, the newest.")] = None,
) -> None:
    """Remove artifacts that no release names, and with --keep also old releases (never the current one).

    Example: notices models prune --keep 3
    """
    from pipeline.artifacts.store import Store

    store = Store(models)
    with store.writing("prune"):
        versions, artifacts = store.prune(keep)
    show.say(f"removed: {len(versions)} releases, {len(artifacts)} artifacts")


@app.command("export")
def export_(
    version: Release,
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar.zst", help="What to write; must not exist.")],
    models: Models = MODELS,
) -> None:
    """Write a release to a folder, or packed to a .tar.zst file, to hand it on.

    Example: notices models export current release.tar.zst
    """
    from pipeline.artifacts.store import Store
    from pipeline.artifacts.transfer import export

    release = export(Store(models), version, target)
    show.say(f"exported {release.version}: {target}")


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar.zst", help="What `models export` wrote.")],
    models: Models = MODELS,
) -> None:
    """Take over a release that someone handed on; nothing in it is executed, every byte is checked.

    Example: notices models import release.tar.zst
    """
    from pipeline.artifacts.store import Store
    from pipeline.artifacts.transfer import import_ as take

    release = take(Store(models), source)
    show.say(f"imported {release.version}; make it current with: notices models use {release.version}")


@app.command("card")
def card(
    version: Release = "current",
    output: Output = None,
    models: Models = MODELS,
    form: Annotated[
        Literal["html", "markdown"] | None,
        typer.Option("--format", help="html or markdown; by the file's ending if absent."),
    ] = None,
) -> None:
    """Write the model card: data, measures, confusion, calibration, weaknesses.

    Example: notices models card current -o card.html
    """
    from pipeline.artifacts.files import write_file
    from pipeline.artifacts.store import Store
    from pipeline.evaluate.card import card as card_of

    store = Store(models)
    chosen = form or ("html" if output and output.suffix == ".html" else "markdown")
    text = card_of(store.release(version), store, chosen)
    if output:
        write_file(output, text.encode())
        show.say(f"written: {output}")
    else:
        show.give(text)
