"""What the site takes from elsewhere: the help of every command, the table of parameters, the reader of the store."""

from pathlib import Path
from typing import Any

import typer.main
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.parameters import DEFAULTS

COMMANDS = "<!-- commands -->"
PARAMETERS = "<!-- parameters -->"
READER = "<!-- reader -->"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill the marks, wherever a page has them."""
    for mark, fill in ((COMMANDS, commands), (PARAMETERS, parameters), (READER, reader)):
        if mark in markdown:
            markdown = markdown.replace(mark, fill())
    return markdown


def commands() -> str:
    """Every command with its help."""
    return "\n\n".join(f"## {name}\n\n```text\n{text}```" for name, text in helps())


def reader() -> str:
    """The program that reads a release."""
    program = Path(__file__).parents[1] / "examples" / "read_release.py"
    return f"```python\n{program.read_text(encoding='utf-8')}```"


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
