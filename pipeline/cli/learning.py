"""``notices train``, ``notices tune`` and ``notices evaluate``."""

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli import show
from pipeline.cli.options import MODELS, AsJson, Jobs, Models, Version

Data = Annotated[
    list[Path] | None, typer.Option("--data", help="Labelled notices; may be repeated.", show_default="shipped corpus")
]
TaxonomyFile = Annotated[
    Path | None, typer.Option("--taxonomy", help="Heads and labels, TOML.", show_default="the shipped one")
]
LexiconFile = Annotated[
    Path | None, typer.Option("--lexicon", help="Words of the trade.", show_default="the shipped one")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter; may be repeated.")
]


def train(
    data: Data = None,
    taxonomy: TaxonomyFile = None,
    lexicon: LexiconFile = None,
    models: Models = MODELS,
    settings: Settings = None,
    jobs: Jobs = 1,
    as_json: AsJson = False,
) -> None:
    """Learn from labelled notices and make a release; stages whose inputs are unchanged do not run again.

    Example: notices train --data mine.jsonl --taxonomy mine.toml --models my-models --set classify.C=0.5
    """
    from pipeline.parameters import parse_settings
    from pipeline.train import train as run

    parameters = parse_settings(settings or [])
    with _stages() as listener:
        done = run(
            data,
            taxonomy=taxonomy,
            lexicon=lexicon,
            models=models,
            parameters=parameters,
            jobs=jobs or 1,
            listener=listener,
        )
    if "run" not in done.outcomes.values():
        show.say(f"nothing to do: all {len(done.outcomes)} stages are unchanged")
    release = done.release
    if as_json:
        facts = {"stages": done.outcomes, "data": release.data, "measures": release.measures}
        show.give_json({"version": release.version, **facts})
    else:
        _show_training(release.version, release.data["notices"], release.measures)
    rejected = release.data["rejected"]
    if rejected:
        show.say(f"{rejected} rows of the data were rejected (see them with: notices ingest FILE --rejects OUT.csv)")
    raise typer.Exit(3 if rejected else 0)


def tune(
    data: Data = None,
    taxonomy: TaxonomyFile = None,
    lexicon: LexiconFile = None,
    settings: Settings = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            "--grid", metavar="NAME=V1,V2", help="Values to try; may be repeated.", show_default="a small one"
        ),
    ] = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Write all measures as JSON.")] = None,
    jobs: Jobs = 1,
    as_json: AsJson = False,
) -> None:
    """Search for parameters: every combination of the grid, measured by cross-validation over the writers' files.

    Example: notices tune --grid classify.C=0.1,0.3,1 --grid classify.model=svm,logistic --save search.json
    """
    from pipeline.artifacts.files import write_file, write_json
    from pipeline.parameters import parse_settings
    from pipeline.tune import DEFAULT_GRID, as_mapping
    from pipeline.tune import tune as search

    parameters = parse_settings(settings or [])
    with show.bar("measuring", "candidates") as progress:
        found = search(
            data,
            taxonomy=taxonomy,
            lexicon=lexicon,
            parameters=parameters,
            grid=grid or DEFAULT_GRID,
            jobs=jobs or 1,
            listener=lambda candidate: progress(1),
        )
    facts = as_mapping(found, parameters)
    if save:
        write_file(save, write_json(facts))
        show.say(f"written: {save}")
    if as_json:
        show.give_json(facts)
        return
    heads = list(found[0].measures)
    figures = [*(f"{head} macro F1" for head in heads), *(f"{head} accuracy" for head in heads), "mean", "coverage"]
    rows = [
        [
            *one.changes.values(),
            *(f"{one.measures[head]['macro_f1']:.4f}" for head in heads),
            *(f"{one.measures[head]['accuracy']:.4f}" for head in heads),
            f"{one.score:.4f}",
            f"{one.review['coverage']:.1%}",
        ]
        for one in found
    ]
    axes = [name.partition(".")[2] for name in found[0].changes]
    show.table("cross-validation, the best first", [*axes, *figures], rows, right=figures)
    show.give(f"notices train {found[0].options}")


def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled notices: a column for each head.")],
    models: Models = MODELS,
    version: Version = "current",
    as_json: AsJson = False,
) -> None:
    """Measure a release on labelled notices: accuracy, F1, confusion, calibration, and how sure the sure ones are.

    Example: notices evaluate labelled.jsonl --json
    """
    from pipeline.evaluate import evaluate as measured
    from pipeline.evaluate import read_labelled
    from pipeline.predict import Predictor

    predictor = Predictor.load(models, version)
    labelled = read_labelled(file, predictor.taxonomy)
    report = measured(predictor, labelled.notices)
    if as_json:
        show.give_json(report)
    else:
        for head in predictor.heads:
            _show_head(head.id, head.title, report[head.id])
        kept = report[predictor.heads[0].id]["unreviewed"]
        show.give(
            f"{report['n']} notices; {kept['coverage']:.1%} need no review, "
            f"all labels of {kept['all_right']:.1%} of these are right; release {predictor.version}"
        )
    if labelled.rejects:
        show.say(f"{labelled.rejects} rows of {file} were rejected")
    raise typer.Exit(3 if labelled.rejects else 0)


@contextlib.contextmanager
def _stages() -> Iterator[Callable[[str, str], None]]:
    """Tells each stage as it is done; a terminal also shows that work goes on."""
    if not sys.stderr.isatty():
        yield lambda stage, outcome: show.say(f"{stage}: {outcome}")
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    with console.status("training"):
        yield lambda stage, outcome: console.print(f"{stage}: {outcome}")


def _show_training(version: str, notices: int, measures: Mapping[str, Any]) -> None:
    figures = ("accuracy", "macro F1", "calibration error")
    rows = [
        (head, f"{report['accuracy']:.4f}", f"{report['macro_f1']:.4f}", f"{report['calibration_error']:.4f}")
        for head, report in measures["cross_validation"].items()
    ]
    show.table("held out in cross-validation", ("head", *figures), rows, right=figures)
    review = measures["review"]
    show.give(f"{notices} notices; {review['coverage']:.1%} need no review, {review['right']:.1%} of these are right")
    show.give(f"release {version}")


def _show_head(name: str, title: str, report: Mapping[str, Any]) -> None:
    figures = ("precision", "recall", "F1", "notices")
    mistakes = {
        label: ", ".join(
            f"{given}×{count}" for given, count in sorted(row.items(), key=lambda item: -item[1]) if given != label
        )
        for label, row in report["confusion"].items()
    }
    rows = [
        (
            label,
            f"{entry['precision']:.3f}",
            f"{entry['recall']:.3f}",
            f"{entry['f1']:.3f}",
            entry["support"],
            mistakes.get(label, ""),
        )
        for label, entry in report["labels"].items()
        if entry["support"] or entry["precision"] or label in mistakes
    ]
    heading = f"{title} ({name})" if title != name else name
    show.table(heading, ("label", *figures, "taken for"), rows, right=figures)
    show.give(
        f"accuracy {report['accuracy']:.4f}, macro F1 {report['macro_f1']:.4f} "
        f"(labels with 5 or more notices: {report['macro_f1_of_5']:.4f}), "
        f"calibration error {report['calibration_error']:.4f}, "
        f"right where no review is needed {report['unreviewed']['right']:.1%}\n"
    )
