"""The options that several commands share, each written once."""

from pathlib import Path
from typing import Annotated

import typer

Sources = Annotated[
    list[str] | None,
    typer.Argument(help="Files, folders, patterns, or - for standard input.", show_default="standard input"),
]
Models = Annotated[
    Path, typer.Option("--models", envvar="NOTICES_MODELS", help="Folder of the store of releases.", show_default=True)
]
Version = Annotated[str, typer.Option("--version", help="A release: its version or first digits, or 'current'.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]
FileOrFolder = Annotated[
    str | None, typer.Option("--output", "-o", help="The file to write; with a final / a folder of files.")
]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=-1, help="Processes; -1 for one on each core.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="YYYY-MM-DD",
        help="The day by which status says 已生效 or 将生效.",
        show_default="each notice's own day",
    ),
]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day to reckon from.", show_default="today")]

MODELS = Path("models")
