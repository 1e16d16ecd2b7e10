"""Charts with Chinese labels on any machine, with or without Chinese fonts (extra ``plots``)."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: The colours of a chart: what is meant, what it is compared with, what stands out.
MAIN, BESIDE, STRIKING = "#2f6690", "#b8c4cc", "#d1672a"

#: The font, of those that ``mplfonts`` brings.
FONT_FILE = "NotoSansCJKsc-Regular.otf"

#: The map of shares, from none to all.
COLOURS = "Blues"

#: A cell darker than this share of the darkest bears light figures.
_DARK = 0.6


def prepare() -> str:
    """Make matplotlib draw Chinese, with quiet axes and the colours above, from here on.

    Returns
    -------
    The font's family.

    Raises
    ------
    MissingExtraError
        Where matplotlib or the fonts are not installed.
    """
    for library in ("matplotlib", "mplfonts"):
        if not find_spec(library):
            raise MissingExtraError.of(library, "plots")
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.font_manager import FontProperties, fontManager

    path = _font()
    fontManager.addfont(path)
    family = FontProperties(fname=path).get_name()
    mpl.rcParams.update(
        {
            "axes.axisbelow": True,
            "axes.edgecolor": "#8a8a8a",
            "axes.grid": True,
            "axes.grid.axis": "x",
            "axes.prop_cycle": cycler(color=[MAIN, STRIKING, "#6a8d73", "#8d6a9f", BESIDE]),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlelocation": "left",
            "axes.titlepad": 10.0,
            "axes.titlesize": 11.0,
            "axes.unicode_minus": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100.0,
            "font.family": [family],
            "font.size": 9.5,
            "grid.color": "#e4e7ea",
            "legend.frameon": False,
            "xtick.color": "#444444",
            "ytick.color": "#444444",
        }
    )
    return family


def heatmap(table: "pd.DataFrame", axes: "Axes", *, title: str, across: str, up: str, diagonal: bool = True) -> None:
    """Draw a table of counts, each cell with its figure, as dark as its share of its row.

    Parameters
    ----------
    table
        Counts; the names of rows and columns are written beside them.
    axes
        Where to draw.
    title, across, up
        What the table shows, what its columns are, what its rows are.
    diagonal
        Whether the diagonal is coloured. In a table of confusions it is what is right, and would outshine the rest.
    """
    counts = table.to_numpy(dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if not diagonal:
        np.fill_diagonal(shares, 0.0)
    darkest = max(float(shares.max(initial=0)), 1e-9)
    axes.imshow(shares, cmap=COLOURS, vmin=0, vmax=darkest, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > _DARK * darkest else "#333333"
        if not diagonal and row == column:
            colour = "#999999"
        if count:
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=8.5)
    axes.set_xticks(range(len(table.columns)), list(table.columns), rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(table.index)), list(table.index))
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set(title=title, xlabel=across, ylabel=up)


def _font() -> Path:
    spec = find_spec("mplfonts")  # found, not imported: the package would load its command line
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "fonts" / FONT_FILE
