"""Every Python snippet of README and docs runs, page by page from the top, and prints what its comments say.

The snippets of a page share their names, as in one session. A number in the comment behind a statement is what the
statement gives, to the digits written. `<!-- slow -->` in the line before a snippet leaves it to the slow tests.
"""

import ast
import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch

from physlearn.models import LeNet300

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = {"plugins.md": "tests/test_plugin_recipes.py", "results.md": "tests/tasks/test_docs_results.py"}
FENCE = re.compile(r"^(<!-- slow -->\n)?```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"[-+]?(?:\d+\.\d+|\d+)(?:e[-+]?\d+)?")


class Snippet(NamedTuple):
    line: int
    slow: bool
    code: str


def snippets(text: str) -> list[Snippet]:
    found = FENCE.finditer(text)
    return [Snippet(text.count("\n", 0, match.start(2)), bool(match[1]), match[2]) for match in found]


def weights_of_another_program() -> None:
    """What docs/how-to.md reads."""
    torch.save(LeNet300((1, 8, 8), 10, generator=torch.Generator().manual_seed(3)).state_dict(), "theirs.pt")


def a_finished_sweep() -> None:
    """What docs/runs.md draws."""
    Path("outputs/sweeps/temperature").mkdir(parents=True)
    columns = ["temperature.value", "test_error", "test_error_se", "ensemble_test_error", "ensemble_test_error_se"]
    rows = np.array([[1e-5, 0.008, 0.003, 0.008, 0.002], [3e-3, 0.19, 0.04, 0.0176, 0.0009]])
    path = "outputs/sweeps/temperature/comparison.csv"
    np.savetxt(path, rows, delimiter=",", header=",".join(columns), comments="")


PREPARED: dict[str, Callable[[], None]] = {"how-to.md": weights_of_another_program, "runs.md": a_finished_sweep}


def promised(comment: str) -> list[str]:
    """The numbers with which a comment begins: `# 0.137906 0.967 (exact)` -> two."""
    numbers = []
    for word in comment.replace(",", " ").split():
        if not NUMBER.fullmatch(word.rstrip(".:;")):
            break
        numbers.append(word.rstrip(".:;"))
    return numbers


def agree(number: str, text: str) -> bool:
    """Whether a text is a number that rounds to the digits written."""
    mantissa, _, power = number.partition("e")
    last = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    return abs(float(text) - float(number)) <= 0.501 * last


def check(comment: str, shown: str, place: str) -> None:
    numbers = promised(comment)
    found = NUMBER.findall(shown)[: len(numbers)]
    assert len(found) == len(numbers), f"{place}: {comment!r} is promised, {shown!r} came"
    assert all(map(agree, numbers, found)), f"{place}: {comment!r} is promised, {shown!r} came"


def run(code: str, names: dict, place: str) -> None:
    """The statements in turn. An expression or a print with numbers in the comment behind it has to give them."""
    lines = code.splitlines()
    for node in ast.parse(code).body:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if isinstance(node, ast.Expr):
                value = eval(compile(ast.Expression(node.value), place, "eval"), names)
            else:
                value = exec(compile(ast.Module([node], []), place, "exec"), names)
        if comment := re.search(r"\)?\s+# (.*)$", lines[node.end_lineno - 1]):
            shown = out.getvalue() or ("" if value is None else str(value))
            if isinstance(node, ast.Expr):
                check(comment[1], shown, f"{place}:{node.lineno}")


def run_page(page: Path, wanted: Callable[[Snippet], bool], names: dict) -> None:
    for snippet in filter(wanted, snippets(page.read_text())):
        run("\n" * snippet.line + snippet.code, names, page.name)


@pytest.fixture
def folder(tmp_path, monkeypatch, request):
    """An empty folder with what the page reads, one thread, no figure left open."""
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    PREPARED.get(request.getfixturevalue("page").name, lambda: None)()
    yield
    torch.set_num_threads(threads)
    from matplotlib import pyplot as plt

    plt.close("all")


def having(slow: bool) -> list[Path]:
    pages = [page for page in PAGES if page.name not in ELSEWHERE]
    return [page for page in pages if any(snippet.slow == slow for snippet in snippets(page.read_text()))]


@pytest.mark.parametrize("page", having(slow=False), ids=lambda page: page.name)
def test_the_snippets_run(page, folder):
    run_page(page, lambda snippet: not snippet.slow, {})


@pytest.mark.slow
@pytest.mark.parametrize("page", having(slow=True), ids=lambda page: page.name)
def test_the_long_snippets_run(page, folder):
    run_page(page, lambda snippet: True, {})


def test_every_page_with_snippets_is_run():
    assert {"library.md", "how-to.md"} <= {page.name for page in having(slow=False)}
    for page, test in ELSEWHERE.items():
        assert page in (ROOT / test).read_text()
    fences = sum(len(re.findall(r"^ *```[ \t]*(?:py|python)\b", page.read_text(), re.MULTILINE)) for page in PAGES)
    assert fences == sum(len(snippets(page.read_text())) for page in PAGES)  # none is indented or spelled otherwise


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import physlearn.tempering.nothing", ModuleNotFoundError),
        ("print(2 / 3)  # 0.66", AssertionError),
        ("2 / 3  # 0.66, two thirds", AssertionError),
        ("print(1)  # 1 2", AssertionError),
        ("print(1e-3)  # 2e-3", AssertionError),
    ],
)
def test_control_a_broken_snippet_fails(code, error):
    with pytest.raises(error):
        run(code, {}, "page")


def test_what_a_comment_promises():
    run("print(2 / 3)  # 0.67\n2 / 3  # 0.667, two thirds\nx = 3  # 4 is no promise\nprint(5)  # about 7", {}, "page")
