"""The notebooks run, show what they say they show, and use nothing that is not public."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9]*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def runner():
    spec = importlib.util.spec_from_file_location("notebooks_run", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def outputs(cells):
    return [output for cell in cells for output in cell.outputs]


def shown(output):
    """All text of an output."""
    return json.dumps(output.get("text", output.get("data", "")), ensure_ascii=False)


def complaints(cells):
    return [output for output in outputs(cells) if output.output_type == "error" or output.get("name") == "stderr"]


def test_there_are_five():
    assert len(NOTEBOOKS) == 5


@pytest.mark.notebooks
@each_notebook
def test_runs_from_top_to_bottom_without_a_warning(path, runner):
    ran = runner.execute(path)
    cells = [cell for cell in ran.cells if cell.cell_type == "code"]

    assert complaints(cells) == []
    committed = code_cells(path)
    assert [[*map(kind, cell.outputs)] for cell in cells] == [[*map(kind, cell.outputs)] for cell in committed]


def kind(output):
    return output.output_type, sorted(output.get("data", {}))


@each_notebook
def test_is_committed_as_it_ran(path):
    cells = code_cells(path)

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert complaints(cells) == []
    assert any("image/png" in output.get("data", {}) for output in outputs(cells))


@each_notebook
def test_keeps_nothing_of_the_machine(path, runner):
    notebook = nbformat.read(path, as_version=4)

    assert notebook.metadata == runner.METADATA
    assert all(cell.metadata == {} for cell in notebook.cells)
    absolute = re.compile(r"(?<![\w.:/<])/(?:home|root|tmp|usr|var|work|Users|private)/|[A-Z]:\\\\")
    assert [text for text in map(shown, outputs(code_cells(path))) if absolute.search(text)] == []


@each_notebook
def test_uses_public_names_only(path):
    tree = ast.parse("\n".join(cell.source for cell in code_cells(path)))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in (node.module, *(alias.name for alias in node.names))
        for part in name.split(".")
    }

    assert "pipeline" in ast.unparse(tree)
    assert sorted(name for name in names if name.startswith("_")) == []


@each_notebook
def test_links_lead_to_files(path):
    notebook = nbformat.read(path, as_version=4)
    links = [
        link
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source)
    ]

    assert [link for link in links if "://" not in link and not (FOLDER / link).exists()] == []


def test_the_runner_reports_a_failing_cell_and_leaves_the_file_alone(tmp_path, runner, capsys):
    path = tmp_path / "broken.ipynb"
    cells = [nbformat.v4.new_code_cell("print('fine')"), nbformat.v4.new_code_cell("1 / 0")]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)), encoding="utf-8")
    before = path.read_bytes()

    assert runner.main([str(path)]) == 1
    assert "broken.ipynb failed" in (told := capsys.readouterr().err)
    assert "ZeroDivisionError" in told
    assert path.read_bytes() == before


def test_the_runner_writes_the_same_file_twice(tmp_path, runner):
    path = tmp_path / "small.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('商品质量')")])
    path.write_text(nbformat.writes(notebook), encoding="utf-8")

    assert runner.main([str(path)]) == 0
    first = path.read_bytes()
    assert runner.main([str(path)]) == 0

    assert path.read_bytes() == first
    assert "商品质量" in first.decode()
