"""Tables on the screen."""

import re

import pytest

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


def test_what_was_typed_is_shown_as_it_was_typed(capsys):
    """Brackets are no markup, and a number between colons is no emoji."""
    words = ("to=[csv,safetensors]", "data.path=:100:.csv", "[/x]")
    print_table("[bold]", ("typed", "[red]", "run"), [words])
    shown = capsys.readouterr().out
    assert all(word in shown for word in (*words, "[bold]", "[red]"))


@pytest.mark.parametrize("width", [140, 80, 60])
def test_a_table_of_many_columns_fits_the_screen(monkeypatch, capsys, width):
    """Twelve columns, as a sweep has: no word is broken and no column cut off; on a narrow screen they become rows."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("physlearn.lab.present.WIDTH", width)
    head = "runs|test error|ensemble test error|test NLL|ensemble test NLL|test ECE|parameters|temperature T|seconds"
    cells = "all|1.9 ± 0.4 % (± 0.7)|0.72 ± 0.11 %|0.074 ± 0.004|0.0672 ± 0.0009|3.16 ± 0.08 %|50,610|7.6e-05|113 ± 11"
    print_table("Comparison", (head + "|n|failed|diverged").split("|"), [(cells + "|5|0|17").split("|")])
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert max(map(len, lines)) <= width
    assert all(line[-1] in "┓┃┩│┘ " for line in lines)
    assert "17" in shown
    assert "temperature" in shown
    assert ("┃ ensemble test error" in shown or "│ ensemble test error" in shown) == (width < 140)
