"""docs/results.md as a user goes through it: its two commands, its snippets in order, its export."""

import re
import shlex
from pathlib import Path

import pytest
import torch

TEXT = (Path(__file__).resolve().parents[2] / "docs/results.md").read_text()


@pytest.mark.slow
def test_the_page_runs_from_top_to_bottom(typed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    found = re.findall(r"^    python -m physlearn (.*?)$", TEXT, re.MULTILINE)
    commands = [" ".join(shlex.split(command, comments=True)) for command in found]
    for command in commands[:2]:
        assert typed(command)[0] == 0
    here: dict = {}
    for snippet in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(snippet, "docs/results.md", "exec"), here)
    assert "R-hat" in capsys.readouterr().out
    assert typed(commands[2])[0] == 0
