"""The notebook of the documentation runs from its first cell to its last, and is kept without what it gave."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the test extra is not installed")
nbclient = pytest.importorskip("nbclient", reason="the test extra is not installed")
NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorials" / "python.ipynb"
SECONDS = 300  # that a cell may take, compilation included


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_kept_without_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert "nothing here is clinical advice" in notebook.cells[0].source


@pytest.mark.slow
def test_it_runs_and_shows_tables_and_figures(notebook, tmp_path):
    room = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=room).execute()
    shown = {cell.source: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    kinds = {source: {kind for output in shown[source] for kind in output.get("data", {})} for source in shown}
    drawn = [source for source in shown if source.startswith("results.plot")]
    assert drawn
    assert all("image/png" in kinds[source] for source in drawn)
    (first, *_), (few,) = shown, [source for source in shown if source.endswith("\nfew")]
    assert "text/html" in kinds[first] & kinds[few]
    assert (tmp_path / "page.html").is_file()
    pictures = [output for source in drawn for output in shown[source] if "image/png" in output.get("data", {})]
    assert len(pictures) == len(drawn)  # each once
