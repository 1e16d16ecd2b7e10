"""Labelled notices and explanations as they stand on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from pipeline.explain import Explanation
from pipeline.notice import Head, clean_text
from pipeline.predict import Predictor

if TYPE_CHECKING:
    import pyarrow as pa

#: A probability below this is shown in a warning colour.
SURE = 0.8

#: Colours of the words that spoke for a label and against it, weak to strong.
_FOR = ("", "green", "bold green", "bold reverse green")
_AGAINST = ("", "red", "bold red", "bold reverse red")


def labelled_rows(table: "pa.Table", heads: Sequence[Head]) -> Table:
    """A table of labelled notices: when, headline, labels with how sure they are, from when it holds."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    drawn.add_column("时间", no_wrap=True)
    drawn.add_column("标题", ratio=1, overflow="fold")
    for head in heads:
        drawn.add_column(head.title, no_wrap=True)
    has_date = "effective_date" in table.column_names
    if has_date:
        drawn.add_column("生效", no_wrap=True)
    for row in table.to_pylist():
        title = Text(row["title"])
        if row["needs_review"]:
            title.append(" 待复核", style="yellow")
        cells = [Text((row["published_at"] or "")[:10], style="dim"), title]
        cells += [_label(row[head.id], row[f"{head.id}_confidence"]) for head in heads]
        if has_date:
            cells.append(Text(row["effective_date"] or ""))
        drawn.add_row(*cells)
    return drawn


def _label(label: str, sure: float) -> Text:
    return Text.assemble((label, "bold"), (f" {sure:.0%}", "dim" if sure >= SURE else "yellow"))


def marked(predictor: Predictor, title: str, text: str, told: Mapping[str, Explanation]) -> Iterator[Any]:
    """For each head the label, the text with the words marked, and the shares that add up to the score."""
    fields = {"title": clean_text(title), "text": clean_text(text)}
    for head in predictor.heads:
        one = told[head.id]
        yield Text.assemble((f"{head.title}  ", "dim"), (one.label, "bold"), f"  {one.probability:.1%}")
        largest = max((abs(share.share) for share in one.shares), default=1.0)
        for name, content in fields.items():
            line = Text(content)
            for share in one.shares:
                if share.field == name:
                    line.stylize(_style(share.share, largest), share.start, share.end)
            if content:
                yield line
        yield _shares(one)


def _style(share: float, largest: float) -> str:
    strength = min(int(abs(share) / largest * 4), 3)
    return (_FOR if share > 0 else _AGAINST)[strength]


def _shares(one: Explanation) -> Table:
    drawn = Table(box=box.SIMPLE, pad_edge=False, show_header=False)
    drawn.add_column(justify="right")
    drawn.add_column()
    strongest = one.strongest(8)
    for share in strongest:
        drawn.add_row(f"{share.share:+.3f}", Text(share.text))
    rest = sum(share.share for share in one.shares) - sum(share.share for share in strongest)
    drawn.add_row(f"{rest:+.3f}", Text("其余各处", style="dim"))
    drawn.add_row(f"{one.base:+.3f}", Text("起点(与本文无关)", style="dim"))
    drawn.add_row(f"{one.score:+.3f}", Text("得分", style="bold"))
    return drawn
