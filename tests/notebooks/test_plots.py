"""Charts bear Chinese, whatever fonts the machine has."""

import sys
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from pipeline import plots
from pipeline.errors import MissingExtraError
from pipeline.notice import Taxonomy
from pipeline.resources import data_path


@pytest.fixture(autouse=True)
def drawing():
    with mpl.rc_context({"backend": "agg"}):
        yield plots.prepare()
    plt.close("all")


@pytest.fixture
def table():
    return pd.DataFrame([[90, 10, 0], [5, 45, 0], [1, 1, 8]], index=list("甲乙丙"), columns=list("甲乙丙"))


def written(axes):
    return {(round(text.get_position()[1]), round(text.get_position()[0])): text for text in axes.texts}


def test_every_label_of_the_taxonomy_and_its_punctuation_has_a_glyph(tmp_path):
    labels = "".join(label for head in Taxonomy.load(data_path("taxonomy.toml")).heads for label in head.labels)
    figure, axes = plt.subplots()
    axes.set_title(labels + "，。：《》“”（）— 12%")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(tmp_path / "chart.png")

    assert (tmp_path / "chart.png").stat().st_size > 0


def test_the_font_is_the_one_of_the_extra(drawing):
    assert mpl.rcParams["font.family"] == [drawing]
    assert "CJK" in drawing


@pytest.mark.parametrize("library", ["matplotlib", "mplfonts"])
def test_without_the_extra_the_error_says_what_to_install(library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(MissingExtraError, match=rf"{library} is not installed.*notices\[plots\]"):
        plots.prepare()


def test_a_heatmap_writes_every_count_but_zeros(table):
    _, axes = plt.subplots()
    plots.heatmap(table, axes, title="表", across="列", up="行")

    found = {place: text.get_text() for place, text in written(axes).items()}
    counts = {(row, column): str(count) for (row, column), count in np.ndenumerate(table.to_numpy()) if count}
    assert found == counts
    assert [text.get_text() for text in axes.get_yticklabels()] == list("甲乙丙")


def test_without_the_diagonal_the_largest_confusion_is_the_darkest_cell(table):
    _, axes = plt.subplots()
    plots.heatmap(table, axes, title="表", across="列", up="行", diagonal=False)

    shares = axes.images[0].get_array()
    assert np.diag(shares).tolist() == [0, 0, 0]
    assert shares.max() == axes.images[0].get_clim()[1] == shares[0, 1] == shares[1, 0] == shares[2, 0] == 0.1


def test_figures_on_dark_cells_are_light(table):
    _, axes = plt.subplots()
    plots.heatmap(table, axes, title="表", across="列", up="行")

    colours = {place: to_hex(text.get_color()) for place, text in written(axes).items()}
    assert colours[0, 0] == "#ffffff"
    assert colours[0, 1] == "#333333"


def test_a_row_without_counts_is_drawn():
    empty = pd.DataFrame([[0, 0], [1, 2]], index=["甲", "乙"], columns=["甲", "乙"])
    _, axes = plt.subplots()
    plots.heatmap(empty, axes, title="表", across="列", up="行")

    assert np.isfinite(np.asarray(axes.images[0].get_array())).all()
