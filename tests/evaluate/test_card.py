import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.artifacts.store import Store
from pipeline.errors import StoreError
from pipeline.evaluate.card import card
from pipeline.evaluate.facts import gather
from tests.small import train_small, write_lines


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attributes


@pytest.fixture
def page(release: Path) -> str:
    store = Store(release)
    return card(store.release(), store)


def without_training(models: Path) -> Store:
    """What an imported release comes without."""
    for stage in ("notices", "words", "matrix", "head"):
        shutil.rmtree(models / "objects" / stage)
    return Store(models)


def test_the_card_tells_the_measures_of_the_release(release: Path, page: str):
    made = Store(release).release()
    assert made.version in page
    for head in ("action", "topic"):
        report = made.measures["cross_validation"][head]
        assert f"{report['accuracy']:.1%}" in page
        assert f"{report['calibration_error']:.3f}" in page
        assert all(f"{entry['f1']:.3f}" in page for entry in report["labels"].values())


def test_the_same_release_has_the_same_card(release: Path, page: str):
    store = Store(release)
    assert card(store.release(), store) == page


def test_the_page_needs_nothing_from_outside_and_runs_nothing(page: str):
    told = _Tags(page)
    assert not {"script", "link", "iframe", "img", "object"} & set(told.tags)
    assert not [name for name, _ in told.attributes if name.startswith("on") or name in {"src", "href", "style"}]
    assert "default-src 'none'" in page


def test_the_plots_are_well_formed_with_their_points_inside_the_frame(page: str):
    plots = [ElementTree.fromstring(plot) for plot in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert len(plots) == 3
    for plot in plots:
        _, _, width, height = map(float, plot.attrib["viewBox"].split())
        assert plot.attrib["aria-label"]
        for line in plot.iter("polyline"):
            points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
            assert points
            assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_weaknesses_are_shown_with_notices_that_were_held_out(release: Path, page: str):
    store = Store(release)
    facts = gather(store.release(), store)
    weak = [weakness for head in facts.heads for weakness in head.weaknesses]
    assert weak
    for weakness in weak:
        assert 1 <= len(weakness.examples) <= weakness.count
        for example in weakness.examples:
            assert example.title.split("“")[0].split('"')[0].split("&")[0] in page


def test_the_bins_of_the_calibration_plot_hold_every_notice_once(release: Path):
    store = Store(release)
    made = store.release()
    for head in gather(made, store).heads:
        assert sum(one.notices for one in head.bins) == made.data["notices"]
        right = sum(one.right * one.notices for one in head.bins) / made.data["notices"]
        assert right == pytest.approx(head.report["accuracy"])


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_release_without_its_training_has_a_card_without_examples(models: Path, form: str):
    whole = Store(models)
    examples = [
        example.title
        for head in gather(whole.release(), whole).heads
        for weakness in head.weaknesses
        for example in weakness.examples
    ]
    store = without_training(models)
    told = card(store.release(), store, form)  # type: ignore[arg-type]
    assert store.release().version in told
    assert not any(title in told for title in examples)


def test_the_markdown_has_a_table_row_for_each_label(release: Path):
    store = Store(release)
    told = card(store.release(), store, "markdown")
    assert "<" not in re.sub(r"\\<", "", told)
    for label in store.release().measures["cross_validation"]["topic"]["labels"]:
        assert re.search(rf"^\| {label} \| \d\.\d{{3}} \|", told, re.MULTILINE)


def test_markup_in_a_notice_stays_text(tmp_path: Path):
    taxonomy = tmp_path / "t.toml"
    taxonomy.write_text('[[heads]]\nid = "kind"\nlabels = ["a<b", "c|d"]\n', encoding="utf-8")
    rows = [
        {"title": f"<script>alert({at})</script> {'甲乙'[at % 2]}{at}", "kind": ["a<b", "c|d"][at // 2 % 2]}
        for at in range(40)
    ]
    train_small([write_lines(tmp_path / "d.jsonl", rows)], tmp_path / "models", taxonomy=taxonomy)
    store = Store(tmp_path / "models")
    page = card(store.release(), store)
    assert "script" not in _Tags(page).tags
    assert "&lt;script&gt;" in page
    assert "c\\|d" in card(store.release(), store, "markdown")


def test_a_damaged_artifact_makes_no_card(models: Path):
    store = Store(models)
    file = next((models / "objects" / "scorer").glob("*/measures.json"))
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(StoreError, match="damaged"):
        card(store.release(), store)
