"""Tables on the screen."""

import re

from physlearn.lab.present import print_table


def test_a_name_that_is_to_be_typed_is_never_cut(monkeypatch, capsys):
    """On a narrow screen it is folded into several lines."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("physlearn.lab.present.WIDTH", 60)
    name = "train/2026-11-22_08-23-52_7dfd3e65"
    print_table("Runs", ("run", "result", "typed"), [(name, "test error 1.39 %", "optimizer=langevin seed=2 " * 3)])
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert name in "".join(re.findall(r"^│ (\S*)\s*│", shown, re.MULTILINE))
