"""The card's plots as inline SVG: text stays text, in the reader's own fonts, and colours come from the style sheet."""

from collections.abc import Sequence
from html import escape

from pipeline.evaluate.facts import Bin

#: Size of a plot in its own units, and the frame inside it.
WIDTH, HEIGHT = 360, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 348, 14, 252


def calibration(bins: Sequence[Bin], name: str) -> str:
    """How often the model was right (up) by how sure it was (across); a point's area is its number of notices."""
    most = max((one.notices for one in bins), default=1)
    marks = [f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>']
    line = " ".join(f"{_x(one.confidence)},{_y(one.right)}" for one in bins)
    marks.append(f'<polyline class="line" points="{line}"/>')
    for one in bins:
        radius = 2.5 + 9 * (one.notices / most) ** 0.5
        told = f"模型给出 {one.confidence:.0%}，实际答对 {one.right:.0%}，{one.notices} 条"
        marks.append(
            f'<circle class="dot" cx="{_x(one.confidence)}" cy="{_y(one.right)}" r="{radius:.1f}">'
            f"<title>{told}</title></circle>"
        )
    marks.append(f'<text class="note" text-anchor="end" x="{_x(1)}" y="{_y(0.06)}">虚线：完全可信</text>')
    axes = _axes("模型给出的把握", "实际答对", [0, 0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1], 1.0)
    return _svg(f"{name}校准图：横轴为模型给出的把握，纵轴为实际答对的比例", axes + marks)


def risk(curve: Sequence[tuple[float, float]], coverage: float, wrong: float) -> str:
    """Share of errors (up) among the surest notices (across), with the release's own point."""
    highest = max([wrong, *(error for _, error in curve)])
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.25) if highest <= 4 * step or step == 0.25)
    top = 4 * step
    line = " ".join(f"{_x(kept)},{_y(error / top)}" for kept, error in curve)
    area = f"{_x(curve[0][0])},{_y(0)} {line} {_x(curve[-1][0])},{_y(0)}"
    marks = [f'<polygon class="area" points="{area}"/>', f'<polyline class="line" points="{line}"/>']
    if coverage > 0:
        x, y = _x(coverage), _y(wrong / top)
        anchor, shift = ("start", 9) if coverage < 0.55 else ("end", -9)
        marks += [
            f'<line class="drop" x1="{x}" y1="{y}" x2="{x}" y2="{_y(0)}"/>',
            f'<circle class="own" cx="{x}" cy="{y}" r="5"/>',
            f'<text class="own-text" text-anchor="{anchor}" x="{x + shift:.1f}" y="{y - 10:.1f}">'
            f"免复核 {coverage:.0%}，错 {wrong:.1%}</text>",
        ]
    axes = _axes("免复核的比例", "其中的错误", [0, 0.25, 0.5, 0.75, 1], [step * at for at in range(5)], top)
    return _svg("风险与覆盖：横轴为免复核的比例，纵轴为其中至少一个标签错误的比例", axes + marks)


def _x(value: float) -> float:
    return round(LEFT + value * (RIGHT - LEFT), 1)


def _y(value: float) -> float:
    return round(BOTTOM - value * (BOTTOM - TOP), 1)


def _axes(across: str, up: str, columns: Sequence[float], rows: Sequence[float], top: float) -> list[str]:
    marks = []
    for value in rows:
        y = _y(value / top)
        marks.append(f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}"/>')
        marks.append(f'<text class="tick" text-anchor="end" x="{LEFT - 7}" y="{y + 4}">{value:.0%}</text>')
    for value in columns:
        anchor = "end" if value == 1 else "middle"
        marks.append(f'<text class="tick" text-anchor="{anchor}" x="{_x(value)}" y="{BOTTOM + 18}">{value:.0%}</text>')
    marks.append(
        f'<text class="axis" text-anchor="middle" x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 8}">{escape(across)}</text>'
    )
    middle = (TOP + BOTTOM) / 2
    marks.append(
        f'<text class="axis" text-anchor="middle" transform="rotate(-90 14 {middle})" x="14" y="{middle}">'
        f"{escape(up)}</text>"
    )
    return marks


def _svg(told: str, marks: Sequence[str]) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(told, quote=True)}">'
        f"{''.join(marks)}</svg>"
    )
