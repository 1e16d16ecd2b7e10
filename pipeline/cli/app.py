"""``notices``: the commands, in the order in which a newcomer needs them."""

import typer

from pipeline.cli import data, labelling, learning, models, reading

app = typer.Typer(
    name="notices",
    help="Reads notices of Chinese e-commerce platforms and tells what happens, what it is about, and from when.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("label")(labelling.label)
app.command("explain")(labelling.explain)
app.command("ingest")(data.ingest)
app.command("train")(learning.train)
app.command("tune")(learning.tune)
app.command("evaluate")(learning.evaluate)
app.command("report")(reading.report)
app.command("calendar")(reading.calendar)
app.add_typer(models.app, name="models")
