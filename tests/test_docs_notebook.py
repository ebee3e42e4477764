"""docs/notebook.ipynb: its code runs from top to bottom and prints what stands in it."""

import contextlib
import io
import json
import re
from pathlib import Path

import matplotlib
import pytest
import torch
from matplotlib import pyplot as plt

PATH = Path(__file__).resolve().parents[1] / "docs/notebook.ipynb"
NUMBER = re.compile(r"-?\d+\.\d+|-?\d+")


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def stored(cell: dict) -> str:
    return "".join(line for output in cell["outputs"] for line in output.get("text", []))


def same(text: str, kept: str) -> bool:
    """The same words, and numbers within a part in twenty: another processor rounds other last bits."""
    words = NUMBER.sub("#", text) == NUMBER.sub("#", kept)
    pairs = zip(NUMBER.findall(text), NUMBER.findall(kept), strict=False)
    return words and all(abs(float(a) - float(b)) <= 0.05 * abs(float(b)) + 0.02 for a, b in pairs)


@pytest.mark.slow
def test_the_notebook_prints_what_it_shows(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    matplotlib.use("Agg")
    torch.set_num_threads(1)
    names: dict = {}
    for number, cell in enumerate(code_cells(PATH), 1):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        assert same(out.getvalue(), stored(cell)), out.getvalue()


def test_the_notebook_has_outputs_and_no_errors():
    cells = code_cells(PATH)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert {output["output_type"] for output in outputs} == {"stream", "display_data"}
    assert all(cell["outputs"] for cell in cells)


def test_control_another_number_or_word_is_seen():
    assert same("variance 0.351, exact 0.350\n", "variance 0.349, exact 0.350\n")
    assert not same("variance 0.420, exact 0.350\n", "variance 0.349, exact 0.350\n")
    assert not same("overlap 0.35, exact 0.350\n", "variance 0.35, exact 0.350\n")
