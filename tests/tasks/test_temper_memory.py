"""task=temper system=hopfield: Gibbs's energies and overlaps by enumeration, and bad input in one line."""

import json

import pytest

from physlearn.lab.bench import Bench
from physlearn.lab.check import check
from physlearn.lab.config import compose, own_part
from physlearn.lab.errors import UserError
from physlearn.lab.files import plain
from physlearn.lab.run_directory import as_dict
from physlearn.tasks.setup.rules import rules
from physlearn.tasks.temper import report as temper_report
from physlearn.tasks.temper import run as temper
from physlearn.tasks.temper.memory import found_below


def run(directory, *words):
    cfg = own_part(compose(["task=temper", "system=hopfield", "threads=1", *words]))
    check(as_dict(cfg), rules("temper"))
    bench = Bench(directory, cfg, quiet=True)
    try:
        return json.loads(json.dumps(plain(temper.run(cfg, bench))))
    finally:
        bench.metrics.close()


def test_energies_are_those_of_all_states(tmp_path, monkeypatch):
    """12 spins, 5 temperatures; energies at other temperatures would not do (negative control)."""
    monkeypatch.setattr(temper_report, "draw", lambda *_: None)
    result = run(tmp_path, "system.spins=12", "system.patterns=2", "tempering.replicas=5", "task.sweeps=3000")
    mean, error, exact = (result[key] for key in ("energy_mean", "energy_se", "energy_exact"))
    scores = [(m - x) / s for m, s, x in zip(mean, error, exact, strict=True)]
    assert max(map(abs, scores)) < 4
    seen, error, exact_overlap = (result[key] for key in ("overlap", "overlap_se", "overlap_exact"))
    assert max(abs(m - x) / s for m, s, x in zip(seen, error, exact_overlap, strict=True)) < 4
    capacity, error, known = (result[key] for key in ("heat_capacity", "heat_capacity_se", "heat_capacity_exact"))
    assert max(abs(m - x) / s for m, s, x in zip(capacity, error, known, strict=True)) < 4
    assert max(abs(m - x) / s for m, s, x in zip(mean[1:], error[1:], exact, strict=False)) > 8


def test_the_temperature_below_which_patterns_are_found():
    """alpha_c(T = .5) = .02808, of the theory."""
    assert "below T_c = 0.500" in found_below(0.02808)
    assert "nowhere" in found_below(0.06)


def test_bad_input_gets_one_clear_line(tmp_path):
    with pytest.raises(UserError, match=r"system\.patterns=0 is not allowed"):
        run(tmp_path, "system.patterns=0")
