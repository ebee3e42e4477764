"""task=memory: what is read off rows, of made-up rows whose answer is known."""

import math
from unittest.mock import MagicMock

import numpy as np
import pytest

from physlearn.hopfield.experiments import retrieval_overlap
from physlearn.hopfield.scaling import share_from_overlap
from physlearn.hopfield.theory import diluted_overlap, share_left, spinodal_load
from physlearn.tasks.memory import report as memory_report


@pytest.fixture
def bench(monkeypatch):
    """Draws nothing, and keeps the table."""
    monkeypatch.setattr(memory_report, "figures", MagicMock())
    return MagicMock()


def row(load, overlap, neurons=1000, **more):
    common = dict(error=0.002, median=overlap, retrieved=0.9, retrieved_error=0.05)
    return {"neurons": neurons, "load": load, "overlap": overlap, **common, **more}


def test_the_deviation_at_low_loads_is_that_of_the_largest_networks_alone(bench):
    rows = [row(0.05, 0.9, 500), row(0.05, 0.99), row(0.1, retrieval_overlap(0.1, 0) - 0.02), row(0.13, 0.3)]
    result = memory_report.capacity(bench, rows)
    assert result["deviation_low_loads"] == pytest.approx(0.02)


@pytest.mark.parametrize(("off", "within"), [(0.010, True), (0.012, False), (-0.012, False)])
def test_within_is_four_errors_and_three_spins(bench, off, within):
    """4 * .002 + 3/1000 = .011."""
    points = [(0.03, 0.5), (0.05, 0.3)]
    rows = [row(a, retrieval_overlap(a, t), temperature=t, stayed=1.0) for a, t in points]
    rows[1]["overlap"] += off
    result = memory_report.thermal(bench, rows)
    assert result["allowed"] == pytest.approx([0.011] * 2)
    assert result["within"] is within


def test_a_plane_is_compared_with_the_theory_away_from_its_line(bench):
    """Loads of .5, .95, 1.1 and 2 times the spinodal at T = .3: one inside, two too near, one outside."""
    end = spinodal_load(0.3)
    loads = [end * factor for factor in (0.5, 0.95, 1.1, 2)]
    seen = [retrieval_overlap(loads[0], 0.3) - 0.01, 0.2, 0.9, 0.1]  # those near the line on its wrong side
    rows = [{"load": a, "neurons": 500, "temperature": [0.3], "overlap": [m], "error": [0.1]}
            for a, m in zip(loads, seen, strict=True)]  # fmt: skip
    result = memory_report.phase_diagram(bench, rows)
    assert (result["points"], result["inside"]) == (4, 1)
    assert result["deviation_inside"] == result["deviation_inside_largest"] == pytest.approx(0.01)
    assert (result["phase_right"], result["phase_right_away"]) == (0.5, 1.0)


def test_the_largest_deviation_below_the_line_is_named_with_its_place_and_its_error(bench):
    """Two loads inside at both temperatures; the third, outside, deviates by more and does not count."""
    loads, heat = [0.05, 0.06, 0.3], [0.3, 0.4]
    gaps = [[0.002, -0.03], [0.02, 0.004], [0.9, 0.9]]
    errors = [[0.001, 0.002], [0.003, 0.004], [0.005, 0.006]]
    rows = [
        {"load": a, "neurons": 500, "temperature": heat, "error": error,
         "overlap": [retrieval_overlap(a, t) + g for t, g in zip(heat, gap, strict=True)]}
        for a, gap, error in zip(loads, gaps, errors, strict=True)
    ]  # fmt: skip
    result = memory_report.phase_diagram(bench, rows)
    assert result["inside"] == 4
    named = [result[f"deviation_inside_largest{part}"] for part in ("", "_se", "_load", "_temperature")]
    assert named == pytest.approx([0.03, 0.002, 0.05, 0.4])
    assert result["deviating_inside"] == 2
    table = dict(bench.summary.call_args.args[2])
    assert table["their largest |m - theory|, at load 0.05, T = 0.4"] == "0.030 ± 0.002"
    assert table["of them with |m - theory| > 0.01"] == "2"


def test_a_plane_without_a_point_below_the_line_has_no_deviation(bench):
    rows = [{"load": a, "neurons": 500, "temperature": [0.3], "overlap": [0.1], "error": [0.1]} for a in (0.3, 0.4)]
    result = memory_report.phase_diagram(bench, rows)
    assert (result["inside"], result["deviating_inside"]) == (0, 0)
    assert result["deviation_inside_largest"] is result["deviation_inside_largest_load"] is None


def test_the_share_of_the_signal_is_the_theorys_and_its_error_falls_with_the_points(bench):
    share, error = share_left("magnitude", 0.1), 1e-4
    end = spinodal_load(0.0, share)
    loads = [0.6 * end, 0.7 * end, 0.9 * end]  # the last is too near to the transition
    seen = [diluted_overlap(a, 0.0, share) for a in loads[:2]] + [0.5]
    rows = [row(a, m, by="magnitude", fraction=0.1, state_overlap=m, state_error=error)
            for a, m in zip(loads, seen, strict=True)]  # fmt: skip
    result = memory_report.dilution(bench, rows)
    assert result["share"] == pytest.approx([share])
    assert result["share_theory"] == [share]
    assert result["capacity_theory"] == [end]
    assert result["capacity_implied"] == pytest.approx([end])
    assert result["capacity"] == [None], "one size has no transition"
    slopes = [share_from_overlap(a, m + error / 2) - share_from_overlap(a, m - error / 2)
              for a, m in zip(loads[:2], seen[:2], strict=True)]  # fmt: skip
    assert result["share_se"] == pytest.approx([math.hypot(*slopes) / 2])


def test_the_edge_of_a_basin_is_where_half_of_the_recalls_succeed(bench):
    seen = {1.0: 1.0, 0.2: 0.0, 0.6: 0.8, 0.4: 0.3}
    rows = [row(0.05, 0.9, initial=start, retrieved=share) for start, share in seen.items()]
    rows += [row(0.1, 0.9, initial=start, retrieved=0.9) for start in seen]  # no edge was met
    result = memory_report.basin(bench, rows)
    assert result["edge_load"] == [0.05, 0.1]
    assert result["edge"] == [pytest.approx(np.interp(0.5, [0.3, 0.8], [0.4, 0.6])), None]
