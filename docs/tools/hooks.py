"""What the site takes from the program itself: the help of every command, and the table of parameters."""

from typing import Any

import typer.main
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.parameters import DEFAULTS

COMMANDS = "<!-- commands -->"
PARAMETERS = "<!-- parameters -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the two marks, wherever a page has them."""
    if COMMANDS in markdown:
        markdown = markdown.replace(COMMANDS, "\n\n".join(f"## {name}\n\n```text\n{text}```" for name, text in helps()))
    return markdown.replace(PARAMETERS, parameters()) if PARAMETERS in markdown else markdown


def helps() -> list[tuple[str, str]]:
    """Every command with its help, in the order in which the program lists them."""
    root = typer.main.get_group(app)
    words: list[tuple[str, ...]] = []
    for name, command in root.commands.items():
        words += [(name, below) for below in command.commands] if hasattr(command, "commands") else [(name,)]
    return [(" ".join(("notices", *one)), _help(one)) for one in words]


def _help(words: tuple[str, ...]) -> str:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name="notices", env={"COLUMNS": "88"}, terminal_width=88)
    if shown.exit_code:
        raise RuntimeError(f"no help of {words}: {shown.output}")
    return shown.output


def parameters() -> str:
    """The parameters of a training with their defaults."""
    rows = [f"| `{name}` | `{str(value).lower()}` |" for name, value in DEFAULTS.items()]
    return "\n".join(["| name | default |", "|---|---|", *rows])
