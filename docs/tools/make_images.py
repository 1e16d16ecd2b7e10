"""Makes the two pictures of the README from the shipped example page: ``python docs/tools/make_images.py``.

``docs/images/table.svg`` is what ``notices label`` shows on a terminal, ``docs/images/report.png`` the page that
``notices report`` writes. Needs a release in ``models/`` (or ``--models``), Playwright, and Chromium with a font that
has Chinese characters.
"""

import argparse
import datetime as dt
import io
import re
import shutil
import tempfile
from html import escape, unescape
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.terminal_theme import TerminalTheme

from pipeline import report
from pipeline.batch.label import labelled_batches
from pipeline.batch.rejects import Rejects
from pipeline.batch.table import Options, predictor_of
from pipeline.cli.terminal import labelled_rows
from pipeline.report.labelled import from_rows
from pipeline.resources import data_path

IMAGES = Path(__file__).parents[1] / "images"
WIDTH = 108

#: The day from which the report reckons: some days after the page was saved.
TODAY = dt.date(2024, 5, 20)

#: Dark ink on a white page, so that the picture is legible on a light and on a dark one.
THEME = TerminalTheme(
    (255, 255, 255),
    (28, 33, 40),
    [
        (28, 33, 40),
        (179, 38, 30),
        (26, 127, 55),
        (154, 98, 0),
        (9, 105, 218),
        (130, 80, 223),
        (27, 124, 131),
        (80,) * 3,
    ],
)
FONTS = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', 'Sarasa Mono SC', 'PingFang SC', monospace"

_TEXT = re.compile(r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+"([^>]*)>([^<]*)</text>')
_RUNS = re.compile(r"[^\x00-\x7f─]+|[!-~─]+")

#: Width of a cell in rich's pictures.
CELL = 12.2


def main() -> None:
    """Make both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="models")
    options = Options(parser.parse_args().models, "current").resolved()
    tables = list(labelled_batches([str(data_path("example", "listing.txt"))], options, Rejects(None)))
    rows = [row for table in tables for row in table.to_pylist()]
    IMAGES.mkdir(exist_ok=True)

    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    heads = predictor_of(options.models, options.version).heads
    for table in tables:
        console.print(labelled_rows(table, heads))
    drawn = console.export_svg(title="notices label data/example/listing.txt", theme=THEME, unique_id="notices")
    (IMAGES / "table.svg").write_text(_offline(drawn), encoding="utf-8")

    page = report.html(from_rows(rows, columns=tables[0].column_names), today=TODAY)
    _photograph(page, IMAGES / "report.png")


def _offline(svg: str) -> str:
    """The picture without fonts from the network, every run of characters at its cell and as wide as its cells.

    Rich counts a 字 as one cell wide, and a font has Chinese characters that are not quite two cells wide.
    """
    svg = re.sub(r"@font-face \{[^}]*\}", "", svg)
    svg = re.sub(r"font-family: Fira Code[^;]*;", f"font-family: {FONTS};", svg)
    svg = svg.replace("font-variant-east-asian: full-width;", "").replace("font-size: 20px", "font-size: 22px")

    def placed(match: re.Match[str]) -> str:
        kind, left, top, rest, text = match.groups()
        plain = unescape(text).replace("\xa0", " ")
        return "".join(
            f'<text class="{kind}" x="{float(left) + CELL * cell_len(plain[: run.start()]):.1f}" y="{top}"'
            f' textLength="{CELL * cell_len(run[0]):.1f}"{rest}>{escape(run[0])}</text>'
            for run in _RUNS.finditer(plain)
        )

    lines = (line.strip() for line in _TEXT.sub(placed, svg).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _photograph(page: str, target: Path) -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder, "report.html")
        file.write_text(page, encoding="utf-8")
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1200, "height": 1000}, color_scheme="light")
        tab.goto(file.as_uri())
        tab.wait_for_load_state("load")
        tab.screenshot(path=target)
        chromium.close()


if __name__ == "__main__":
    main()
