"""The examples of the pages: every fenced block that shows a command or Python, in order."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.shared import ROOT

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_NOT_RUN = re.compile(r"<!-- not run: \S[^\n]* -->\n$")
_TYPED = re.compile(r"^\$ (.*)$", re.MULTILINE)

#: What is run; blocks of other languages (text, toml) only show something.
RUN = ("bash", "console", "python")


@dataclass(frozen=True)
class Example:
    """A block: its language, what it holds, the line on which it begins, and whether the tests run it."""

    language: str
    body: str
    line: int
    run: bool


def pages() -> list[Path]:
    """All pages that may show commands."""
    tops = [path for path in sorted(ROOT.glob("*.md")) if path.name != "CHANGELOG.md"]
    return [*tops, ROOT / "data/README.md", ROOT / "models/README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def examples(page: Path) -> list[Example]:
    """The blocks of a page in order; of a console block what was typed."""
    content = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(content):
        language, body = match["language"], match["body"]
        if language in RUN:
            typed = "\n".join(_TYPED.findall(body)) if language == "console" else body
            run = not _NOT_RUN.search(content[: match.start()])
            found.append(Example(language, typed, content.count("\n", 0, match.start()) + 1, run))
    return found
